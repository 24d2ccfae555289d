//! The edge of Vitrine: one Worker that serves three origins and decides by hostname.
//!
//! Rooms, from the outside in: [`edge`] turns the platform's requests and streams into plain values and back;
//! [`gateway`] answers the share and frame origins, [`access`] deciding who may read and [`memory`] saving it reads;
//! [`control`] answers the API on the app origin; [`share_do`] holds each share's publish lease; [`metrics`] counts for
//! operators; [`store`] is the seam to R2, [`sql`] the one to SQL. Everything but `edge`, `share_do::object`,
//! `metrics::object`, `control::db`, `store::r2` and `sql::durable` is plain Rust, tested natively. R2's
//! bytes never enter wasm memory, except the small JSON documents.

mod access;
mod config;
mod control;
mod edge;
mod failure;
mod gateway;
mod memory;
mod metrics;
mod origin;
mod reply;
mod share_do;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "what uses it comes with the next change of `share_do::object`")
)]
mod sql;
mod store;
mod token;
