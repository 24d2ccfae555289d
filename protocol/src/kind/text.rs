//! Whether bytes begin a text, and in what way. Called by [`super::classify`]. It refuses what has too many control characters: a name
//! that says text is believed further than bytes alone.

use crate::limits::SNIFF_BYTES;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// Text of an older encoding: Latin-1, UTF-16, and their like.
    Legacy,
    /// No text.
    None,
}

/// Of so many bytes one may be a control character, where the name says text. What is compressed has one in ten.
const BYTES_PER_CONTROL: usize = 32;

/// Of so many bytes one may be zero.
const BYTES_PER_ZERO: usize = 512;

/// How the bytes are encoded, if they begin a text; `named` when the file's name says that it is one.
pub(super) fn encoding(first: &[u8], named: bool) -> Encoding {
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Encoding::Legacy;
    }
    let utf8 = match std::str::from_utf8(first) {
        Ok(_) => true,
        // A last sequence that the cut made incomplete; the end of a short file is no cut.
        Err(error) => error.error_len().is_none() && first.len() >= SNIFF_BYTES - 3,
    };
    let zeros: usize = first.iter().map(|byte| usize::from(*byte == 0)).sum();
    if utf8 && zeros == 0 {
        return Encoding::Utf8;
    }
    if zeros > 0 && is_wide(first) {
        return Encoding::Legacy;
    }
    // DOS ended its texts with a Ctrl-Z, and filled a block with more.
    let body = first.trim_ascii_end();
    let body = &body[..body.len() - body.iter().rev().take_while(|byte| **byte == 0x1a).count()];
    let controls = body.iter().filter(|byte| is_control(**byte)).count();
    let allowed = if named { (body.len() / BYTES_PER_CONTROL).max(1) } else { 0 };
    let zeros_allowed = if named { body.len() / BYTES_PER_ZERO } else { 0 };
    if controls > allowed || zeros > zeros_allowed {
        return Encoding::None;
    }
    if utf8 { Encoding::Utf8 } else { Encoding::Legacy }
}

/// A control character, but those that texts have: tabs, line ends, form feeds, and what terminals take.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !b"\t\n\r\x0c\x1b\x08".contains(&byte)
}

/// Of so many units of UTF-16 one is at least a character of ASCII: a space, a digit, the end of a line.
const UNITS_PER_ASCII: usize = 10;

/// Whether the bytes are UTF-16 without a mark: all zeros on one side, and every unit a character.
fn is_wide(first: &[u8]) -> bool {
    let read = |unit: fn([u8; 2]) -> u16| {
        let units = first.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let ascii = units.clone().filter(|unit| *unit < 0x80).count();
        let length = first.len() / 2;
        let mut characters = char::decode_utf16(units);
        // The last one may be half of a pair that the cut has parted.
        let whole = if first.len() >= SNIFF_BYTES - 1 { length - 2 } else { length };
        let valid = characters.by_ref().take(whole).all(|one| one.is_ok_and(is_written));
        valid && ascii > 0 && ascii * UNITS_PER_ASCII >= length
    };
    read(u16::from_le_bytes) || read(u16::from_be_bytes)
}

/// Whether texts have this character: none that controls, none for private use, none that is not assigned for good.
fn is_written(character: char) -> bool {
    !matches!(character, '\0'..='\x07' | '\x0e'..='\x1a' | '\x1c'..='\x1f' | '\x7f'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, classify};
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn swapped(bytes: &[u8]) -> Vec<u8> {
        bytes.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect()
    }

    #[test]
    fn texts_with_control_characters_are_texts() {
        for (name, bytes) in [
            ("SORT.PAS", b"program Sort;\r\n{ gr\x94\xe1er }\r\nend.\r\n\x1a".as_slice()),
            ("box.nfo", b"\xda\xc4\xc4\xbf\r\n\xb3 \x01 \xb3\r\n\xc0\xc4\xc4\xd9\r\n"),
            ("FILE_ID.DIZ", b"\xdb\xdb art \x02 \xdb\xdb\r\n\x1a\x1a\x1a"),
            ("data.csv", b"a,b\r\n\xe9t\xe9,2\r\n\x1a"),
            ("data.tsv", b"a\tb\n\x07\xe9\t2\n"),
            ("page.f", b"      PROGRAM OLD\n\x0c\n      END\n"),
            ("noending", b"gr\x94\xe1er\r\n\x1a"),
        ] {
            assert_ne!(classify(name, bytes).1, Kind::Binary, "{name}");
        }
        let mut log = b"2024-01-01 a line of a log\n".repeat(100);
        log[600] = 0;
        assert_eq!(classify("app.log", &log).0.as_str(), "text/plain; charset=utf-8");
        assert_eq!(classify("app", &log).1, Kind::Binary);
    }

    #[test]
    fn utf16_needs_no_mark() {
        for text in ["Name\tStadt\r\nJürgen\tMünchen\r\n", "Привет, мир\n", "一,二 三\n四,五\n"]
        {
            for bytes in [utf16(text), swapped(&utf16(text))] {
                assert_eq!(
                    classify("a.csv", &bytes),
                    (super::super::ContentType("text/csv".into()), Kind::Table),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_binary_stays_binary() {
        let counted: Vec<u8> = (0..2000_u16).flat_map(u16::to_le_bytes).collect();
        let floats: Vec<u8> = (0..500_u16).flat_map(|n| f32::from(n).sqrt().to_le_bytes()).collect();
        // Any generator does; this one is that of Numerical Recipes.
        let noise = |seed: u32| {
            (0..4000_u32).scan(seed, |state, _| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some(state.to_be_bytes()[0])
            })
        };
        for bytes in [
            counted,
            floats,
            noise(1).collect(),
            noise(2).collect(),
            vec![0; 4096],
            b"\x7fELF\x02\x01\x01\0\0\0".repeat(20),
        ] {
            for name in ["data.csv", "x.dat", "a.py", "noending"] {
                assert_eq!(encoding(&bytes, name != "noending"), Encoding::None, "{name}");
            }
        }
        assert_eq!(classify("data.csv", b"a,b\n\xff\xfe\x00").1, Kind::Binary);
    }

    #[test]
    fn variants_are_a_table_and_addresses_are_not() {
        assert_eq!(classify("calls.vcf", b"##fileformat=VCFv4.2\n#CHROM\tPOS\n").1, Kind::Table);
        assert_eq!(classify("me.vcf", b"BEGIN:VCARD\n").1, Kind::Text);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, named: bool) {
            encoding(&bytes, named);
        }

        #[test]
        fn text_of_utf8_is_text(text in "[^\\x00]{0,200}") {
            prop_assert_eq!(encoding(text.as_bytes(), false), Encoding::Utf8);
        }
    }
}
