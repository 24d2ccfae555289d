//! A share read straight from its bucket, with the credentials of the bucket's owner. No gateway, no gate.

use super::Source;
use crate::remote::RemoteError;
use crate::remote::s3::Client;
use bytes::Bytes;
use vitrine_protocol::{ObjectKey, ShareId};

/// One share of a bucket.
pub struct Bucket {
    client: Client,
    share: ShareId,
}

impl Bucket {
    /// Takes a client of the bucket. Nothing is sent yet.
    pub fn new(client: Client, share: ShareId) -> Self {
        Self { client, share }
    }
}

impl Source for Bucket {
    fn share(&self) -> ShareId {
        self.share
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        Ok(self.client.get(&key.to_string(), range, max).await?.map(|object| object.bytes))
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        Ok(self.client.head(&key.to_string()).await?)
    }
}
