//! Reads a request's body, and stops where it is longer than the call takes: what is longer never fills the memory.

use crate::failure::Failure;
use futures_util::StreamExt as _;
use vitrine_protocol::ErrorCode;
use worker::Request;

/// Reads a body of at most `max` bytes.
pub(super) async fn read(request: &mut Request, max: usize) -> Result<Vec<u8>, Failure> {
    let invalid = |error: worker::Error| {
        Failure::logged(ErrorCode::InvalidRequest, "The request cannot be read.", &error)
    };
    let too_large = || Failure::new(ErrorCode::TooLarge, format!("A body has at most {max} bytes."));
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let declared = request.headers().get("content-length").map_err(invalid)?;
    match declared.and_then(|text| text.parse::<usize>().ok()) {
        Some(length) if length > max => return Err(too_large()),
        // HTTP holds the body to its length, so it can be read at once.
        Some(_) => return request.bytes().await.map_err(invalid),
        None => {}
    }
    let (mut stream, mut body) = (request.stream().map_err(invalid)?, Vec::new());
    while let Some(chunk) = stream.next().await {
        body.extend(chunk.map_err(invalid)?);
        if body.len() > max {
            return Err(too_large());
        }
    }
    Ok(body)
}
