//! The program and its remotes from outside: exit codes, both streams, and the promises of every remote.
//!
//! Run `INSTA_UPDATE=always cargo test -p vitrine` to accept changed snapshots, and read their diff.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod copies;
mod deadlines;
mod gateway;
mod kills;
mod mistakes;
mod multipart;
mod place;
mod results;
mod server;
mod surroundings;
mod terminal;
