//! The door to the JavaScript renderers (`viewer/js/bridge.ts`). Drawing code calls [`Bridge::mount`] through
//! `renderers::mounted`; addresses that JavaScript finds in documents come back here to be resolved.

use crate::folder::{Folder, Paths};
use crate::links::{Target, image, link};
use crate::load::{Place, Snapshot};
use crate::location::PageUrl;
use vitrine_protocol::rows::natural;
use vitrine_protocol::{EntryPath, File, Kind};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen]
extern "C" {
    /// The object that `main.ts` hands to [`crate::app::start`].
    #[derive(Clone)]
    pub type Bridge;

    /// Draws `input` into `host` with the renderer of that name; the answer has a `destroy` method.
    #[wasm_bindgen(method, catch)]
    pub async fn mount(
        this: &Bridge,
        renderer: &str,
        host: &web_sys::Element,
        input: &JsValue,
        signal: &web_sys::AbortSignal,
    ) -> Result<JsValue, JsValue>;

    /// Draws the entries of a folder into `host`. `refine` is told what the reader wishes: a column to sort by, or a
    /// layout.
    #[wasm_bindgen(method)]
    pub fn list(this: &Bridge, host: &web_sys::Element, folder: Folder, refine: &JsValue) -> List;

    /// Hands over what the finder looks in.
    #[wasm_bindgen(method)]
    pub fn opened(this: &Bridge, paths: Paths);

    /// The entries of a folder, drawn.
    #[derive(Clone)]
    pub type List;

    /// Shows them in an order (`-size`), as a list or a grid; without a layout, what is in the folder decides.
    #[wasm_bindgen(method)]
    pub fn arrange(this: &List, order: &str, layout: Option<String>);

    /// Takes them down.
    #[wasm_bindgen(method, js_name = destroy)]
    pub fn remove(this: &List);

    /// What a renderer leaves behind.
    #[derive(Clone)]
    pub type Mounted;

    /// Resolves when what a reader sees first is there; nothing when it was there with the answer.
    #[wasm_bindgen(method, getter)]
    pub fn drawn(this: &Mounted) -> Option<js_sys::Promise>;

    /// Goes to what the fragment of an address points at. Fails on a renderer that knows no places.
    #[wasm_bindgen(method, catch, js_name = showFragment)]
    pub fn show_fragment(this: &Mounted, fragment: &str) -> Result<(), JsValue>;

    /// Takes it down.
    #[wasm_bindgen(method, catch)]
    pub fn destroy(this: &Mounted) -> Result<(), JsValue>;
}

/// Resolves the addresses of one document; the sanitiser calls it from JavaScript.
#[wasm_bindgen]
pub struct Links {
    dir: EntryPath,
    snapshot: Snapshot,
}

impl Links {
    /// The resolver of a document in the folder `dir`.
    pub(crate) fn new(snapshot: Snapshot, dir: EntryPath) -> Self {
        Self { dir, snapshot }
    }
}

#[wasm_bindgen]
impl Links {
    /// An address for `href`, or nothing when it must not lead anywhere.
    pub fn link(&self, address: &str) -> Option<String> {
        match link(&self.dir, address) {
            Target::Here(fragment) => Some(format!("#{fragment}")),
            Target::Inside { path, fragment } => {
                Some(PageUrl { fragment, ..PageUrl::new(self.snapshot.routes.share(), path) }.to_url())
            }
            Target::Outside(url) => Some(url),
            Target::Refused => None,
        }
    }

    /// The files of the document's folder in the order of its listing, as JSON (`viewer/js/markup.ts`, `Neighbour`).
    pub fn folder(&self, signal: web_sys::AbortSignal) -> js_sys::Promise {
        future_to_promise(neighbours(self.snapshot.clone(), self.dir.clone(), signal))
    }

    /// A file of the share by the address that a document has for it, as JSON (`viewer/js/markup.ts`, `Neighbour`); its own address
    /// is on the frame origin, for what is shown there. Nothing when the share has no such file.
    pub fn framed(&self, address: &str, signal: web_sys::AbortSignal) -> js_sys::Promise {
        match link(&self.dir, address) {
            Target::Inside { path, .. } => future_to_promise(framed(self.snapshot.clone(), path, signal)),
            _ => js_sys::Promise::resolve(&JsValue::UNDEFINED),
        }
    }

    /// An address for `src`, as a promise; nothing when there is nothing to show.
    ///
    /// A picture inside the share is looked up first, so that a missing one is a note in the text and not a failed
    /// request. The look-up ends with `signal`, which is the document's.
    pub fn image(&self, address: &str, signal: web_sys::AbortSignal) -> js_sys::Promise {
        match image(&self.dir, address) {
            Target::Inside { path, .. } => future_to_promise(picture(self.snapshot.clone(), path, signal)),
            Target::Outside(url) => js_sys::Promise::resolve(&JsValue::from(url)),
            Target::Here(_) | Target::Refused => js_sys::Promise::resolve(&JsValue::UNDEFINED),
        }
    }
}

/// Finds a file, for a place on the frame origin.
async fn framed(
    snapshot: Snapshot,
    path: EntryPath,
    signal: web_sys::AbortSignal,
) -> Result<JsValue, JsValue> {
    let Ok(Place::File { path, file, .. }) = snapshot.find(&path, &signal).await else {
        return Ok(JsValue::UNDEFINED);
    };
    let page = PageUrl::new(snapshot.routes.share(), path.clone()).to_url();
    let url = snapshot.framed(&path);
    let found = Neighbour { name: file.name.to_string(), kind: file.kind, size: file.size, page, url };
    Ok(serde_json::to_string(&found).unwrap_or_default().into())
}

/// One file of a folder, for a renderer that goes to the next one or looks for what belongs to its own.
#[derive(serde::Serialize)]
struct Neighbour {
    name: String,
    kind: Kind,
    size: u64,
    /// The page that shows it.
    page: String,
    /// Its bytes.
    url: String,
}

async fn neighbours(
    snapshot: Snapshot,
    dir: EntryPath,
    signal: web_sys::AbortSignal,
) -> Result<JsValue, JsValue> {
    let Ok(Place::Dir { dir, entries }) = snapshot.find(&dir, &signal).await else { return Ok("[]".into()) };
    let mut files: Vec<_> = entries.files.iter().collect();
    files.sort_by(|a, b| natural(a.name.as_str(), b.name.as_str()));
    let neighbour = |file: &File| {
        let path = dir.path.join(&file.name).ok()?;
        let url = if file.kind == Kind::Image { snapshot.picture(&path) } else { snapshot.file(&path) };
        let page = PageUrl::new(snapshot.routes.share(), path).to_url();
        Some(Neighbour { name: file.name.to_string(), kind: file.kind, size: file.size, page, url })
    };
    let files: Vec<_> = files.into_iter().filter_map(neighbour).collect();
    // Names, numbers and addresses always become JSON.
    Ok(serde_json::to_string(&files).unwrap_or_default().into())
}

/// The address of a picture that is there.
async fn picture(
    snapshot: Snapshot,
    path: EntryPath,
    signal: web_sys::AbortSignal,
) -> Result<JsValue, JsValue> {
    match snapshot.find(&path, &signal).await {
        Ok(Place::File { path, .. }) => Ok(snapshot.picture(&path).into()),
        _ => Ok(JsValue::UNDEFINED),
    }
}
