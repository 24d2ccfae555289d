//! One request: which origin, which room, and the answer on its way out.

use super::respond::respond;
use super::{assets, bucket_of, random, read_config};
use crate::config::Config;
use crate::control::{Admitted, BODY_BYTES_MAX, Control};
use crate::failure::Failure;
use crate::gateway::route::{Route, parse};
use crate::gateway::{Ask, data, headers, shell};
use crate::origin::Origin;
use crate::reply::{Body, Reply};
use futures_util::StreamExt as _;
use vitrine_protocol::ErrorCode;
use worker::{Context, Env, Method, Request, Response, Result, event};

/// Where the control API begins.
const API: &str = "/api/v2/";

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    console_error_panic_hook::set_once();
    let id = request_id(&request);
    let reply = match answer(&mut request, &env).await {
        Ok(reply) => reply,
        Err(failure) => refuse(failure, &id),
    };
    let head = request.method() == Method::Head;
    let reply = reply.header("x-request-id", id.clone());
    match respond(reply, head, &env, &context).await {
        Ok(response) => Ok(response),
        Err(failure) => respond(refuse(failure, &id), head, &env, &context)
            .await
            .map_err(|failure| worker::Error::RustError(failure.problem.title)),
    }
}

/// Cloudflare's own id where there is one, so that a reader's report leads to the platform's log.
fn request_id(request: &Request) -> String {
    if let Ok(Some(ray)) = request.headers().get("cf-ray") {
        return ray;
    }
    random().map(|bytes| format!("{:016x}", u64::from_be_bytes(bytes))).unwrap_or_default()
}

fn refuse(mut failure: Failure, id: &str) -> Reply {
    if let Some(log) = &failure.log {
        worker::console_error!("{id} {}: {log}", failure.problem.code);
    }
    id.clone_into(&mut failure.problem.request_id);
    let own = Reply::problem(&failure.problem);
    // Its own type and caching win over those of what was asked for.
    let plain = own.headers.clone();
    let reply = own.headers(failure.headers).headers(plain);
    if failure.problem.status == 401 { reply.header("www-authenticate", "Bearer") } else { reply }
}

async fn answer(request: &mut Request, env: &Env) -> std::result::Result<Reply, Failure> {
    let config = read_config(env)?;
    let url = request
        .url()
        .map_err(|error| Failure::logged(ErrorCode::InvalidRequest, "The URL is not valid.", &error))?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    match config.origins.of_host(&host) {
        Some(Origin::App) => control(request, env, &config, url.path()).await,
        Some(origin) => reading(request, env, &config, origin, url.path(), url.query()).await,
        None => Err(Failure::new(ErrorCode::NoRoute, format!("`{host}` is not one of this server's names."))),
    }
}

async fn control(
    request: &mut Request,
    env: &Env,
    config: &Config,
    path: &str,
) -> std::result::Result<Reply, Failure> {
    let call = path
        .strip_prefix(API)
        .ok_or_else(|| Failure::new(ErrorCode::NoRoute, format!("The API is under `{API}`.")))?
        .to_owned();
    let authorization = request.headers().get("authorization").ok().flatten();
    let control = Control { env, config };
    let call = match control.admit(&method_of(request), &call, authorization.as_deref())? {
        Admitted::Answered(reply) => return Ok(reply),
        Admitted::Call(call) => call,
    };
    let body = read_body(request).await?;
    control.answer(&call, &body).await
}

/// Reads a body of at most `BODY_BYTES_MAX`, and stops there: what is longer never fills the memory.
async fn read_body(request: &mut Request) -> std::result::Result<Vec<u8>, Failure> {
    let invalid = |error: worker::Error| {
        Failure::logged(ErrorCode::InvalidRequest, "The request cannot be read.", &error)
    };
    let too_large =
        || Failure::new(ErrorCode::TooLarge, format!("A body has at most {BODY_BYTES_MAX} bytes."));
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let declared = request.headers().get("content-length").map_err(invalid)?;
    if declared.and_then(|text| text.parse::<usize>().ok()).is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let (mut stream, mut body) = (request.stream().map_err(invalid)?, Vec::new());
    while let Some(chunk) = stream.next().await {
        body.extend(chunk.map_err(invalid)?);
        if body.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
    }
    Ok(body)
}

async fn reading(
    request: &Request,
    env: &Env,
    config: &Config,
    origin: Origin,
    path: &str,
    query: Option<&str>,
) -> std::result::Result<Reply, Failure> {
    match method_of(request).as_str() {
        "GET" | "HEAD" => {}
        "OPTIONS" => return Ok(preflight()),
        other => {
            let detail = format!("{other} is not a way to read.");
            return Err(
                Failure::new(ErrorCode::MethodNotAllowed, detail).header("allow", "GET, HEAD, OPTIONS")
            );
        }
    }
    let origins = &config.origins;
    match (origin, parse(path)) {
        (_, Route::Asset) => Ok(site_file(path, headers::asset(path))),
        (Origin::Frame, Route::FramePage) => Ok(site_file("/frame.html", headers::frame_page(origins))),
        (_, Route::Data(share, route)) => {
            let store = bucket_of(env, config, share)?;
            let answered = data::answer(&store, origins, origin, share, &route, &ask(request, query)).await;
            // Errors carry the same headers as data, so that a page may read them.
            answered.map_err(|failure| Failure {
                headers: [headers::data(), failure.headers].concat(),
                ..failure
            })
        }
        (Origin::Share, Route::Shell(share, path)) => {
            let template = assets::template(env).await?;
            match bucket_of(env, config, share) {
                Ok(store) => Ok(shell::answer(&store, origins, share, &path, &template).await),
                Err(_) => Ok(shell::nowhere(origins, &template)),
            }
        }
        (_, Route::BadData) => {
            Err(Failure::new(ErrorCode::NoRoute, "No data has this address.").with_headers(headers::data()))
        }
        (Origin::Share, _) => Ok(shell::nowhere(origins, &assets::template(env).await?)),
        (_, _) => Err(Failure::new(ErrorCode::NoRoute, "This origin only serves parts of other pages.")),
    }
}

/// The method as it was sent: the `worker` crate takes one that it does not know for GET.
fn method_of(request: &Request) -> String {
    request.inner().method()
}

fn site_file(path: &str, headers: Vec<(&'static str, String)>) -> Reply {
    Reply::new(200).headers(headers).body(Body::Asset(path.to_owned()))
}

fn ask(request: &Request, query: Option<&str>) -> Ask {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    Ask {
        head: request.method() == Method::Head,
        range: header("range"),
        if_range: header("if-range"),
        if_match: header("if-match"),
        if_none_match: header("if-none-match"),
        if_modified_since: header("if-modified-since"),
        if_unmodified_since: header("if-unmodified-since"),
        download: query.is_some_and(|query| {
            query.split('&').any(|part| part == "download" || part.starts_with("download="))
        }),
    }
}

/// For pages of other origins that ask for ranges; the data itself is open to them.
fn preflight() -> Reply {
    Reply::new(204)
        .header("allow", "GET, HEAD, OPTIONS")
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, HEAD")
        .header(
            "access-control-allow-headers",
            "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Authorization",
        )
        .header("access-control-max-age", "86400")
}
