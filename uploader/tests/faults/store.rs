//! The objects, in memory, behind the `s3s` crate, which parses requests and checks signatures and payload hashes.
//!
//! It keeps the rules that matter here: conditions on puts, parts of one length except the last (R2's rule), and it counts
//! what arrived. It knows one bucket and nothing of versions, listings or deletion.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListPartsInput,
    ListPartsOutput, Part, PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vitrine_protocol::Sha256;

/// A multipart upload that is neither complete nor aborted.
#[derive(Default)]
pub(crate) struct Upload {
    key: String,
    pub(crate) parts: BTreeMap<i32, Bytes>,
}

/// Everything the server has, and counts of what arrived.
#[derive(Default)]
pub(crate) struct State {
    /// By key.
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// Keys of objects in the order in which they arrived whole, again and again if they were sent again.
    pub(crate) arrived: Vec<String>,
    /// The same of parts, as key and number.
    pub(crate) parts_arrived: Vec<(String, i32)>,
    /// By id.
    pub(crate) uploads: BTreeMap<String, Upload>,
    next: u64,
}

impl State {
    /// How often each key arrived.
    pub(crate) fn counts(&self) -> HashMap<&str, usize> {
        let mut counts = HashMap::new();
        for key in &self.arrived {
            *counts.entry(key.as_str()).or_default() += 1;
        }
        counts
    }

    fn check(&self, key: &str, matches: Option<&ETagCondition>, absent: Option<&ETagCondition>) -> S3Result {
        let current = self.objects.get(key).map(|bytes| etag(bytes));
        let meets = |condition: &ETagCondition| match (condition, &current) {
            (_, None) => false,
            (ETagCondition::Any, Some(_)) => true,
            (ETagCondition::ETag(wanted), Some(current)) => current.strong_cmp(wanted),
        };
        if matches.is_some_and(|condition| !meets(condition)) || absent.is_some_and(meets) {
            return Err(s3_error!(PreconditionFailed));
        }
        Ok(())
    }

    fn land(&mut self, key: String, bytes: Bytes) {
        self.arrived.push(key.clone());
        self.objects.insert(key, bytes);
    }
}

/// The server's store; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<State>>);

impl Store {
    /// All of it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn etag(bytes: &[u8]) -> ETag {
    ETag::Strong(Sha256::of(bytes).to_string().chars().take(32).collect())
}

async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut bytes = BytesMut::new();
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| {
            let is_hash = error.to_string().contains("Sha256Mismatch");
            let code = if is_hash { "XAmzContentSHA256Mismatch" } else { "IncompleteBody" };
            let mut refusal = S3Error::new(S3ErrorCode::Custom(code.into()));
            refusal.set_status_code(hyper::StatusCode::BAD_REQUEST);
            refusal
        })?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// R2's rule: all parts but the last have one length, and the last is not longer.
fn are_equal(parts: &BTreeMap<i32, Bytes>) -> bool {
    let lengths: Vec<usize> = parts.values().map(Bytes::len).collect();
    let Some((last, others)) = lengths.split_last() else { return false };
    others.iter().all(|length| *length == others[0]) && others.first().is_none_or(|first| last <= first)
}

fn length(bytes: &Bytes) -> Option<i64> {
    i64::try_from(bytes.len()).ok()
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let GetObjectInput { key, range, .. } = request.input;
        let bytes = self.state().objects.get(&key).cloned().ok_or_else(|| s3_error!(NoSuchKey))?;
        let tag = etag(&bytes);
        let total = bytes.len();
        let (bytes, content_range) = match range {
            None => (bytes, None),
            Some(range) => {
                let range = range.check(total as u64)?;
                let text = format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1));
                let at = |offset: u64| usize::try_from(offset).unwrap_or(total);
                (bytes.slice(at(range.start)..at(range.end)), Some(text))
            }
        };
        let output = GetObjectOutput {
            content_length: length(&bytes),
            content_range,
            e_tag: Some(tag),
            body: Some(StreamingBlob::from(s3s::Body::from(bytes))),
            ..GetObjectOutput::default()
        };
        Ok(S3Response::new(output))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let state = self.state();
        let bytes = state.objects.get(&request.input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        let (content_length, e_tag) = (length(bytes), Some(etag(bytes)));
        Ok(S3Response::new(HeadObjectOutput { content_length, e_tag, ..HeadObjectOutput::default() }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { key, body, if_match, if_none_match, .. } = request.input;
        let bytes = whole(body).await?;
        let mut state = self.state();
        state.check(&key, if_match.as_ref(), if_none_match.as_ref())?;
        let e_tag = Some(etag(&bytes));
        state.land(key, bytes);
        Ok(S3Response::new(PutObjectOutput { e_tag, ..PutObjectOutput::default() }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut state = self.state();
        state.next += 1;
        let id = format!("upload-{}", state.next);
        state.uploads.insert(id.clone(), Upload { key: request.input.key, ..Upload::default() });
        let output =
            CreateMultipartUploadOutput { upload_id: Some(id), ..CreateMultipartUploadOutput::default() };
        Ok(S3Response::new(output))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput { body, upload_id, part_number, key, .. } = request.input;
        let bytes = whole(body).await?;
        let e_tag = Some(etag(&bytes));
        let mut state = self.state();
        let upload = state.uploads.get_mut(&upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        upload.parts.insert(part_number, bytes);
        state.parts_arrived.push((key, part_number));
        Ok(S3Response::new(UploadPartOutput { e_tag, ..UploadPartOutput::default() }))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let state = self.state();
        let id = request.input.upload_id;
        let upload = state.uploads.get(&id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let part = |(number, bytes): (&i32, &Bytes)| Part {
            part_number: Some(*number),
            size: length(bytes),
            e_tag: Some(etag(bytes)),
            ..Part::default()
        };
        let output = ListPartsOutput {
            key: Some(upload.key.clone()),
            parts: Some(upload.parts.iter().map(part).collect()),
            is_truncated: Some(false),
            upload_id: Some(id),
            ..ListPartsOutput::default()
        };
        Ok(S3Response::new(output))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let CompleteMultipartUploadInput {
            key, upload_id, multipart_upload, if_match, if_none_match, ..
        } = request.input;
        let mut state = self.state();
        let upload = state.uploads.get(&upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let claimed = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let claimed: Vec<_> = claimed.into_iter().map(|part| (part.part_number, part.e_tag)).collect();
        let have: Vec<_> =
            upload.parts.iter().map(|(number, bytes)| (Some(*number), Some(etag(bytes)))).collect();
        if claimed != have {
            return Err(s3_error!(InvalidPart, "The parts are not those that arrived."));
        }
        if !are_equal(&upload.parts) {
            return Err(s3_error!(InvalidPart, "All non-trailing parts must have the same length."));
        }
        let bytes = upload.parts.values().flat_map(|part| part.iter().copied()).collect::<Bytes>();
        let checked = state.check(&key, if_match.as_ref(), if_none_match.as_ref());
        // A condition that fails ends the upload, as it does in R2.
        state.uploads.remove(&upload_id);
        checked?;
        let output = CompleteMultipartUploadOutput {
            e_tag: Some(etag(&bytes)),
            ..CompleteMultipartUploadOutput::default()
        };
        state.land(key, bytes);
        Ok(S3Response::new(output))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let removed = self.state().uploads.remove(&request.input.upload_id);
        removed.ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

#[test]
fn unequal_parts_are_refused_as_in_r2() {
    let parts = |lengths: &[usize]| {
        lengths.iter().zip(1..).map(|(length, number)| (number, Bytes::from(vec![0; *length]))).collect()
    };
    assert!(are_equal(&parts(&[5, 5, 5])) && are_equal(&parts(&[5, 5, 1])) && are_equal(&parts(&[9])));
    assert!(!are_equal(&parts(&[5, 4, 5])) && !are_equal(&parts(&[5, 6])) && !are_equal(&parts(&[])));
}
