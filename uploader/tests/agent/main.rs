//! The host agent from outside: the real program against a control plane of the tests, which hands jobs out, loses
//! connections, falls silent and turns hosts away.
//!
//! Run `INSTA_UPDATE=always cargo test -p vitrine --test agent` to accept changed snapshots, and read their diff.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod books;
mod copying;
mod desk;
mod ends;
mod enrolment;
#[path = "../cli/gateway.rs"]
mod gateway;
mod line;
#[cfg(target_os = "linux")]
mod moments;
#[cfg(target_os = "linux")]
mod mounted;
mod publishing;
#[expect(dead_code, reason = "the tests of the command line use more of it")]
#[path = "../cli/server.rs"]
mod server;
mod site;
