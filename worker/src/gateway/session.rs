//! `POST /~/{share}/session`: a viewer token, or an earlier session's renewal, becomes a capability (design §6). Called by
//! `edge` on the share origin.

use super::headers;
use super::snapshot::Library;
use crate::access::Credential;
use crate::access::capability::{Purpose, Signed};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::Store;
use vitrine_protocol::session::OpenSession;
use vitrine_protocol::{ErrorCode, ShareId};

/// Reads the request's body.
pub(crate) fn read(body: &[u8]) -> Result<OpenSession, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(ErrorCode::InvalidRequest, format!("The body is not `{{\"token\": …}}`: {error}."))
    })
}

/// Answers the exchange.
///
/// 1. The token or renewal must be good for this share: 401 otherwise, whether or not there is such a share.
/// 2. The share must be there, and of the kind that it is for: 404 otherwise. 3. It must not be revoked: 401.
/// 4. 200 with the capability.
pub(crate) async fn answer<S: Store>(
    library: &Library<'_, S>,
    share: ShareId,
    asked: &OpenSession,
) -> Result<Reply, Failure> {
    let (credential, purpose) = match asked {
        OpenSession::Token(token) => (Credential::Token(token.clone()), Purpose::Read),
        OpenSession::Renewal(text) => {
            (Signed::parse(text).map_or(Credential::Malformed, Credential::Capability), Purpose::Renew)
        }
    };
    let now = library.now / 1000;
    let proved = library.policy.prove(share, &credential, purpose, now)?;
    let proved = proved.ok_or_else(Failure::share_not_found)?;
    library.open_with(share, &proved).await?;
    Ok(Reply::json(200, &library.policy.session(share, &proved, now)).headers(headers::session()))
}
