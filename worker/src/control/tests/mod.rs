//! The control plane in a world of its own: real tokens, SQLite by the real migrations, the real keepers of shares on a store
//! in memory, and the real judgement of reports. Only the platform is missing.

mod authority;
mod hosts;
mod partial;
mod shares;
mod world;
