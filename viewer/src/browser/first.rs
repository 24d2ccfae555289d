//! What the gateway wrote for whoever waits (`worker/src/gateway/first.rs`): it goes when the page's own content is there to take its
//! place, not before, so that nobody loses what they are reading. Called by the page's root, and by the renderers' runner.

use super::document;
use leptos::prelude::set_timeout;
use std::cell::Cell;
use std::time::Duration;

/// After so long a page shows how far it is instead.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    /// Parts of the page that are being drawn for the first time.
    static UNDERWAY: Cell<u32> = const { Cell::new(0) };
}

/// A part of the page begins.
pub(crate) fn part_begins() {
    UNDERWAY.set(UNDERWAY.get() + 1);
}

/// What a reader sees first of a part is there, or never will be.
pub(crate) fn part_is_there() {
    UNDERWAY.set(UNDERWAY.get().saturating_sub(1));
    remove_if_done();
}

/// The page is placed; its parts begin in the tasks that this one leaves behind.
pub(crate) fn page_is_placed() {
    let Some(written) = document().get_element_by_id("first") else { return };
    // Names and rows are there already; only the text of a file is still to come.
    if written.query_selector(".content, .readme").ok().flatten().is_none() {
        written.remove();
        return;
    }
    set_timeout(remove_if_done, Duration::ZERO);
    set_timeout(remove, PATIENCE);
}

fn remove_if_done() {
    if UNDERWAY.get() == 0 {
        remove();
    }
}

/// Takes it away, whatever is there instead.
pub(crate) fn remove() {
    if let Some(written) = document().get_element_by_id("first") {
        written.remove();
    }
}
