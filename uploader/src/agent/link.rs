//! The line to the server: reports out, orders in, for as long as the agent lives.
//!
//! A WebSocket while there can be one. While there is none, it is tried again with exponential back-off and full jitter, and
//! reports go over HTTP meanwhile. It knows nothing of jobs: only the newest report matters, and an answer that is lost is
//! in the next one. A connection that says nothing is given up within half a minute.

use super::control::Control;
use crate::remote::RemoteError;
use crate::remote::retry::RetryPolicy;
use futures_util::{SinkExt as _, StreamExt as _};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::{HostMessage, HostOrders, HostReport, PublishProgress};

/// Between pings. Three that stay unanswered are a dead connection.
const PING: Duration = Duration::from_secs(9);
/// So long nothing may come, not even a pong.
const SILENCE_MAX: Duration = Duration::from_secs(28);
/// So long a report may stay unanswered on a connection that is alive otherwise.
const ANSWER_MAX: Duration = Duration::from_mins(1);
/// So long a message may take to go out.
const SEND_MAX: Duration = Duration::from_secs(15);
/// How long a host that was turned away waits before it asks again: its operator may enrol it anew, or the server be wrong.
const TURNED_AWAY: Duration = Duration::from_mins(5);
/// A connection that lived so long was a good one: the next is tried soon.
const GOOD: Duration = Duration::from_secs(30);

/// Waits of up to 0.5, 1, 2, … 60 s.
const BACKOFF: RetryPolicy = RetryPolicy {
    attempts: u32::MAX,
    base: Duration::from_millis(500),
    cap: Duration::from_mins(1),
    patience: Duration::ZERO,
};

/// What comes over the line.
#[derive(Debug)]
pub enum Heard {
    /// The answer to a report.
    Orders(HostOrders),
    /// There is a WebSocket.
    Up,
    /// There is none any more, or still none; why.
    Down(String),
    /// The server does not know this host, or not any more.
    TurnedAway,
}

/// Why a WebSocket ended.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("the connection broke: {0}")]
    Broken(Box<SocketError>),
    #[error("the server closed the connection{0}")]
    Closed(String),
    #[error("nothing came for {} s", SILENCE_MAX.as_secs())]
    Silent,
    #[error("a report was not answered within {} s", ANSWER_MAX.as_secs())]
    Unanswered,
    #[error("the agent ends")]
    Over,
}

/// The line.
pub struct Link {
    /// Who is at the other end.
    pub control: Control,
    /// The newest report; each change is sent.
    pub reports: watch::Receiver<HostReport>,
    /// How far jobs are; dropped while there is no WebSocket.
    pub progress: mpsc::Receiver<PublishProgress>,
    /// What comes.
    pub heard: mpsc::Sender<Heard>,
}

impl Link {
    /// Keeps the line up until whoever listens is gone.
    pub async fn run(mut self) {
        let mut failed = 0;
        while !self.heard.is_closed() {
            let socket = {
                let (dialling, mut polled) =
                    (dial(&self.control, &self.heard, &mut failed), self.reports.clone());
                tokio::select! {
                    socket = dialling => socket,
                    () = poll(&self.control, &mut polled, &self.heard) => continue,
                }
            };
            self.tell(Heard::Up).await;
            let began = Instant::now();
            let lost = self.serve(socket).await;
            failed = if began.elapsed() >= GOOD { 0 } else { failed.saturating_add(1) };
            self.tell(Heard::Down(lost.to_string())).await;
        }
    }

    async fn tell(&self, heard: Heard) {
        // Nobody listening any more is the end, which the loop sees.
        let _ = self.heard.send(heard).await;
    }

    /// Serves one connection until it ends.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&mut self, mut socket: WebSocketStream<S>) -> Lost {
        let mut pings = interval_at(Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        let mut asked = None;
        while self.progress.try_recv().is_ok() {}
        self.reports.mark_changed();
        loop {
            let due =
                asked.map_or(last + SILENCE_MAX, |at: Instant| (last + SILENCE_MAX).min(at + ANSWER_MAX));
            let out = tokio::select! {
                changed = self.reports.changed() => {
                    if changed.is_err() {
                        return Lost::Over;
                    }
                    asked.get_or_insert_with(Instant::now);
                    let report = self.reports.borrow_and_update().clone();
                    text(&HostMessage::Report(report))
                }
                Some(progress) = self.progress.recv() => text(&HostMessage::Progress(progress)),
                _ = pings.tick() => Some(Message::Ping(bytes::Bytes::new())),
                message = socket.next() => {
                    last = Instant::now();
                    match message {
                        None => return Lost::Closed(String::new()),
                        Some(Err(error)) => return Lost::Broken(Box::new(error)),
                        Some(Ok(Message::Close(frame))) => {
                            let why = frame.filter(|frame| !frame.reason.is_empty());
                            return Lost::Closed(why.map_or_else(String::new, |why| format!(": {}", why.reason)));
                        }
                        Some(Ok(Message::Text(text))) => {
                            match serde_json::from_str::<HostOrders>(&text) {
                                Ok(orders) => {
                                    asked = None;
                                    self.tell(Heard::Orders(orders)).await;
                                }
                                // Of a newer server; the deadline of the answer stands.
                                Err(error) => tracing::debug!("a message was not understood: {error}"),
                            }
                        }
                        Some(Ok(_)) => {}
                    }
                    None
                }
                () = tokio::time::sleep_until(due) => {
                    return if last + SILENCE_MAX <= due { Lost::Silent } else { Lost::Unanswered };
                }
                () = self.heard.closed() => return Lost::Over,
            };
            if let Some(message) = out {
                match timeout(SEND_MAX, socket.send(message)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Lost::Broken(Box::new(error)),
                    Err(_) => return Lost::Silent,
                }
            }
        }
    }
}

fn text(message: &HostMessage) -> Option<Message> {
    serde_json::to_string(message).ok().map(|json| Message::Text(json.into()))
}

/// Opens a WebSocket, however often that fails. `failed` says how often it did so far.
async fn dial(control: &Control, heard: &mpsc::Sender<Heard>, failed: &mut u32) -> super::control::Socket {
    loop {
        if *failed > 0 {
            tokio::time::sleep(BACKOFF.pause(*failed, None)).await;
        }
        match control.connect().await {
            Ok(socket) => return socket,
            Err(error) => {
                *failed = failed.saturating_add(1);
                if tell_failure(heard, &error).await {
                    tokio::time::sleep(TURNED_AWAY).await;
                }
            }
        }
    }
}

/// Says what went wrong; whether the host was turned away.
async fn tell_failure(heard: &mpsc::Sender<Heard>, error: &RemoteError) -> bool {
    let turned_away = error.is(ErrorCode::HostRevoked);
    let told = if turned_away { Heard::TurnedAway } else { Heard::Down(super::trouble::words(error)) };
    let _ = heard.send(told).await;
    turned_away
}

/// How long the first attempt at a WebSocket is waited for before reports go over HTTP.
const FIRST_DIAL: Duration = Duration::from_secs(1);

/// Reports over HTTP while there is no WebSocket: at each change, and soon again after a failure. Ends when nobody listens.
async fn poll(control: &Control, reports: &mut watch::Receiver<HostReport>, heard: &mpsc::Sender<Heard>) {
    let mut failed = 0;
    tokio::time::sleep(FIRST_DIAL).await;
    loop {
        let report = reports.borrow_and_update().clone();
        match control.register(&report).await {
            Ok(orders) => {
                failed = 0;
                if heard.send(Heard::Orders(orders)).await.is_err() {
                    return;
                }
                if reports.changed().await.is_err() {
                    return;
                }
            }
            // The WebSocket's own attempts say what is wrong.
            Err(error) => {
                failed += 1;
                let pause = BACKOFF.pause(failed, None);
                let pause = if error.is(ErrorCode::HostRevoked) { TURNED_AWAY } else { pause };
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = heard.closed() => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
