//! Which Markdown a text is written in. A file's name says it; a notebook's cells have their own.

use pulldown_cmark::Options;

/// A family of extensions, by the program that made them usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `.md` and everything that is not one of the others: as GitHub draws it, with what Obsidian and `MyST` write beside it.
    GitHub,
    /// Quarto, R Markdown: what Pandoc reads.
    Pandoc,
    /// A cell of a notebook: as Jupyter draws it, with formulas by the rules of `MathJax`.
    Notebook,
}

impl Flavour {
    /// What a file of this name is written in.
    pub fn of_name(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "qmd" | "rmd" | "rmarkdown" | "pandoc" | "pmd" => Self::Pandoc,
            _ => Self::GitHub,
        }
    }

    /// What the parser reads beside the common forms.
    pub(super) fn options(self) -> Options {
        match self {
            Self::GitHub => Options::ENABLE_WIKILINKS,
            // With lowered text, a single tilde strikes nothing.
            Self::Pandoc => Options::ENABLE_SUBSCRIPT
                .union(Options::ENABLE_DEFINITION_LIST)
                .union(Options::ENABLE_HEADING_ATTRIBUTES),
            Self::Notebook => Options::empty(),
        }
    }
}
