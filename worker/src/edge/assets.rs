//! The site's own files, built into `dist/` and served by the platform's static assets.

use crate::failure::Failure;
use crate::gateway::template::Template;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::ErrorCode;
use worker::{Env, Response, ResponseBody};

/// The binding's name in `wrangler.toml`.
const BINDING: &str = "ASSETS";

thread_local! {
    /// The viewer's page; a deployment replaces the isolate, and with it this.
    static TEMPLATE: RefCell<Option<Rc<Template>>> = const { RefCell::new(None) };

    /// The frame's page, likewise.
    static FRAME_PAGE: RefCell<Option<Rc<[u8]>>> = const { RefCell::new(None) };
}

async fn get(env: &Env, path: &str) -> Result<Response, Failure> {
    let failed = |error: worker::Error| {
        Failure::logged(ErrorCode::Internal, "The site's files cannot be read.", &error)
    };
    let assets = env.assets(BINDING).map_err(failed)?;
    assets.fetch(format!("http://assets.invalid{path}"), None).await.map_err(failed)
}

/// A file of the site, as the platform has it: a stream that does not enter wasm memory, and its media type.
pub(super) async fn stream(env: &Env, path: &str) -> Result<(ResponseBody, Option<String>), Failure> {
    let response = get(env, path).await?;
    if response.status_code() != 200 {
        return Err(Failure::new(ErrorCode::NoRoute, format!("The site has no file `{path}`.")));
    }
    let content_type = response.headers().get("content-type").ok().flatten();
    let (_, body) = response.into_parts();
    Ok((body, content_type))
}

/// The files of the app origin, and whether they are scripts: what a page that embeds shares loads, and an example of one.
pub(super) fn of_app(path: &str) -> Option<(&'static str, bool)> {
    match path {
        "/embed.js" => Some(("/embed.js", true)),
        "/embed-example" => Some(("/embed-example.html", false)),
        "/embed-example.js" => Some(("/embed-example.js", true)),
        _ => None,
    }
}

/// The page that renders one rich output: some kilobytes, which have an entity tag as every page has.
pub(super) async fn frame_page(env: &Env) -> Result<Rc<[u8]>, Failure> {
    if let Some(page) = FRAME_PAGE.with_borrow(Clone::clone) {
        return Ok(page);
    }
    let failed = |log: String| Failure {
        log: Some(log),
        ..Failure::new(ErrorCode::Internal, "The page of outputs is not here.")
    };
    let mut response = get(env, "/frame.html").await?;
    if response.status_code() != 200 {
        return Err(failed("dist/ has no frame.html: the viewer is not built".into()));
    }
    let page: Rc<[u8]> = response.bytes().await.map_err(|error| failed(error.to_string()))?.into();
    FRAME_PAGE.set(Some(page.clone()));
    Ok(page)
}

/// The viewer's page, before its head is filled in.
pub(super) async fn template(env: &Env) -> Result<Rc<Template>, Failure> {
    if let Some(template) = TEMPLATE.with_borrow(Clone::clone) {
        return Ok(template);
    }
    let failed = |log: String| Failure {
        log: Some(log),
        ..Failure::new(ErrorCode::Internal, "The viewer is not here.")
    };
    let mut response = get(env, "/shell.html").await?;
    if response.status_code() != 200 {
        return Err(failed("dist/ has no shell.html: the viewer is not built".into()));
    }
    let bytes = response.bytes().await.map_err(|error| failed(error.to_string()))?;
    let parsed = std::str::from_utf8(&bytes).ok().and_then(Template::parse);
    let template = Rc::new(parsed.ok_or_else(|| failed("dist/shell.html is of another build".into()))?);
    TEMPLATE.set(Some(template.clone()));
    Ok(template)
}
