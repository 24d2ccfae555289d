//! The reader's session (`viewer/js/session.ts`): lets the reader in, and keeps what is fetched supplied with a capability
//! that has not ended.

use crate::failure::Failure;
use crate::load::Snapshot;
use crate::routes::Prefixes;
use crate::text::object;
use std::cell::RefCell;
use vitrine_protocol::{Handle, ShareId};
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

    #[wasm_bindgen(method, js_name = onRecovered)]
    fn on_recovered(this: &Session, recovered: &js_sys::Function);

    #[wasm_bindgen(method, js_name = onCounted)]
    fn on_counted(this: &Session, counted: &js_sys::Function);

    #[wasm_bindgen(method)]
    fn opened(this: &Session, shown: &JsValue);

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

/// What the page does when the session says something.
pub(crate) struct Heard<R, C, B, N> {
    /// There is another capability.
    pub(crate) renew: R,
    /// A reader who was turned away may come in after all.
    pub(crate) changed: C,
    /// The network is back.
    pub(crate) recovered: B,
    /// The share's stars and views.
    pub(crate) counted: N,
}

/// Takes the session. Called once.
pub(crate) fn take(
    session: Session,
    heard: Heard<
        impl Fn(Prefixes) + 'static,
        impl Fn() + 'static,
        impl Fn() + 'static,
        impl Fn(u64, u64) + 'static,
    >,
) {
    let Heard { renew, changed, recovered, counted } = heard;
    // They listen as long as the page lives.
    let renew = Closure::<dyn Fn(String, String)>::new(move |share, frame| renew(Prefixes { share, frame }));
    session.on_renewed(renew.into_js_value().unchecked_ref());
    session.on_changed(Closure::<dyn Fn()>::new(changed).into_js_value().unchecked_ref());
    session.on_recovered(Closure::<dyn Fn()>::new(recovered).into_js_value().unchecked_ref());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is no number of people becomes one that is close"
    )]
    let counted = Closure::<dyn Fn(f64, f64)>::new(move |stars, views| counted(stars as u64, views as u64));
    session.on_counted(counted.into_js_value().unchecked_ref());
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

/// Says which snapshot is shown; the gateway hears once that the share is open (`viewer/js/beacons.ts`).
pub(crate) fn opened(snapshot: &Snapshot) {
    let Some(session) = session() else { return };
    let text = |text: Option<&str>| text.map_or(JsValue::UNDEFINED, JsValue::from_str);
    let meta = snapshot.meta.as_ref();
    session.opened(&object([
        ("manifestId", snapshot.latest.manifest_id.to_string().into()),
        ("title", snapshot.title().into()),
        ("scope", text(meta.map(|meta| meta.scope.as_str()))),
        ("owner", text(meta.and_then(|meta| meta.owner.as_ref()).map(Handle::as_str))),
        ("slug", text(meta.and_then(|meta| meta.slug.as_ref()).map(Handle::as_str))),
    ]));
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
