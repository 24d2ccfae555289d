//! How stored JSON is read: by `serde_json`, and in the viewer's wasm by [`small`], which is a tenth of its size. Called by
//! every reader of a document or a listing; writing stays `serde_json`'s.
//!
//! The viewer asks for the small one by the feature `small-json`, which does nothing on any other target: a workspace's tests
//! must not depend on which crates are built together.

pub mod small;

/// Why a text is not the JSON that it should be.
#[cfg(not(all(target_arch = "wasm32", feature = "small-json")))]
pub type Error = serde_json::Error;

/// Why a text is not the JSON that it should be.
#[cfg(all(target_arch = "wasm32", feature = "small-json"))]
pub type Error = small::Error;

/// Reads a value.
pub fn from_slice<'de, T: serde::Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    #[cfg(not(all(target_arch = "wasm32", feature = "small-json")))]
    return serde_json::from_slice(bytes);
    #[cfg(all(target_arch = "wasm32", feature = "small-json"))]
    return small::from_slice(bytes);
}
