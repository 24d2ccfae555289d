//! SIGINT and SIGTERM: the first asks the program to end, the second to end now.

use tokio::sync::watch;

/// Counts them. Without handlers, which is where the count ends, the signals end the process themselves.
pub(super) fn count() -> watch::Receiver<u32> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = watch::channel(0_u32);
    if let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    {
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                sender.send_modify(|count: &mut u32| *count = count.saturating_add(1));
            }
        });
    }
    receiver
}

/// Ends when there were `count` of them.
pub(super) async fn reached(mut signals: watch::Receiver<u32>, count: u32) {
    if signals.wait_for(|so_far| *so_far >= count).await.is_err() {
        std::future::pending::<()>().await;
    }
}
