//! The share and frame origins: which route, may it be read, and what is answered.
//!
//! [`route`] parses the path; [`snapshot`] reads the documents and finds the file; [`range`] and [`condition`] are RFC 9110;
//! [`headers`] are the exact header sets; [`zip`] lays out a folder; [`data`] and [`shell`] put them
//! together. Nothing here touches the platform: a
//! request comes in as [`Ask`], a [`crate::reply::Reply`] goes out.

pub(crate) mod condition;
pub(crate) mod data;
pub(crate) mod headers;
pub(crate) mod range;
pub(crate) mod route;
pub(crate) mod shell;
pub(crate) mod snapshot;
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
    /// `?download`: save it under its name.
    pub(crate) download: bool,
}
