//! What the control plane needs of the world: the platform in production (`edge::platform`), and in tests a world of its own,
//! with the same keepers of shares and the same jobs on a real SQLite.

use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::metrics::exposition::Gauge;
use crate::store::Store;
use crate::{host_do, share_do};
use std::future::Future;
use vitrine_protocol::{HostId, ShareId};

/// The world.
pub(crate) trait World {
    type Db: Database;
    type Bucket: Store;

    /// What the operator has set.
    fn config(&self) -> &Config;

    /// The lists.
    fn db(&self) -> &Self::Db;

    /// The bucket of a share's region.
    fn bucket(&self, share: ShareId) -> Result<Self::Bucket, Failure>;

    /// Milliseconds since the epoch.
    fn now_ms(&self) -> i64;

    /// Random bytes.
    fn random<const N: usize>(&self) -> Result<[u8; N], Failure>;

    /// Asks a share's keeper; a refusal is an error.
    fn ask_share(
        &self,
        share: ShareId,
        command: share_do::Command,
    ) -> impl Future<Output = Result<share_do::Answer, Failure>>;

    /// Asks a host's keeper; a refusal is an error.
    fn ask_host(
        &self,
        host: HostId,
        command: host_do::Command,
    ) -> impl Future<Output = Result<host_do::Answer, Failure>>;

    /// Metrics as text, with these gauges beside the counters.
    fn metrics(&self, gauges: Vec<Gauge>) -> impl Future<Output = Result<String, Failure>>;

    /// This isolate's memory of a share is out of date.
    fn forget(&self, share: ShareId);
}
