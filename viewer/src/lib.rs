//! The share viewer: a page that lists folders and renders files of a share in the reader's browser.
//!
//! Three layers, each in its own files. *Pure*: [`location`], [`links`], [`sort`], [`format`], [`presentation`],
//! [`failure`], [`markdown`], [`notebook`], [`ansi`], [`table`], [`routes`] decide everything that can be decided
//! without a browser, and are tested natively. *State*: `load` turns an address into what is there. *Drawing*: `app`,
//! `pages` and `renderers` make it visible; what needs a JavaScript library goes through `bridge`. `browser` alone
//! touches history, scrolling and the network.
//!
//! The last four exist only for `wasm32`, so that native tests build in seconds.

pub mod links;
pub mod location;
pub mod routes;

pub mod failure;
pub mod format;
pub mod presentation;
pub mod sort;

pub mod ansi;
pub mod markdown;
pub mod notebook;
pub mod table;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod load;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod renderers;

#[cfg(target_arch = "wasm32")]
pub use app::start;
