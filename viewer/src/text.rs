//! What readers read, in their language. The catalogues and the ways of writing numbers and dates are `viewer/js/text.ts`'s;
//! this is the wasm's door to them. Called by everything that draws.

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The part of the bridge that knows texts.
    #[derive(Clone)]
    pub type Texts;

    #[wasm_bindgen(method)]
    fn t(this: &Texts, key: &str, values: &JsValue) -> String;

    #[wasm_bindgen(method)]
    fn size(this: &Texts, bytes: f64) -> String;

    #[wasm_bindgen(method)]
    fn machine(this: &Texts, unix_ms: f64) -> String;

    #[wasm_bindgen(method)]
    fn minute(this: &Texts, unix_ms: f64) -> String;
}

thread_local! {
    static TEXTS: RefCell<Option<Texts>> = const { RefCell::new(None) };
}

/// Takes the door; called once, before anything is drawn.
pub(crate) fn take(texts: Texts) {
    TEXTS.set(Some(texts));
}

fn ask(question: impl FnOnce(&Texts) -> String) -> String {
    TEXTS.with_borrow(|texts| texts.as_ref().map(question)).unwrap_or_default()
}

/// A text of the catalogue.
pub(crate) fn t(key: &str) -> String {
    ask(|texts| texts.t(key, &JsValue::UNDEFINED))
}

/// A text with names in it.
pub(crate) fn with<const N: usize>(key: &str, values: [(&str, &str); N]) -> String {
    fill(key, &values)
}

/// The same for any number of names.
pub(crate) fn fill(key: &str, values: &[(&str, &str)]) -> String {
    let object = js_sys::Object::new();
    for (name, value) in values {
        set(&object, name, &(*value).into());
    }
    ask(|texts| texts.t(key, &object))
}

/// A text in the form that a number wants, which is in it as `count`.
pub(crate) fn count(key: &str, count: u64) -> String {
    ask(|texts| texts.t(key, &object([("count", float(count).into())])))
}

/// A number of bytes.
pub(crate) fn size(bytes: u64) -> String {
    ask(|texts| texts.size(float(bytes)))
}

/// The day and the minute.
pub(crate) fn minute(unix_ms: i64) -> String {
    ask(|texts| texts.minute(moment(unix_ms)))
}

/// The moment as machines read it (ISO 8601), for `<time datetime>`; nothing for what no calendar has.
pub(crate) fn machine(unix_ms: i64) -> String {
    ask(|texts| texts.machine(moment(unix_ms)))
}

#[expect(clippy::cast_precision_loss, reason = "what the format holds stays below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "times stay below 2^53 ms for a quarter of a million years")]
fn moment(unix_ms: i64) -> f64 {
    unix_ms as f64
}

/// A JavaScript object from names and values.
pub(crate) fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        set(&object, name, &value);
    }
    object.into()
}

fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    // Setting a field of a plain object cannot fail.
    let _ = js_sys::Reflect::set(object, &name.into(), value);
}
