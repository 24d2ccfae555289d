//! Names of shares, snapshots and blobs. Each parses from exactly one spelling and prints that spelling.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;

/// Crockford's base32 alphabet in lower case: no `i`, `l`, `o` or `u`.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 26 characters of lowercase Crockford base32.
    #[error("`{0}` is not a share id (26 characters of 0-9 and a-z without i, l, o, u)")]
    ShareId(String),
    /// Not a ULID in its canonical upper-case spelling.
    #[error("`{0}` is not a manifest id (a ULID: 26 upper-case characters)")]
    ManifestId(String),
    /// Not 64 lowercase hexadecimal digits.
    #[error("`{0}` is not a SHA-256 (64 lowercase hexadecimal digits)")]
    Sha256(String),
}

/// Shortens what is echoed into an error, which may be anything.
fn echo(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Names a share for ever: the region code and 125 random bits. Safe as a DNS label.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShareId([u8; 26]);

impl ShareId {
    /// Makes an id in the region `region` (one Crockford character) from 25 random bytes, five bits of each.
    ///
    /// Returns `None` when `region` is not a lowercase Crockford character.
    pub fn from_random(region: char, random: [u8; 25]) -> Option<Self> {
        let mut text = [0; 26];
        text[0] = u8::try_from(region).ok().filter(|b| CROCKFORD.contains(b))?;
        for (to, from) in text[1..].iter_mut().zip(random) {
            *to = CROCKFORD[usize::from(from & 31)];
        }
        Some(Self(text))
    }

    /// The first character: which bucket holds the share.
    pub fn region(self) -> char {
        char::from(self.0[0])
    }

    /// The 26 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII from the alphabet is stored")
    }
}

impl FromStr for ShareId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes: [u8; 26] = text.as_bytes().try_into().map_err(|_| IdError::ShareId(echo(text)))?;
        if bytes.iter().all(|b| CROCKFORD.contains(b)) {
            Ok(Self(bytes))
        } else {
            Err(IdError::ShareId(echo(text)))
        }
    }
}

/// Names one snapshot of a share: a ULID, so ids sort by the time of their making.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ManifestId(ulid::Ulid);

impl ManifestId {
    /// Makes an id from a time (milliseconds since the epoch) and 10 random bytes.
    pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
        let low = random.iter().fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte));
        Self(ulid::Ulid::from_parts(unix_ms, low))
    }

    /// When it was made, in milliseconds since the epoch, by its maker's clock.
    pub fn unix_ms(self) -> u64 {
        self.0.timestamp_ms()
    }
}

impl FromStr for ManifestId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parsed = ulid::Ulid::from_string(text).map_err(|_| IdError::ManifestId(echo(text)))?;
        // The ulid crate reads lower case and overflowing first digits; one id has one spelling here.
        if parsed.to_string() == text { Ok(Self(parsed)) } else { Err(IdError::ManifestId(echo(text))) }
    }
}

/// The SHA-256 of some bytes, which is also the name of the blob that holds them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Takes the digest of a hasher that ran elsewhere.
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError::Sha256(echo(text));
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| error())?;
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(error()),
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for ShareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ManifestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not byte by byte through the formatter: a listing of a million files has two million of these.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

macro_rules! text_in_json {
    ($($id:ident, $pattern:literal;)*) => {$(
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($id), "({})"), self)
            }
        }

        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $id {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($id).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

text_in_json! {
    ShareId, "^[0-9a-hjkmnp-tv-z]{26}$";
    ManifestId, "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
    Sha256, "^[0-9a-f]{64}$";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hash_of_nothing_is_the_known_one() {
        assert_eq!(
            Sha256::of(b"").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn other_spellings_are_refused() {
        let upper = Sha256::of(b"").to_string().to_uppercase();
        assert!(upper.parse::<Sha256>().is_err());
        assert!("01arz3ndektsv4rrffq69g5fav".parse::<ManifestId>().is_err());
        assert!("81ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<ManifestId>().is_err(), "overflows 128 bits");
        for bad in [
            "",
            "e",
            "EEEEEEEEEEEEEEEEEEEEEEEEEE",
            "eeeeeeeeeeeeeeeeeeeeeeeeei",
            "../../../../../../../../ab",
        ] {
            assert!(bad.parse::<ShareId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn region_must_be_a_crockford_character() {
        assert_eq!(ShareId::from_random('e', [0; 25]).map(ShareId::region), Some('e'));
        for bad in ['u', 'E', '/', 'é'] {
            assert_eq!(ShareId::from_random(bad, [0; 25]), None);
        }
    }

    proptest! {
        #[test]
        fn share_ids_round_trip(random: [u8; 25]) {
            let id = ShareId::from_random('e', random).unwrap();
            prop_assert_eq!(id.to_string().parse::<ShareId>(), Ok(id));
        }

        #[test]
        fn manifest_ids_round_trip_and_sort_by_time(a in 0u64..1 << 48, b in 0u64..1 << 48, random: [u8; 10]) {
            let (first, second) = (ManifestId::from_parts(a, random), ManifestId::from_parts(b, random));
            prop_assert_eq!(first.to_string().parse::<ManifestId>(), Ok(first));
            prop_assert_eq!(first.unix_ms(), a);
            prop_assert_eq!(a.cmp(&b), first.to_string().cmp(&second.to_string()));
        }

        #[test]
        fn hashes_round_trip(bytes: [u8; 32]) {
            let hash = Sha256::from_bytes(bytes);
            prop_assert_eq!(hash.to_string().parse::<Sha256>(), Ok(hash));
            let json = serde_json::to_string(&hash).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sha256>(&json).unwrap(), hash);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = (text.parse::<ShareId>(), text.parse::<ManifestId>(), text.parse::<Sha256>());
        }
    }
}
