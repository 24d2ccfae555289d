//! From a file on disk to what is stored of it: reading that notices changes, hashes, packs, chunks, deltas.
//!
//! Nothing here talks to a server. Called by [`crate::publish`].

pub mod chunk;
pub mod delta;
pub mod hash;
pub mod pack;
pub mod parts;
pub mod read;
pub mod survey;
