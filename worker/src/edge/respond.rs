//! Turns an answer into a response whose bytes go from R2 to the client without entering wasm memory.
//!
//! One piece is R2's own stream. Several are piped, one after another, into one `FixedLengthStream`, which gives the
//! response its `Content-Length`; the piping goes on in `wait_until`. The first object is opened before the response begins,
//! so that a missing blob is still an error with a status; one that is missing later breaks the connection off.

use super::{assets, bucket_of, read_config};
use crate::failure::Failure;
use crate::reply::{Body, Piece, Reply};
use crate::store::r2::R2Store;
use vitrine_protocol::{ErrorCode, ObjectKey};
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
    let mut reply = reply;
    let mut asset = None;
    if let Body::Asset(path) = &reply.body {
        let (body, content_type) = assets::stream(env, path).await?;
        asset = Some(body);
        if let (None, Some(content_type)) = (reply.header_named("content-type"), content_type) {
            reply = reply.header("content-type", content_type);
        }
    }
    let builder = builder(&reply)?;
    // RFC 9110 sections 15.4.5 and 9.3.2: neither has a body, and HEAD keeps the length that GET would have.
    if head || reply.status == 304 || reply.status == 204 {
        return Ok(builder.empty());
    }
    match reply.body {
        Body::Empty => Ok(builder.empty()),
        Body::Bytes(bytes) => Ok(builder.fixed(bytes)),
        Body::Asset(_) => Ok(builder.body(asset.unwrap_or(ResponseBody::Empty))),
        Body::Pieces(pieces) => pieces_body(builder, pieces, env, context).await,
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
        ..Failure::new(ErrorCode::Corrupt, crate::failure::REPAIR)
    })
}

async fn pieces_body(
    builder: ResponseBuilder,
    pieces: Vec<Piece>,
    env: &Env,
    context: &Context,
) -> Result<Response, Failure> {
    let pieces: Vec<Piece> = pieces.into_iter().filter(|piece| piece.length() > 0).collect();
    let first = pieces.iter().find_map(|piece| match piece {
        Piece::Object(key, offset, length) => Some((*key, *offset, *length)),
        Piece::Bytes(_) => None,
    });
    let Some((key, offset, length)) = first else {
        let bytes = pieces
            .into_iter()
            .flat_map(|piece| if let Piece::Bytes(bytes) = piece { bytes } else { Vec::new() });
        return Ok(builder.fixed(bytes.collect()));
    };
    let store = bucket_of(env, &read_config(env)?, key.share())?;
    let opened = open(&store, key, offset, length).await?;
    if pieces.len() == 1 {
        return Ok(builder.body(opened));
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes are at most 2^53")]
    let length = pieces.iter().map(Piece::length).sum::<u64>() as f64;
    let joined = FixedLengthStream::new(length).map_err(|error| {
        Failure::logged(ErrorCode::Internal, "The answer cannot be streamed.", &worker::Error::from(error))
    })?;
    let writable = joined.writable();
    context.wait_until(async move {
        if let Err(reason) = pipe_all(&store, pieces, opened, &writable).await {
            worker::console_error!("a stream broke off: {reason:?}");
            // The client sees the connection end before Content-Length.
            let _ = JsFuture::from(writable.abort()).await;
        }
    });
    Ok(builder.body(ResponseBody::Stream(joined.readable())))
}

/// Writes the pieces in order; `opened` is the first object's stream.
async fn pipe_all(
    store: &R2Store,
    pieces: Vec<Piece>,
    opened: ResponseBody,
    writable: &web_sys::WritableStream,
) -> Result<(), wasm_bindgen::JsValue> {
    let mut opened = Some(opened);
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => write(&bytes, writable).await?,
            Piece::Object(key, offset, length) => {
                let stream = match opened.take() {
                    Some(stream) => stream,
                    None => open(store, key, offset, length)
                        .await
                        .map_err(|failure| failure.log.unwrap_or_default())?,
                };
                pipe(stream, writable).await?;
            }
        }
    }
    JsFuture::from(writable.close()).await.map(|_| ())
}

async fn write(bytes: &[u8], writable: &web_sys::WritableStream) -> Result<(), wasm_bindgen::JsValue> {
    let writer = writable.get_writer()?;
    let written = JsFuture::from(writer.write_with_chunk(&js_sys::Uint8Array::from(bytes))).await;
    writer.release_lock();
    written.map(|_| ())
}

async fn pipe(body: ResponseBody, writable: &web_sys::WritableStream) -> Result<(), wasm_bindgen::JsValue> {
    let ResponseBody::Stream(stream) = body else { return Ok(()) };
    let options = web_sys::StreamPipeOptions::new();
    options.set_prevent_close(true);
    JsFuture::from(stream.unchecked_ref::<web_sys::ReadableStream>().pipe_to_with_options(writable, &options))
        .await
        .map(|_| ())
}
