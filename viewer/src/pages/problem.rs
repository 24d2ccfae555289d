//! A page for each thing that can go wrong, and the box in which a part of a page says that it could not be shown.

use crate::app::Context;
use crate::browser::session;
use crate::failure::{Failure, Remedy};
use crate::location::PageUrl;
use crate::text;
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
            <h1>{text::t(&failure.title())}</h1>
            <p>{explanation(failure)}</p>
            <p class="actions">{remedy(context, failure.remedy())}</p>
            {request_id.map(|id| view! { <p class="small">{text::t("failure.quote")} " " <code>{id}</code></p> })}
        </section>
    }
    .into_any()
}

fn explanation(failure: &Failure) -> String {
    let (key, values) = failure.explanation();
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    text::fill(&key, &values)
}

fn remedy(context: Context, remedy: Remedy) -> Option<AnyView> {
    match remedy {
        Remedy::Nothing => None,
        Remedy::SignIn => sign_in(context),
        Remedy::Retry => Some(
            view! { <button type="button" class="button" on:click=move |_| retry(context)>{text::t("action.retry")}</button> }
            .into_any(),
        ),
        Remedy::Reload => Some(
            view! { <button type="button" class="button" on:click=|_| reload()>{text::t("action.reload")}</button> }.into_any(),
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
            <a class="button" href=url target="_top">{text::t("action.signin")}</a>
            " "
            <button type="button" class="button" on:click=move |_| retry(context)>{text::t("action.retry")}</button>
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
        view! { " " <a class="button" href=url>{text::t("action.start")}</a> }
    });
    let url = PageUrl::new(page.share, nearest.clone()).to_url();
    let label = match nearest.name() {
        Some(name) => text::with("action.up", [("name", name.as_str())]),
        None => text::t("action.up.start"),
    };
    Some(view! { <a class="button" href=url>{label}</a>{root} }.into_any())
}

/// A part of a page that could not be shown this time: why, another try, and the file itself to save.
pub(crate) fn retriable(
    reason: String,
    download: Option<String>,
    again: impl Fn() + Send + Sync + Copy + 'static,
) -> AnyView {
    view! {
        {part(&text::t("part.unavailable"), reason, download)}
        <p class="actions">
            <button type="button" class="button" on:click=move |_| again()>{text::t("action.retry")}</button>
        </p>
    }
    .into_any()
}

/// A part of a page that could not be shown: why, and the file itself to save.
pub(crate) fn part(what: &str, reason: String, download: Option<String>) -> AnyView {
    view! {
        <div class="part-problem" role="alert" data-rendered="failed">
            <p><strong>{what.to_owned()}</strong></p>
            <p>{reason}</p>
            {download.map(|url| view! { <p><a class="button" href=url download="">{text::t("action.download.file")}</a></p> })}
        </div>
    }
    .into_any()
}
