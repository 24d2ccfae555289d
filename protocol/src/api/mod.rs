//! The control API (design §7): every call with its rule, and the bodies as the program and the main app send and get them.
//!
//! All paths are under `/api/v2/` on the app origin. Requests refuse unknown fields, so that a misspelt one is heard
//! of; answers tolerate them, so that an older program reads a newer server. Times are milliseconds since the epoch.
//!
//! [`calls`] is the table that the server routes by and the OpenAPI document is made from; the others are its bodies.

pub mod calls;

mod admin;
mod events;
mod hosts;
mod jobs;
mod publish;
mod shares;

pub use admin::*;
pub use events::*;
pub use hosts::*;
pub use jobs::*;
pub use publish::*;
pub use shares::*;
