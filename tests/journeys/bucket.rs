//! The bucket behind the Worker, through its S3 interface, for journeys that damage what is stored.

use crate::world::world;
use std::sync::Arc;
use vitrine::progress::Silent;
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Credentials, Settings};
use vitrine::secret::Secret;
use vitrine_protocol::{ObjectKey, Sha256};

pub(crate) const BUCKET: &str = "vitrine-e";
pub(crate) const KEY: &str = "local-development";
pub(crate) const SECRET: &str = "local-development-secret";

pub(crate) fn endpoint() -> String {
    format!("http://127.0.0.1:{}/cdn-cgi/local/r2/s3", world().port)
}

fn client(prefix: &str) -> Client {
    let settings = Settings {
        endpoint: endpoint(),
        bucket: BUCKET.into(),
        prefix: prefix.into(),
        region: "auto".into(),
        retry: RetryPolicy::default(),
        deadlines: Deadlines::default(),
        throttle: None,
        journal: None,
    };
    let credentials = Credentials {
        access_key_id: KEY.into(),
        secret_access_key: Secret::new(SECRET),
        session_token: None,
    };
    Client::new(settings, credentials, Arc::new(Silent)).unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Writes an object, whatever is there.
pub(crate) fn put(key: ObjectKey, bytes: &[u8]) {
    wait(client("").put(&key.to_string(), bytes.to_vec().into(), Sha256::of(bytes), None)).unwrap();
}

/// Reads an object of `store_prefix`.
pub(crate) fn get(store_prefix: &str, key: ObjectKey) -> Option<Vec<u8>> {
    wait(client(store_prefix).get(&key.to_string(), None, 1 << 30))
        .unwrap()
        .map(|object| object.bytes.to_vec())
}
