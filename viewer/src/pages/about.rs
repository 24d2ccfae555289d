//! What a share says of itself beside its title: whose it is, who may read it, how often it was starred and seen. The
//! folder's page calls it at the root, the file's page where the whole share is that file.

use crate::app::Context;
use crate::load::Snapshot;
use crate::text;
use leptos::prelude::*;
use vitrine_protocol::Scope;

/// The facts, as pieces of a line; counters come when the gateway has told them.
pub(crate) fn facts(context: Context, snapshot: &Snapshot) -> AnyView {
    let Some(meta) = &snapshot.meta else { return ().into_any() };
    let owner =
        meta.owner.as_ref().map(|owner| piece(text::with("about.owner", [("owner", owner.as_str())])));
    let scope = match meta.scope {
        Scope::Public => None,
        Scope::Unlisted => Some("about.unlisted"),
        Scope::Authenticated => Some("about.authenticated"),
        Scope::Org => Some("about.org"),
    };
    let counters = move || {
        let counted = |count: u64, key: &str| (count > 0).then(|| piece(text::count(key, count)));
        let (stars, views) = context.counters.get();
        [counted(stars, "about.stars"), counted(views, "about.views")]
    };
    view! { {owner} {scope.map(|key| piece(text::t(key)))} {counters} }.into_any()
}

fn piece(text: String) -> AnyView {
    view! { <span>{text}</span> }.into_any()
}
