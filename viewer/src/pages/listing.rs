//! The entries of a folder. `viewer/js/listing/` draws them; here is what connects it to the page's address, which says how they
//! are ordered and laid out.
//!
//! They are not a view: the rows of a long folder come and go as the reader scrolls, which three hundred lines of script do in a
//! third of the bytes, and before the first frame.

use crate::app::Context;
use crate::bridge::List;
use crate::folder::Folder;
use crate::load::Snapshot;
use crate::location::{Layout, PageUrl};
use crate::sort::Column;
use crate::text;
use leptos::prelude::*;
use std::sync::Arc;
use vitrine_protocol::{Entries, EntryPath};
use wasm_bindgen::prelude::*;

/// The entries.
pub(super) fn listing(
    context: Context,
    snapshot: &Snapshot,
    path: &EntryPath,
    entries: &Arc<Entries>,
) -> AnyView {
    if entries.is_empty() {
        return view! { <p class="empty">{text::t("folder.empty")}</p> }.into_any();
    }
    let (snapshot, path, entries) = (snapshot.clone(), path.clone(), entries.clone());
    let host = NodeRef::<leptos::html::Div>::new();
    let list = StoredValue::new_local(None::<List>);
    Effect::new(move |_| {
        let (Some(host), Some(page)) = (host.get(), context.page.get()) else { return };
        let drawn = list.get_value().or_else(|| {
            let folder = Folder::new(snapshot.clone(), path.clone(), entries.clone());
            context.bridge.try_with_value(|bridge| bridge.list(&host, folder, &refine(context)))
        });
        let Some(drawn) = drawn else { return };
        drawn.arrange(&page.order.to_string(), page.layout.map(|layout| layout.as_str().to_owned()));
        list.set_value(Some(drawn));
    });
    on_cleanup(move || {
        if let Some(drawn) = list.try_get_value().flatten() {
            drawn.remove();
        }
    });
    view! { <div class="listing-view" node_ref=host></div> }.into_any()
}

/// What the list calls when the reader wishes it otherwise: the address changes, and the list follows.
fn refine(context: Context) -> JsValue {
    let wish = move |wish: String| {
        let Some(Some(page)) = context.page.try_get_untracked() else { return };
        let page = match (Column::parse(&wish), Layout::parse(&wish)) {
            (Some(column), _) => PageUrl { order: page.order.clicked(column), ..page },
            (None, Some(layout)) => PageUrl { layout: Some(layout), ..page },
            (None, None) => return,
        };
        context.router.refine(page);
    };
    Closure::<dyn Fn(String)>::new(wish).into_js_value()
}
