//! The door of the viewer: follows the address, loads what it names, and shows one page at a time.
//!
//! If you understand [`follow`], you understand the viewer: an address arrives, requests of the previous one end, the
//! snapshot is opened once, the path is found, and only then does the old page give way to the new one.

use crate::bridge::Bridge;
use crate::browser::fetch::Abort;
use crate::browser::router::{Router, Visit};
use crate::browser::session::{self, Session};
use crate::browser::{self, first, scroll};
use crate::failure::Failure;
use crate::folder::Paths;
use crate::load::{Place, Snapshot};
use crate::location::PageUrl;
use crate::pages;
use crate::routes::DataRoutes;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use vitrine_protocol::ShareId;
use wasm_bindgen::prelude::*;

/// What every part of the page may need; cheap to clone.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    /// Where we are, and how to go elsewhere.
    pub(crate) router: Router,
    /// The JavaScript renderers.
    pub(crate) bridge: StoredValue<Bridge, LocalStorage>,
    /// The address of the page that is shown, which follows the router's when its content has arrived.
    pub(crate) page: RwSignal<Option<PageUrl>>,
    /// The version of the share that this page is pinned to.
    pub(crate) snapshot: StoredValue<Option<Snapshot>>,
    /// Counts what the reader asked to try again.
    pub(crate) attempts: RwSignal<u32>,
    /// How many have starred the share and how many have seen it, once the gateway has told.
    pub(crate) counters: RwSignal<(u64, u64)>,
    /// Whether the next page is on its way.
    pub(crate) busy: RwSignal<bool>,
    content: RwSignal<Option<Arc<Result<Place, Failure>>>>,
}

/// Called once by `main.ts`.
#[wasm_bindgen]
pub fn start(bridge: Bridge, session: Session) {
    text::take(bridge.clone().unchecked_into());
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        session::failed("panic", "");
    }));
    let Some(host) = browser::document().get_element_by_id("app").and_then(|app| app.dyn_into().ok()) else {
        return;
    };
    let host: web_sys::HtmlElement = host;
    host.set_text_content(None);
    mount_to(host, move || app(bridge, session)).forget();
}

fn app(bridge: Bridge, session: Session) -> impl IntoView {
    let context = Context {
        router: Router::start(),
        bridge: StoredValue::new_local(bridge),
        page: RwSignal::new(None),
        snapshot: StoredValue::new(None),
        attempts: RwSignal::new(0),
        busy: RwSignal::new(true),
        counters: RwSignal::new((0, 0)),
        content: RwSignal::new(None),
    };
    let renew = move |prefixes| {
        context.snapshot.with_value(|snapshot| {
            if let Some(snapshot) = snapshot {
                snapshot.routes.renew(prefixes);
            }
        });
    };
    let again = move || context.attempts.update(|attempts| *attempts += 1);
    // A network that is back helps only those whom it has failed.
    let recovered = move || {
        let content = context.content.get_untracked();
        if content.is_some_and(|content| matches!(content.as_ref(), Err(Failure::Offline))) {
            again();
        }
    };
    let counted = move |stars, views| context.counters.set((stars, views));
    session::take(session, session::Heard { renew, changed: again, recovered, counted });
    follow(context);
    pages::frame(context, move || {
        context.content.get().map(|content| match content.as_ref() {
            Ok(Place::Dir { dir, entries }) => pages::directory::page(context, dir, entries),
            Ok(Place::File { path, file }) => pages::file::page(context, path, file),
            Err(failure) => pages::problem::page(context, failure),
        })
    })
}

/// Loads every address that arrives.
fn follow(context: Context) {
    Effect::new(move |previous: Option<Option<Abort>>| {
        // Dropping the previous page's switch ends its requests.
        drop(previous);
        let attempt = context.attempts.get();
        let visit = context.router.visit();
        let page = match &visit.page {
            Ok(page) => page.clone(),
            Err(error) => {
                show(context, &visit, None, Err(Failure::BadAddress(error.to_string())));
                return None;
            }
        };
        let stays = context.page.get_untracked().is_some_and(|shown| shown.same_place(&page));
        let is_shown = context.content.get_untracked().is_some_and(|content| content.is_ok());
        if stays && is_shown {
            context.page.set(Some(page.clone()));
            // Whoever comes back before another page has arrived no longer waits for it.
            context.busy.set(false);
            scroll::settle(visit.arrival, &page.fragment);
            return None;
        }
        let abort = Abort::new();
        let signal = abort.signal();
        context.busy.set(true);
        spawn_local(async move {
            let found = find(context, &page, &signal, attempt > 0).await;
            if !signal.aborted() {
                show(context, &visit, Some(page), found);
            }
        });
        Some(abort)
    });
}

async fn find(
    context: Context,
    page: &PageUrl,
    signal: &web_sys::AbortSignal,
    again: bool,
) -> Result<Place, Failure> {
    let pinned = context.snapshot.get_value().filter(|snapshot| snapshot.routes.share() == page.share);
    let last = context.content.get_untracked();
    let failed = last.as_ref().is_none_or(|content| content.is_err());
    let turned_away = last.is_some_and(|content| {
        matches!(content.as_ref(), Err(Failure::ShareNotFound | Failure::SignIn | Failure::Forbidden))
    });
    let snapshot = match pinned {
        Some(snapshot) if !(again && failed) => snapshot,
        _ => {
            let opened = open(page.share, signal, again && failed, again && turned_away).await?;
            context.bridge.with_value(|bridge| bridge.opened(Paths::new(opened.clone())));
            opened
        }
    };
    context.snapshot.set_value(Some(snapshot.clone()));
    session::opened(&snapshot);
    snapshot.find(&page.path, signal).await
}

/// Lets the reader in and chooses the snapshot. A token that was refused explains why nothing is to be seen.
async fn open(
    share: ShareId,
    signal: &web_sys::AbortSignal,
    again: bool,
    turned_away: bool,
) -> Result<Snapshot, Failure> {
    let entry = session::enter(share, turned_away).await;
    let frame_origin = browser::meta("vitrine-frame-origin").unwrap_or_default();
    let routes = DataRoutes::new(share, &frame_origin, entry.prefixes);
    match Snapshot::open(routes, signal, again).await {
        Err(Failure::ShareNotFound) => Err(entry.refused.unwrap_or(Failure::ShareNotFound)),
        opened => opened,
    }
}

/// Puts the new page in the place of the old one.
fn show(context: Context, visit: &Visit, page: Option<PageUrl>, found: Result<Place, Failure>) {
    let is_first = context.content.get_untracked().is_none();
    let fragment = page.as_ref().map(|page| page.fragment.clone()).unwrap_or_default();
    browser::document().set_title(&title(context, page.as_ref(), &found));
    let is_there = found.is_ok();
    if is_first && is_there {
        first::page_is_placed();
    } else {
        first::forget();
    }
    context.page.set(page);
    context.content.set(Some(Arc::new(found)));
    context.busy.set(false);
    if !is_first {
        browser::focus_main();
    }
    scroll::settle(visit.arrival, &fragment);
}

fn title(context: Context, page: Option<&PageUrl>, found: &Result<Place, Failure>) -> String {
    let share = context.snapshot.with_value(|snapshot| snapshot.as_ref().map(Snapshot::title));
    let name = match found {
        Err(failure) => Some(text::t(&failure.title())),
        Ok(_) => page.and_then(|page| page.path.name()).map(ToString::to_string),
    };
    let parts: Vec<String> = [name, share].into_iter().flatten().collect();
    if parts.is_empty() { "Vitrine".to_owned() } else { parts.join(" — ") }
}
