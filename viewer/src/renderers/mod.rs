//! One renderer for each way of showing a file. The file's page calls [`content`]; the ones that need a JavaScript library
//! go through [`mounted`].

pub(crate) mod file;
mod html;
mod progress;
mod unknown;
mod withheld;

use crate::app::Context;
use crate::bridge::{Bridge, Links, Mounted};
use crate::browser::fetch::Abort;
use crate::browser::{first, message, session};
use crate::load::Snapshot;
use crate::pages::problem;
use crate::text::object;
use leptos::prelude::*;
use leptos::task::spawn_local;
use progress::Progress;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use vitrine_protocol::{EntryPath, File, Presentation};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Shows a file in one way.
pub(crate) fn content(
    context: Context,
    snapshot: &Snapshot,
    path: &EntryPath,
    file: &File,
    way: Presentation,
) -> AnyView {
    match way {
        Presentation::Html => html::file(file, snapshot.framed(path)),
        Presentation::Download => unknown::unknown(context, snapshot, path, file),
        Presentation::Withheld => withheld::notice(file, snapshot.download(path)),
        drawn => {
            let renderer = drawn.renderer().unwrap_or("plain");
            file::drawn(context, snapshot, path, file, renderer)
        }
    }
}

/// A Markdown text that is at hand, its addresses relative to `dir`.
pub(crate) fn markdown_text(
    context: Context,
    snapshot: &Snapshot,
    dir: &EntryPath,
    text: Arc<str>,
) -> AnyView {
    let (snapshot, dir) = (snapshot.clone(), dir.clone());
    let make = move || {
        let links = Links::new(snapshot.clone(), dir.clone());
        let frame = snapshot.routes.frame_page();
        object([("text", (&*text).into()), ("links", links.into()), ("frameUrl", frame.into())])
    };
    mounted_with(context, "markdown", "prose".to_owned(), make, None, &Handle::new())
}

/// What a JavaScript renderer left behind, and the switch that tells it to stop.
struct Running {
    abort: Option<Abort>,
    mounted: Option<Mounted>,
}

impl Running {
    /// Stops and takes down; a renderer that fails at that has nothing left that matters.
    fn end(&mut self) {
        self.abort = None;
        if let Some(mounted) = self.mounted.take() {
            let _ = mounted.destroy();
        }
    }
}

/// Runs a renderer on an element for as long as the current part of the page lives.
///
/// 1. The renderer is loaded and mounted. 2. `progress` follows until what a reader sees first is there.
fn run(
    context: Context,
    renderer: &'static str,
    host: web_sys::Element,
    input: JsValue,
    failed: impl FnOnce(String) + 'static,
    progress: Progress,
    running: &Handle,
) {
    let abort = Abort::new();
    let signal = abort.signal();
    running.0.borrow_mut().abort = Some(abort);
    let running = running.clone();
    let Some(bridge): Option<Bridge> = context.bridge.try_get_value() else { return };
    spawn_local(async move {
        match bridge.mount(renderer, &host, &input, &signal).await {
            Ok(mounted) => {
                let mounted: Mounted = mounted.unchecked_into();
                if signal.aborted() {
                    let _ = mounted.destroy();
                    return;
                }
                let drawn = mounted.drawn();
                running.0.borrow_mut().mounted = Some(mounted);
                let drawn = match drawn {
                    Some(drawn) => JsFuture::from(drawn).await.map(drop),
                    None => Ok(()),
                };
                progress.set(if drawn.is_ok() { Progress::DONE } else { Progress::FAILED });
            }
            Err(_) if signal.aborted() => {}
            Err(error) => {
                progress.set(Progress::FAILED);
                session::failed("part", renderer);
                failed(message(&error));
            }
        }
    });
}

/// Something that runs until the part of the page it was made in goes away.
#[derive(Clone)]
struct Handle(SendWrapper<Rc<RefCell<Running>>>);

impl Handle {
    /// Nothing runs yet.
    fn new() -> Self {
        let running = Rc::new(RefCell::new(Running { abort: None, mounted: None }));
        let handle = Self(SendWrapper::new(running));
        let last = handle.clone();
        on_cleanup(move || last.0.borrow_mut().end());
        handle
    }

    /// What the renderer left behind, once it has.
    fn mounted(&self) -> Option<Mounted> {
        self.0.borrow().mounted.clone()
    }
}

/// An element that a JavaScript renderer fills; when it fails, the reason is shown instead, with another try and the file.
fn mounted_with(
    context: Context,
    renderer: &'static str,
    class: String,
    input: impl Fn() -> JsValue + Send + 'static,
    download: Option<String>,
    handle: &Handle,
) -> AnyView {
    let failure = RwSignal::new(None::<String>);
    let handle = handle.clone();
    let part = move || {
        if let Some(reason) = failure.get() {
            let again = move || failure.set(None);
            return problem::retriable(reason, download.clone(), again);
        }
        let progress = Progress::new();
        let host = NodeRef::<leptos::html::Div>::new();
        let (handle, input) = (handle.clone(), SendWrapper::new(input()));
        // A part that can be downloaded is the page's file.
        let is_file = download.is_some();
        host.on_load(move |element| {
            if is_file {
                first::hand_over(&element);
            }
            let failed = move |reason| drop(failure.try_set(Some(reason)));
            run(context, renderer, element.into(), input.take(), failed, progress, &handle);
        });
        view! { <div node_ref=host class=class.clone() data-rendered=move || progress.get()></div> }
            .into_any()
    };
    view! { {part} }.into_any()
}
