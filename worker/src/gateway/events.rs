//! `POST /~[cap]/{share}/events`: the viewer's beacons (design §5). Called by `edge` on the share origin, which counts what
//! comes out of here after the answer is on its way. It stores nothing and reads nothing but what says who may read.

use super::headers;
use super::snapshot::Library;
use crate::access::Credential;
use crate::access::capability::Purpose;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::Store;
use vitrine_protocol::api::Counters;
use vitrine_protocol::beacon::{Beacon, Seen};
use vitrine_protocol::{ErrorCode, ShareId};

/// A body longer than this is refused unread: a path of 1,024 characters, two names, and the JSON around them.
pub(crate) const BODY_BYTES_MAX: usize = 2048;

/// What a request says of itself, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) body: &'a [u8],
    /// `Sec-Fetch-Site`, which no page can change; programs do not send it.
    pub(crate) site: Option<&'a str>,
}

/// Reads a beacon, and answers it.
///
/// 1. It must not come from a page of another site, which could send one in the name of everyone who looks at it: 403. Not
///    by `Origin`: where a page asks for no referrer, as ours does, a browser may write `null` there.
/// 2. The share must be there for this reader, as for data: 404 or 401 otherwise.
/// 3. The body must be a beacon: 400 otherwise. 4. 204; `edge` adds the counters to the answer of a view ([`counted`]).
pub(crate) async fn answer<S: Store>(
    library: &Library<'_, S>,
    share: ShareId,
    credential: &Credential,
    sent: Sent<'_>,
) -> Result<(Reply, Beacon), Failure> {
    if sent.site.is_some_and(|site| site != "same-origin") {
        return Err(Failure::new(ErrorCode::Forbidden, "Beacons come from the viewer's own pages."));
    }
    library.open(share, credential, Purpose::Read).await?;
    let beacon = serde_json::from_slice(sent.body).map_err(|error| {
        Failure::new(ErrorCode::InvalidRequest, format!("The body is not a beacon: {error}."))
    })?;
    // `headers::session`: no other origin may read the answer, and nobody keeps it.
    Ok((Reply::new(204).headers(headers::session()).header("cache-control", "no-store"), beacon))
}

/// The answer to a view, with what the share's keeper counts: the page shows it, and nobody has to ask for it.
pub(crate) fn counted(reply: &Reply, counters: Counters) -> Reply {
    let seen = Seen { stars: counters.stars, views: counters.views };
    Reply::json(200, &seen).headers(reply.headers.clone())
}

#[cfg(test)]
mod tests;
