//! A folder as ZIP, laid out in advance: every header, offset and length is known from the manifest before the first byte,
//! so the answer has a `Content-Length`, a strong entity tag and ranges, and no file's bytes pass through here.
//!
//! [`layout`] is the format (PKWARE's APPNOTE 6.3.9) as pure arithmetic; [`collect`] reads the listings; [`names`] spells
//! what not every system can unpack.

pub(crate) mod collect;
pub(crate) mod layout;
pub(crate) mod names;
