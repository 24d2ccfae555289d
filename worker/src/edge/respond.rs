//! Turns an answer into a response whose bytes go from R2 to the client without entering wasm memory.
//!
//! One range is R2's own stream. Several are piped, one after another, into one `FixedLengthStream`, which gives the
//! response its `Content-Length`; the piping goes on in `wait_until`. The first range is opened before the response begins,
//! so that a missing blob is still an error with a status; one that is missing later breaks the connection off.

use super::{bucket_of, read_config};
use crate::failure::Failure;
use crate::reply::{Body, Reply};
use crate::store::r2::R2Store;
use vitrine_protocol::{ErrorCode, Extent, ObjectKey, ShareId};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::{Context, Env, Headers, Response, ResponseBody, ResponseBuilder};

#[wasm_bindgen]
extern "C" {
    /// The platform's stream of known length (Workers runtime API, Streams).
    #[wasm_bindgen(extends = js_sys::Object)]
    type FixedLengthStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(length: f64) -> Result<FixedLengthStream, wasm_bindgen::JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &FixedLengthStream) -> web_sys::ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &FixedLengthStream) -> web_sys::WritableStream;
}

/// Makes the response. A HEAD has the headers alone.
pub(super) async fn respond(
    reply: Reply,
    head: bool,
    env: &Env,
    context: &Context,
) -> Result<Response, Failure> {
    let builder = builder(&reply)?;
    // RFC 9110 sections 15.4.5 and 9.3.2: neither has a body, and HEAD keeps the length that GET would have.
    if head || reply.status == 304 || reply.status == 204 {
        return Ok(builder.empty());
    }
    match reply.body {
        Body::Empty => Ok(builder.empty()),
        Body::Bytes(bytes) => Ok(builder.fixed(bytes)),
        Body::Object(_, _, 0) => Ok(builder.fixed(Vec::new())),
        Body::Object(key, offset, length) => {
            let store = bucket_of(env, &read_config(env)?, key.share())?;
            Ok(builder.body(open(&store, key, offset, length).await?))
        }
        Body::Extents(share, extents) => extents_body(builder, share, extents, env, context).await,
    }
}

fn builder(reply: &Reply) -> Result<ResponseBuilder, Failure> {
    let failed = |error: worker::Error| {
        Failure::logged(ErrorCode::Internal, "The answer has a header that cannot be sent.", &error)
    };
    let headers = Headers::new();
    for (name, value) in &reply.headers {
        headers.set(name, value).map_err(failed)?;
    }
    Ok(ResponseBuilder::new().with_status(reply.status).with_headers(headers))
}

async fn open(store: &R2Store, key: ObjectKey, offset: u64, length: u64) -> Result<ResponseBody, Failure> {
    let stream = store.stream(key, offset, length).await?;
    stream.ok_or_else(|| Failure {
        log: Some(format!("`{key}` is missing or too short")),
        ..Failure::new(ErrorCode::Corrupt, "Publishing again repairs it.")
    })
}

async fn extents_body(
    builder: ResponseBuilder,
    share: ShareId,
    extents: Vec<Extent>,
    env: &Env,
    context: &Context,
) -> Result<Response, Failure> {
    let Some((first, rest)) = extents.split_first() else { return Ok(builder.fixed(Vec::new())) };
    let store = bucket_of(env, &read_config(env)?, share)?;
    let opened = open(&store, ObjectKey::blob(share, first.blob), first.offset, first.length).await?;
    if rest.is_empty() {
        return Ok(builder.body(opened));
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes are at most 2^53")]
    let length = extents.iter().map(|extent| extent.length).sum::<u64>() as f64;
    let joined = FixedLengthStream::new(length).map_err(|error| {
        Failure::logged(ErrorCode::Internal, "The answer cannot be streamed.", &worker::Error::from(error))
    })?;
    let (writable, rest) = (joined.writable(), rest.to_vec());
    context.wait_until(async move {
        if let Err(reason) = pipe_all(&store, share, opened, &rest, &writable).await {
            worker::console_error!("a stream broke off: {reason:?}");
            // The client sees the connection end before Content-Length.
            let _ = JsFuture::from(writable.abort()).await;
        }
    });
    Ok(builder.body(ResponseBody::Stream(joined.readable())))
}

async fn pipe_all(
    store: &R2Store,
    share: ShareId,
    first: ResponseBody,
    rest: &[Extent],
    writable: &web_sys::WritableStream,
) -> Result<(), wasm_bindgen::JsValue> {
    pipe(first, writable).await?;
    for extent in rest {
        let opened = open(store, ObjectKey::blob(share, extent.blob), extent.offset, extent.length).await;
        pipe(opened.map_err(|failure| failure.log.unwrap_or_default())?, writable).await?;
    }
    JsFuture::from(writable.close()).await.map(|_| ())
}

async fn pipe(body: ResponseBody, writable: &web_sys::WritableStream) -> Result<(), wasm_bindgen::JsValue> {
    let ResponseBody::Stream(stream) = body else { return Ok(()) };
    let options = web_sys::StreamPipeOptions::new();
    options.set_prevent_close(true);
    JsFuture::from(stream.unchecked_ref::<web_sys::ReadableStream>().pipe_to_with_options(writable, &options))
        .await
        .map(|_| ())
}
