//! Where a page is scrolled to: remembered in its history entry, restored when the reader comes back, and moved to what
//! a fragment names.
//!
//! Documents grow while formulas, code and images arrive, so a place is sought again and again for a moment, until it is
//! reached or the reader scrolls.

use super::router::Arrival;
use super::{document, window};
use crate::markdown::slug;
use leptos::prelude::set_timeout;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// How often a place is sought, and how long the pause is in between: four seconds in all.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(100);

/// How long scrolling must rest before its place is written into the history (Safari allows 100 writes in 30 s).
const REST: Duration = Duration::from_millis(350);

/// The ids that the sanitiser gave to headings and anchors.
const PREFIX: &str = "user-content-";

thread_local! {
    /// Counts searches; an older one that finds a newer number gives up.
    static SEARCH: Cell<u32> = const { Cell::new(0) };
    /// Whether a search is under way, during which scrolling says nothing about the reader.
    static SEARCHING: Cell<bool> = const { Cell::new(false) };
    static WRITE_PENDING: Cell<bool> = const { Cell::new(false) };
}

/// Takes scrolling over from the browser, which would restore it before the page is there.
pub(super) fn take_over() {
    if let Ok(history) = window().history() {
        let _ = history.set_scroll_restoration(web_sys::ScrollRestoration::Manual);
    }
    let on_scroll = Closure::<dyn Fn()>::new(|| {
        if !SEARCHING.get() && !WRITE_PENDING.replace(true) {
            set_timeout(write, REST);
        }
    });
    let on_input = Closure::<dyn Fn()>::new(give_up);
    let (scrolled, input) = (on_scroll.into_js_value(), on_input.into_js_value());
    let listen = |event: &str, listener: &JsValue| {
        let options = web_sys::AddEventListenerOptions::new();
        options.set_passive(true);
        let _ = window().add_event_listener_with_callback_and_add_event_listener_options(
            event,
            listener.unchecked_ref(),
            &options,
        );
    };
    listen("scroll", &scrolled);
    for event in ["wheel", "touchmove", "keydown", "mousedown"] {
        listen(event, &input);
    }
}

/// The place that the current history entry remembers.
pub(super) fn remembered() -> Option<f64> {
    window().history().ok()?.state().ok()?.as_f64()
}

/// What the current place is written down as.
pub(super) fn state() -> JsValue {
    window().scroll_y().map_or(JsValue::NULL, JsValue::from_f64)
}

/// Writes the current place into the current history entry.
pub(super) fn write() {
    WRITE_PENDING.set(false);
    if !SEARCHING.get()
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state(&state(), "");
    }
}

/// Moves to where a reader who came this way expects to be.
pub(crate) fn settle(arrival: Arrival, fragment: &str) {
    if arrival == Arrival::Refined {
        return;
    }
    give_up();
    match arrival {
        Arrival::History(Some(y)) | Arrival::Load(Some(y)) => seek(Place::Height(y)),
        _ if !fragment.is_empty() => seek(Place::Id(fragment.to_owned())),
        // Whoever reads what came with the page may have scrolled in it.
        Arrival::Load(None) => {}
        _ => window().scroll_to_with_x_and_y(0.0, 0.0),
    }
}

/// Ends the search that is under way.
fn give_up() {
    SEARCH.set(SEARCH.get() + 1);
    SEARCHING.set(false);
}

enum Place {
    Height(f64),
    Id(String),
}

fn seek(place: Place) {
    let search = SEARCH.get() + 1;
    SEARCH.set(search);
    SEARCHING.set(true);
    // Not at once: the old page is still there, and its height is not the new one's.
    set_timeout(move || step(place, search, TRIES), Duration::ZERO);
}

fn step(place: Place, search: u32, tries: u32) {
    if SEARCH.get() != search {
        return;
    }
    let reached = match &place {
        Place::Height(y) => {
            window().scroll_to_with_x_and_y(0.0, *y);
            window().scroll_y().is_ok_and(|now| (now - y).abs() < 2.0)
        }
        Place::Id(fragment) => {
            if let Some(element) = element_of(fragment) {
                element.scroll_into_view();
            }
            // What comes in above may still push it away, so a found place is sought to the end.
            false
        }
    };
    if reached || tries == 0 {
        SEARCHING.set(false);
        return;
    }
    set_timeout(move || step(place, search, tries - 1), PAUSE);
}

fn element_of(fragment: &str) -> Option<web_sys::Element> {
    let decoded = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
    let document = document();
    let names = [format!("{PREFIX}{decoded}"), format!("{PREFIX}{}", slug(&decoded)), decoded.into_owned()];
    names.iter().find_map(|name| document.get_element_by_id(name))
}
