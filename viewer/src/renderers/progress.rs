//! How far a part of a page is: whoever waits for a page reads `data-rendered` off its parts, as the browser specs do.
//!
//! A page is no longer busy when its parts are placed; a part is done when what a reader sees first of it is there.

use leptos::prelude::*;

/// The value of one part's `data-rendered`.
#[derive(Clone, Copy)]
pub(super) struct Progress(RwSignal<&'static str>);

impl Progress {
    /// It is on its way.
    pub(super) const PENDING: &str = "pending";
    /// It is there.
    pub(super) const DONE: &str = "done";
    /// It could not be shown.
    pub(super) const FAILED: &str = "failed";

    /// A part that was just placed.
    pub(super) fn new() -> Self {
        Self(RwSignal::new(Self::PENDING))
    }

    /// The value, tracked.
    pub(super) fn get(self) -> &'static str {
        self.0.get()
    }

    /// Moves on; a part that has gone meanwhile does not mind.
    pub(super) fn set(self, to: &'static str) {
        let _ = self.0.try_set(to);
    }
}
