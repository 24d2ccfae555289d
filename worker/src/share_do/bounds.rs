//! How much a share's snapshot may need in the bucket: an operator's limit, checked before a commit. What a publisher puts there and
//! never commits is garbage, and collected. Called by `keeper`; everything else about a manifest is `commit`'s to check.

use crate::failure::Failure;
use crate::store::{ShareBlobs, Store};
use vitrine_protocol::api::CommitPublish;
use vitrine_protocol::limits::{INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::ExtentSource as _;
use vitrine_protocol::{ErrorCode, Manifest, ObjectKey};

/// What one snapshot may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) bytes: u64,
    pub(crate) objects: u64,
}

impl Default for Bounds {
    /// A tebibyte; and more objects than an inventory holds, which has a limit of its own.
    fn default() -> Self {
        Self { bytes: 1 << 40, objects: 400_000 }
    }
}

/// Refuses a snapshot that needs more: 413 `too_large`. One that cannot be read is left to the commit, which says why.
pub(crate) async fn check<S: Store>(
    store: &S,
    wanted: &CommitPublish,
    bounds: Bounds,
) -> Result<(), Failure> {
    let key = ObjectKey::manifest(wanted.share_id, wanted.manifest_id);
    let Some(stored) = store.read(key, MANIFEST_BYTES_MAX).await? else { return Ok(()) };
    let Ok(manifest) = Manifest::from_json(&stored.bytes) else { return Ok(()) };
    let rows = match manifest.blobs {
        Inventory::Inline(rows) => rows,
        Inventory::At(at) if at.length > INVENTORY_BYTES_MAX => return Ok(()),
        Inventory::At(at) => {
            let blobs = ShareBlobs { store, share: wanted.share_id };
            let Ok(bytes) = blobs.read(at).await else { return Ok(()) };
            let Ok(rows) = Inventory::rows_from_json(&bytes) else { return Ok(()) };
            rows
        }
    };
    fits(&rows, bounds)
}

fn fits(rows: &[BlobRow], bounds: Bounds) -> Result<(), Failure> {
    let objects = rows.len() as u64;
    let bytes = rows.iter().fold(0_u64, |sum, row| sum.saturating_add(row.size));
    let (what, has, may) = if bytes > bounds.bytes {
        ("bytes", bytes, bounds.bytes)
    } else if objects > bounds.objects {
        ("objects", objects, bounds.objects)
    } else {
        return Ok(());
    };
    let detail =
        format!("The snapshot needs {has} {what} in storage, and this server takes {may} for a share.");
    Err(Failure::new(ErrorCode::TooLarge, detail).hint("Publish less, or ask the operator for more."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::Sha256;

    #[test]
    fn bytes_and_objects_are_bounded() {
        let row = |size| BlobRow { blob: Sha256::of(b""), size, live_bytes: 0 };
        let bounds = Bounds { bytes: 100, objects: 3 };
        for (sizes, refused) in [
            (&[][..], None),
            (&[50, 50], None),
            (&[50, 51], Some("101 bytes")),
            (&[1, 1, 1, 1], Some("4 objects")),
            (&[u64::MAX, u64::MAX], Some("18446744073709551615 bytes")),
        ] {
            let rows: Vec<BlobRow> = sizes.iter().copied().map(row).collect();
            match (fits(&rows, bounds), refused) {
                (Ok(()), None) => {}
                (Err(failure), Some(words)) => {
                    assert_eq!(failure.problem.status, 413);
                    assert!(failure.problem.detail.contains(words), "{}", failure.problem.detail);
                }
                (other, _) => panic!("{sizes:?}: {other:?}"),
            }
        }
    }
}
