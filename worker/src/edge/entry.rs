//! One request: which origin, which room, and the answer on its way out.

use super::limit::{self, Limit};
use super::platform::Platform;
use super::respond::{Means, respond};
use super::target::Target;
use super::{assets, body, now_ms, pass_on, random, read_config, reading, upgrade};
use crate::config::Config;
use crate::control::{BODY_BYTES_MAX, Control, Outcome};
use crate::database::d1::D1;
use crate::failure::Failure;
use crate::gateway::headers;
use crate::gateway::route::parse;
use crate::jobs::sweep::sweep;
use crate::metrics;
use crate::origin::Origin;
use crate::reply::{Body, Reply};
use crate::store::r2::R2Store;
use vitrine_protocol::{ErrorCode, HostId};
use worker::{Context, Env, Method, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

/// Where the control API begins.
const API: &str = "/api/v2/";

/// For `Strict-Transport-Security` (RFC 6797). Without `includeSubDomains`: what else is below an operator's domain is not ours to say.
const ONE_YEAR: &str = "max-age=31536000";

/// An answer, and the bucket that its bytes are in.
pub(super) type Answered = (Reply, Option<R2Store>);

/// What becomes of a request: an answer, or a WebSocket.
enum App<R> {
    Reply(R),
    Upgraded(Response),
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> Result<Response> {
    console_error_panic_hook::set_once();
    let id = request_id(&request);
    let mut seen = Seen::default();
    let (reply, store) = match answer(&mut request, &env, &mut seen).await {
        Ok(App::Reply(answered)) => answered,
        Ok(App::Upgraded(response)) => {
            seen.count(response.status_code());
            return Ok(response);
        }
        Err(failure) => (refuse(failure, &id), None),
    };
    let head = request.method() == Method::Head;
    let means = Means { env: &env, context: &context, store: store.as_ref(), timed: seen.timed };
    let response = match respond(seen.finished(reply, &id), head, &means).await {
        Ok(response) => Ok(response),
        Err(failure) => respond(seen.finished(refuse(failure, &id), &id), head, &means)
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
    /// Whether browsers are told to come by https alone.
    https: bool,
    counted: Option<Counted>,
}

/// What an answer is counted under.
enum Counted {
    Gateway(Origin, &'static str),
    /// By the path below the API's.
    Api(String),
}

impl Seen {
    /// Adds what every answer has.
    fn finished(&self, reply: Reply, id: &str) -> Reply {
        let reply = reply.header("x-request-id", id);
        if self.https { reply.header("strict-transport-security", ONE_YEAR) } else { reply }
    }

    fn count(&self, status: u16) {
        match &self.counted {
            Some(Counted::Gateway(origin, route)) => metrics::gateway_answered(*origin, route, status),
            Some(Counted::Api(path)) => metrics::api_answered(path, status),
            None => {}
        }
    }
}

/// The cron of `wrangler.toml`. What fails is tried at the next one.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    let swept = async {
        let changed = sweep(&D1::open(&env)?, read_config(&env)?.job_times, now_ms()).await?;
        pass_on(&env, changed).await;
        Ok::<_, Failure>(())
    };
    if let Err(failure) = swept.await {
        worker::console_error!("cron: {} {}", failure.problem.code, failure.log.unwrap_or_default());
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

async fn answer(
    request: &mut Request,
    env: &Env,
    seen: &mut Seen,
) -> std::result::Result<App<Answered>, Failure> {
    let config = read_config(env)?;
    seen.timed = config.server_timing;
    let url = request.inner().url();
    let target = Target::of(&url);
    let origin = config.origins.of_host(target.host);
    seen.https = origin.is_some_and(|origin| config.origins.is_https(origin));
    match origin {
        Some(Origin::App) => {
            seen.counted = target.path.strip_prefix(API).map(|path| Counted::Api(path.to_owned()));
            app(request, env, &config, &target).await.map(|answered| match answered {
                App::Reply(reply) => App::Reply((reply, None)),
                App::Upgraded(response) => App::Upgraded(response),
            })
        }
        Some(origin) => {
            let route = parse(target.path);
            seen.counted = Some(Counted::Gateway(origin, route.name()));
            let way = (origin, route);
            reading::answer(request, env, &config, way, &target).await.map(App::Reply)
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
) -> std::result::Result<App<Reply>, Failure> {
    if let Some((file, is_script)) = assets::of_app(target.path) {
        return match method_of(request).as_str() {
            "GET" | "HEAD" => Ok(App::Reply(
                Reply::new(200)
                    .headers(headers::app_file(&config.origins, is_script))
                    .body(Body::Asset(file.into())),
            )),
            _ => {
                Err(Failure::new(ErrorCode::MethodNotAllowed, "This is a file.").header("allow", "GET, HEAD"))
            }
        };
    }
    let path = match target.path {
        // Where others look for it (RFC 8414 has `jwks_uri` point anywhere; this is the custom).
        "/.well-known/jwks.json" => "jwks.json",
        path => path
            .strip_prefix(API)
            .ok_or_else(|| Failure::new(ErrorCode::NoRoute, format!("The API is under `{API}`.")))?,
    };
    let address = limit::address(request);
    let authorization = upgrade::authorization(request);
    if authorization.as_deref().is_some_and(looks_like_host) {
        // Before the database is asked for its key.
        limit::check(env, Limit::Api, &format!("host {address}")).await?;
    }
    if authorization.is_some() {
        limit::check_barred(&address, now_ms())?;
    }
    let world = Platform::new(env, config)?;
    let control = Control { world: &world };
    let call = control.admit(&method_of(request), path, target.query, authorization.as_deref()).await;
    if authorization.is_some() && call.as_ref().is_err_and(|failure| failure.problem.status == 401) {
        // A check of a signature is what costs, and whoever sends wrong ones is nobody by name.
        limit::count_wrong(env, &address, now_ms()).await?;
    }
    let call = call?;
    if let Some(key) = call.limited_as() {
        limit::check(env, Limit::Api, &format!("{key} {address}")).await?;
    }
    let body = if call.has_body() { body::read(request, BODY_BYTES_MAX).await? } else { Vec::new() };
    match control.answer(&call, &body).await? {
        Outcome::Reply(reply) => Ok(App::Reply(reply)),
        Outcome::Upgrade(to) => upgrade::upgrade(request, env, to).await.map(App::Upgraded),
    }
}

fn looks_like_host(authorization: &str) -> bool {
    let token = authorization.split_once(' ').map_or("", |(_, token)| token.trim());
    crate::host_token::unverified_kid(token).is_some_and(|kid| kid.parse::<HostId>().is_ok())
}

/// The method as it was sent: the `worker` crate takes one that it does not know for GET.
pub(super) fn method_of(request: &Request) -> String {
    request.inner().method()
}
