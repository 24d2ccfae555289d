//! What the names of directives, divs and callouts stand for, across `MyST`, Quarto, Obsidian and the generators of sites.

/// The kinds of notes that the style sheet knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Alert {
    Note,
    Tip,
    Important,
    Warning,
    Caution,
}

impl Alert {
    pub(in super::super) fn class(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Tip => "tip",
            Self::Important => "important",
            Self::Warning => "warning",
            Self::Caution => "caution",
        }
    }

    pub(in super::super) fn title(self) -> &'static str {
        match self {
            Self::Note => "Note",
            Self::Tip => "Tip",
            Self::Important => "Important",
            Self::Warning => "Warning",
            Self::Caution => "Caution",
        }
    }

    /// The kind that a name asks for, and whether its title is the kind's own.
    pub(in super::super) fn named(name: &str) -> Option<(Self, bool)> {
        let (kind, is_own) = match name.to_ascii_lowercase().as_str() {
            "note" => (Self::Note, true),
            "tip" => (Self::Tip, true),
            "important" => (Self::Important, true),
            "warning" => (Self::Warning, true),
            "caution" => (Self::Caution, true),
            "info" | "todo" | "abstract" | "summary" | "tldr" | "seealso" | "admonition" | "quote"
            | "cite" | "versionadded" | "versionchanged" => (Self::Note, false),
            "hint" | "success" | "check" | "done" => (Self::Tip, false),
            "question" | "help" | "faq" | "example" => (Self::Important, false),
            "attention" | "deprecated" => (Self::Warning, false),
            "danger" | "error" | "failure" | "fail" | "missing" | "bug" => (Self::Caution, false),
            _ => return None,
        };
        Some((kind, is_own))
    }
}

/// Statements that mathematicians number.
pub(super) const STATEMENTS: [&str; 14] = [
    "theorem",
    "lemma",
    "corollary",
    "proposition",
    "definition",
    "example",
    "exercise",
    "solution",
    "proof",
    "remark",
    "conjecture",
    "axiom",
    "algorithm",
    "assumption",
];

/// How the ids of numbered things begin in Quarto, and what they are.
pub(in super::super) const NUMBERED: [(&str, &str); 10] = [
    ("fig-", "Figure"),
    ("tbl-", "Table"),
    ("lst-", "Listing"),
    ("thm-", "Theorem"),
    ("lem-", "Lemma"),
    ("cor-", "Corollary"),
    ("prp-", "Proposition"),
    ("def-", "Definition"),
    ("exm-", "Example"),
    ("exr-", "Exercise"),
];

/// Directives that show what is in them, under a title or none.
pub(super) const PLAIN: [&str; 25] = [
    "tab-set",
    "tab-item",
    "tabs",
    "tab",
    "grid",
    "grid-item",
    "grid-item-card",
    "card",
    "card-carousel",
    "margin",
    "sidebar",
    "aside",
    "topic",
    "epigraph",
    "highlights",
    "pull-quote",
    "glossary",
    "list-table",
    "table",
    "div",
    "container",
    "rubric",
    "compound",
    "only",
    "dropdown",
];

/// Directives that stand for something that a reader of the file does not miss.
pub(super) const HIDDEN: [&str; 9] = [
    "bibliography",
    "contents",
    "tableofcontents",
    "index",
    "currentmodule",
    "raw",
    "highlight",
    "footbibliography",
    "meta",
];

/// A name as a title: `see-also` becomes "See also".
pub(in super::super) fn as_title(name: &str) -> String {
    let words = match name {
        "seealso" => "see also",
        "faq" => "FAQ",
        "tldr" => "TL;DR",
        "versionadded" => "version added",
        "versionchanged" => "version changed",
        name => name,
    };
    let words = words.replace(['-', '_'], " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
