//! What is said of a file's content, computed as its bytes pass by, and where those bytes are in pieces of one request each.

use super::CHUNK;
use sha2::Digest as _;
use vitrine_protocol::{Extent, File, Sha256};

/// Takes bytes in order and computes what a manifest says of them.
#[derive(Clone, Default)]
pub struct Content {
    sha256: sha2::Sha256,
    crc32: crc32fast::Hasher,
    length: u64,
}

impl Content {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.crc32.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Hash, CRC-32 and length.
    pub fn finish(self) -> (Sha256, u32, u64) {
        (Sha256::from_bytes(self.sha256.finalize().into()), self.crc32.finalize(), self.length)
    }

    /// Whether the bytes were those of `file`.
    pub fn is(self, file: &File) -> bool {
        self.finish() == (file.hash, file.crc32, file.size)
    }
}

/// A part of a file that one request fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it is stored.
    pub from: Extent,
    /// Where it goes in the file.
    pub at: u64,
}

/// A file in pieces of at most [`CHUNK`] bytes, in order. An empty extent has none.
pub fn pieces(file: &File) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for extent in file.extents() {
        let mut done = 0;
        while done < extent.length {
            let length = (extent.length - done).min(CHUNK);
            pieces
                .push(Piece { from: Extent { blob: extent.blob, offset: extent.offset + done, length }, at });
            done += length;
            at += length;
        }
    }
    pieces
}
