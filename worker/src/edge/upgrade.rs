//! WebSockets: the request goes on to the object that keeps the other end.
//!
//! A browser cannot send `Authorization` with a WebSocket, so its token may stand among the subprotocols (RFC 6455 section 1.9),
//! as `vitrine.v2, bearer.<token>`: in no URL, so in no log. The answer names `vitrine.v2`.

use super::platform::{HOST_DO, SHARE_DO};
use crate::control::{Upgrade, upgrade_required};
use crate::failure::Failure;
use crate::host_do::object::HOST;
use crate::share_do::object::{IS_WRITER, SHARE, SINCE, UNTIL};
use vitrine_protocol::ErrorCode;
use worker::{Env, Headers, Request, RequestInit, Response};

/// The subprotocol that is spoken.
const PROTOCOL: &str = "vitrine.v2";

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// The `Authorization` header, or a WebSocket's token in its place.
pub(super) fn authorization(request: &Request) -> Option<String> {
    header(request, "authorization").or_else(|| {
        let protocols = header(request, "sec-websocket-protocol")?;
        let mut words = protocols.split(',').map(str::trim);
        let token = words.find_map(|word| word.strip_prefix("bearer."))?;
        Some(format!("Bearer {token}"))
    })
}

/// Connects the client to the object. The object gets headers of ours, and none of the client's but the handshake's.
pub(super) async fn upgrade(request: &Request, env: &Env, to: Upgrade) -> Result<Response, Failure> {
    if !header(request, "upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(upgrade_required());
    }
    let failed =
        |error: worker::Error| Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error);
    let (namespace, name, path, own) = match to {
        Upgrade::Host(host) => (HOST_DO, host.to_string(), "connect", vec![(HOST, host.to_string())]),
        Upgrade::Share { share, is_writer, since, until } => {
            let mut own = vec![(SHARE, share.to_string()), (UNTIL, until.to_string())];
            own.extend(is_writer.then(|| (IS_WRITER, "1".to_owned())));
            own.extend(since.map(|since| (SINCE, since.to_string())));
            (SHARE_DO, share.to_string(), "events", own)
        }
    };
    let headers = Headers::new();
    headers.set("upgrade", "websocket").map_err(failed)?;
    own.iter().try_for_each(|(name, value)| headers.set(name, value)).map_err(failed)?;
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let inner = Request::new_with_init(&format!("http://object/{path}"), &init).map_err(failed)?;
    let stub =
        env.durable_object(namespace).and_then(|namespace| namespace.get_by_name(&name)).map_err(failed)?;
    let response = stub.fetch_with_request(inner).await.map_err(failed)?;
    let offered = header(request, "sec-websocket-protocol").unwrap_or_default();
    if !offered.split(',').any(|word| word.trim() == PROTOCOL) {
        return Ok(response);
    }
    // The headers of an answer that was fetched cannot be changed; one made anew around its socket has none yet.
    let refused = || Failure::new(ErrorCode::StoreUnavailable, "Try again in a moment.");
    let mut anew = Response::from_websocket(response.websocket().ok_or_else(refused)?).map_err(failed)?;
    anew.headers_mut().set("sec-websocket-protocol", PROTOCOL).map_err(failed)?;
    Ok(anew)
}
