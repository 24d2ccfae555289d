//! The data centre's cache in front of R2, for what is immutable: objects in aligned slices, under names that hold no token.
//!
//! It is asked after the decision who may read, and never for it: only this Worker reads it, and its names are no address
//! of ours. A read that lies in one slice is answered from it, by range; that is a small file, a page of a listing, what a PDF
//! viewer asks for. A longer one goes past the cache: one stream from R2 costs one operation, its slices would cost many, and
//! joining them costs the Worker more than it saves.

use crate::failure::Failure;
use crate::store::r2::{Opened, R2Store};
use std::ops::Range;
use vitrine_protocol::{ErrorCode, ObjectKey};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::{Cache, Context, Headers, Response, ResponseBody, ResponseBuilder};

/// A megabyte holds a page of any listing and most files, and costs a miss some tens of milliseconds.
const SLICE: u64 = 1024 * 1024;

/// What a cached slice says. Its bytes never change; a day all the same: whoever may publish the share can for a while write over a blob, and a slice
/// of that stays here after the blob is repaired. A slice cannot be checked, for the hash that is known is the whole blob's.
const KEPT: &str = "public, max-age=86400, immutable";

/// Opens `length` bytes of an object from `offset` on.
pub(super) async fn open(
    store: &R2Store,
    context: &Context,
    key: ObjectKey,
    offset: u64,
    length: u64,
) -> Result<ResponseBody, Failure> {
    let Some(part) = part_of(offset, length).filter(|_| key.is_immutable()) else {
        return Ok(read(store, key, offset, length).await?.body);
    };
    match cached(key, &part).await {
        Some(body) => Ok(body),
        None if part.range.start == 0 => read_and_keep(store, context, key, &part).await,
        None => {
            keep_later(store.clone(), context, key, part.slice);
            Ok(read(store, key, offset, length).await?.body)
        }
    }
}

/// A range inside one slice.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    slice: u64,
    /// From the slice's beginning.
    range: Range<u64>,
}

/// The slice that holds all of a range, if one does.
fn part_of(offset: u64, length: u64) -> Option<Part> {
    let (slice, from) = (offset / SLICE, offset % SLICE);
    (from + length <= SLICE).then(|| Part { slice, range: from..from + length })
}

/// Reads a range that must be there whole.
pub(super) async fn read(
    store: &R2Store,
    key: ObjectKey,
    offset: u64,
    length: u64,
) -> Result<Opened, Failure> {
    let opened = store.stream(key, offset, length).await?;
    match opened {
        Some(opened) if opened.size >= offset + length => Ok(opened),
        opened => {
            if let Some(Opened { body, .. }) = opened {
                give_up(&body);
            }
            Err(Failure {
                log: Some(format!("`{key}` is missing or too short")),
                ..Failure::new(ErrorCode::Corrupt, crate::failure::REPAIR)
            })
        }
    }
}

/// A connection is held until its body is read or given up.
fn give_up(body: &ResponseBody) {
    if let ResponseBody::Stream(stream) = body {
        // Nothing waits for it to end.
        drop(stream.unchecked_ref::<web_sys::ReadableStream>().cancel());
    }
}

/// Not a page of any origin: the name of a slice.
fn name(key: ObjectKey, slice: u64) -> String {
    format!("https://slices.vitrine.invalid/1/{key}/{slice}")
}

#[wasm_bindgen]
extern "C" {
    type Caches;

    #[wasm_bindgen(thread_local_v2, js_name = caches)]
    static CACHES: Caches;

    /// The data centre's own. Not by the `worker` crate, whose requests read a property that takes longer than the answer.
    #[wasm_bindgen(method, getter, js_name = default)]
    fn of_data_centre(this: &Caches) -> web_sys::Cache;
}

/// A part of a slice that is at hand. A cache that fails is a cache that has nothing.
async fn cached(key: ObjectKey, part: &Part) -> Option<ResponseBody> {
    let init = web_sys::RequestInit::new();
    let headers = web_sys::Headers::new().ok()?;
    headers.set("range", &format!("bytes={}-{}", part.range.start, part.range.end - 1)).ok()?;
    init.set_headers(&headers);
    let request = web_sys::Request::new_with_str_and_init(&name(key, part.slice), &init).ok()?;
    let found = CACHES.with(|caches| caches.of_data_centre().match_with_request(&request));
    let response: web_sys::Response = JsFuture::from(found).await.ok()?.dyn_into().ok()?;
    let length = response.headers().get("content-length").ok().flatten();
    let right = length.and_then(|text| text.parse().ok()) == Some(part.range.end - part.range.start);
    let body = ResponseBody::Stream(response.body()?.unchecked_into());
    if !right {
        give_up(&body);
    }
    right.then_some(body)
}

/// Reads a part that begins its slice, and keeps it when it is all of the slice.
async fn read_and_keep(
    store: &R2Store,
    context: &Context,
    key: ObjectKey,
    part: &Part,
) -> Result<ResponseBody, Failure> {
    let (offset, length) = (part.slice * SLICE, part.range.end);
    let Opened { body, size } = read(store, key, offset, length).await?;
    let ResponseBody::Stream(stream) = body else { return Ok(body) };
    if (size - offset).min(SLICE) != length {
        keep_later(store.clone(), context, key, part.slice);
        return Ok(ResponseBody::Stream(stream));
    }
    let two = stream.unchecked_ref::<web_sys::ReadableStream>().tee();
    let (ours, kept) = (two.get(0).unchecked_into(), two.get(1).unchecked_into());
    put_later(context, key, part.slice, ResponseBody::Stream(kept), length);
    Ok(ResponseBody::Stream(ours))
}

/// Fetches a whole slice into the cache, after the answer has begun.
fn keep_later(store: R2Store, context: &Context, key: ObjectKey, slice: u64) {
    context.wait_until(async move {
        let offset = slice * SLICE;
        // At most to the end of the object.
        if let Ok(Some(Opened { body, size })) = store.stream(key, offset, SLICE).await {
            put(key, slice, body, size.saturating_sub(offset).min(SLICE)).await;
        }
    });
}

fn put_later(context: &Context, key: ObjectKey, slice: u64, body: ResponseBody, length: u64) {
    context.wait_until(async move { put(key, slice, body, length).await });
}

/// A cache that does not take it costs the next reader an operation, and nobody anything else.
async fn put(key: ObjectKey, slice: u64, body: ResponseBody, length: u64) {
    let headers = Headers::new();
    let set = [
        ("cache-control", KEPT),
        ("content-type", "application/octet-stream"),
        ("content-length", &length.to_string()),
    ]
    .into_iter()
    .try_for_each(|(name, value)| headers.set(name, value));
    if set.is_ok() {
        let response: Response = ResponseBuilder::new().with_headers(headers).body(body);
        let _ = Cache::default().put(name(key, slice), response).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_lies_in_one_slice_or_in_none() {
        for (offset, length, expected) in [
            (0, 1, Some((0, 0..1))),
            (0, SLICE, Some((0, 0..SLICE))),
            (SLICE - 1, 1, Some((0, SLICE - 1..SLICE))),
            (SLICE, 10, Some((1, 0..10))),
            (3 * SLICE + 5, 10, Some((3, 5..15))),
            (0, SLICE + 1, None),
            (SLICE - 1, 2, None),
        ] {
            let expected = expected.map(|(slice, range)| Part { slice, range });
            assert_eq!(part_of(offset, length), expected, "{offset} + {length}");
        }
    }
}
