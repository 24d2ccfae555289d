//! The browser's noise: history, clicks, scrolling, the network, the clock. Nothing above this folder listens to the
//! window or asks it anything.

pub(crate) mod fetch;
pub(crate) mod first;
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
