//! Tells which older encoding a text is in, as Firefox does, by `chardetng`. A wasm module of its own, so that it is fetched with the
//! first text that is neither UTF-8 nor UTF-16 and never else. `viewer/js/encoding.ts` decides what comes here and names what
//! neither this nor a browser's decoder knows (the code pages of DOS).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// The name, by the Encoding standard, of what `bytes` most likely are. They may begin a longer text, and end within a character.
///
/// ISO-2022-JP is allowed: what is decoded is shown as text and never run.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn guess(bytes: &[u8]) -> String {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, false);
    detector.guess(None, Utf8Detection::Deny).name().to_owned()
}

#[cfg(test)]
mod tests {
    use super::guess;

    #[test]
    fn texts_of_a_line_or_two() {
        for (name, bytes) in [
            ("EUC-KR", b"\xc7\xd1\xb1\xb9\xbe\xee \xb9\xae\xbc\xad\xc0\xd4\xb4\xcf\xb4\xd9.\n".as_slice()),
            ("GBK", b"\xcd\xc5\xca\xd0,\xc8\xcb\xbf\xda\n1,\xb1\xb1\xbe\xa9,2189\n2,\xc9\xcf\xba\xa3,2487\n"),
            ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\n"),
            ("KOI8-U", b"\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2\n"),
            ("Shift_JIS", b"\x93\xfa\x96{\x8c\xea\x82\xcc\x95\xb6\x8f\x91\n"),
            ("windows-1252", b"Gr\xfc\xdfe aus Z\xfcrich\n"),
        ] {
            assert_eq!(guess(bytes), name);
        }
    }
}
