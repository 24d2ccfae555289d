//! The door to the JavaScript renderers (`viewer/js/bridge.ts`). Drawing code calls [`Bridge::mount`] through
//! `renderers::mounted`; addresses that JavaScript finds in documents come back here to be resolved.

use crate::links::{Target, image, link};
use crate::load::{Place, Snapshot};
use crate::location::PageUrl;
use vitrine_protocol::EntryPath;
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

    /// What a renderer leaves behind.
    #[derive(Clone)]
    pub type Mounted;

    /// Resolves when what a reader sees first is there; nothing when it was there with the answer.
    #[wasm_bindgen(method, getter)]
    pub fn drawn(this: &Mounted) -> Option<js_sys::Promise>;

    /// Points at lines of a text; 0 and 0 at none. Fails on a renderer that has no lines.
    #[wasm_bindgen(method, catch, js_name = showLines)]
    pub fn show_lines(this: &Mounted, first: u32, last: u32) -> Result<(), JsValue>;

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
