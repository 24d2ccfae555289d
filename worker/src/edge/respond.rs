//! Turns an answer into a response whose bytes go from R2 to the client without entering wasm memory.
//!
//! One piece is R2's own stream. Several are piped, one after another, into one `FixedLengthStream`, which gives the
//! response its `Content-Length`; the piping goes on in `wait_until`. The first object is opened before the response begins,
//! so that a missing blob is still an error with a status; one that is missing later breaks the connection off.

use super::{assets, slices};
use crate::failure::Failure;
use crate::reply::{Body, Piece, Reply};
use crate::store::r2::R2Store;
use std::collections::BTreeMap;
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

/// What a response is made with.
pub(super) struct Means<'a> {
    pub(super) env: &'a Env,
    pub(super) context: &'a Context,
    /// The bucket of the share that was asked for, when one was.
    pub(super) store: Option<&'a R2Store>,
    /// Whether to say how often the bucket was asked.
    pub(super) timed: bool,
}

/// Makes the response. A HEAD has the headers alone.
pub(super) async fn respond(reply: Reply, head: bool, means: &Means<'_>) -> Result<Response, Failure> {
    let mut reply = reply;
    let mut asset = None;
    if let Body::Asset(path) = &reply.body {
        let (body, content_type) = assets::stream(means.env, path).await?;
        asset = Some(body);
        if let (None, Some(content_type)) = (reply.header_named("content-type"), content_type) {
            reply = reply.header("content-type", content_type);
        }
    }
    // RFC 9110 sections 15.4.5 and 9.3.2: neither has a body, and HEAD keeps the length that GET would have.
    let bare = head || reply.status == 304 || reply.status == 204;
    let mut pieces = Vec::new();
    if let (Body::Pieces(all), false) = (&mut reply.body, bare) {
        pieces.extend(std::mem::take(all).into_iter().filter(|piece| piece.length() > 0));
    }
    let opened = open_first(&pieces, means).await?;
    if let (true, Some(store)) = (means.timed, means.store) {
        reply = reply.header("server-timing", format!("r2;desc=\"{}\"", store.reads()));
    }
    let builder = builder(&reply)?;
    if bare {
        return Ok(builder.empty());
    }
    match reply.body {
        Body::Empty => Ok(builder.empty()),
        Body::Bytes(bytes) => Ok(builder.fixed(bytes)),
        Body::Asset(_) => Ok(builder.body(asset.unwrap_or(ResponseBody::Empty))),
        Body::Pieces(_) => joined(builder, pieces, opened, means),
    }
}

/// All headers cross into JavaScript as one text, and as an object: one by one, or as pairs, they take a fifth of the
/// Worker's time (docs/bench/gateway.md).
fn builder(reply: &Reply) -> Result<ResponseBuilder, Failure> {
    let failed = || Failure {
        log: Some(format!("{:?}", reply.headers)),
        ..Failure::new(ErrorCode::Internal, "The answer has a header that cannot be sent.")
    };
    let named: BTreeMap<&str, &str> =
        reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = serde_json::to_string(&named).map_err(|_| failed())?;
    let record = js_sys::JSON::parse(&text).map_err(|_| failed())?;
    let headers =
        web_sys::Headers::new_with_record_from_str_to_str(record.unchecked_ref()).map_err(|_| failed())?;
    Ok(ResponseBuilder::new().with_status(reply.status).with_headers(Headers(headers)))
}

/// Files of more pieces than this go past the cache: a request has some 10,000 operations, and each of the cache is one.
const CACHED_PIECES_MAX: usize = 16;

/// Opens objects for an answer.
#[derive(Clone)]
struct Opener {
    store: R2Store,
    cached: bool,
}

impl Opener {
    async fn open(&self, context: &Context, object: (ObjectKey, u64, u64)) -> Result<ResponseBody, Failure> {
        let (key, offset, length) = object;
        if self.cached {
            return slices::open(&self.store, context, key, offset, length).await;
        }
        Ok(slices::read(&self.store, key, offset, length).await?.body)
    }
}

/// The first object's stream, and what opens the next; `None` when all bytes are at hand.
async fn open_first(pieces: &[Piece], means: &Means<'_>) -> Result<Option<(Opener, ResponseBody)>, Failure> {
    let objects = pieces.iter().filter_map(|piece| match piece {
        Piece::Object(key, offset, length) => Some((*key, *offset, *length)),
        Piece::Bytes(_) => None,
    });
    let cached = objects.clone().nth(CACHED_PIECES_MAX).is_none();
    let (Some(first), Some(store)) = (objects.clone().next(), means.store) else { return Ok(None) };
    let opener = Opener { store: store.clone(), cached };
    let opened = opener.open(means.context, first).await?;
    Ok(Some((opener, opened)))
}

fn joined(
    builder: ResponseBuilder,
    pieces: Vec<Piece>,
    opened: Option<(Opener, ResponseBody)>,
    means: &Means<'_>,
) -> Result<Response, Failure> {
    let Some((opener, opened)) = opened else {
        let bytes = pieces
            .into_iter()
            .flat_map(|piece| if let Piece::Bytes(bytes) = piece { bytes } else { Vec::new() });
        return Ok(builder.fixed(bytes.collect()));
    };
    if pieces.len() == 1 {
        return Ok(builder.body(opened));
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes are at most 2^53")]
    let length = pieces.iter().map(Piece::length).sum::<u64>() as f64;
    let joined = FixedLengthStream::new(length).map_err(|error| {
        Failure::logged(ErrorCode::Internal, "The answer cannot be streamed.", &worker::Error::from(error))
    })?;
    let writable = joined.writable();
    let context = again(means.context);
    means.context.wait_until(async move {
        if let Err(reason) = pipe_all(&opener, &context, pieces, opened, &writable).await {
            worker::console_error!("a stream broke off: {reason:?}");
            // The client sees the connection end before Content-Length.
            let _ = JsFuture::from(writable.abort()).await;
        }
    });
    Ok(builder.body(ResponseBody::Stream(joined.readable())))
}

/// A second handle on the same context, for what goes on after the answer has begun.
fn again(context: &Context) -> Context {
    let inner: &worker::worker_sys::Context = context.as_ref();
    Context::new(AsRef::<wasm_bindgen::JsValue>::as_ref(inner).clone().unchecked_into())
}

/// Writes the pieces in order; `opened` is the first object's stream.
async fn pipe_all(
    opener: &Opener,
    context: &Context,
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
                    None => opener
                        .open(context, (key, offset, length))
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
