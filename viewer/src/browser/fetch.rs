//! Requests for a share's data. They end when their [`Abort`] is dropped, and every way of failing is a
//! [`Failure`] with a page of its own.

use super::session;
use crate::failure::Failure;
use js_sys::Uint8Array;
use vitrine_protocol::Sha256;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestCache, RequestInit, Response};

/// Ends the requests of a page that the reader has left; dropping it is leaving.
pub(crate) struct Abort(AbortController);

impl Abort {
    /// A switch that nothing has thrown yet.
    pub(crate) fn new() -> Self {
        Self(AbortController::new().expect("AbortController takes no arguments and cannot fail"))
    }

    /// What requests listen to.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Asks with the capability of now; when that has ended, asks once more with a new one.
async fn answer(url: &str, signal: &AbortSignal, kept: RequestCache) -> Result<Response, Failure> {
    let response = send(&session::fresh(url), signal, kept).await?;
    let response = if response.status() == 401 && session::renew().await {
        send(&session::fresh(url), signal, kept).await?
    } else {
        response
    };
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    Err(Failure::from_answer(status, &body(&response).await.unwrap_or_default()))
}

async fn send(url: &str, signal: &AbortSignal, kept: RequestCache) -> Result<Response, Failure> {
    let init = RequestInit::new();
    init.set_cache(kept);
    init.set_signal(Some(signal));
    let request = web_sys::Request::new_with_str_and_init(url, &init)
        .map_err(|_| Failure::BadAddress(url.to_owned()))?;
    let answer = JsFuture::from(super::window().fetch_with_request(&request)).await;
    answer.ok().and_then(|answer| answer.dyn_into().ok()).ok_or(Failure::Offline)
}

async fn body(response: &Response) -> Result<Vec<u8>, Failure> {
    let promise = response.array_buffer().map_err(|_| Failure::Offline)?;
    let buffer = JsFuture::from(promise).await.map_err(|_| Failure::Offline)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Fetches a whole body.
pub(crate) async fn bytes(url: &str, signal: &AbortSignal) -> Result<Vec<u8>, Failure> {
    body(&answer(url, signal, RequestCache::Default).await?).await
}

/// Fetches a whole body whose hash is known. What the browser has kept under the address is asked for anew when it is another;
/// what comes then, and still is another, is damage. A page without a secure context has no hashes, and believes what comes.
pub(crate) async fn known(url: &str, hash: Sha256, signal: &AbortSignal) -> Result<Vec<u8>, Failure> {
    for kept in [RequestCache::Default, RequestCache::Reload] {
        let bytes = body(&answer(url, signal, kept).await?).await?;
        if digest(&bytes).await.is_none_or(|own| own == hash) {
            return Ok(bytes);
        }
    }
    Err(Failure::Corrupt("its bytes are not those that were published".to_owned()))
}

/// By the browser: code of ours that does it would be sent with every first page.
async fn digest(bytes: &[u8]) -> Option<Sha256> {
    let subtle = super::window().crypto().ok()?.subtle();
    let digest = JsFuture::from(subtle.digest_with_str_and_u8_array("SHA-256", bytes).ok()?).await.ok()?;
    let digest: [u8; 32] = Uint8Array::new(&digest).to_vec().try_into().ok()?;
    Some(Sha256::from_bytes(digest))
}
