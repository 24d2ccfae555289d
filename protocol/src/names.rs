//! Names that the control plane gives or takes: projects, owners and slugs, jobs and hosts. Each parses from exactly one
//! spelling and prints that spelling; what is refused here reaches no table, no path and no log.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a project id.
    #[error(
        "a project id has 1 to 128 characters of A-Z, a-z, 0-9, `.`, `_` and `-`, and begins with a letter or digit"
    )]
    Project,
    /// Not a handle.
    #[error("a name has 1 to 64 characters of a-z, 0-9 and `-`, and no `-` at its ends")]
    Handle,
    /// Not a job id.
    #[error("a job id is a ULID (26 upper-case characters)")]
    Job,
    /// Not a host id.
    #[error("a host id is a ULID (26 upper-case characters)")]
    Host,
}

/// Names a project of the main app. Hosts make folder names of it, so it is safe as one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectId(String);

impl ProjectId {
    /// The longest id, in bytes.
    pub const BYTES_MAX: usize = 128;

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let good = text.len() <= Self::BYTES_MAX
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().all(inside);
        good.then(|| Self(text.to_owned())).ok_or(NameError::Project)
    }
}

/// One part of a human URL, `/@owner/slug`: safe in a URL, a file name and an eye.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(String);

impl Handle {
    /// The longest one, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = !text.is_empty()
            && text.len() <= Self::BYTES_MAX
            && text.bytes().all(inside)
            && !text.starts_with('-')
            && !text.ends_with('-');
        good.then(|| Self(text.to_owned())).ok_or(NameError::Handle)
    }
}

macro_rules! ulid_name {
    ($(#[$doc:meta])* $name:ident, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(ulid::Ulid);

        impl $name {
            /// Makes one from a time (milliseconds since the epoch) and 10 random bytes.
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                let low = random.iter().fold(0u128, |sum, byte| (sum << 8) | u128::from(*byte));
                Self(ulid::Ulid::from_parts(unix_ms, low))
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let parsed = ulid::Ulid::from_string(text).map_err(|_| NameError::$error)?;
                // The ulid crate reads lower case and overflowing first digits; one id has one spelling here.
                if parsed.to_string() == text { Ok(Self(parsed)) } else { Err(NameError::$error) }
            }
        }
    };
}

ulid_name! {
    /// Names a job; sorts by the time it was asked for.
    JobId, Job
}
ulid_name! {
    /// Names a host for ever; its key may change, its name does not.
    HostId, Host
}

macro_rules! text_in_json {
    ($($name:ident, $pattern:literal;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    )*};
}

text_in_json! {
    ProjectId, "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";
    Handle, "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$";
    JobId, "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
    HostId, "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_have_one_spelling() {
        for good in ["a", "A.b_c-1", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"] {
            assert_eq!(good.parse::<ProjectId>().unwrap().to_string(), good);
        }
        for bad in ["", ".", "..", "-a", "a/b", "a b", "é", "a\0", &"x".repeat(129)] {
            assert!(bad.parse::<ProjectId>().is_err(), "{bad}");
        }
        for good in ["a", "linear-algebra-1", &"x".repeat(64)] {
            assert_eq!(good.parse::<Handle>().unwrap().to_string(), good);
        }
        for bad in ["", "-", "a-", "-a", "A", "a.b", "a/b", "é", &"x".repeat(65)] {
            assert!(bad.parse::<Handle>().is_err(), "{bad}");
        }
        assert!("01ARZ3NDEKTSV4RRFFQ69G5FAV".parse::<JobId>().is_ok());
        for bad in ["", "01arz3ndektsv4rrffq69g5fav", "81ARZ3NDEKTSV4RRFFQ69G5FAV"] {
            assert!(bad.parse::<JobId>().is_err() && bad.parse::<HostId>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = (text.parse::<ProjectId>(), text.parse::<Handle>(), text.parse::<JobId>());
        }

        #[test]
        fn jobs_round_trip_and_sort_by_time(a in 0u64..1 << 48, b in 0u64..1 << 48, random: [u8; 10]) {
            let (first, second) = (JobId::from_parts(a, random), JobId::from_parts(b, random));
            prop_assert_eq!(first.to_string().parse::<JobId>(), Ok(first));
            prop_assert_eq!(a.cmp(&b), first.to_string().cmp(&second.to_string()));
        }
    }
}
