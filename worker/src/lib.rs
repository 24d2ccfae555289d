//! The edge of Vitrine: one Worker that serves three origins and decides by hostname.
//!
//! Rooms, from the outside in: [`edge`] turns the platform's requests and streams into plain values and back;
//! [`gateway`] answers the share and frame origins, [`access`] deciding who may read and [`memory`] saving it reads;
//! [`control`] answers the API on the app origin, and [`jobs`] decides what hosts do; [`share_do`] is each share's keeper and
//! [`host_do`] each host's; [`credentials`] are what a publish gets for the bucket; [`token`] checks tokens, [`host_token`] those
//! of hosts, [`signing`] mints those of readers; [`metrics`] counts for operators; [`store`] is the seam to R2, [`database`]
//! the one to D1 and [`sql`] the one to an object's own SQLite. Everything but `edge`, the objects themselves, `store::r2`, `database::d1` and `sql::durable` is
//! plain Rust, tested natively. R2's bytes never enter wasm memory, except the small JSON documents.

mod access;
mod config;
mod control;
mod credentials;
mod database;
mod edge;
mod failure;
mod gateway;
mod host_do;
mod host_token;
mod jobs;
mod memory;
mod metrics;
mod origin;
mod reply;
mod share_do;
mod signing;
mod sql;
mod store;
mod token;
