//! The door to the JavaScript renderers (`viewer/js/bridge.ts`). Drawing code calls [`Bridge::mount`] through
//! `renderers::mounted`; addresses that JavaScript finds in documents come back here to be resolved.

use crate::links::{Target, image, link};
use crate::load::Snapshot;
use crate::location::PageUrl;
use vitrine_protocol::EntryPath;
use wasm_bindgen::prelude::*;

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
    pub type Mounted;

    /// Takes it down.
    #[wasm_bindgen(method, catch)]
    pub fn destroy(this: &Mounted) -> Result<(), JsValue>;
}

/// Resolves the addresses of one document; the sanitiser calls it from JavaScript.
#[wasm_bindgen]
pub struct Links {
    dir: EntryPath,
    snapshot: Snapshot,
    attachments: Vec<(String, String)>,
}

impl Links {
    /// The resolver of a document in the folder `dir`; `attachments` are a notebook cell's own pictures.
    pub(crate) fn new(snapshot: Snapshot, dir: EntryPath, attachments: Vec<(String, String)>) -> Self {
        Self { dir, snapshot, attachments }
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

    /// An address for `src`, or nothing when there is nothing to show.
    pub fn image(&self, address: &str) -> Option<String> {
        if let Some(name) = address.trim().strip_prefix("attachment:") {
            let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            return self.attachments.iter().find(|(known, _)| *known == name).map(|(_, url)| url.clone());
        }
        match image(&self.dir, address) {
            Target::Inside { path, .. } => Some(self.snapshot.picture(&path)),
            Target::Outside(url) => Some(url),
            Target::Here(_) | Target::Refused => None,
        }
    }
}
