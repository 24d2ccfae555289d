//! The inventory: every blob that a snapshot needs, inside its manifest or in a blob of its own.

use super::PublishError;
use super::bounds::Gauge;
use super::uploads::{Put, Uploads};
use crate::base::Base;
use crate::remote::Session;
use crate::room::Room;
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::Built;
use vitrine_protocol::{Extent, Sha256};

/// What the manifest says of its content.
#[derive(Debug)]
pub(super) struct Description {
    /// The root's listing and the totals.
    pub(super) built: Built,
    /// Every blob the snapshot needs.
    pub(super) inventory: Inventory,
}

/// Lists the blobs that `built` refers to.
pub(super) async fn describe<S: Session>(
    base: &Base<S>,
    uploads: &mut Uploads<S>,
    room: &Room,
    built: Built,
    bytes_max: u64,
) -> Result<Description, PublishError> {
    let mut gauge = Gauge::new(bytes_max);
    let mut rows = Vec::with_capacity(built.live.len());
    for (blob, live_bytes) in &built.live {
        let size = uploads.blobs.sizes.get(blob).copied().or_else(|| base.blob_size(blob));
        let size = size.ok_or(PublishError::Inventory { blob: *blob })?;
        gauge.add(size)?;
        rows.push(BlobRow { blob: *blob, size, live_bytes: (*live_bytes).min(size) });
    }
    if !Inventory::must_be_blob(rows.len()) {
        return Ok(Description { built, inventory: Inventory::Inline(rows) });
    }
    let json = serde_json::to_vec(&rows).unwrap_or_default();
    let (blob, length) = (Sha256::of(&json), json.len() as u64);
    gauge.check(length)?;
    if !base.is_inventory(&blob, length) {
        let held = vec![room.take(length).await];
        let what = "the list of the snapshot's blobs".to_owned();
        uploads.put(Put { what, blob, bytes: json.into(), inside: Vec::new(), held });
    }
    Ok(Description { built, inventory: Inventory::At(Extent { blob, offset: 0, length }) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::publish::local::Local;
    use crate::remote::memory::Memory;
    use crate::remote::{Remote as _, Target};
    use std::collections::{BTreeMap, HashSet};
    use std::sync::Arc;
    use vitrine_protocol::{Entries, Listing, ObjectKey};

    #[tokio::test]
    async fn many_blobs_move_the_inventory_out_of_the_manifest() {
        let memory = Memory::default();
        let session = Arc::new(memory.begin(&Target::default()).await.unwrap());
        let base = Arc::new(Base::load(Arc::clone(&session), None, &HashSet::new()).await.unwrap());
        let local = Arc::new(Local::default());
        for (count, apart) in [(4096_u64, false), (4097, true)] {
            let mut uploads =
                Uploads::new((Arc::clone(&session), Arc::clone(&base)), Arc::clone(&local), Arc::new(Silent));
            let live: BTreeMap<Sha256, u64> = (0..count).map(|n| (Sha256::of(&n.to_le_bytes()), 9)).collect();
            for blob in live.keys() {
                uploads.blobs.add(*blob, 7, false);
            }
            let root = Listing::Inline(Entries::default());
            let built = Built { root, index: None, file_count: 0, size_bytes: 0, entry_count: 0, live };
            let described = describe(&base, &mut uploads, &Room::of(1 << 20), built, 1 << 20).await.unwrap();
            uploads.finish().await.unwrap();
            let Inventory::At(at) = described.inventory else {
                assert!(!apart);
                continue;
            };
            let key = ObjectKey::blob(session.grant().share_id, at.blob).to_string();
            let rows = Inventory::rows_from_json(&memory.state().objects[&key]).unwrap();
            assert_eq!((rows.len() as u64, apart), (count, true));
            assert!(
                rows.iter().all(|row| (row.size, row.live_bytes) == (7, 7)),
                "live bytes end at the size"
            );
        }
    }
}
