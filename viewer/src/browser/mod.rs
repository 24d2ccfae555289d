//! The browser's noise: history, clicks, scrolling, the network, the clock. Nothing above this folder listens to the
//! window or asks it anything.

pub(crate) mod fetch;
pub(crate) mod router;
pub(crate) mod scroll;
pub(crate) mod session;

use wasm_bindgen::{JsCast, JsValue};

/// The window; a viewer outside one does not run.
pub(crate) fn window() -> web_sys::Window {
    web_sys::window().expect("the viewer runs in a window")
}

/// The document.
pub(crate) fn document() -> web_sys::Document {
    window().document().expect("a window has a document")
}

/// What the shell says in `<meta name=… content=…>`.
pub(crate) fn meta(name: &str) -> Option<String> {
    let element = document().query_selector(&format!("meta[name='{name}']")).ok()??;
    element.dyn_into::<web_sys::HtmlMetaElement>().ok().map(|meta| meta.content())
}

/// The metadata that came with the page, if it did.
pub(crate) fn data_block() -> Option<String> {
    document().get_element_by_id("vitrine-data")?.text_content()
}

/// How far the reader's clock is ahead of UTC at that moment, in minutes.
pub(crate) fn utc_offset(unix_ms: i64) -> i64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "times stay below 2^53 ms for a quarter of a million years"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(unix_ms as f64));
    #[expect(clippy::cast_possible_truncation, reason = "an offset is at most 14 hours; NaN becomes 0")]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// Reads the message out of whatever JavaScript threw.
pub(crate) fn message(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "unknown error".to_owned())
}

/// Moves the keyboard's focus to the main part of the page after a navigation, without scrolling.
pub(crate) fn focus_main() {
    if let Some(main) = document().get_element_by_id("content")
        && let Ok(main) = main.dyn_into::<web_sys::HtmlElement>()
    {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        // Focus is a courtesy: an element that refuses it leaves the page as usable as before.
        let _ = main.focus_with_options(&options);
    }
}
