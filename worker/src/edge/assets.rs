//! The site's own files, built into `dist/` and served by the platform's static assets.

use crate::failure::Failure;
use crate::gateway::headers;
use crate::reply::{Body, Reply};
use std::cell::RefCell;
use vitrine_protocol::ErrorCode;
use worker::{Env, Response};

/// The binding's name in `wrangler.toml`.
const BINDING: &str = "ASSETS";

thread_local! {
    /// The viewer's page; a deployment replaces the isolate, and with it this.
    static TEMPLATE: RefCell<Option<String>> = const { RefCell::new(None) };
}

async fn get(env: &Env, path: &str) -> Result<Response, Failure> {
    let failed = |error: worker::Error| {
        Failure::logged(ErrorCode::Internal, "The site's files cannot be read.", &error)
    };
    let assets = env.assets(BINDING).map_err(failed)?;
    assets.fetch(format!("http://assets.invalid{path}"), None).await.map_err(failed)
}

/// A file of the site. Small ones only: they pass through here, and the platform caches them by their hashed names.
pub(super) async fn file(env: &Env, path: &str) -> Result<Reply, Failure> {
    let mut reply = page(env, path).await?;
    reply.headers.retain(|(name, _)| *name == "content-type" || *name == "content-length");
    Ok(reply.headers(headers::asset(path)))
}

/// A page of the site, without our headers.
pub(super) async fn page(env: &Env, path: &str) -> Result<Reply, Failure> {
    let mut response = get(env, path).await?;
    if response.status_code() != 200 {
        return Err(Failure::new(ErrorCode::NoRoute, format!("The site has no file `{path}`.")));
    }
    let content_type = response.headers().get("content-type").ok().flatten();
    let bytes = response
        .bytes()
        .await
        .map_err(|error| Failure::logged(ErrorCode::Internal, "The site's files cannot be read.", &error))?;
    let reply = Reply::new(200)
        .header("content-type", content_type.unwrap_or_else(|| "application/octet-stream".into()));
    Ok(reply.body(Body::Bytes(bytes)))
}

/// The viewer's page, before its head is filled in.
pub(super) async fn template(env: &Env) -> Result<String, Failure> {
    if let Some(template) = TEMPLATE.with_borrow(Clone::clone) {
        return Ok(template);
    }
    let built = page(env, "/shell.html").await.map_err(|failure| Failure {
        log: Some("dist/ has no shell.html: the viewer is not built".into()),
        ..Failure::new(ErrorCode::Internal, failure.problem.detail)
    })?;
    let Reply { body: Body::Bytes(bytes), .. } = built else {
        return Err(Failure::new(ErrorCode::Internal, "The viewer's page is empty."));
    };
    let template = String::from_utf8(bytes)
        .map_err(|error| Failure::logged(ErrorCode::Internal, "The viewer's page is not text.", &error))?;
    TEMPLATE.set(Some(template.clone()));
    Ok(template)
}
