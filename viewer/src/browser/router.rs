//! A small router over the history API: the address is the state, and this file alone reads and writes it.
//!
//! Links are ordinary anchors; a click on one that stays in this share becomes a step of the history instead of a
//! load. Everything else (other shares, downloads, new tabs, modified clicks) is left to the browser.

use super::{scroll, window};
use crate::location::{LocationError, PageUrl};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

/// How the reader came to an address.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Arrival {
    /// The page was loaded; after a reload, with where it was scrolled to.
    Load(Option<f64>),
    /// By a link.
    Link,
    /// By going back or forward, with where the page was scrolled to then.
    History(Option<f64>),
    /// The address changed to describe what is shown already.
    Refined,
}

/// An address and how the reader came to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Visit {
    /// The page, or why the address is none.
    pub(crate) page: Result<PageUrl, LocationError>,
    /// How the reader came.
    pub(crate) arrival: Arrival,
}

/// The current address; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Router(RwSignal<Visit>);

impl Router {
    /// Reads the address and starts listening. Called once.
    pub(crate) fn start() -> Self {
        scroll::take_over();
        let router =
            Self(RwSignal::new(Visit { page: here(), arrival: Arrival::Load(scroll::remembered()) }));
        let on_history = Closure::<dyn Fn()>::new(move || {
            router.0.set(Visit { page: here(), arrival: Arrival::History(scroll::remembered()) });
        });
        let on_click = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| router.click(&event));
        let window = window();
        for (event, closure) in
            [("popstate", on_history.into_js_value()), ("click", on_click.into_js_value())]
        {
            // The two listeners live as long as the page, so their closures are never freed.
            let _ = window.add_event_listener_with_callback(event, closure.unchecked_ref());
        }
        router
    }

    /// The current address, tracked.
    pub(crate) fn visit(self) -> Visit {
        self.0.get()
    }

    /// The current address.
    pub(crate) fn visit_untracked(self) -> Visit {
        self.0.get_untracked()
    }

    /// Goes to a page, as a link does.
    pub(crate) fn go(self, page: PageUrl) {
        scroll::write();
        let history = window().history();
        let pushed = history.and_then(|h| h.push_state_with_url(&JsValue::NULL, "", Some(&page.to_url())));
        if pushed.is_ok() {
            self.0.set(Visit { page: Ok(page), arrival: Arrival::Link });
        }
    }

    /// Changes the address to describe better what is shown.
    pub(crate) fn refine(self, page: PageUrl) {
        // A script may have changed how the file is read.
        let page = match here() {
            Ok(here) => page.read_as(&here),
            Err(_) => page,
        };
        let history = window().history();
        let state = scroll::state();
        let replaced = history.and_then(|h| h.replace_state_with_url(&state, "", Some(&page.to_url())));
        if replaced.is_ok() {
            self.0.set(Visit { page: Ok(page), arrival: Arrival::Refined });
        }
    }

    fn click(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let Some(anchor) = clicked_anchor(event) else { return };
        // Our own link past the header; the sanitiser leaves no author a class of this name.
        if anchor.class_name() == "skip" {
            event.prevent_default();
            super::focus_main();
            return;
        }
        if anchor.has_attribute("download") || !matches!(anchor.target().as_str(), "" | "_self") {
            return;
        }
        let (Ok(origin), Ok(here)) = (window().location().origin(), here()) else { return };
        if anchor.origin() != origin {
            return;
        }
        // Another share is another document: it has its own head.
        if let Ok(page) = PageUrl::parse(&anchor.pathname(), &anchor.search(), &anchor.hash())
            && page.share == here.share
        {
            event.prevent_default();
            self.go(page);
        }
    }
}

fn clicked_anchor(event: &MouseEvent) -> Option<HtmlAnchorElement> {
    let element: Element = event.target()?.dyn_into().ok()?;
    element.closest("a[href]").ok()??.dyn_into().ok()
}

fn here() -> Result<PageUrl, LocationError> {
    let location = window().location();
    let part = |read: Result<String, JsValue>| read.unwrap_or_default();
    PageUrl::parse(&part(location.pathname()), &part(location.search()), &part(location.hash()))
}
