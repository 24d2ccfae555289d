//! Publishes a folder as an immutable snapshot: scans it, compares it with what is published, sends what changed to
//! the store, and makes the new snapshot visible in one step.
//!
//! The library never touches the terminal, the environment or the process: the `vitrine` program does, and hands in
//! what the library needs. Read in this order: [`mod@publish`] is the whole story in one chain; [`scan`], [`base`] and [`plan`]
//! say what there is to do, [`bounds`] whether it can be done; [`read`], [`hash`] and [`send`] do it; [`snapshot`] writes the listings and the manifest;
//! [`remote`] is the seam to the world and its implementations. The way back is [`reading`], and on it [`mod@copy`] and [`verify`].

pub mod publish;

pub mod base;
pub mod bounds;
pub mod plan;
pub mod scan;

pub mod hash;
pub mod read;
pub mod room;
pub mod send;
pub mod snapshot;

pub mod copy;
pub mod reading;
pub mod verify;

pub mod remote;

pub mod clock;
pub mod lease;
pub mod omission;
pub mod progress;
mod random;
pub mod secret;

pub use publish::{Options, PublishError, Published, publish, publish_until};
