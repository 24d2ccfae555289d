//! What is written while work goes on: the live line, lines above it, JSON events, a question. A thread of its own writes all of it,
//! so that a terminal that takes nothing (Ctrl-S, a selection, a slow line) and a person who thinks hold up neither the work, nor
//! signals, nor the lease. Called by the two displays; refuses to keep more than a bounded number of lines that nobody reads.

use super::environment;
use super::output::Output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the line is drawn: smooth to the eye.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// Counts are written as a JSON event every so many draws: twice a second.
const EVENT_EVERY: u32 = 5;

/// Work that is over before this draws nothing.
const QUIET_START: Duration = Duration::from_millis(250);

/// Lines of single files that wait to be written; more are counted.
const WAITING_MAX: usize = 4096;

/// How long the end waits for a terminal that takes nothing.
const END_PATIENCE: Duration = Duration::from_millis(250);

/// What the live line says, and what a JSON event of progress has.
pub(super) trait Drawn: Send + Sync + 'static {
    fn line(&self) -> String;
    fn counts(&self) -> Value;
}

type Work = Box<dyn FnOnce() + Send>;

enum Message {
    /// Something to write while the live line is not there.
    Do(Work),
    End(SyncSender<()>),
}

/// The thread, and the way to it. Where there is no thread (not yet, or the system gives none), whoever has something to say writes it.
pub(super) struct Live {
    output: Output,
    sender: Sender<Message>,
    /// What the thread is started with.
    receiver: Mutex<Option<Receiver<Message>>>,
    /// Lines of single files that wait.
    waiting: Arc<AtomicUsize>,
    /// Lines that were left out.
    left_out: AtomicUsize,
    /// A person is being asked.
    asking: AtomicBool,
}

impl Live {
    pub(super) fn new(output: Output) -> Self {
        let (sender, receiver) = channel();
        Self {
            output,
            sender,
            receiver: Mutex::new(Some(receiver)),
            waiting: Arc::default(),
            left_out: AtomicUsize::default(),
            asking: AtomicBool::default(),
        }
    }

    /// Starts to draw `drawn`.
    pub(super) fn start(&self, drawn: Arc<impl Drawn>) {
        let Some(receiver) = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        let output = self.output.clone();
        let thread = std::thread::Builder::new().name("display".into());
        // Without it the receiver is gone, and lines are written by those who have them.
        _ = thread.spawn(move || run(&output, &receiver, &*drawn));
    }

    /// Writes a line for people above the live one.
    pub(super) fn say(&self, line: String) {
        let output = self.output.clone();
        self.pass_on(Box::new(move || output.status(&line)));
    }

    /// The same for a line about a single file, which is left out when many wait already.
    pub(super) fn say_one_of_many(&self, line: String) {
        if self.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let (waiting, output) = (Arc::clone(&self.waiting), self.output.clone());
        self.pass_on(Box::new(move || {
            output.status(&line);
            waiting.fetch_sub(1, Ordering::Relaxed);
        }));
    }

    /// Writes a JSON event.
    pub(super) fn event(&self, event: Value) {
        self.pass_on(Box::new(move || _ = Output::event(&event)));
    }

    /// Has something written and waits for it. Not for where others would wait, too.
    pub(super) fn wait_for<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (answer, answered) = sync_channel(1);
        self.pass_on(Box::new(move || _ = answer.send(work())));
        answered.recv().ok()
    }

    /// The same for a question, which may take as long as a person thinks.
    pub(super) fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.asking.store(true, Ordering::Release);
        let answer = self.wait_for(question);
        self.asking.store(false, Ordering::Release);
        answer
    }

    fn pass_on(&self, work: Work) {
        let has_begun = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        if !has_begun {
            return work();
        }
        if let Err(SendError(Message::Do(work))) = self.sender.send(Message::Do(work)) {
            work();
        }
    }

    /// Removes the live line when all is written. A terminal that takes nothing, or at which a person is asked, is not waited for.
    pub(super) fn finish(&self) {
        if self.asking.load(Ordering::Acquire) {
            // The question stands in an unfinished line.
            _ = writeln!(io::stderr());
            return;
        }
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            self.say(format!("{left_out} more lines were left out: the terminal took none"));
        }
        let (done, ended) = sync_channel(1);
        if self.sender.send(Message::End(done)).is_err() {
            return;
        }
        if self.output.json {
            // Whoever reads events gets all of them, in their order.
            _ = ended.recv();
        } else {
            _ = ended.recv_timeout(END_PATIENCE);
        }
    }
}

fn bar(output: &Output) -> Option<ProgressBar> {
    (output.terminal && !output.is_quiet() && !environment::is_dumb()).then(|| {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar
    })
}

/// The thread.
fn run(output: &Output, receiver: &Receiver<Message>, drawn: &impl Drawn) {
    let bar = bar(output);
    let mut next = Instant::now() + QUIET_START;
    let mut draws = 0_u32;
    loop {
        match receiver.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(Message::Do(work)) => match &bar {
                Some(bar) => bar.suspend(work),
                None => work(),
            },
            Ok(Message::End(done)) => {
                bar.iter().for_each(ProgressBar::finish_and_clear);
                _ = done.send(());
                return;
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(bar) = &bar {
                    bar.set_message(drawn.line());
                    bar.tick();
                }
                if output.json && draws.is_multiple_of(EVENT_EVERY) {
                    _ = Output::event(&drawn.counts());
                }
                draws = draws.wrapping_add(1);
                next = Instant::now() + DRAW_EVERY;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
