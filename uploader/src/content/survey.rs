//! The one reading of a large file that finds out everything: its hash, those of its parts, its chunks.
//!
//! Three threads hash what a fourth reads, so a file takes as long as its slowest hash. The parts' hashes sign the requests
//! that send it later, and the server checks them: the second reading hashes nothing.

use super::chunk::{Chunk, Chunker};
use super::hash::{Fingerprint, Hasher};
use super::read::{self, ATTEMPTS, ReadError};
use crate::scan::{Root, Stamp};
use bytes::Bytes;
use sha2::Digest as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use vitrine_protocol::{EntryPath, Sha256};

/// How much is read at a time.
const BLOCK: usize = 1 << 20;

/// How many blocks may wait for the slowest hash.
const BLOCKS_AHEAD: usize = 4;

/// What was found out about a large file.
#[derive(Debug)]
pub struct Survey {
    /// Hash, length, CRC-32, head.
    pub print: Fingerprint,
    /// Its state at that moment.
    pub stamp: Stamp,
    /// The hashes of its parts.
    pub parts: Vec<Sha256>,
    /// Its chunks.
    pub chunks: Vec<Chunk>,
}

/// Reads a file that is cut into parts of `part_size` bytes; again, a few times, if it changes meanwhile.
pub fn survey(
    root: &Root,
    path: &EntryPath,
    part_size: impl Fn(u64) -> u64,
    on_bytes: &(dyn Fn(u64) + Sync),
) -> Result<Survey, ReadError> {
    for _ in 0..ATTEMPTS {
        let (mut file, before) = read::open(root, path)?;
        let survey = all(&mut file, before, part_size(before.size), on_bytes)
            .map_err(|error| ReadError::of(path, error))?;
        if survey.print.size == before.size && read::stamp(&file).is_ok_and(|after| after == before) {
            return Ok(survey);
        }
    }
    Err(ReadError::unstable(path))
}

fn all(file: &mut File, stamp: Stamp, part: u64, on_bytes: &(dyn Fn(u64) + Sync)) -> io::Result<Survey> {
    thread::scope(|scope| {
        let (whole, blocks) = channel();
        let print = scope.spawn(move || {
            let mut hasher = Hasher::default();
            for block in blocks {
                hasher.update(&block);
            }
            hasher.finish()
        });
        let (parts, blocks) = channel();
        let hashes = scope.spawn(move || {
            let mut parts = PartHashes::new(part);
            for block in blocks {
                parts.update(&block);
            }
            parts.finish()
        });
        let (chunker, blocks) = channel();
        let chunks = scope.spawn(move || {
            let mut chunker = Chunker::default();
            for block in blocks {
                chunker.update(&block);
            }
            chunker.finish()
        });
        let outputs = [whole, parts, chunker];
        let read = feed(file, stamp.size, &outputs, on_bytes);
        drop(outputs);
        let died = |_| io::Error::other("a thread of the program failed");
        let print = print.join().map_err(died)?;
        let (parts, chunks) = (hashes.join().map_err(died)?, chunks.join().map_err(died)?);
        read?;
        Ok(Survey { print, stamp, parts, chunks })
    })
}

fn channel() -> (SyncSender<Bytes>, Receiver<Bytes>) {
    sync_channel(BLOCKS_AHEAD)
}

/// Reads to the end, but at most one byte past `size`: a file that grows without end must not be followed.
fn feed(
    file: &mut File,
    size: u64,
    outputs: &[SyncSender<Bytes>],
    on_bytes: &(dyn Fn(u64) + Sync),
) -> io::Result<()> {
    let mut left = size.saturating_add(1);
    while left > 0 {
        let mut block = Vec::with_capacity(BLOCK);
        let count = file.take(left.min(BLOCK as u64)).read_to_end(&mut block)? as u64;
        if count == 0 {
            break;
        }
        let block = Bytes::from(block);
        for output in outputs {
            output.send(block.clone()).map_err(|_| io::Error::other("a thread of the program failed"))?;
        }
        on_bytes(count);
        left -= count;
    }
    Ok(())
}

/// Hashes bytes that are cut into parts.
struct PartHashes {
    part: u64,
    filled: u64,
    hash: sha2::Sha256,
    hashes: Vec<Sha256>,
}

impl PartHashes {
    fn new(part: u64) -> Self {
        Self { part: part.max(1), filled: 0, hash: sha2::Sha256::new(), hashes: Vec::new() }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(self.part - self.filled).unwrap_or(usize::MAX).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.hash.update(now);
            self.filled += now.len() as u64;
            if self.filled == self.part {
                self.cut();
            }
            bytes = later;
        }
    }

    fn cut(&mut self) {
        self.hashes.push(Sha256::from_bytes(self.hash.finalize_reset().into()));
        self.filled = 0;
    }

    fn finish(mut self) -> Vec<Sha256> {
        if self.filled > 0 {
            self.cut();
        }
        self.hashes
    }
}

/// The hashes of the parts that some ranges of a file make up, end to end.
pub fn hash_parts_of(
    file: &read::Reopened,
    ranges: &[(u64, u64)],
    part: u64,
) -> Result<Vec<Sha256>, ReadError> {
    let mut parts = PartHashes::new(part);
    for (offset, length) in ranges {
        let mut done = 0;
        while done < *length {
            let block = file.range(offset + done, (length - done).min(BLOCK as u64))?;
            parts.update(&block);
            done += block.len() as u64;
        }
    }
    Ok(parts.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::chunk::from_table;
    use crate::content::chunk::to_table;

    #[test]
    fn one_reading_tells_everything() {
        let temp = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let mut content = vec![0; 5 * BLOCK + 4321];
        random.fill(&mut content);
        std::fs::write(temp.path().join("f"), &content).unwrap();
        let (root, path) = (Root::open(temp.path()).unwrap(), EntryPath::parse("f").unwrap());
        let survey = survey(&root, &path, |_| 2_000_000, &|_| {}).unwrap();
        assert_eq!(survey.print.hash, Sha256::of(&content));
        assert_eq!(survey.print.crc32, crc32fast::hash(&content));
        let parts: Vec<Sha256> = content.chunks(2_000_000).map(Sha256::of).collect();
        assert_eq!(survey.parts, parts);
        assert!(from_table(&to_table(&survey.chunks), content.len() as u64).is_some());
    }

    #[test]
    fn a_file_that_never_settles_is_given_up() {
        use std::io::Write as _;
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("f"), vec![1; 2 * BLOCK]).unwrap();
        let (root, path) = (Root::open(temp.path()).unwrap(), EntryPath::parse("f").unwrap());
        let append = |_| {
            let mut file = File::options().append(true).open(temp.path().join("f")).unwrap();
            file.write_all(b"more").unwrap();
        };
        assert!(matches!(survey(&root, &path, |_| 1 << 20, &append), Err(ReadError::Unstable { .. })));
    }
}
