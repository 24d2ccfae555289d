//! Journeys through the real thing. `npm test` starts a Worker for them and says where it is in the environment; run by
//! hand, they say what is missing.
//!
//! Each file is one promise of the product; `world.rs` is what they all stand on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop here")]

mod bucket;
mod handmade;
mod world;

mod agents;
mod bytes;
mod control;
mod copy;
mod corpus;
mod events;
mod extents;
mod gated;
mod http;
mod interruption;
mod limits;
mod republish;
mod store_mode;
mod two_publishers;
mod wrong_input;
mod zip;
