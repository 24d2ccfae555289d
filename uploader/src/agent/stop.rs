//! The signal that ends a job's work: first politely, then at once.

use tokio::sync::watch;

/// What a job's work listens to. Clones listen to the same.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<u8>);

/// Who gives the signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<u8>);

/// A signal and its listener.
pub fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(0);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks for an end that leaves everything in order.
    pub fn ask(&self) {
        self.raise(1);
    }

    /// Asks for an end now.
    pub fn at_once(&self) {
        self.raise(2);
    }

    fn raise(&self, level: u8) {
        self.0.send_modify(|now| *now = level.max(*now));
    }
}

impl Stop {
    /// Ends when it was asked for.
    pub async fn asked(&self) {
        self.reached(1).await;
    }

    /// Ends when it is to be now.
    pub async fn at_once(&self) {
        self.reached(2).await;
    }

    async fn reached(&self, level: u8) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|now| *now >= level).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}
