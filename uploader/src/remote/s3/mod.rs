//! A thin client of the S3 interface, for what a publish needs and no more: get, head, put, multipart.
//!
//! Each body's SHA-256 is computed once, before: it is the blob's name, it stands in the signature, and the server refuses
//! a body that does not hash to it. No SDK: those hash again, add checksums in trailers that R2 does not take, and
//! have no deadline for a stalled body. Called by `remote::api` and `remote::store`.

mod body;
mod client;
mod error;
mod multipart;
mod sign;

pub use client::{Client, Condition, Object, Settings};
pub use error::{Place, S3Error};
pub use multipart::part_size;
pub use sign::Credentials;
