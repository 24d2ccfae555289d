//! Names that every system can unpack, and that never meet: what Windows and archivers take for syntax is written as `_`.
//!
//! A name of a share may hold whatever Linux takes. In an archive `\` and `:` are separators to some programs, control
//! characters end up in terminals, and `CON`, `a.` or `b ` cannot be made on Windows. A name that needs no change has none, even
//! where another differs from it by case alone. Called by `collect`, and for the name of the archive itself.

use std::borrow::Cow;
use std::collections::HashSet;
use vitrine_protocol::limits::NAME_BYTES_MAX;

/// What Windows refuses in a name beside control characters; the first two are separators to some.
const REFUSED: &[char] = &['\\', ':', '*', '?', '"', '<', '>', '|'];

/// Names of devices, with any ending (Microsoft, "Naming Files, Paths, and Namespaces").
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// The name as every system takes it; the same when it needs no change.
pub(crate) fn portable(name: &str) -> Cow<'_, str> {
    let is_bad = |c: char| REFUSED.contains(&c) || c.is_control() || is_override(c);
    if !name.contains(is_bad) && !name.ends_with(['.', ' ']) && !is_device(name) {
        return Cow::Borrowed(name);
    }
    let mut safe: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).collect();
    let kept = safe.trim_end_matches(['.', ' ']).len();
    let trailing = safe.len() - kept;
    safe.truncate(kept);
    safe.extend(std::iter::repeat_n('_', trailing));
    if is_device(&safe) {
        let at = safe.find('.').unwrap_or(safe.len());
        safe.insert(at, '_');
    }
    Cow::Owned(shortened(&safe, NAME_BYTES_MAX).to_owned())
}

/// Characters that turn the direction of what follows, and so make `gpj.exe` look like `exe.jpg`.
fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = || {
        let digit = base.strip_prefix("com").or_else(|| base.strip_prefix("lpt"))?;
        let mut digits = digit.chars();
        let is_digit = digits.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
        (is_digit && digits.next().is_none()).then_some(())
    };
    DEVICES.contains(&base.as_str()) || numbered().is_some()
}

fn shortened(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or_default()
}

/// The names of one folder, each to be written once.
pub(super) struct Folder {
    /// Those that are taken, in lower case, as two systems of three compare them.
    taken: HashSet<String>,
}

impl Folder {
    /// Of these names; those that need no change are taken first.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let unchanged = names.filter(|name| matches!(portable(name), Cow::Borrowed(_)));
        Self { taken: unchanged.map(str::to_lowercase).collect() }
    }

    /// What a name is written as; `None` when it needs no change.
    pub(super) fn changed(&mut self, name: &str) -> Option<String> {
        let Cow::Owned(safe) = portable(name) else { return None };
        if self.taken.insert(safe.to_lowercase()) {
            return Some(safe);
        }
        let (stem, ending) = match safe.rfind('.') {
            Some(at) if at > 0 && safe.len() - at <= 12 => safe.split_at(at),
            _ => (safe.as_str(), ""),
        };
        // No folder has 2^32 names: one of these is free.
        (2_u32..).find_map(|n| {
            let number = format!(" ({n})");
            let room = NAME_BYTES_MAX.saturating_sub(number.len() + ending.len());
            let tried = format!("{}{number}{ending}", shortened(stem, room));
            self.taken.insert(tried.to_lowercase()).then_some(tried)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_no_system_refuses_stays() {
        for name in [
            "a",
            "waves.ipynb",
            "Ünïcode 日本",
            ".hidden",
            "a..b",
            " lead",
            "console",
            "com",
            "com10",
            "lpt",
            "nulls.txt",
            "e\u{301}",
            "100%",
            "it's",
            "a&b;c",
            "\u{200f}עברית",
        ] {
            assert_eq!(portable(name), name);
            assert!(matches!(portable(name), Cow::Borrowed(_)), "{name}");
        }
    }

    #[test]
    fn what_some_system_refuses_is_written_otherwise() {
        for (name, written) in [
            ("a\\b", "a_b"),
            ("..\\x.md", ".._x.md"),
            ("\\..\\x.md", "_.._x.md"),
            ("C:", "C_"),
            ("Lecture 3: Waves", "Lecture 3_ Waves"),
            ("What is a \"wave\"?", "What is a _wave__"),
            ("Notes...", "Notes___"),
            ("b ", "b_"),
            ("...", "___"),
            (". .", "___"),
            ("new\nline\t\u{1b}[2J\u{7f}\u{9b}", "new_line__[2J__"),
            ("\u{202e}gpj.exe", "_gpj.exe"),
            ("CON", "CON_"),
            ("con.txt", "con_.txt"),
            ("nul .tar.gz", "nul _.tar.gz"),
            ("Aux.", "Aux_"),
            ("COM1", "COM1_"),
            ("lpt².log", "lpt²_.log"),
            ("a|b<c>*", "a_b_c__"),
        ] {
            assert_eq!(portable(name), written, "{name:?}");
            assert_eq!(portable(written), written, "what is written needs no change");
        }
    }

    #[test]
    fn names_of_a_folder_do_not_meet() {
        let names = ["a:b", "a_b", "A?B", "a*b", "x:.txt", "x_.txt"];
        let mut folder = Folder::of(names.into_iter());
        let written: Vec<String> =
            names.iter().map(|name| folder.changed(name).unwrap_or_else(|| (*name).to_owned())).collect();
        assert_eq!(written, ["a_b (2)", "a_b", "A_B (3)", "a_b (4)", "x_ (2).txt", "x_.txt"]);
        let both = ["Makefile", "makefile"];
        let mut folder = Folder::of(both.into_iter());
        assert!(both.iter().all(|name| folder.changed(name).is_none()), "case alone changes no name");
    }

    proptest! {
        #[test]
        fn written_names_are_names_and_differ(names in prop::collection::hash_set("[ab:?.\\\\é ]{1,5}|(con|NUL)[.: ]{0,3}|[é:]{120,127}", 1..12)) {
            let names: Vec<String> =
                names.into_iter().filter(|name| vitrine_protocol::EntryName::new(name).is_ok()).collect();
            let mut folder = Folder::of(names.iter().map(String::as_str));
            let written: Vec<String> =
                names.iter().map(|name| folder.changed(name).unwrap_or_else(|| name.clone())).collect();
            for name in &written {
                prop_assert!(matches!(portable(name), Cow::Borrowed(_)), "{name:?}");
                prop_assert!(vitrine_protocol::EntryName::new(name).is_ok(), "{name:?}");
            }
            let differ: HashSet<&String> = written.iter().collect();
            prop_assert_eq!(differ.len(), names.len());
        }
    }
}
