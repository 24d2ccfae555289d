//! Random bytes from the system: ids and idempotency keys.

use crate::remote::RemoteError;
use std::fmt::Write as _;

/// So many random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], RemoteError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| RemoteError::Random)?;
    Ok(bytes)
}

/// 128 random bits as text: nobody else has the same.
pub(crate) fn token() -> Result<String, RemoteError> {
    Ok(bytes::<16>()?.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
