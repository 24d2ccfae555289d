//! One request: which origin, which room, and the answer on its way out.

use super::limit::{self, Limit};
use super::respond::{Means, respond};
use super::target::Target;
use super::{assets, body, random, read_config, reading};
use crate::config::Config;
use crate::control::{Admitted, BODY_BYTES_MAX, Control};
use crate::failure::Failure;
use crate::gateway::headers;
use crate::gateway::route::parse;
use crate::metrics;
use crate::origin::Origin;
use crate::reply::{Body, Reply};
use crate::store::r2::R2Store;
use vitrine_protocol::ErrorCode;
use worker::{Context, Env, Method, Request, Response, Result, event};

/// Where the control API begins.
const API: &str = "/api/v2/";

/// An answer, and the bucket that its bytes are in.
pub(super) type Answered = (Reply, Option<R2Store>);

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    console_error_panic_hook::set_once();
    let id = request_id(&request);
    let mut seen = Seen::default();
    let (reply, store) = match answer(&mut request, &env, &context, &mut seen).await {
        Ok(answered) => answered,
        Err(failure) => (refuse(failure, &id), None),
    };
    let head = request.method() == Method::Head;
    let means = Means { env: &env, context: &context, store: store.as_ref(), timed: seen.timed };
    let response = match respond(reply.header("x-request-id", id.clone()), head, &means).await {
        Ok(response) => Ok(response),
        Err(failure) => respond(refuse(failure, &id), head, &means)
            .await
            .map_err(|failure| worker::Error::RustError(failure.problem.title)),
    };
    seen.count(response.as_ref().map_or(500, Response::status_code));
    metrics::object::flush(&env, &context);
    response
}

/// What was found out about a request on the way to its answer, for its measurements.
#[derive(Default)]
struct Seen {
    /// Whether to say how often the bucket was asked.
    timed: bool,
    counted: Option<Counted>,
}

/// What an answer is counted under.
enum Counted {
    Gateway(Origin, &'static str),
    /// By the path below the API's.
    Api(String),
}

impl Seen {
    fn count(&self, status: u16) {
        match &self.counted {
            Some(Counted::Gateway(origin, route)) => metrics::gateway_answered(*origin, route, status),
            Some(Counted::Api(path)) => metrics::api_answered(path, status),
            None => {}
        }
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
    let reply = own.headers(failure.headers).headers(plain).header("x-request-id", id);
    if failure.problem.status == 401 { reply.header("www-authenticate", "Bearer") } else { reply }
}

async fn answer(
    request: &mut Request,
    env: &Env,
    context: &Context,
    seen: &mut Seen,
) -> std::result::Result<Answered, Failure> {
    let config = read_config(env)?;
    seen.timed = config.server_timing;
    let url = request.inner().url();
    let target = Target::of(&url);
    match config.origins.of_host(target.host) {
        Some(Origin::App) => {
            seen.counted = target.path.strip_prefix(API).map(|path| Counted::Api(path.to_owned()));
            app(request, env, &config, &target).await.map(|reply| (reply, None))
        }
        Some(origin) => {
            let route = parse(target.path);
            seen.counted = Some(Counted::Gateway(origin, route.name()));
            reading::answer(request, (env, context), &config, (origin, route), &target).await
        }
        None => Err(Failure::new(
            ErrorCode::NoRoute,
            format!("`{}` is not one of this server's names.", target.host),
        )),
    }
}

async fn app(
    request: &mut Request,
    env: &Env,
    config: &Config,
    target: &Target<'_>,
) -> std::result::Result<Reply, Failure> {
    if let Some((file, is_script)) = assets::of_app(target.path) {
        return match method_of(request).as_str() {
            "GET" | "HEAD" => Ok(Reply::new(200)
                .headers(headers::app_file(&config.origins, is_script))
                .body(Body::Asset(file.into()))),
            _ => {
                Err(Failure::new(ErrorCode::MethodNotAllowed, "This is a file.").header("allow", "GET, HEAD"))
            }
        };
    }
    let call = target
        .path
        .strip_prefix(API)
        .ok_or_else(|| Failure::new(ErrorCode::NoRoute, format!("The API is under `{API}`.")))?;
    let authorization = request.headers().get("authorization").ok().flatten();
    let control = Control { env, config };
    let call = match control.admit(&method_of(request), call, authorization.as_deref())? {
        Admitted::Answered(reply) => return Ok(reply),
        Admitted::Call(call) => call,
    };
    limit::check(env, Limit::Api, &format!("{} {}", call.caller_id(), limit::address(request))).await?;
    let body = body::read(request, BODY_BYTES_MAX).await?;
    control.answer(&call, &body).await
}

/// The method as it was sent: the `worker` crate takes one that it does not know for GET.
pub(super) fn method_of(request: &Request) -> String {
    request.inner().method()
}
