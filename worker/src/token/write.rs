//! Writes signed tokens in their compact form (RFC 7515 section 7.1). Called by `credentials` and `signing`, each of which
//! brings its own signature; reading tokens is the module above.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;

/// Header and claims, and over both the signature that `sign` makes.
pub(crate) fn compact(
    header: &impl Serialize,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> String {
    let mut token = format!("{}.{}", part(header), part(claims));
    let signature = sign(token.as_bytes());
    token.push('.');
    token.push_str(&Base64UrlUnpadded::encode_string(&signature));
    token
}

fn part(value: &impl Serialize) -> String {
    // Texts and numbers always become JSON. An empty part would be refused by every reader.
    Base64UrlUnpadded::encode_string(&serde_json::to_vec(value).unwrap_or_default())
}
