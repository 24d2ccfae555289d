//! Fetching a file's text, and the plainest way of showing it.

use crate::browser::fetch::{self, Abort};
use crate::failure::Failure;
use crate::pages::problem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::sync::Arc;

/// Fetches a text and shows it with `show`; says so while it is on its way and when it does not come.
pub(crate) fn fetched(url: String, show: impl Fn(Arc<str>) -> AnyView + Send + 'static) -> AnyView {
    let text = RwSignal::new(None::<Result<Arc<str>, Failure>>);
    let attempt = RwSignal::new(0u32);
    let abort = Arc::new(SendWrapper::new(RefCell::new(None::<Abort>)));
    let last = abort.clone();
    on_cleanup(move || drop(last.replace(None)));
    Effect::new(move |_| {
        attempt.track();
        let switch = Abort::new();
        let signal = switch.signal();
        abort.replace(Some(switch));
        let url = url.clone();
        spawn_local(async move {
            let fetched = fetch::text(&url, &signal).await.map(Arc::from);
            if !signal.aborted() {
                drop(text.try_set(Some(fetched)));
            }
        });
    });
    let again = move || {
        text.set(None);
        attempt.update(|attempt| *attempt += 1);
    };
    view! {
        {move || match text.get() {
            None => view! { <p class="loading" role="status">"Loading…"</p> }.into_any(),
            Some(Ok(text)) => show(text),
            Some(Err(failure)) => failed(&failure, again),
        }}
    }
    .into_any()
}

fn failed(failure: &Failure, again: impl Fn() + Send + Sync + Copy + 'static) -> AnyView {
    view! {
        {problem::part(failure.title(), failure.explanation(), None)}
        <p class="actions"><button type="button" class="button" on:click=move |_| again()>"Try again"</button></p>
    }
    .into_any()
}

/// A text as it stands.
pub(crate) fn plain(url: String) -> AnyView {
    fetched(url, |text| view! { <pre class="plain" tabindex="0">{text.to_string()}</pre> }.into_any())
}
