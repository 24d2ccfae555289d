//! The edge of Vitrine: one Worker that serves three origins and decides by hostname.
//!
//! Rooms, from the outside in: [`edge`] turns the platform's requests and streams into plain values and back;
//! [`gateway`] answers the share and frame origins, [`access`] deciding who may read and [`memory`] saving it reads;
//! [`control`] answers the API on the app origin; [`share_do`] holds each share's publish lease; [`credentials`] are what a publish gets for the
//! bucket; [`token`] checks tokens, [`host_token`] those of hosts, [`signing`] mints those of readers; [`store`] is the seam to R2. Everything but `edge`, `share_do`, `control::db` and `store::r2` is
//! plain Rust, tested natively. R2's bytes never enter wasm memory, except the small JSON documents.

mod access;
mod config;
mod control;
mod credentials;
mod database;
mod edge;
mod failure;
mod gateway;
mod host_token;
mod jobs;
mod memory;
mod origin;
mod reply;
mod share_do;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the API's calls that mint come with the control plane's issue")
)]
mod signing;
mod store;
mod token;
