//! Whether what describes a snapshot stays within what readers accept, found out as early as it can be.

use vitrine_protocol::limits::MANIFEST_BYTES_MAX;

/// A snapshot that readers would not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// The list of its blobs is too long.
    #[error(
        "The folder needs {blobs} blobs or more, too many for a snapshot: their list may have {max} bytes (INVENTORY_BYTES_MAX)"
    )]
    Inventory {
        /// How many blobs, at least.
        blobs: u64,
        /// The limit.
        max: u64,
    },
    /// Its manifest is too long.
    #[error("The manifest would have {bytes} bytes, and may have {max} (MANIFEST_BYTES_MAX)")]
    Manifest {
        /// Its length.
        bytes: u64,
        /// The limit.
        max: u64,
    },
}

/// The shortest that the list of a snapshot's blobs can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauge {
    blobs: u64,
    bytes: u64,
    max: u64,
}

impl Gauge {
    /// An empty list that may have `max` bytes.
    pub fn new(max: u64) -> Self {
        Self { blobs: 0, bytes: 1, max }
    }

    /// One more blob of that length.
    pub fn add(&mut self, size: u64) -> Result<(), BoundsError> {
        let digits = u64::from(size.checked_ilog10().unwrap_or(0)) + 1;
        // `["<64 digits>",<size>,<live bytes>],` with as few live bytes as can be.
        self.bytes += 64 + digits + 1 + 7;
        self.blobs += 1;
        self.check(self.bytes)
    }

    /// Judges the list itself, once it is written.
    pub fn check(&self, bytes: u64) -> Result<(), BoundsError> {
        let Self { blobs, max, .. } = *self;
        if bytes > max { Err(BoundsError::Inventory { blobs, max }) } else { Ok(()) }
    }
}

/// Judges how many blobs a publish has added so far: each is a row, of this length at least.
pub fn check_new_blobs(blobs: usize, max: u64) -> Result<(), BoundsError> {
    let blobs = blobs as u64;
    if blobs.saturating_mul(SHORTEST_ROW) > max { Err(BoundsError::Inventory { blobs, max }) } else { Ok(()) }
}

/// `["<64 digits>",1,1],`
const SHORTEST_ROW: u64 = 64 + 9;

/// Judges a manifest of so many bytes.
pub fn check_manifest(bytes: usize) -> Result<(), BoundsError> {
    let (bytes, max) = (bytes as u64, MANIFEST_BYTES_MAX);
    if bytes > max { Err(BoundsError::Manifest { bytes, max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::Sha256;
    use vitrine_protocol::limits::INVENTORY_BYTES_MAX;
    use vitrine_protocol::manifest::BlobRow;

    #[test]
    fn the_gauge_says_what_the_shortest_list_has() {
        for count in [1_u64, 2, 50] {
            let mut gauge = Gauge::new(INVENTORY_BYTES_MAX);
            let size = |index: u64| index * 7;
            let row = |index: u64| BlobRow {
                blob: Sha256::of(&index.to_le_bytes()),
                size: size(index),
                live_bytes: 1,
            };
            for index in 0..count {
                gauge.add(size(index)).unwrap();
            }
            let rows: Vec<BlobRow> = (0..count).map(row).collect();
            assert_eq!(gauge.bytes, serde_json::to_vec(&rows).unwrap().len() as u64);
        }
    }

    #[test]
    fn what_is_too_long_is_refused_at_the_limit() {
        let mut gauge = Gauge::new(INVENTORY_BYTES_MAX);
        let fits = (0..1_000_000_u64).take_while(|_| gauge.add(1000).is_ok()).count();
        assert!((400_000..450_000).contains(&fits), "{fits}");
        assert!(check_manifest(4 << 20).is_ok());
        assert!(check_manifest((4 << 20) + 1).unwrap_err().to_string().contains("4194304"));
    }
}
