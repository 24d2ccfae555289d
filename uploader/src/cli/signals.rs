//! SIGINT, SIGTERM and SIGHUP: the first asks the program to end, the second to end now. The last comes when a terminal is closed, or a
//! connection is lost, and what is under way is to be ended as orderly as by the others.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The three of them, but for those that whoever started the program had ignored (`nohup`): these stay ignored.
struct Ending([Option<Signal>; 3]);

impl Ending {
    /// Where there can be no handlers, the signals end the process themselves.
    fn listen() -> Self {
        let ignored = ignored();
        let listen = |kind: SignalKind| {
            let bit = u32::try_from(kind.as_raw_value() - 1).unwrap_or(0);
            (ignored >> bit & 1 == 0).then(|| signal(kind).ok()).flatten()
        };
        Self([SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(listen))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
            () = received(hang_up) => {}
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}

/// The signals that the process ignores, a bit for each from 1 on (proc(5), `SigIgn`); none where that is not told.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Ends at the first of them.
pub(super) async fn interrupted() {
    Ending::listen().next().await;
}

/// Counts them. Without handlers, which is where the count ends, the signals end the process themselves.
pub(super) fn count() -> watch::Receiver<u32> {
    let (sender, receiver) = watch::channel(0_u32);
    let mut ending = Ending::listen();
    tokio::spawn(async move {
        loop {
            ending.next().await;
            sender.send_modify(|count: &mut u32| *count = count.saturating_add(1));
        }
    });
    receiver
}

/// Ends when there were `count` of them.
pub(super) async fn reached(mut signals: watch::Receiver<u32>, count: u32) {
    if signals.wait_for(|so_far| *so_far >= count).await.is_err() {
        std::future::pending::<()>().await;
    }
}
