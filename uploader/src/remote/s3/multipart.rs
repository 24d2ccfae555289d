//! Large objects in equal parts, several at a time.
//!
//! R2 wants every part but the last to have the same length (error 10048), so it is fixed before the first. The reader
//! of the parts says at their end whether all of it was what it should be; only then the upload is completed.
//!
//! With a journal, an upload that was killed, or that the network ended, goes on later with the parts that arrived; what is
//! left in the journal when the share is published is aborted. Without one, any failure aborts it, and what was dropped on
//! the way is aborted at the end. So no parts stay behind to be paid for.

use super::client::{Call, Client, Settings};
use super::error::{ErrorBody, S3Error};
use crate::progress::Event;
use crate::remote::retry::{Attempt, retry};
use crate::remote::{Part, PartSource, PutPartsError};
use crate::state::{Place, Upload, UploadPart};
use bytes::Bytes;
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use vitrine_protocol::Sha256;
use vitrine_protocol::limits::{PART_BYTES_MIN, PARTS_MAX};

/// How many parts of one object are under way together, as far as there are turns: R2 was seen to answer 500 to more.
const PARTS_IN_FLIGHT: usize = 8;

/// How many uploads are aborted together: the end of a publish waits for them.
const ABORTS_IN_FLIGHT: usize = 16;

/// The length of every part but the last, for an object of `size` bytes: never more than 10,000 parts.
pub fn part_size(size: u64) -> u64 {
    const STEP: u64 = 1 << 20;
    size.div_ceil(PARTS_MAX).next_multiple_of(STEP).max(PART_BYTES_MIN)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    upload_id: String,
}

struct Sent {
    number: u64,
    etag: String,
}

impl Client {
    /// Writes an object from parts of [`part_size`] bytes.
    pub async fn put_parts(
        &self,
        key: &str,
        size: u64,
        parts: &mut impl PartSource,
    ) -> Result<(), PutPartsError<S3Error>> {
        if let Some(upload) = self.journalled(key, size) {
            match self.go_on(key, &upload, size, parts).await {
                // It was completed, aborted or removed behind our back: whatever it is, it is no longer there.
                Err(PutPartsError::Put(error)) if error.code() == Some("NoSuchUpload") => {
                    self.forget_upload(key, &upload.upload_id);
                }
                other => return other,
            }
        }
        let upload_id = self.create(key).await.map_err(PutPartsError::Put)?;
        let (part_size, started_at) = (part_size(size), crate::clock::now_ms());
        let upload = Upload { upload_id, part_size, size, started_at, parts: Vec::new() };
        self.remember_upload(key, &upload);
        self.go_on(key, &upload, size, parts).await
    }

    /// Sends the parts of an upload that did not arrive yet, and completes it.
    async fn go_on(
        &self,
        key: &str,
        upload: &Upload,
        size: u64,
        parts: &mut impl PartSource,
    ) -> Result<(), PutPartsError<S3Error>> {
        let id = &upload.upload_id;
        let entry = (key.to_owned(), id.clone());
        self.open().insert(entry.clone());
        let outcome = match self.send_parts(key, upload, parts).await {
            Ok(sent) => self.complete(key, id, size, sent).await.map_err(PutPartsError::Put),
            Err(error) => Err(error),
        };
        match &outcome {
            Ok(()) => {
                self.open().remove(&entry);
                self.forget_upload(key, id);
            }
            // What the network ended goes on at the next publish.
            Err(PutPartsError::Put(error)) if self.settings.journal.is_some() && error.is_passing() => {
                self.open().remove(&entry);
            }
            // The first failure is what is told; what this could not remove is tried once more at the end.
            Err(_) => self.abort_upload(entry).await,
        }
        outcome
    }

    fn place(&self, key: &str) -> Place {
        let Settings { endpoint, bucket, prefix, .. } = &self.settings;
        Place { endpoint: endpoint.clone(), bucket: bucket.clone(), object: format!("{prefix}{key}") }
    }

    /// The upload of this object that the journal knows, if it is cut as this one would be.
    fn journalled(&self, key: &str, size: u64) -> Option<Upload> {
        let upload = self.settings.journal.as_ref()?.find_upload(&self.place(key)).ok().flatten()?;
        (upload.size == size && upload.part_size == part_size(size)).then_some(upload)
    }

    // What cannot be written down is sent again after a crash, and left to the bucket's lifecycle rule.
    fn remember_upload(&self, key: &str, upload: &Upload) {
        if let Some(journal) = &self.settings.journal {
            _ = journal.begin_upload(&self.place(key), upload);
        }
    }

    fn forget_upload(&self, key: &str, id: &str) {
        if let Some(journal) = &self.settings.journal {
            _ = journal.remove_upload(&self.place(key), id);
        }
    }

    /// Aborts the uploads below `start` that the journal knows and nobody went on with: their share is published.
    pub async fn abort_journalled(&self, start: &str) {
        let Some(journal) = &self.settings.journal else { return };
        let Settings { endpoint, bucket, prefix, .. } = &self.settings;
        let known = journal.uploads(endpoint, bucket, &format!("{prefix}{start}")).unwrap_or_default();
        let entries = known.into_iter().filter_map(|(place, upload)| {
            Some((place.object.strip_prefix(prefix.as_str())?.to_owned(), upload.upload_id))
        });
        stream::iter(entries).for_each_concurrent(ABORTS_IN_FLIGHT, |entry| self.abort_upload(entry)).await;
    }

    /// Aborts the uploads that were neither completed nor aborted: those whose `put_parts` was dropped on the way. Those in
    /// the journal stay, to go on later. What this cannot remove, an upload whose id never arrived among it, is left to the
    /// bucket's lifecycle rule.
    pub async fn abort_uploads(&self) {
        if self.settings.journal.is_some() {
            return;
        }
        let open = self.open().clone();
        stream::iter(open).for_each_concurrent(ABORTS_IN_FLIGHT, |entry| self.abort_upload(entry)).await;
    }

    /// [`Self::abort_uploads`] where nobody can wait: on the runtime, if there is one.
    pub fn abandon_uploads(self: &Arc<Self>) {
        let client = Arc::clone(self);
        if let Some(runtime) =
            tokio::runtime::Handle::try_current().ok().filter(|_| !client.open().is_empty())
        {
            runtime.spawn(async move { client.abort_uploads().await });
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeSet<(String, String)>> {
        self.open_uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn abort_upload(&self, entry: (String, String)) {
        let query = format!("uploadId={}", encode(&entry.1));
        let mut call = Call::new("abort the upload of", Method::DELETE, &entry.0);
        call.query = &query;
        let gone = match self.call(call).await {
            Ok(_) => true,
            Err(error) => error.status() == Some(404),
        };
        if gone {
            self.forget_upload(&entry.0, &entry.1);
            self.open().remove(&entry);
        }
    }

    async fn create(&self, key: &str) -> Result<String, S3Error> {
        let mut call = Call::new("begin the upload of", Method::POST, key);
        call.query = "uploads=";
        call.headers.push(("content-type", "application/octet-stream".to_owned()));
        let answer = self.call(call).await?;
        let text = String::from_utf8_lossy(&answer.bytes);
        let created: Created = quick_xml::de::from_str(&text).map_err(|error| S3Error::Nonsense {
            action: "begin the upload of",
            key: key.to_owned(),
            what: error.to_string(),
        })?;
        Ok(created.upload_id)
    }

    async fn send_parts(
        &self,
        key: &str,
        upload: &Upload,
        parts: &mut impl PartSource,
    ) -> Result<Vec<Sent>, PutPartsError<S3Error>> {
        let id = &upload.upload_id;
        let mut flying = FuturesUnordered::new();
        let there = upload.parts.iter();
        let mut sent: Vec<Sent> =
            there.map(|part| Sent { number: part.number.into(), etag: part.etag.clone() }).collect();
        let arrived: BTreeSet<u64> = sent.iter().map(|part| part.number).collect();
        for number in (0..parts.count()).filter(|number| !arrived.contains(&(number + 1))) {
            let part = next_beside(parts, number, &mut flying, &mut sent).await?;
            flying.push(self.send_part(key, id, number + 1, part));
            while flying.len() >= PARTS_IN_FLIGHT {
                let Some(done) = flying.next().await else { break };
                sent.push(done.map_err(PutPartsError::Put)?);
            }
        }
        while let Some(done) = flying.next().await {
            sent.push(done.map_err(PutPartsError::Put)?);
        }
        parts.check().map_err(PutPartsError::Source)?;
        sent.sort_by_key(|part| part.number);
        Ok(sent)
    }

    async fn send_part(&self, key: &str, id: &str, number: u64, part: Part) -> Result<Sent, S3Error> {
        let query = format!("partNumber={number}&uploadId={}", encode(id));
        let mut call = Call::new("put a part of", Method::PUT, key);
        call.query = &query;
        let bytes = part.bytes.len() as u64;
        (call.body, call.hash) = (part.bytes, part.hash);
        let etag = self.call(call).await?.etag;
        self.progress.on(Event::Sent { bytes });
        if let (Some(journal), Ok(number)) = (&self.settings.journal, u32::try_from(number)) {
            _ = journal.part_arrived(&self.place(key), id, &UploadPart { number, etag: etag.clone() });
        }
        Ok(Sent { number, etag })
    }

    async fn complete(&self, key: &str, id: &str, size: u64, sent: Vec<Sent>) -> Result<(), S3Error> {
        let mut xml = String::from("<CompleteMultipartUpload>");
        for Sent { number, etag } in sent {
            // Plain quotes around the tag: R2's local simulator does not decode `&#34;`.
            let _ = write!(xml, "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
        }
        xml.push_str("</CompleteMultipartUpload>");
        let query = format!("uploadId={}", encode(id));
        let mut call = Call::new("complete the upload of", Method::POST, key);
        call.query = &query;
        call.hash = Sha256::of(xml.as_bytes());
        call.body = Bytes::from(xml);
        let repeated = AtomicBool::new(false);
        let outcome = retry(&self.settings.retry, &self.patience, self.progress.as_ref(), || async {
            // An attempt that failed, or whose reply was lost, may have completed it all the same.
            if repeated.swap(true, Ordering::Relaxed)
                && matches!(self.head(key).await, Ok(Some(n)) if n == size)
            {
                return Ok(());
            }
            let answer = self.attempt(&call).await?;
            judge(key, &answer.bytes).map_err(|error| Attempt {
                passing: error.is_passing(),
                error,
                retry_after: None,
            })
        })
        .await;
        match outcome {
            // The reply to an earlier attempt was lost: the upload is gone because it is complete.
            Err(error) if error.code() == Some("NoSuchUpload") => match self.head(key).await? {
                Some(length) if length == size => Ok(()),
                _ => Err(error),
            },
            other => other,
        }
    }
}

/// What an answer with status 200 to completing an upload says: S3 may say in its body that it failed after all, behind white
/// space that it sent while it worked.
fn judge(key: &str, body: &[u8]) -> Result<(), S3Error> {
    const ACTION: &str = "complete the upload of";
    let text = String::from_utf8_lossy(body);
    match root_name(&text).as_deref() {
        Some("CompleteMultipartUploadResult") => Ok(()),
        Some("Error") => {
            let ErrorBody { code, message, .. } = ErrorBody::parse(text.trim_start());
            Err(S3Error::Refused { action: ACTION, key: key.to_owned(), status: 200, code, message })
        }
        // Cut, or from something on the way.
        _ => {
            let what = "neither a result nor an error".to_owned();
            Err(S3Error::Nonsense { action: ACTION, key: key.to_owned(), what })
        }
    }
}

/// The name of an XML document's root, without its namespace.
fn root_name(text: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(text.trim_start());
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                return Some(tag.local_name().as_ref().to_owned());
            }
            quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}

/// Waits for the next part, and goes on sending those before it meanwhile: the next one may wait for room in memory that
/// only a part which is sent gives back, of this object or of another one that waits in the same way.
async fn next_beside(
    parts: &mut impl PartSource,
    number: u64,
    flying: &mut FuturesUnordered<impl Future<Output = Result<Sent, S3Error>>>,
    sent: &mut Vec<Sent>,
) -> Result<Part, PutPartsError<S3Error>> {
    // Pinned, not made anew in each turn: a source that is dropped in the middle of a part cannot go on.
    let mut next = pin!(parts.part(number));
    loop {
        tokio::select! {
            part = &mut next => return part.map_err(PutPartsError::Source),
            Some(done) = flying.next() => sent.push(done.map_err(PutPartsError::Put)?),
        }
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vitrine_protocol::limits::BLOB_BYTES_MAX;

    #[test]
    fn answers_to_completing_are_told_apart_by_their_root() {
        let good = [
            "<CompleteMultipartUploadResult/>",
            "<?xml version=\"1.0\"?>\n<s:CompleteMultipartUploadResult xmlns:s=\"http://s3\"><s:Key>&lt;Error></s:Key></s:CompleteMultipartUploadResult>",
        ];
        for body in good {
            assert!(judge("k", body.as_bytes()).is_ok(), "{body}");
        }
        let error = |start: &str, code: &str| format!("{start}<Code>{code}</Code></Error>");
        for start in ["<Error>", "<Error xmlns=\"http://s3\">", " \n \n<?xml version=\"1.0\"?>\n<Error>"] {
            for (code, passing) in
                [("InternalError", true), ("Unheard", true), ("InvalidPart", false), ("NoSuchUpload", false)]
            {
                let found = judge("k", error(start, code).as_bytes()).unwrap_err();
                assert_eq!((found.code(), found.is_passing()), (Some(code), passing), "{start}");
            }
        }
        for body in ["", " \n", "<html></html>", "{}", "<Compl", "\0"] {
            assert!(judge("k", body.as_bytes()).unwrap_err().is_passing(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_never_too_many_or_too_small(size in 0..=BLOB_BYTES_MAX) {
            let part = part_size(size);
            prop_assert!(size.div_ceil(part) <= PARTS_MAX);
            prop_assert!((PART_BYTES_MIN..=5 << 30).contains(&part));
        }
    }
}
