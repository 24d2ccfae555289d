//! The share viewer: a page that lists folders and renders files of a share in the reader's browser.
//!
//! Three layers, each in its own files. *Pure*: [`location`], [`links`], [`sort`], [`presentation`],
//! [`failure`], [`markdown`], [`notebook`], [`routes`] decide everything that can be decided
//! without a browser, and are tested natively. *State*: `load` turns an address into what is there,
//! reading folders through `listings`. *Drawing*: `app`,
//! `pages` and `renderers` make it visible; what needs a JavaScript library goes through `bridge`. `browser` alone
//! touches history, scrolling and the network.
//!
//! The crate is built into two wasm modules. Feature `app` is the page: state and drawing. Feature `documents` is what
//! parses documents, fetched when the first one is shown. Both exist only for `wasm32`, so that native tests build in
//! seconds.

pub mod links;
pub mod location;
pub mod routes;

pub mod failure;
pub mod presentation;
pub mod sort;

pub mod markdown;
pub mod notebook;

#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod app;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod bridge;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod folder;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod listings;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod load;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod pages;
#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod renderers;

#[cfg(all(target_arch = "wasm32", feature = "app"))]
mod text;

#[cfg(all(target_arch = "wasm32", feature = "app"))]
pub use app::start;

#[cfg(all(target_arch = "wasm32", feature = "documents"))]
pub mod documents;
