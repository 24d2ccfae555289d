//! Which request meets which fault: drawn from a seed, the request's line and how often that line has come, so that neither
//! the order of requests nor another machine's speed changes the plan.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The connection is closed before anything is done.
    Reset,
    /// The same, after some of the body was read.
    CutBody,
    /// Everything is done, and the connection closed instead of an answer.
    LostReply,
    /// Everything is done, and the answer ends in its middle.
    CutAnswer,
    /// The answer takes so many milliseconds more.
    Slow(u64),
    /// No answer ever comes.
    Stall,
    /// Nothing is done, and this is said.
    Refusal(Refusal),
}

/// An error that S3 or R2 answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
}

const fn refusal(status: u16, code: &'static str, retry_after: Option<u64>) -> Fault {
    Fault::Refusal(Refusal { status, code, retry_after })
}

pub(crate) const EXPIRED: Fault = refusal(403, "ExpiredToken", None);
pub(crate) const MOVED: Fault = refusal(301, "PermanentRedirect", None);
pub(crate) const UNEQUAL_PARTS: Fault = refusal(400, "InvalidPart", None);

/// What a publish must get over. An answer with `Retry-After` is rarer than the others: it costs a second.
const PASSING: [(u32, Fault); 13] = [
    (4, Fault::Reset),
    (4, Fault::CutBody),
    (6, Fault::LostReply),
    (4, Fault::CutAnswer),
    (3, Fault::Slow(20)),
    (1, Fault::Slow(200)),
    (4, refusal(429, "TooManyRequests", None)),
    (1, refusal(429, "TooManyRequests", Some(1))),
    (4, refusal(500, "InternalError", None)),
    (4, refusal(503, "SlowDown", None)),
    (1, refusal(503, "ServiceUnavailable", Some(1))),
    (2, refusal(400, "BadDigest", None)),
    (2, refusal(400, "XAmzContentSHA256Mismatch", None)),
];

/// What has no body has no wrong checksum.
fn without_body(fault: Fault) -> Fault {
    match fault {
        Fault::Refusal(Refusal { code: "BadDigest" | "XAmzContentSHA256Mismatch", .. }) => Fault::Reset,
        other => other,
    }
}

/// What goes wrong with a connection before its first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outage {
    /// It is accepted and reset at once.
    Reset,
    /// Nobody listens for so long.
    Refused(Duration),
}

/// The faults of one run.
pub(crate) struct Plan {
    seed: u64,
    kind: Kind,
    seen: HashMap<String, u32>,
    connections: u32,
    /// How many faults of each kind were injected.
    pub(crate) injected: BTreeMap<Fault, usize>,
    /// How many connections met one.
    pub(crate) outages: usize,
}

enum Kind {
    /// None at all.
    Calm,
    /// Faults that pass, in so many of a hundred requests. A request that comes again meets two at most, so that the
    /// program's seven attempts and its shorter waits are enough and a run is fast.
    Random(u32),
    /// One fault for each request whose line contains the text.
    On(&'static str, Fault),
}

const SAME_LINE_MAX: u32 = 2;

impl Plan {
    fn of(seed: u64, kind: Kind) -> Self {
        let (seen, injected) = (HashMap::new(), BTreeMap::new());
        Self { seed, kind, seen, connections: 0, injected, outages: 0 }
    }

    /// Nothing goes wrong.
    pub(crate) fn calm() -> Self {
        Self::of(0, Kind::Calm)
    }

    /// So many of a hundred requests go wrong.
    pub(crate) fn random(seed: u64, percent: u32) -> Self {
        Self::of(seed, Kind::Random(percent))
    }

    /// Every request whose line contains `text` goes wrong in the same way.
    pub(crate) fn on(text: &'static str, fault: Fault) -> Self {
        Self::of(0, Kind::On(text, fault))
    }

    fn random_for(&self, what: &str, count: u32) -> fastrand::Rng {
        let mut hasher = DefaultHasher::new();
        (self.seed, what, count).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }

    /// What happens to a request of this line.
    pub(crate) fn draw(&mut self, line: &str) -> Option<Fault> {
        let count = *self.seen.entry(line.to_owned()).and_modify(|count| *count += 1).or_insert(0);
        let mut random = self.random_for(line, count);
        let fault = match self.kind {
            Kind::On(text, fault) => line.contains(text).then_some(fault),
            Kind::Random(percent) if count < SAME_LINE_MAX && random.u32(..100) < percent => {
                let total: u32 = PASSING.iter().map(|(weight, _)| weight).sum();
                let mut left = random.u32(..total);
                PASSING.iter().find_map(|(weight, fault)| {
                    let hit = left < *weight;
                    left = left.saturating_sub(*weight);
                    hit.then_some(*fault)
                })
            }
            Kind::Random(_) | Kind::Calm => None,
        }?;
        let fault = if line.starts_with("PUT ") { fault } else { without_body(fault) };
        *self.injected.entry(fault).or_default() += 1;
        Some(fault)
    }

    /// What happens to the next connection.
    pub(crate) fn connection(&mut self) -> Option<Outage> {
        let Kind::Random(percent) = self.kind else { return None };
        self.connections += 1;
        let mut random = self.random_for("connection", self.connections);
        let outage = match random.u32(..1000) {
            hit if hit < percent => Outage::Reset,
            hit if hit < percent + 5 => Outage::Refused(Duration::from_millis(random.u64(5..60))),
            _ => return None,
        };
        self.outages += 1;
        Some(outage)
    }
}
