//! Building a snapshot's listings, and finding things in them.
//!
//! [`build`] follows a walk and never does I/O: it hands out the blobs to store as they fill, and is told which texts
//! are stored already. [`lookup`] and [`entries`] are generic over how an extent's bytes are fetched ([`ExtentSource`]): the gateway
//! reads R2, the viewer HTTP, the uploader S3. Whoever walks a whole tree spends from a [`budget`]. No one else interprets a listing.

pub mod budget;
pub mod build;
pub mod lookup;
mod placing;

pub use budget::{Claim, Counted, TreeBudget, TreeError};
pub use build::{Built, Known, ListingBuilder};
pub use lookup::{ExtentSource, Found, FoundDir, LookupError, entries, lookup};
