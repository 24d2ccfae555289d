//! The share and frame origins: which route, may it be read, and what is answered.
//!
//! [`route`] parses the path, [`method`] decides by the method; [`snapshot`] opens the share, reads its documents and finds the file; [`range`],
//! [`condition`] and [`content`] are RFC 9110; [`headers`] are the exact header sets; [`zip`] lays out a folder, [`folder`] lists one; [`data`],
//! [`session`], [`events`], [`shell`] (with `first`, `preview`, `cells` and `page`) and [`crawl`] put them together. Nothing here
//! touches the platform: a request comes in as [`Ask`], a [`crate::reply::Reply`] goes out.

mod cells;
pub(crate) mod condition;
pub(crate) mod content;
pub(crate) mod crawl;
pub(crate) mod data;
pub(crate) mod events;
pub(crate) mod first;
pub(crate) mod folder;
pub(crate) mod headers;
pub(crate) mod method;
mod page;
mod preview;
pub(crate) mod range;
pub(crate) mod route;
pub(crate) mod session;
pub(crate) mod shell;
pub(crate) mod snapshot;
pub(crate) mod template;
pub(crate) mod zip;

/// What a request says beside its path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// HEAD, not GET.
    pub(crate) head: bool,
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<String>,
    pub(crate) if_unmodified_since: Option<String>,
    /// Whether the answer may come as gzip.
    pub(crate) gzip: bool,
    pub(crate) form: Form,
    pub(crate) shown: headers::Shown,
    pub(crate) folder: folder::FolderAsk,
}

/// What the query asks of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing.
    #[default]
    Plain,
    /// `?whole`: all of it, and never a part under this address.
    Whole,
    /// `?download`: to be saved under its name.
    Download,
}

#[cfg(test)]
mod tests;
