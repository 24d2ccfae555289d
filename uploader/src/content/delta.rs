//! How a large file that changed a little is put together from what is stored of it and what is new.
//!
//! Pure arithmetic on chunk tables. It refuses (the file is then stored whole) when too little is the same, when the file
//! would have too many extents, and when what it refers to would be mostly dead bytes: each extent is a read of the
//! store for whoever reads the file, and dead bytes are paid for.

use super::chunk::Chunk;
use std::collections::{BTreeMap, HashMap};
use vitrine_protocol::{Extent, File, Sha256};

/// A quarter of what a file may have (`EXTENTS_MAX`): a file in so many pieces is read slowly.
const EXTENTS_MAX: usize = 1024;

/// A range of the new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The bytes are stored.
    Stored(Extent),
    /// The bytes are new: `length` of them from `offset` in the file.
    New {
        /// From the beginning of the file.
        offset: u64,
        /// In bytes.
        length: u64,
    },
}

/// The pieces of a file, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// They are as long together as the file.
    pub pieces: Vec<Piece>,
    /// How many bytes of them are new.
    pub new_bytes: u64,
}

impl Delta {
    /// Compares the `chunks` of a file with those of the one that is stored. `size_of` says how long a stored blob is.
    pub fn plan(
        chunks: &[Chunk],
        old: &File,
        old_chunks: &[Chunk],
        size_of: impl Fn(&Sha256) -> Option<u64>,
    ) -> Option<Self> {
        let stored = old.extents();
        let mut delta = Self { pieces: Vec::new(), new_bytes: 0 };
        let known = offsets(old_chunks);
        let mut offset = 0;
        for chunk in chunks {
            let length = u64::from(chunk.length);
            if let Some(from) = known.get(&(chunk.hash, chunk.length)) {
                ranges(&stored, *from, length).for_each(|extent| delta.add(Piece::Stored(extent)));
            } else {
                delta.new_bytes += length;
                delta.add(Piece::New { offset, length });
            }
            offset += length;
        }
        delta.is_worth_it(offset, size_of).then_some(delta)
    }

    /// Adds a piece, joined to the one before it where they touch.
    fn add(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (Some(Piece::Stored(last)), Piece::Stored(next))
                if last.blob == next.blob && last.end() == next.offset =>
            {
                last.length += next.length;
            }
            (Some(Piece::New { length, .. }), Piece::New { length: more, .. }) => *length += more,
            _ => self.pieces.push(piece),
        }
    }

    fn is_worth_it(&self, size: u64, size_of: impl Fn(&Sha256) -> Option<u64>) -> bool {
        let mut referred: BTreeMap<Sha256, u64> = BTreeMap::new();
        for piece in &self.pieces {
            if let Piece::Stored(extent) = piece {
                let Some(whole) = size_of(&extent.blob) else { return false };
                referred.insert(extent.blob, whole);
            }
        }
        let held = referred.values().sum::<u64>() + self.new_bytes;
        self.new_bytes <= size / 2 && self.pieces.len() <= EXTENTS_MAX && held <= size.saturating_mul(2)
    }

    /// The ranges of the file that are new.
    pub fn new_ranges(&self) -> Vec<(u64, u64)> {
        let ranges = self.pieces.iter().filter_map(|piece| match piece {
            Piece::New { offset, length } => Some((*offset, *length)),
            Piece::Stored(_) => None,
        });
        ranges.collect()
    }

    /// The file's extents, once the new ranges lie end to end in the blob `new`.
    pub fn extents(&self, new: Sha256) -> Vec<Extent> {
        let mut at = 0;
        let extent = |piece: &Piece| match piece {
            Piece::Stored(extent) => *extent,
            Piece::New { length, .. } => {
                let extent = Extent { blob: new, offset: at, length: *length };
                at += length;
                extent
            }
        };
        self.pieces.iter().map(extent).collect()
    }
}

/// Where each chunk begins; of the same chunk twice, the first.
fn offsets(chunks: &[Chunk]) -> HashMap<([u8; 32], u32), u64> {
    let mut at = 0;
    let mut offsets = HashMap::with_capacity(chunks.len());
    for chunk in chunks {
        offsets.entry((chunk.hash, chunk.length)).or_insert(at);
        at += u64::from(chunk.length);
    }
    offsets
}

/// The parts of `extents` that hold `length` bytes from `from` of the content.
fn ranges(extents: &[Extent], from: u64, length: u64) -> impl Iterator<Item = Extent> {
    let mut begins = 0;
    extents.iter().filter_map(move |extent| {
        let (first, last) = (from.max(begins), (from + length).min(begins + extent.length));
        let offset = extent.offset + first.saturating_sub(begins);
        begins += extent.length;
        (first < last).then(|| Extent { blob: extent.blob, offset, length: last - first })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vitrine_protocol::EntryName;
    use vitrine_protocol::kind::classify;

    type Blobs = HashMap<Sha256, Vec<u8>>;

    fn chunks_of(content: &[u8]) -> Vec<Chunk> {
        // Every `.` ends a chunk: cuts that follow the content, in a few bytes.
        content
            .split_inclusive(|byte| *byte == b'.')
            .map(|bytes| Chunk {
                hash: *blake3::hash(bytes).as_bytes(),
                length: u32::try_from(bytes.len()).unwrap(),
            })
            .collect()
    }

    fn file(content: &[u8], extents: Option<Vec<Extent>>) -> File {
        let (content_type, kind) = classify("f", b"");
        let name = EntryName::new("f").unwrap();
        let (hash, size) = (Sha256::of(content), content.len() as u64);
        File { name, hash, size, mtime: 0, crc32: 0, content_type, kind, extents, chunks: None }
    }

    fn read(file: &File, blobs: &Blobs) -> Vec<u8> {
        let slice = |at: &Extent| {
            blobs[&at.blob][usize::try_from(at.offset).unwrap()..usize::try_from(at.end()).unwrap()].to_vec()
        };
        file.extents().iter().flat_map(slice).collect()
    }

    proptest! {
        #[test]
        fn a_chain_of_changes_is_always_read_back(versions in prop::collection::vec("([a-c]{1,4}\\.){4,40}", 1..12)) {
            let mut blobs = Blobs::new();
            let mut old: Option<(File, String)> = None;
            for version in versions {
                let bytes = version.as_bytes();
                let size_of = |blob: &Sha256| blobs.get(blob).map(|bytes| bytes.len() as u64);
                let delta = old.as_ref().and_then(|(file, text)| {
                    Delta::plan(&chunks_of(bytes), file, &chunks_of(text.as_bytes()), size_of)
                });
                let extents = delta.map(|delta| {
                    let new: Vec<u8> = delta.new_ranges().iter().flat_map(|(offset, length)| {
                        bytes[usize::try_from(*offset).unwrap()..usize::try_from(offset + length).unwrap()].to_vec()
                    }).collect();
                    assert_eq!(new.len() as u64, delta.new_bytes);
                    assert!(new.len() * 2 <= bytes.len());
                    let name = Sha256::of(&new);
                    blobs.insert(name, new);
                    delta.extents(name)
                });
                if extents.is_none() {
                    blobs.insert(Sha256::of(bytes), bytes.to_vec());
                }
                let file = file(bytes, extents);
                prop_assert_eq!(read(&file, &blobs), bytes);
                let held: usize = file.extents().iter().map(|at| at.blob).collect::<std::collections::HashSet<_>>()
                    .iter().map(|blob| blobs[blob].len()).sum();
                prop_assert!(held <= 2 * bytes.len());
                old = Some((file, version));
            }
        }
    }

    #[test]
    fn what_is_not_worth_it_is_stored_whole() {
        let old = file(b"a.b.c.d.", None);
        let plan = |new: &[u8], size: u64| {
            Delta::plan(&chunks_of(new), &old, &chunks_of(b"a.b.c.d."), |_| Some(size))
        };
        assert_eq!(plan(b"a.b.c.x.", 8).map(|delta| delta.new_bytes), Some(2));
        assert_eq!(plan(b"a.x.y.z.", 8), None, "most of it is new");
        assert_eq!(plan(b"a.b.c.x.", 80), None, "most of what it would refer to is dead");
    }
}
