//! Content-defined chunks of large files, and the table of them that is stored beside a file for the next publish.
//!
//! The cuts follow the content (`FastCDC`), so bytes that were inserted move the rest without changing its chunks. A chunk is
//! known by its BLAKE3 hash: it never leaves the uploader, and is several times as fast as SHA-256 on a machine without
//! SHA instructions. The table is `VTC1`, then for each chunk its length (32 bits, little endian) and its hash (32 bytes).

use fastcdc::v2020::FastCDC;

/// Files from this size on are chunked: below, sending the whole file costs little more than the requests of a delta.
pub const CHUNKED_MIN: u64 = 32 << 20;

/// The shortest chunk but the last; a shorter run of the old file is not worth an extent.
const MIN: usize = 64 << 10;
/// What chunks have on average: a changed byte costs about as much, and a table is 0.014 % of its file.
const AVERAGE: usize = 256 << 10;
/// The longest chunk.
pub const MAX: usize = 1 << 20;

const MAGIC: &[u8; 4] = b"VTC1";
const ROW: usize = 4 + 32;

/// One chunk of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Its bytes' BLAKE3.
    pub hash: [u8; 32],
    /// How many they are.
    pub length: u32,
}

/// Cuts a file that comes in pieces.
#[derive(Default)]
pub struct Chunker {
    rest: Vec<u8>,
    chunks: Vec<Chunk>,
}

impl Chunker {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        // What a cut looks at ends at the longest chunk.
        if self.rest.len() >= MAX {
            self.cut(MAX);
        }
    }

    /// All chunks, once all bytes were taken.
    pub fn finish(mut self) -> Vec<Chunk> {
        self.cut(1);
        self.chunks
    }

    /// Cuts while there are at least `needed` bytes.
    fn cut(&mut self, needed: usize) {
        let mut done = 0;
        for chunk in FastCDC::new(&self.rest, MIN, AVERAGE, MAX) {
            if self.rest.len() - chunk.offset < needed {
                break;
            }
            let bytes = self.rest.get(chunk.offset..chunk.offset + chunk.length).unwrap_or_default();
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.chunks.push(Chunk { hash: *blake3::hash(bytes).as_bytes(), length });
            done = chunk.offset + chunk.length;
        }
        self.rest.drain(..done);
    }
}

/// How long the table of these chunks is.
pub fn table_length(chunks: &[Chunk]) -> u64 {
    (MAGIC.len() + chunks.len() * ROW) as u64
}

/// Writes a table.
pub fn to_table(chunks: &[Chunk]) -> Vec<u8> {
    let mut table = Vec::with_capacity(MAGIC.len() + chunks.len() * ROW);
    table.extend_from_slice(MAGIC);
    for chunk in chunks {
        table.extend_from_slice(&chunk.length.to_le_bytes());
        table.extend_from_slice(&chunk.hash);
    }
    table
}

/// Reads the table of a file of `size` bytes; `None` when it is of another kind, or not of such a file.
pub fn from_table(table: &[u8], size: u64) -> Option<Vec<Chunk>> {
    let rows = table.strip_prefix(MAGIC)?;
    if rows.len() % ROW != 0 {
        return None;
    }
    let chunks: Vec<Chunk> = rows
        .chunks_exact(ROW)
        .filter_map(|row| {
            let (length, hash) = row.split_first_chunk::<4>()?;
            Some(Chunk { length: u32::from_le_bytes(*length), hash: hash.try_into().ok()? })
        })
        .collect();
    let sum: u64 = chunks.iter().map(|chunk| u64::from(chunk.length)).sum();
    (sum == size && chunks.iter().all(|chunk| chunk.length > 0)).then_some(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes without a pattern, the same for the same seed.
    pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = vec![0; length];
        random.fill(&mut bytes);
        bytes
    }

    fn chunks(pieces: &[&[u8]]) -> Vec<Chunk> {
        let mut chunker = Chunker::default();
        for piece in pieces {
            chunker.update(piece);
        }
        chunker.finish()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn how_a_file_is_read_does_not_move_the_cuts(seed: u64, length in 0usize..6_000_000, cut in 0usize..6_000_000) {
            let bytes = noise(seed, length);
            let (first, second) = bytes.split_at(cut.min(length));
            let whole = chunks(&[&bytes]);
            prop_assert_eq!(&chunks(&[first, second]), &whole);
            let pieces: Vec<&[u8]> = bytes.chunks(100_001).collect();
            prop_assert_eq!(&chunks(&pieces), &whole);
            let sum: usize = whole.iter().map(|chunk| chunk.length as usize).sum();
            prop_assert_eq!(sum, length);
            prop_assert_eq!(from_table(&to_table(&whole), length as u64), Some(whole));
        }

        #[test]
        fn an_insertion_leaves_most_chunks(seed: u64, at in 0usize..8_000_000) {
            let old = noise(seed, 8_000_000);
            let mut new = old.clone();
            new.splice(at..at, noise(!seed, 1000));
            let known: std::collections::HashSet<_> = chunks(&[&old]).into_iter().map(|chunk| chunk.hash).collect();
            let changed = chunks(&[&new]).into_iter().filter(|chunk| !known.contains(&chunk.hash)).count();
            prop_assert!(changed <= 4, "{}", changed);
        }

        #[test]
        fn garbage_is_no_table(mut table in prop::collection::vec(any::<u8>(), 0..200), size in 0u64..1000) {
            prop_assert!(size == 0 || from_table(&table, size).is_none());
            table.splice(0..0, *MAGIC);
            if let Some(chunks) = from_table(&table, size) {
                prop_assert_eq!(chunks.iter().map(|chunk| u64::from(chunk.length)).sum::<u64>(), size);
            }
        }
    }
}
