//! One pass over a file's bytes for everything that is said of them.

use sha2::Digest as _;
use vitrine_protocol::Sha256;
use vitrine_protocol::limits::SNIFF_BYTES;

/// What one pass over some bytes found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The SHA-256, which is also the blob's name.
    pub hash: Sha256,
    /// The CRC-32 that ZIP wants.
    pub crc32: u32,
    /// How many bytes there were.
    pub size: u64,
    /// The first of them, for telling the kind.
    pub head: Vec<u8>,
}

/// Takes bytes in order and computes SHA-256, CRC-32, length and head together.
#[derive(Clone, Default)]
pub struct Hasher {
    sha256: sha2::Sha256,
    crc32: crc32fast::Hasher,
    size: u64,
    head: Vec<u8>,
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let wanted = SNIFF_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.sha256.update(bytes);
        self.crc32.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// What they were.
    pub fn finish(self) -> Fingerprint {
        let hash = Sha256::from_bytes(self.sha256.finalize().into());
        Fingerprint { hash, crc32: self.crc32.finalize(), size: self.size, head: self.head }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cuts_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..9000), cut in 0usize..9000) {
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            let mut hasher = Hasher::default();
            hasher.update(first);
            hasher.update(second);
            let found = hasher.finish();
            prop_assert_eq!(found.hash, Sha256::of(&bytes));
            prop_assert_eq!(found.crc32, crc32fast::hash(&bytes));
            prop_assert_eq!(found.size, bytes.len() as u64);
            prop_assert_eq!(&found.head[..], &bytes[..bytes.len().min(SNIFF_BYTES)]);
        }
    }
}
