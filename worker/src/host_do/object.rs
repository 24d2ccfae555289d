//! The Durable Object itself: the host's WebSocket, which sleeps with the object, and an alarm that looks after jobs whose host
//! says nothing.
//!
//! It is reached at `/` with a [`Command`], and at `/connect` with a WebSocket; `control` has checked both.

use super::{Answer, Command};
use crate::control::{BODY_BYTES_MAX, check_report};
use crate::database::d1::D1;
use crate::edge::{ask_share, now_ms, pass_on, read_config};
use crate::failure::Failure;
use crate::jobs::hand_out::wake;
use crate::jobs::report::take;
use crate::jobs::sweep::{next_timeout, sweep};
use crate::jobs::{Times, held};
use crate::share_do;
use crate::share_do::events::Message;
use std::cell::Cell;
use vitrine_protocol::api::{Happening, HostMessage, HostOrders, HostReport, PublishProgress};
use vitrine_protocol::{ErrorCode, HostId};
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

/// The header that the Worker adds for `/connect`.
pub(crate) const HOST: &str = "x-vitrine-host";

/// Where the host's id is kept: an alarm brings no name.
const NAME: &str = "host_id";

/// Close codes of our own (RFC 6455 section 7.4.2 leaves 4000 to 4999 to us).
const REVOKED: u16 = 4001;
const REPLACED: u16 = 4002;
const WRONG: u16 = 4003;

/// One host's keeper. Named by its host id.
#[durable_object]
pub struct HostDo {
    state: State,
    env: Env,
    /// How many messages came since when.
    heard: Cell<(u32, i64)>,
}

/// A host that says more than this in [`HEARD_MS`] is not ours: an agent reports every quarter of a minute and when something
/// happens, and speaks of each of 64 jobs twice a second at most.
const HEARD_MAX: u32 = 2_000;
const HEARD_MS: i64 = 10_000;

type Done<T> = std::result::Result<T, Failure>;

impl DurableObject for HostDo {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, heard: Cell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if request.path() == "/connect" {
            return self.take_over(&request).await.or_else(|failure| {
                log(&failure);
                Response::error(failure.problem.title, failure.problem.status)
            });
        }
        let command = serde_json::from_str(&request.text().await?)?;
        let answer = self.obey(command).await.unwrap_or_else(|failure| {
            log(&failure);
            Answer::Refused(*failure.problem)
        });
        Response::ok(serde_json::to_string(&answer)?)
    }

    async fn websocket_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> Result<()> {
        let WebSocketIncomingMessage::String(text) = message else {
            close(&socket, WRONG, "Messages are texts.");
            return Ok(());
        };
        if self.says_too_much() {
            close(&socket, WRONG, "Too many messages.");
            return Ok(());
        }
        if text.len() > BODY_BYTES_MAX {
            close(&socket, WRONG, "A message is too long.");
            return Ok(());
        }
        let message = match serde_json::from_str::<HostMessage>(&text) {
            Ok(message) => message,
            Err(error) => {
                close(&socket, WRONG, &format!("{error}"));
                return Ok(());
            }
        };
        let Some(host) = self.host().await? else {
            close(&socket, WRONG, "Connect again.");
            return Ok(());
        };
        let heard = match message {
            HostMessage::Report(report) => self.report(host, report).await.map(Some),
            HostMessage::Progress(progress) => self.progress(host, progress).await.map(|()| None),
        };
        match heard {
            Ok(Some(orders)) => socket.send_with_str(text_of(&orders)),
            Ok(None) => Ok(()),
            Err(failure) if failure.problem.is(ErrorCode::HostRevoked) => {
                close(&socket, REVOKED, &failure.problem.title);
                Ok(())
            }
            Err(failure) if failure.problem.is(ErrorCode::InvalidRequest) => {
                close(&socket, WRONG, &failure.problem.detail);
                Ok(())
            }
            // It reports again in a while; until then nothing has changed for it.
            Err(failure) => {
                log(&failure);
                Ok(())
            }
        }
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        close(&socket, 1000, "bye");
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> Result<()> {
        Ok(())
    }

    async fn alarm(&self) -> Result<Response> {
        let Some(host) = self.host().await? else { return Response::empty() };
        match self.look_after(host).await {
            Ok(()) => Response::empty(),
            Err(failure) => {
                log(&failure);
                Err(worker::Error::RustError(failure.problem.title))
            }
        }
    }
}

/// A reason has 123 bytes at most (RFC 6455 section 5.5).
fn close(socket: &WebSocket, code: u16, reason: &str) {
    let reason: String = reason.chars().filter(char::is_ascii).take(120).collect();
    // One that is closed already is closed.
    let _ = socket.close(Some(code), Some(reason));
}

/// Not the socket's own `send`, which brings another serialiser.
fn text_of(orders: &HostOrders) -> String {
    serde_json::to_string(orders).unwrap_or_default()
}

fn log(failure: &Failure) {
    if let Some(log) = &failure.log {
        worker::console_error!("HostDo: {log}");
    }
}

fn storage_failure(error: &worker::Error) -> Failure {
    Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", error)
}

impl HostDo {
    async fn host(&self) -> Result<Option<HostId>> {
        let kept: Option<String> = self.state.storage().get(NAME).await?;
        Ok(kept.and_then(|host| host.parse().ok()))
    }

    fn says_too_much(&self) -> bool {
        let (count, since) = self.heard.get();
        let now = now_ms();
        let (count, since) = if now.saturating_sub(since) > HEARD_MS { (1, now) } else { (count + 1, since) };
        self.heard.set((count, since));
        count > HEARD_MAX
    }

    fn times(&self) -> Done<Times> {
        Ok(read_config(&self.env)?.job_times)
    }

    async fn obey(&self, command: Command) -> Done<Answer> {
        match command {
            Command::Wake { host } => {
                self.wake(host).await?;
                Ok(Answer::Done)
            }
            Command::Report { host, report } => Ok(Answer::Orders(self.report(host, *report).await?)),
            Command::Close => {
                for socket in self.state.get_websockets() {
                    close(&socket, REVOKED, "This host is not known here");
                }
                Ok(Answer::Done)
            }
        }
    }

    async fn take_over(&self, request: &Request) -> Done<Response> {
        let failed = |error: worker::Error| storage_failure(&error);
        let host = request.headers().get(HOST).ok().flatten().unwrap_or_default();
        // One agent speaks for a host: the latest.
        for socket in self.state.get_websockets() {
            close(&socket, REPLACED, "Another connection of this host has taken over.");
        }
        self.state.storage().put(NAME, &host).await.map_err(failed)?;
        let pair = WebSocketPair::new().map_err(failed)?;
        // Sorts as text as it does in time.
        let at = format!("{:020}", now_ms());
        self.state.accept_websocket_with_tags(&pair.server, &[&at]);
        Response::from_websocket(pair.client).map_err(failed)
    }

    async fn report(&self, host: HostId, report: HostReport) -> Done<HostOrders> {
        let db = D1::open(&self.env)?;
        let report = check_report(report)?;
        let taken = take(&db, host, &report, self.times()?, now_ms()).await?;
        pass_on(&self.env, taken.changed).await;
        self.wind(&db, host).await?;
        Ok(taken.orders)
    }

    async fn progress(&self, host: HostId, progress: PublishProgress) -> Done<()> {
        let db = D1::open(&self.env)?;
        let Some(job) = progress.job_id else { return Ok(()) };
        let row = held(&db, host, job, progress.attempt).await?;
        if row.is_some_and(|row| row.publishes(progress.share_id)) {
            let message = Message::new(&Happening::Progress(progress));
            let command = share_do::Command::Progressed { job: progress.job_id, message };
            ask_share(&self.env, progress.share_id, &command).await?;
        }
        Ok(())
    }

    /// The connection that speaks for the host: the newest that is open. The platform gives them in no order that it promises.
    fn newest(&self) -> Option<WebSocket> {
        let sockets = self.state.get_websockets().into_iter();
        let open = sockets.filter(|socket| socket.as_ref().ready_state() == web_sys::WebSocket::OPEN);
        open.max_by_key(|socket| self.state.get_tags(socket).into_iter().next())
    }

    /// Hands out what waits, and stops what is to stop, if the host is connected; else it asks at its next report.
    async fn wake(&self, host: HostId) -> Done<()> {
        let Some(socket) = self.newest() else { return Ok(()) };
        let db = D1::open(&self.env)?;
        let Some((orders, given)) = wake(&db, host, self.times()?, now_ms()).await? else { return Ok(()) };
        // What is lost on the way is missed at the next report.
        let _ = socket.send_with_str(text_of(&orders));
        pass_on(&self.env, given).await;
        self.wind(&db, host).await
    }

    /// Sets the alarm for when the first of the host's jobs runs out of time.
    async fn wind(&self, db: &D1, host: HostId) -> Done<()> {
        let Some(at) = next_timeout(db, host, self.times()?).await? else { return Ok(()) };
        let storage = self.state.storage();
        let failed = |error: worker::Error| storage_failure(&error);
        if storage.get_alarm().await.map_err(failed)?.is_some_and(|set| set >= now_ms()) {
            // It looks again itself.
            return Ok(());
        }
        storage.put(NAME, &host.to_string()).await.map_err(failed)?;
        let wait = u64::try_from(at.saturating_sub(now_ms())).unwrap_or(0).max(1000);
        storage.set_alarm(std::time::Duration::from_millis(wait)).await.map_err(failed)
    }

    async fn look_after(&self, host: HostId) -> Done<()> {
        let db = D1::open(&self.env)?;
        let changed = sweep(&db, self.times()?, now_ms()).await?;
        pass_on(&self.env, changed).await;
        self.wake(host).await?;
        self.wind(&db, host).await
    }
}
