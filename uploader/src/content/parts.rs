//! Ranges of a large file as the parts of one blob, read as they are asked for.

use super::read::{ReadError, Reopened};
use crate::remote::{Part, PartSource};
use crate::room::Room;
use bytes::Bytes;
use std::sync::Arc;
use vitrine_protocol::{EntryPath, Sha256};

/// The parts of a blob: of a whole file, or of some ranges of it end to end.
pub struct Parts {
    file: Arc<Reopened>,
    path: EntryPath,
    /// Where the bytes are in the file: offset and length.
    ranges: Vec<(u64, u64)>,
    part_size: u64,
    size: u64,
    hashes: Vec<Sha256>,
    room: Room,
}

impl Parts {
    /// Prepares to read `ranges` of `file`, whose parts of `part_size` bytes hash to `hashes`. Each takes room while it is
    /// in memory.
    pub fn new(
        file: Reopened,
        path: EntryPath,
        ranges: Vec<(u64, u64)>,
        part_size: u64,
        hashes: Vec<Sha256>,
        room: Room,
    ) -> Self {
        let size = ranges.iter().map(|(_, length)| length).sum();
        Self { file: Arc::new(file), path, ranges, part_size, size, hashes, room }
    }

    /// The ranges of the file that make up part `number`.
    fn pieces(&self, number: u64) -> Vec<(u64, u64)> {
        let from = number.saturating_mul(self.part_size);
        let to = from.saturating_add(self.part_size).min(self.size);
        let mut begins = 0;
        let mut pieces = Vec::new();
        for (offset, length) in &self.ranges {
            let (first, last) = (from.max(begins), to.min(begins + length));
            if first < last {
                pieces.push((offset + (first - begins), last - first));
            }
            begins += length;
        }
        pieces
    }
}

impl PartSource for Parts {
    fn count(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    async fn part(&mut self, number: u64) -> Result<Part, ReadError> {
        let unstable = || ReadError::unstable(&self.path);
        let hash = usize::try_from(number).ok().and_then(|number| self.hashes.get(number)).copied();
        let hash = hash.ok_or_else(unstable)?;
        let pieces = self.pieces(number);
        let room = self.room.take(pieces.iter().map(|(_, length)| length).sum()).await;
        let file = Arc::clone(&self.file);
        let read = tokio::task::spawn_blocking(move || read_pieces(&file, &pieces));
        let bytes = read.await.map_err(|_| unstable())??;
        Ok(Part { bytes, hash, room: Some(Arc::new(room)) })
    }

    fn check(&mut self) -> Result<(), ReadError> {
        self.file.check()
    }
}

/// Reads some ranges, end to end.
pub fn read_pieces(file: &Reopened, pieces: &[(u64, u64)]) -> Result<Bytes, ReadError> {
    if let [(offset, length)] = pieces {
        return file.range(*offset, *length).map(Bytes::from);
    }
    let mut bytes = Vec::new();
    for (offset, length) in pieces {
        bytes.extend_from_slice(&file.range(*offset, *length)?);
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::read;
    use crate::scan::Root;

    #[tokio::test]
    async fn parts_are_cut_across_ranges() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("f"), b"0123456789abcdef").unwrap();
        let (root, path) = (Root::open(temp.path()).unwrap(), EntryPath::parse("f").unwrap());
        let stamp = read::read(&root, &path, 99, &|_| {}).unwrap().stamp;
        let file = Reopened::open(&root, &path, stamp).unwrap();
        let content = b"1234abcdef";
        let hashes: Vec<Sha256> = content.chunks(3).map(Sha256::of).collect();
        let mut parts = Parts::new(file, path, vec![(1, 4), (10, 6)], 3, hashes, Room::of(1 << 20));
        let mut whole = Vec::new();
        assert_eq!(parts.count(), 4);
        for number in 0..4 {
            let part = parts.part(number).await.unwrap();
            assert_eq!(Sha256::of(&part.bytes), part.hash);
            whole.extend_from_slice(&part.bytes);
        }
        assert_eq!(whole, content);
        assert!(parts.part(4).await.is_err());
        assert!(parts.check().is_ok());
        std::fs::write(temp.path().join("f"), b"other").unwrap();
        assert!(parts.check().is_err());
    }
}
