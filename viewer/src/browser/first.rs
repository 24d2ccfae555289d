//! What the gateway wrote for whoever waits (`worker/src/gateway/first.rs`): it goes when the viewer's page is placed, but for the
//! beginning of a file, which stands where the file's renderer will draw until it does, so that nobody loses what they are reading.
//! Called by the page's root, and by whoever places a renderer.

use super::{document, focus_main};
use std::cell::RefCell;
use wasm_bindgen::JsCast;

thread_local! {
    /// What holds the beginning of a file, out of the page, until there is a place for it.
    static BEGINNING: RefCell<Option<web_sys::Element>> = const { RefCell::new(None) };
}

/// The first page is about to be placed: takes away what was written.
pub(crate) fn page_is_placed() {
    let Some(written) = document().get_element_by_id("first") else { return };
    BEGINNING.set(written.query_selector(".content, .readme").ok().flatten());
    let had_focus = document().active_element().is_some_and(|focused| written.contains(Some(&focused)));
    written.remove();
    if had_focus {
        focus_main();
    }
}

/// Nothing of it is wanted: there is no page, or another one.
pub(crate) fn forget() {
    page_is_placed();
    BEGINNING.set(None);
}

/// Puts the beginning of the page's file into the element that its renderer will fill.
pub(crate) fn hand_over(host: &web_sys::Element) {
    let Some(beginning) = BEGINNING.take() else { return };
    let children = beginning.children();
    let texts: Vec<_> = (0..children.length())
        .filter_map(|at| children.item(at))
        .filter(|child| !child.class_list().contains("readme-name"))
        .collect();
    // The text brings its own.
    let _ = host.class_list().remove_1("prose");
    for text in texts {
        let _ = host.append_child(text.unchecked_ref());
    }
}
