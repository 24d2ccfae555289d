//! The contract of Vitrine: what a share looks like in storage, what the parts say to each other, and the limits
//! they keep.
//!
//! Everything here is pure: no I/O, no clock, no randomness, no platform, native and wasm alike. The gateway, the
//! viewer and the uploader all depend on this crate and never on one another. Bytes from outside become types here,
//! once; a value of these types needs no second check.
//!
//! Read in this order: [`ids`], [`names`] and [`path`] name things; [`manifest`] and [`listing`] describe a snapshot; [`tree`]
//! builds one and finds things in it; [`index`] lists all its paths; [`documents`] are the small mutable files beside it; [`object_key`] says where each
//! object lives; [`kind`] decides how a file is typed; [`cells`] finds those of a notebook; [`token`], [`session`], [`beacon`], [`api`] and
//! [`problem`] are what travels over HTTP; `openapi`, with the feature `schema`, describes it.

pub mod ids;
pub mod names;
pub mod path;

pub mod cells;
pub mod index;
pub mod json;
pub mod kind;
pub mod listing;
pub mod manifest;
pub mod presentation;
pub mod rows;
pub mod tree;

pub mod documents;
pub mod object_key;

pub mod api;
pub mod beacon;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod problem;
pub mod session;
pub mod token;

pub mod limits;

pub use documents::{Latest, Meta, Scope, State};
pub use ids::{ManifestId, Sha256, ShareId};
pub use kind::{ContentType, Kind};
pub use listing::{Dir, Entries, Extent, File, Link, Listing};
pub use manifest::{Manifest, RootKind};
pub use names::{Handle, HostId, JobId, ProjectId};
pub use object_key::ObjectKey;
pub use path::{EntryName, EntryPath, is_hidden_name};
pub use presentation::Presentation;
pub use problem::{ErrorCode, Problem};
