//! One renderer for each way of showing a file. The file's page calls [`content`]; the ones that need a JavaScript library
//! go through [`mounted`].

mod html;
mod media;
mod progress;
pub(crate) mod text;

use crate::app::Context;
use crate::bridge::{Bridge, Mounted};
use crate::browser::fetch::Abort;
use crate::browser::{message, session};
use crate::load::Snapshot;
use crate::pages::problem;
use crate::presentation::Presentation;
use leptos::prelude::*;
use leptos::task::spawn_local;
use progress::Progress;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::{EntryPath, File};
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
    let url = snapshot.file(path);
    match way {
        Presentation::Markdown => text::markdown(context, snapshot, path, url),
        Presentation::Notebook => text::notebook(context, snapshot, path, url),
        Presentation::Code => text::code(context, file.name.to_string(), url),
        Presentation::Pdf => {
            let input = object([("url", url.into())]);
            let otherwise = failed_part("This PDF could not be shown", snapshot.download(path));
            mounted(context, "pdf", "pdf", input, otherwise)
        }
        Presentation::Image => media::image(file, snapshot.picture(path), snapshot.download(path)),
        Presentation::Audio => media::audio(file, url, snapshot.download(path)),
        Presentation::Video => media::video(file, url, snapshot.download(path)),
        Presentation::Html => html::file(file, snapshot.framed(path)),
        Presentation::Table => text::table(context, url),
        Presentation::Download => media::download_only(file, snapshot.download(path)),
    }
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

/// An element that a JavaScript renderer fills; when it fails, `otherwise` is shown instead.
fn mounted(
    context: Context,
    renderer: &'static str,
    class: &'static str,
    input: JsValue,
    otherwise: impl Fn(String) -> AnyView + Send + 'static,
) -> AnyView {
    mounted_with(context, renderer, class, input, otherwise, &Handle::new())
}

/// The same for a caller who wants to speak to the renderer.
fn mounted_with(
    context: Context,
    renderer: &'static str,
    class: &'static str,
    input: JsValue,
    otherwise: impl Fn(String) -> AnyView + Send + 'static,
    handle: &Handle,
) -> AnyView {
    let progress = Progress::new();
    let failure = RwSignal::new(None::<String>);
    let host = NodeRef::<leptos::html::Div>::new();
    let handle = handle.clone();
    let input = SendWrapper::new(input);
    host.on_load(move |element| {
        let failed = move |reason| drop(failure.try_set(Some(reason)));
        run(context, renderer, element.into(), input.take(), failed, progress, &handle);
    });
    view! {
        <div
            node_ref=host
            class=class
            class:hidden=move || failure.with(Option::is_some)
            data-rendered=move || progress.get()
        ></div>
        {move || failure.get().map(&otherwise)}
    }
    .into_any()
}

/// What stands in for a renderer that failed: the reason, and the file.
fn failed_part(what: &'static str, download: String) -> impl Fn(String) -> AnyView + Send + 'static {
    move |reason| problem::part(what, reason, Some(download.clone()))
}

/// A JavaScript object from names and values.
fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object cannot fail.
        let _ = js_sys::Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
