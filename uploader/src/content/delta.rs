//! How a large file that changed a little is put together from what is stored of it and what is new.
//!
//! Pure arithmetic on chunk tables. Each extent is a read of the store for whoever reads the file, so the shortest stored pieces
//! are sent again until the file has no more than a commit allows. It refuses (the file is then stored whole) when too little
//! is left that is the same, and when what it refers to would be mostly dead bytes, which are paid for.

use super::chunk::Chunk;
use std::collections::{BTreeMap, HashMap};
use vitrine_protocol::limits::EXTENTS_MAX;
use vitrine_protocol::listing::pieces_max;
use vitrine_protocol::{Extent, File, Sha256};

/// A quarter of what a file may have (`EXTENTS_MAX`), however large it is: a file in so many pieces is read slowly.
const PIECES_MAX: usize = EXTENTS_MAX / 4;

/// A comparison with more pieces is not looked at further: hardly anything would be left of it.
const CANDIDATES_MAX: usize = 16 * PIECES_MAX;

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

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Stored(extent) => extent.length,
            Self::New { length, .. } => *length,
        }
    }

    fn stored_length(&self) -> Option<u64> {
        matches!(self, Self::Stored(_)).then(|| self.length())
    }
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
        delta.join(offset);
        delta.is_worth_it(offset, size_of).then_some(delta)
    }

    /// Makes the shortest stored pieces of a file of `size` bytes new ones until there are few enough, or half of it would be new.
    fn join(&mut self, size: u64) {
        let max = pieces_of(size);
        let mut count = self.pieces.len().saturating_sub(max).div_ceil(2).max(1);
        while (max + 1..=CANDIDATES_MAX).contains(&self.pieces.len()) && self.new_bytes <= size / 2 {
            let mut lengths: Vec<u64> = self.pieces.iter().filter_map(Piece::stored_length).collect();
            lengths.sort_unstable();
            let Some(longest) = lengths.get(count - 1).or(lengths.last()).copied() else { return };
            let (mut joined, mut at, mut left) =
                (Self { pieces: Vec::new(), new_bytes: self.new_bytes }, 0, count);
            for piece in &self.pieces {
                let length = piece.length();
                let goes = left > 0 && piece.stored_length().is_some_and(|length| length <= longest);
                if goes {
                    left -= 1;
                    joined.new_bytes += length;
                }
                joined.add(if goes { Piece::New { offset: at, length } } else { *piece });
                at += length;
            }
            *self = joined;
            // Stored pieces beside stored ones are not joined by one round; twice as many in each end it soon.
            count *= 2;
        }
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
        self.new_bytes <= size / 2 && self.pieces.len() <= pieces_of(size) && held <= size.saturating_mul(2)
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

/// In how many pieces a file of `size` bytes may be put together.
fn pieces_of(size: u64) -> usize {
    usize::try_from(pieces_max(size)).unwrap_or(usize::MAX).min(PIECES_MAX)
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
                prop_assert!(!file.is_scattered());
                prop_assert_eq!(read(&file, &blobs), bytes);
                let held: usize = file.extents().iter().map(|at| at.blob).collect::<std::collections::HashSet<_>>()
                    .iter().map(|blob| blobs[blob].len()).sum();
                prop_assert!(held <= 2 * bytes.len());
                old = Some((file, version));
            }
        }
    }

    /// Chunks that are all different, `changed` of them with a mark.
    fn text(chunks: usize, changed: &[usize]) -> Vec<u8> {
        let chunk =
            |index| if changed.contains(&index) { format!("{index}!.") } else { format!("{index}_.") };
        (0..chunks).map(chunk).collect::<String>().into_bytes()
    }

    /// The new version as it would be stored after `old`, whose pieces may be as many as anybody wrote them.
    fn next(old: &File, before: &[u8], bytes: &[u8], blobs: &mut Blobs) -> Option<File> {
        let size_of = |blob: &Sha256| blobs.get(blob).map(|bytes| bytes.len() as u64);
        let delta = Delta::plan(&chunks_of(bytes), old, &chunks_of(before), size_of)?;
        let range = |(from, length): &(u64, u64)| {
            bytes[usize::try_from(*from).unwrap()..usize::try_from(from + length).unwrap()].to_vec()
        };
        let new: Vec<u8> = delta.new_ranges().iter().flat_map(range).collect();
        assert_eq!(new.len() as u64, delta.new_bytes);
        let name = Sha256::of(&new);
        blobs.insert(name, new);
        Some(file(bytes, Some(delta.extents(name))))
    }

    proptest! {
        /// Of a file with changes everywhere the pieces between them are sent again; it is put together or stored whole, and never
        /// in more pieces than a commit takes.
        #[test]
        fn changes_everywhere_make_few_pieces(changed in prop::collection::vec(0usize..200, 0..90)) {
            let (before, bytes) = (text(200, &[]), text(200, &changed));
            let mut blobs = Blobs::from([(Sha256::of(&before), before.clone())]);
            if let Some(file) = next(&file(&before, None), &before, &bytes, &mut blobs) {
                prop_assert!(!file.is_scattered());
                prop_assert_eq!(read(&file, &blobs), bytes);
            } else {
                prop_assert!(changed.len() > 8, "eight changes make seventeen pieces at most");
            }
        }

        /// A file that somebody stored in pieces of two blobs by turns is put together in fewer.
        #[test]
        fn what_is_scattered_already_does_not_stay_so(piece in 1usize..40, changed in prop::collection::vec(0usize..200, 0..20)) {
            let (before, bytes) = (text(200, &[]), text(200, &changed));
            let twin = [before.as_slice(), b"+"].concat();
            let names = [Sha256::of(&before), Sha256::of(&twin)];
            let mut blobs = Blobs::from([(names[0], before.clone()), (names[1], twin)]);
            let starts = (0..before.len()).step_by(piece);
            let extents = starts.enumerate().map(|(index, from)| Extent {
                blob: names[index % 2], offset: from as u64, length: piece.min(before.len() - from) as u64,
            });
            let old = file(&before, Some(extents.collect()));
            prop_assert_eq!(read(&old, &blobs), before.clone());
            if let Some(file) = next(&old, &before, &bytes, &mut blobs) {
                prop_assert!(!file.is_scattered());
                prop_assert_eq!(read(&file, &blobs), bytes);
            }
        }
    }

    #[test]
    fn the_shortest_pieces_are_sent_again() {
        // Twenty changes in the first 40 chunks: the 160 behind them stay where they are.
        let changed: Vec<usize> = (0..40).step_by(2).collect();
        let (before, bytes) = (text(200, &[]), text(200, &changed));
        let blobs = Blobs::from([(Sha256::of(&before), before.clone())]);
        let size_of = |blob: &Sha256| blobs.get(blob).map(|bytes| bytes.len() as u64);
        let delta = Delta::plan(&chunks_of(&bytes), &file(&before, None), &chunks_of(&before), size_of);
        let delta = delta.unwrap();
        assert!(delta.pieces.len() <= 16, "{}", delta.pieces.len());
        assert!(delta.new_bytes < 160, "{}", delta.new_bytes);
        let Some(Piece::Stored(last)) = delta.pieces.last() else { panic!("{delta:?}") };
        assert!(last.length > 600, "{}", last.length);
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
