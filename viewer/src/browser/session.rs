//! The reader's session (`viewer/js/session.ts`): lets the reader in, and keeps what is fetched supplied with a capability
//! that has not ended.

use crate::failure::Failure;
use crate::routes::Prefixes;
use std::cell::RefCell;
use vitrine_protocol::ShareId;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The object that `main.ts` hands to [`crate::app::start`].
    #[derive(Clone)]
    pub type Session;

    #[wasm_bindgen(method, catch)]
    async fn enter(this: &Session, share: &str, again: bool) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = onRenewed)]
    fn on_renewed(this: &Session, heard: &js_sys::Function);

    #[wasm_bindgen(method, js_name = onChanged)]
    fn on_changed(this: &Session, changed: &js_sys::Function);

    #[wasm_bindgen(method)]
    fn opened(this: &Session);

    #[wasm_bindgen(method)]
    fn failed(this: &Session, code: &str, renderer: &str);

    #[wasm_bindgen(method)]
    fn fresh(this: &Session, url: &str) -> String;

    #[wasm_bindgen(method, catch)]
    async fn renew(this: &Session) -> Result<JsValue, JsValue>;

    type Doors;

    #[wasm_bindgen(method, getter)]
    fn prefix(this: &Doors) -> String;

    #[wasm_bindgen(method, getter, js_name = framePrefix)]
    fn frame_prefix(this: &Doors) -> String;

    #[wasm_bindgen(method, getter)]
    fn refused(this: &Doors) -> Option<String>;
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

fn session() -> Option<Session> {
    SESSION.with_borrow(Clone::clone)
}

/// How a reader was let in.
pub(crate) struct Entry {
    /// What addresses of data begin with.
    pub(crate) prefixes: Prefixes,
    /// Why the reader's token was refused, if there was one.
    pub(crate) refused: Option<Failure>,
}

/// Takes the session; `heard` is called with every capability after the first, `changed` when a reader who was turned away
/// may come in after all. Called once.
pub(crate) fn take(session: Session, heard: impl Fn(Prefixes) + 'static, changed: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn(String, String)>::new(move |share, frame| heard(Prefixes { share, frame }));
    // They listen as long as the page lives.
    session.on_renewed(heard.into_js_value().unchecked_ref());
    session.on_changed(Closure::<dyn Fn()>::new(changed).into_js_value().unchecked_ref());
    SESSION.set(Some(session));
}

/// Lets the reader in to a share; `again` after it did not work.
pub(crate) async fn enter(share: ShareId, again: bool) -> Entry {
    let doors = match session() {
        Some(session) => session.enter(share.as_str(), again).await.ok(),
        None => None,
    };
    let Some(doors) = doors else { return Entry { prefixes: Prefixes::anonymous(), refused: None } };
    let doors: Doors = doors.unchecked_into();
    Entry {
        prefixes: Prefixes { share: doors.prefix(), frame: doors.frame_prefix() },
        refused: doors.refused().map(|code| Failure::from_code(&code)),
    }
}

/// Tells the gateway that the share is open; it hears of it once (`viewer/js/beacons.ts`).
pub(crate) fn opened() {
    if let Some(session) = session() {
        session.opened();
    }
}

/// Tells the gateway what could not be shown: a code of `protocol::beacon::CODES`, and the renderer, if it was one.
pub(crate) fn failed(code: &str, renderer: &str) {
    if let Some(session) = session() {
        session.failed(code, renderer);
    }
}

/// The same address with the capability of now.
pub(super) fn fresh(url: &str) -> String {
    session().map_or_else(|| url.to_owned(), |session| session.fresh(url))
}

/// Asks for a new capability; says whether there is one.
pub(super) async fn renew() -> bool {
    match session() {
        Some(session) => session.renew().await.is_ok_and(|renewed| renewed.is_truthy()),
        None => false,
    }
}
