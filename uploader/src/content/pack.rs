//! Packs: small files end to end in one blob of about 8 MiB, in the order of their paths.
//!
//! One request for a thousand files, and one for whoever reads a folder. The pack is hashed as it grows, so it has its
//! name the moment it is full.

use bytes::Bytes;
use sha2::Digest as _;
use vitrine_protocol::Sha256;

/// Files shorter than this are packed.
pub const PACKED_BELOW: u64 = 256 << 10;

/// A pack that would pass this is full.
pub const PACK_BYTES: usize = 8 << 20;

/// A content in a pack: its hash, where it begins, how long it is.
pub type Inside = (Sha256, u64, u64);

/// A pack that is being filled.
#[derive(Default)]
pub struct Pack {
    bytes: Vec<u8>,
    hash: sha2::Sha256,
    inside: Vec<Inside>,
}

/// A pack that is full.
pub struct Sealed {
    /// Its name.
    pub blob: Sha256,
    /// Its bytes.
    pub bytes: Bytes,
    /// What it holds.
    pub inside: Vec<Inside>,
}

impl Pack {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.inside.is_empty()
    }

    /// Whether so many bytes more would be too many.
    pub fn is_full_for(&self, length: usize) -> bool {
        !self.is_empty() && self.bytes.len() + length > PACK_BYTES
    }

    /// Adds a content; returns where it begins.
    pub fn add(&mut self, hash: Sha256, bytes: &[u8]) -> u64 {
        if self.bytes.capacity() == 0 {
            // All at once: growing would copy, and pages that are not written to are not resident.
            self.bytes.reserve_exact(PACK_BYTES);
        }
        let offset = self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        self.hash.update(bytes);
        self.inside.push((hash, offset, bytes.len() as u64));
        offset
    }

    /// Ends it, and leaves an empty one.
    pub fn seal(&mut self) -> Sealed {
        let Self { bytes, hash, inside } = std::mem::take(self);
        Sealed { blob: Sha256::from_bytes(hash.finalize().into()), bytes: bytes.into(), inside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_its_contents_end_to_end() {
        let mut pack = Pack::default();
        assert!(!pack.is_full_for(usize::MAX / 2), "whatever comes first has room");
        for content in [b"one".as_slice(), b"", b"three"] {
            pack.add(Sha256::of(content), content);
        }
        assert!(pack.is_full_for(PACK_BYTES));
        let sealed = pack.seal();
        assert!(pack.is_empty());
        assert_eq!((sealed.blob, &sealed.bytes[..]), (Sha256::of(b"onethree"), b"onethree".as_slice()));
        let places: Vec<_> = sealed.inside.iter().map(|(_, offset, length)| (*offset, *length)).collect();
        assert_eq!(places, [(0, 3), (3, 0), (3, 5)]);
    }
}
