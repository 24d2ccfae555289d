//! Which part of a share is wanted: everything, or some paths with what is below them.

use vitrine_protocol::EntryPath;

/// The paths that are wanted; none means everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    paths: Vec<EntryPath>,
}

/// How much of an entry is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It, with all that is below.
    Whole,
    /// Something below it.
    Part,
    /// Nothing.
    None,
}

impl Selection {
    /// Takes the paths; those inside others say nothing new.
    pub(super) fn of(mut paths: Vec<EntryPath>) -> Self {
        paths.sort();
        paths.dedup();
        let outer = |path: &EntryPath, all: &[EntryPath]| {
            !all.iter().any(|other| other != path && starts_with(path, other))
        };
        let kept = paths.iter().filter(|path| outer(path, &paths)).cloned().collect::<Vec<_>>();
        let all = kept.iter().any(EntryPath::is_root);
        Self { paths: if all { Vec::new() } else { kept } }
    }

    /// What is wanted of `path`.
    pub(super) fn wish(&self, path: &EntryPath) -> Wish {
        if self.paths.is_empty() || self.paths.iter().any(|wanted| starts_with(path, wanted)) {
            return Wish::Whole;
        }
        if self.paths.iter().any(|wanted| starts_with(wanted, path)) { Wish::Part } else { Wish::None }
    }

    /// The paths, none inside another; none at all when everything is wanted.
    pub(super) fn paths(&self) -> &[EntryPath] {
        &self.paths
    }
}

fn starts_with(path: &EntryPath, start: &EntryPath) -> bool {
    path.names().starts_with(start.names())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_wanted_with_what_is_below() {
        let path = |text: &str| EntryPath::parse(text).unwrap();
        let selection = Selection::of(vec![path("a/b"), path("a/b/c"), path("d")]);
        assert_eq!(selection.paths(), [path("a/b"), path("d")]);
        let wish = |text: &str| selection.wish(&path(text));
        assert_eq!(
            [wish(""), wish("a"), wish("a/b"), wish("a/b/c/x")],
            [Wish::Part, Wish::Part, Wish::Whole, Wish::Whole]
        );
        assert_eq!([wish("a/bb"), wish("dd"), wish("d/x")], [Wish::None, Wish::None, Wish::Whole]);
        assert!(Selection::of(vec![path("a"), path("")]).paths().is_empty());
        assert_eq!(Selection::default().wish(&path("x")), Wish::Whole);
    }
}
