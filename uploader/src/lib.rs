//! Publishes a folder as an immutable snapshot: scans it, compares it with what is published, sends what changed to
//! the store, and makes the new snapshot visible in one step.
//!
//! The library never touches the terminal, the environment or the process: the `vitrine` program does, and hands in
//! what the library needs. Read in this order: [`mod@publish`] is the whole story; [`scan`] lists the folder and [`base`] the
//! published snapshot; [`content`] reads, hashes, packs and chunks; [`remote`] is the seam to the world and its
//! implementations. The way back is [`reading`], and on it [`mod@copy`] and [`verify`]. [`agent`] does
//! both for a server.

pub mod publish;

pub mod base;
pub mod btrfs;
pub mod content;
pub mod filter;
pub mod scan;

pub mod copy;
pub mod reading;
pub mod verify;

pub mod remote;

pub mod agent;

pub mod clock;
pub mod lease;
pub mod omission;
pub mod progress;
mod random;
pub mod room;
pub mod secret;
pub mod size;
pub mod state;

pub use publish::{Options, PublishError, Published, publish, publish_until};
