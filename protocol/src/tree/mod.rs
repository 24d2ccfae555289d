//! Building a snapshot's listings, and finding things in them.
//!
//! [`build`] works bottom-up and never does I/O: it hands out the bytes to store, wave by wave, and is told where they
//! went. [`lookup`] and [`entries`] are generic over how an extent's bytes are fetched ([`ExtentSource`]): the gateway
//! reads R2, the viewer HTTP, the uploader S3. No one else interprets a listing.

pub mod build;
pub mod lookup;

pub use build::{Built, TreeBuilder, TreeDir};
pub use lookup::{ExtentSource, Found, FoundDir, LookupError, entries, lookup};
