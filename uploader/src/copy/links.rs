//! The target that a symbolic link may be given, so that following it never leads out of the folder.
//!
//! The system takes `..` after the folders before it are followed, a share as it is written: where one of them is itself a
//! link, a target that stays inside on paper leads out on disk. So `..` may only stand at the start, where every
//! folder is a real one; any other target is written the way a share means it.

use std::fmt::Write as _;
use vitrine_protocol::EntryPath;

/// The target to write for a link in `dir`, or `None` when it would lead out.
pub(super) fn target(dir: &EntryPath, written: &str) -> Option<String> {
    let meant = dir.resolve(written)?;
    let mut segments = written.split('/').skip_while(|segment| matches!(*segment, ".." | "." | ""));
    if !written.starts_with('/') && segments.all(|segment| segment != "..") {
        return Some(written.to_owned());
    }
    let common = dir.names().iter().zip(meant.names()).take_while(|(a, b)| a == b).count();
    let mut plain = "../".repeat(dir.names().len() - common);
    for name in meant.names().get(common..).unwrap_or_default() {
        let _ = write!(plain, "{name}/");
    }
    let plain = plain.trim_end_matches('/');
    Some(if plain.is_empty() { ".".to_owned() } else { plain.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_targets_stay_and_crooked_ones_are_straightened() {
        let dir = EntryPath::parse("d/e").unwrap();
        for (written, expected) in [
            ("x", Some("x")),
            ("./x/y/", Some("./x/y/")),
            ("../x", Some("../x")),
            ("../..", Some("../..")),
            ("../../..", None),
            ("l/..", Some(".")),
            ("l/../../f", Some("../f")),
            ("../e/../g/h", Some("../g/h")),
            ("/etc", None),
            ("x/../../../../etc", None),
        ] {
            assert_eq!(target(&dir, written).as_deref(), expected, "{written}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_means_the_same_and_climbs_only_at_the_start(written in "[ab./]{1,14}") {
            let dir = EntryPath::parse("a/b").unwrap();
            if let Some(target) = target(&dir, &written) {
                prop_assert_eq!(dir.resolve(&target), dir.resolve(&written));
                let rest = target.split('/').skip_while(|s| matches!(*s, ".." | "." | ""));
                prop_assert!(rest.clone().all(|s| s != ".."), "{}", target);
            }
        }
    }
}
