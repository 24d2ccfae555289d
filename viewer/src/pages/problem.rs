//! A page for each thing that can go wrong, and the box in which a part of a page says that it could not be shown.

use crate::app::Context;
use crate::browser::session;
use crate::failure::{Failure, Remedy};
use crate::location::PageUrl;
use leptos::prelude::*;
use vitrine_protocol::EntryPath;

/// The whole page says what went wrong and what to do.
pub(crate) fn page(context: Context, failure: &Failure) -> AnyView {
    let request_id = match failure {
        Failure::Server { request_id, .. } if !request_id.is_empty() => Some(request_id.clone()),
        _ => None,
    };
    if let Some(code) = failure.beacon() {
        session::failed(code, "");
    }
    view! {
        <section class="problem" role="alert" data-failure=failure.code()>
            <h1>{failure.title()}</h1>
            <p>{failure.explanation()}</p>
            <p class="actions">{remedy(context, failure.remedy())}</p>
            {request_id.map(|id| view! { <p class="small">"Quote this when asking for help: " <code>{id}</code></p> })}
        </section>
    }
    .into_any()
}

fn remedy(context: Context, remedy: Remedy) -> Option<AnyView> {
    match remedy {
        Remedy::Nothing => None,
        Remedy::SignIn => sign_in(context),
        Remedy::Retry => Some(
            view! { <button type="button" class="button" on:click=move |_| retry(context)>"Try again"</button> }.into_any(),
        ),
        Remedy::Reload => Some(
            view! { <button type="button" class="button" on:click=|_| reload()>"Reload"</button> }.into_any(),
        ),
        Remedy::GoUp(nearest) => up(context, &nearest),
    }
}

/// The app's own sign-in, for this share and path; in the whole window, as it may not be framed.
fn sign_in(context: Context) -> Option<AnyView> {
    let page = context.router.visit_untracked().page.ok()?;
    let url = format!("{}{}/{}", crate::browser::meta("vitrine-sign-in")?, page.share, page.path.to_url());
    Some(
        view! {
            <a class="button" href=url target="_top">"Sign in to view"</a>
            " "
            <button type="button" class="button" on:click=move |_| retry(context)>"Try again"</button>
        }
        .into_any(),
    )
}

fn retry(context: Context) {
    context.attempts.update(|attempts| *attempts += 1);
}

fn reload() {
    // A reload that the browser refuses leaves the page as it is, button included.
    let _ = crate::browser::window().location().reload();
}

/// Links to the nearest folder that is there and to the root of the share.
fn up(context: Context, nearest: &EntryPath) -> Option<AnyView> {
    let page = context.page.get_untracked()?;
    let root = (!nearest.is_root()).then(|| {
        let url = PageUrl::new(page.share, EntryPath::root()).to_url();
        view! { " " <a class="button" href=url>"Go to the start of this share"</a> }
    });
    let url = PageUrl::new(page.share, nearest.clone()).to_url();
    let name =
        nearest.name().map_or_else(|| "the start of this share".to_owned(), |name| format!("“{name}”"));
    Some(view! { <a class="button" href=url>"Go up to " <bdi>{name}</bdi></a>{root} }.into_any())
}

/// A part of a page that could not be shown: why, and the file itself to save.
pub(crate) fn part(what: &str, reason: String, download: Option<String>) -> AnyView {
    view! {
        <div class="part-problem" role="alert" data-rendered="failed">
            <p><strong>{what.to_owned()}</strong></p>
            <p>{reason}</p>
            {download.map(|url| view! { <p><a class="button" href=url download="">"Download the file"</a></p> })}
        </div>
    }
    .into_any()
}
