//! The Durable Object itself: the platform's storage, alarm and sockets around [`Keeper`].
//!
//! It is reached at `/` with a [`Command`], and at `/events` with a WebSocket, which sleeps with the object.

use super::collect::{Gate, Report, Ticket};
use super::events::{Message, welcome};
use super::keeper::{Event, Keeper};
use super::queue::Queue;
use super::{Answer, Command};
use crate::control::shares::listing::statements;
use crate::database::Database as _;
use crate::database::d1::D1;
use crate::edge::{bucket_of, now_ms, read_config};
use crate::failure::Failure;
use crate::sql::durable::Durable;
use crate::store::r2::R2Store;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use vitrine_protocol::api::Happening;
use vitrine_protocol::{ErrorCode, JobId, ShareId};
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage, WebSocketPair,
    durable_object,
};

/// Those who watch hear of a job's progress this often at most, however often its host speaks.
const PROGRESS_MS: i64 = 400;

/// Sockets of those who may write the share's project.
const WRITER: &str = "writer";

/// Sockets of those who may read.
const READER: &str = "reader";

/// Kept until lists know who may read now: somebody may have been let in by what they said before.
const ASK_AGAIN: &str = "ask_again";

/// Where the share's id is kept: an alarm brings no name.
const NAME: &str = "share_id";

/// The headers that the Worker adds for `/events`: nothing a client sends reaches them.
pub(crate) const IS_WRITER: &str = "x-vitrine-writer";
pub(crate) const SINCE: &str = "x-vitrine-since";
pub(crate) const UNTIL: &str = "x-vitrine-until";
pub(crate) const SHARE: &str = "x-vitrine-share";

/// The client's right to watch has to be shown anew (RFC 6455 section 7.4.2 leaves 4000 to 4999 to us).
const ASK_ANEW: u16 = 4004;

/// What a socket's tag says before the time until which it may hear.
const UNTIL_TAG: &str = "until-";

/// One share's keeper. Named by its share id.
#[durable_object]
pub struct ShareDo {
    state: State,
    env: Env,
    /// When each job's progress was last passed on.
    told: RefCell<BTreeMap<Option<JobId>, i64>>,
    /// The tables are there.
    opened: Cell<bool>,
    /// A collection is under way.
    collecting: Cell<bool>,
    /// It deletes at this moment: nothing that changes what is needed may begin.
    deleting: Cell<bool>,
    /// How many commands are under way that change what is needed.
    changing: Cell<u32>,
    /// Changes of `meta.json` that wait.
    queue: Queue,
}

/// How long a store that is busy is left alone.
const STORE_PAUSE: Duration = Duration::from_millis(300);

/// How often a command looks whether it may begin.
const HELD_OFF: Duration = Duration::from_millis(20);

/// Counts a command in, and out again however it ends.
struct Changing<'a>(&'a Cell<u32>);

impl<'a> Changing<'a> {
    fn begin(count: &'a Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// A flag that is taken back.
struct Flag<'a>(&'a Cell<bool>);

impl<'a> Flag<'a> {
    fn raise(flag: &'a Cell<bool>) -> Self {
        flag.set(true);
        Self(flag)
    }
}

impl Drop for Flag<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Lets the collector delete while nobody publishes.
struct PublishersOff<'a> {
    object: &'a ShareDo,
    keeper: &'a Keeper<'a, Durable, R2Store>,
    /// The lease's epoch when the run began.
    epoch: u64,
}

impl Gate for PublishersOff<'_> {
    fn enter(&self) -> Option<impl Sized> {
        let now = now_ms();
        let lease = self.keeper.lease(now).ok()?;
        let quiet = lease.epoch == self.epoch && Ticket::of(&lease, now) == Ticket::None;
        (quiet && self.object.changing.get() == 0).then(|| Flag::raise(&self.object.deleting))
    }
}

type Done<T> = std::result::Result<T, Failure>;

impl DurableObject for ShareDo {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            told: RefCell::default(),
            opened: Cell::new(false),
            collecting: Cell::new(false),
            deleting: Cell::new(false),
            changing: Cell::new(0),
            queue: Queue::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let share = request.headers().get(SHARE)?.unwrap_or_default();
        if request.path() == "/events" {
            return self.watch(&share, &request).or_else(|failure| {
                log(&failure);
                Response::error(failure.problem.title, failure.problem.status)
            });
        }
        // Not `json()`: numbers above 2^53 do not survive JavaScript's own.
        let command = serde_json::from_str(&request.text().await?)?;
        let answer = match self.obey(&share, command).await {
            Ok(answer) => answer,
            Err(failure) => {
                log(&failure);
                Answer::Refused(*failure.problem)
            }
        };
        Response::ok(serde_json::to_string(&answer)?)
    }

    async fn alarm(&self) -> Result<Response> {
        match self.rounds().await {
            Ok(()) => Response::empty(),
            Err(failure) => {
                log(&failure);
                // The platform tries again, later each time.
                Err(worker::Error::RustError(failure.problem.title))
            }
        }
    }

    async fn websocket_message(&self, _: WebSocket, _: WebSocketIncomingMessage) -> Result<()> {
        // Those who watch have nothing to say; what they say keeps the connection alive.
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> Result<()> {
        let _ = socket.close(Some(1000), Some("bye"));
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> Result<()> {
        Ok(())
    }
}

fn log(failure: &Failure) {
    if let Some(log) = &failure.log {
        worker::console_error!("ShareDo: {log}");
    }
}

fn storage_failure(error: &worker::Error) -> Failure {
    Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", error)
}

impl ShareDo {
    fn table(&self) -> Durable {
        Durable(self.state.storage().sql())
    }

    fn store(&self, share: ShareId) -> Done<R2Store> {
        bucket_of(&self.env, &*read_config(&self.env)?, share)
    }

    fn keeper<'a>(
        &self,
        table: &'a Durable,
        store: &'a R2Store,
        share: ShareId,
    ) -> Done<Keeper<'a, Durable, R2Store>> {
        let config = read_config(&self.env)?;
        let keeper = Keeper { table, store, share, policy: config.collection, bounds: config.bounds };
        if !self.opened.replace(true) {
            keeper.open().inspect_err(|_| self.opened.set(false))?;
        }
        Ok(keeper)
    }

    /// Waits while the collector deletes, if the command changes what is needed; and then keeps the collector off.
    async fn held_off(&self, command: &Command) -> Option<Changing<'_>> {
        if !matches!(command, Command::Begin { .. } | Command::Commit { .. } | Command::Change(_)) {
            return None;
        }
        while self.deleting.get() {
            worker::Delay::from(HELD_OFF).await;
        }
        Some(Changing::begin(&self.changing))
    }

    async fn collect(&self, keeper: &Keeper<'_, Durable, R2Store>, dry_run: bool) -> Done<Report> {
        if self.collecting.get() {
            let busy =
                Failure::new(ErrorCode::StoreUnavailable, "A collection of this share is under way already.");
            return Err(busy.header("retry-after", "60"));
        }
        let _collecting = Flag::raise(&self.collecting);
        let now = now_ms();
        let gate = PublishersOff { object: self, keeper, epoch: keeper.lease(now)?.epoch };
        keeper.collect(&gate, dry_run, now).await
    }

    async fn obey(&self, share: &str, command: Command) -> Done<Answer> {
        let share = share.parse().map_err(|_| Failure::share_not_found())?;
        if let Command::Progressed { job, .. } = &command
            && !self.may_tell(*job)
        {
            return Ok(Answer::Done);
        }
        let (table, store) = (self.table(), self.store(share)?);
        let keeper = self.keeper(&table, &store, share)?;
        let access_changes = matches!(&command, Command::Change(change) if change.is_about_readers());
        let done = match command {
            Command::Collect { dry_run } => self.collect(&keeper, dry_run).await.map(Into::into),
            command => {
                if matches!(command, Command::Change(_) | Command::Commit { .. }) {
                    // Before anything waits: should the object end meanwhile, the alarm looks after the lists.
                    keeper.sync_later(now_ms())?;
                    if access_changes {
                        keeper.set(ASK_AGAIN, &true)?;
                    }
                    if let Command::Change(change) = &command {
                        keeper.note_withheld(change, now_ms())?;
                    }
                    self.wind(&keeper).await?;
                }
                let _changing = self.held_off(&command).await;
                match command {
                    Command::Change(change) => {
                        self.queue.change(&keeper, *change, now_ms(), store_pause).await
                    }
                    command => keeper.obey(command, now_ms()).await,
                }
            }
        };
        // Whatever became of it, what is noted is looked after.
        self.wind(&keeper).await?;
        let done = done?;
        done.events.iter().for_each(|event| self.tell(event));
        if access_changes {
            self.ask_anew();
        }
        Ok(done.answer)
    }

    fn may_tell(&self, job: Option<JobId>) -> bool {
        let now = now_ms();
        let mut told = self.told.borrow_mut();
        told.retain(|_, at| now.saturating_sub(*at) < PROGRESS_MS);
        if told.contains_key(&job) {
            return false;
        }
        told.insert(job, now);
        true
    }

    /// Sets the alarm for the first thing that is due.
    async fn wind(&self, keeper: &Keeper<'_, Durable, R2Store>) -> Done<()> {
        let Some(due) = keeper.next_due()? else { return Ok(()) };
        let storage = self.state.storage();
        let set = storage.get_alarm().await.map_err(|error| storage_failure(&error))?;
        if set.is_some_and(|set| set <= due) {
            return Ok(());
        }
        keeper.set(NAME, &keeper.share)?;
        // Never at once: what is overdue and cannot be done now must not become a busy loop.
        let wait = u64::try_from(due.saturating_sub(now_ms())).unwrap_or(0).max(1000);
        storage.set_alarm(Duration::from_millis(wait)).await.map_err(|error| storage_failure(&error))
    }

    /// Does all that is due.
    async fn rounds(&self) -> Done<()> {
        let table = self.table();
        let name = table_name(&table)?;
        let Some(share) = name else { return Ok(()) };
        let store = self.store(share)?;
        let keeper = self.keeper(&table, &store, share)?;
        let now = now_ms();
        if keeper.sync_at()?.is_some_and(|at| at <= now) {
            keeper.begin_sync()?;
            if let Err(failure) = self.sync(&keeper, now).await {
                // The day and the garbage do not wait for it.
                log(&failure);
                keeper.sync_again(now)?;
            }
        }
        keeper.close_day_if_due(now)?;
        if !self.collecting.get()
            && keeper.collect_at()?.is_some_and(|at| at <= now)
            && let Err(failure) = self.collect(&keeper, false).await
        {
            // It has noted when to try again: an alarm that fails would come back at once.
            log(&failure);
        }
        self.wind(&keeper).await
    }

    /// Brings the lists up to date.
    async fn sync(&self, keeper: &Keeper<'_, Durable, R2Store>, now: i64) -> Done<()> {
        let (listing, flipped) = self.queue.settled(keeper, now).await?;
        if let Some(event) = &flipped {
            self.tell(event);
        }
        D1::open(&self.env)?.batch(statements(keeper.share, &listing, now)).await?;
        keeper.listed(&listing, now)?;
        if keeper.get::<bool>(ASK_AGAIN)?.is_some() {
            self.ask_anew();
            keeper.forget(ASK_AGAIN)?;
        }
        let message = Message::new(&Happening::Counters { stars: listing.stars, views: listing.views });
        self.tell(&Event { id: 0, at: now, message });
        Ok(())
    }

    /// Tells those who watch, as far as it is theirs to hear.
    fn tell(&self, event: &Event) {
        let sockets = if event.message.for_writers {
            self.state.get_websockets_with_tag(WRITER)
        } else {
            self.state.get_websockets()
        };
        if sockets.is_empty() {
            return;
        }
        let text = event.message.text(event.id, event.at);
        let now = now_ms();
        for socket in sockets {
            if until(&self.state.get_tags(&socket)).is_some_and(|until| until < now) {
                // It may be back with another token.
                let _ = socket.close(Some(ASK_ANEW), Some("The token has expired."));
                continue;
            }
            // One that is going away hears nothing, and asks again when it is back.
            let _ = socket.send_with_str(&text);
        }
    }

    /// Who may read is another question now: all who watch have to ask it again.
    fn ask_anew(&self) {
        for socket in self.state.get_websockets() {
            let _ = socket.close(Some(ASK_ANEW), Some("Who may read has changed."));
        }
    }

    fn watch(&self, share: &str, request: &Request) -> Done<Response> {
        let failed = |error: worker::Error| storage_failure(&error);
        let share: ShareId = share.parse().map_err(|_| Failure::share_not_found())?;
        let header = |name| request.headers().get(name).ok().flatten();
        let is_writer = header(IS_WRITER).is_some();
        let since = header(SINCE).and_then(|since| since.parse().ok());
        let (table, store) = (self.table(), self.store(share)?);
        self.keeper(&table, &store, share)?;
        let pair = WebSocketPair::new().map_err(failed)?;
        let tag = if is_writer { WRITER } else { READER };
        let until = format!("{UNTIL_TAG}{}", header(UNTIL).unwrap_or_default());
        self.state.accept_websocket_with_tags(&pair.server, &[tag, &until]);
        for text in welcome(&table, since, is_writer, now_ms())? {
            pair.server.send_with_str(&text).map_err(failed)?;
        }
        Response::from_websocket(pair.client).map_err(failed)
    }
}

async fn store_pause() {
    worker::Delay::from(STORE_PAUSE).await;
}

fn until(tags: &[String]) -> Option<i64> {
    tags.iter().find_map(|tag| tag.strip_prefix(UNTIL_TAG)?.parse().ok())
}

fn table_name(table: &Durable) -> Done<Option<ShareId>> {
    use crate::sql::Table as _;
    let rows = table.run("SELECT json FROM kept WHERE name = ?", &[NAME.into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(serde_json::from_str(row.text("json")?).ok())
}
