//! What a publish left out, and why. Nothing is left out silently: each case is counted, and named up to a limit.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The most omissions that are named one by one; past it they are only counted, so that a tree of a million hidden
/// files cannot fill the memory or the report.
const NAMED_MAX: usize = 10_000;

/// Why something is not in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its name begins with a dot.
    Hidden,
    /// `--exclude` or a `.vitrineignore` says so.
    Excluded,
    /// A symbolic link whose target is outside the folder, or absolute.
    LinkOutside,
    /// A device, a FIFO or a socket.
    Special,
    /// It was there when the folder was listed and gone when it was to be read.
    Vanished,
    /// A btrfs subvolume below the one that was snapshot: the snapshot does not hold it.
    Subvolume,
    /// The system refused to read it.
    Unreadable,
    /// It changed each time it was read.
    Unstable,
    /// Its name, or the target of the link, is not UTF-8.
    NotUtf8,
    /// Its path is longer or deeper than a share can hold.
    TooLong,
}

impl Reason {
    /// Whether it should have been published: then the program ends with code 3.
    pub fn is_problem(self) -> bool {
        match self {
            Self::Hidden | Self::Excluded | Self::LinkOutside | Self::Special | Self::Vanished => false,
            Self::Subvolume | Self::Unreadable | Self::Unstable | Self::NotUtf8 | Self::TooLong => true,
        }
    }

    /// A few words for people: `3 hidden`, `a.txt: unreadable`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Excluded => "excluded by a rule",
            Self::Subvolume => "in a subvolume of its own",
            Self::LinkOutside => "linking out of the folder",
            Self::Special => "neither file nor folder",
            Self::Vanished => "gone before being read",
            Self::Unreadable => "unreadable",
            Self::Unstable => "changing while being read",
            Self::NotUtf8 => "not named in UTF-8",
            Self::TooLong => "with too long a path",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// One thing that was left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Omission {
    /// Its path below the root, with bytes that are not UTF-8 replaced.
    pub path: String,
    /// Why.
    pub reason: Reason,
    /// What the system said, where it said something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// All that was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Omissions {
    named: Vec<Omission>,
    counts: BTreeMap<Reason, u64>,
}

impl Omissions {
    /// Adds one.
    pub fn add(&mut self, path: String, reason: Reason, detail: Option<String>) {
        *self.counts.entry(reason).or_default() += 1;
        self.name(Omission { path, reason, detail });
    }

    fn name(&mut self, omission: Omission) {
        // A problem is always worth its line; what is left out on purpose only fills what room there is.
        if self.named.len() < NAMED_MAX || (omission.reason.is_problem() && self.named.len() < 2 * NAMED_MAX)
        {
            self.named.push(omission);
        }
    }

    /// Adds those that another part of the work met.
    pub fn append(&mut self, other: Self) {
        for (reason, count) in other.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        for omission in other.named {
            self.name(omission);
        }
    }

    /// Those that are named one by one, sorted by path.
    pub fn named(&self) -> Vec<Omission> {
        let mut named = self.named.clone();
        named.sort();
        named
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> &BTreeMap<Reason, u64> {
        &self.counts
    }

    /// Whether something is missing that should have been published.
    pub fn has_problem(&self) -> bool {
        self.counts.keys().any(|reason| reason.is_problem())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millions_are_counted_and_problems_still_named() {
        let mut omissions = Omissions::default();
        for index in 0..NAMED_MAX + 5 {
            omissions.add(format!(".{index}"), Reason::Hidden, None);
        }
        assert!(!omissions.has_problem());
        omissions.add("a".to_owned(), Reason::Unreadable, Some("permission denied".to_owned()));
        assert!(omissions.has_problem());
        assert_eq!(omissions.counts()[&Reason::Hidden], NAMED_MAX as u64 + 5);
        assert_eq!(omissions.named().len(), NAMED_MAX + 1);
        assert_eq!(omissions.named().last().map(|o| o.path.as_str()), Some("a"));
        for _ in 0..3 {
            let more = omissions.clone();
            omissions.append(more);
        }
        assert!(omissions.named().len() <= 2 * NAMED_MAX, "however many directories they came from");
        assert_eq!(omissions.counts()[&Reason::Unreadable], 8);
    }
}
