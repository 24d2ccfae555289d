//! A JSON reader for a page that counts its bytes. It knows no fractions: no document has any where we look, and reading and
//! printing them is most of what makes `serde_json` large (its errors print what they found). 24 KB of the viewer's first paint
//! were that.
//!
//! It refuses what `serde_json` refuses (a test compares them on every kind of damage): texts that are not UTF-8, half surrogates,
//! numbers with leading zeros, nesting past [`DEPTH_MAX`], anything after the value. Enums may be names only.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use std::borrow::Cow;
use std::fmt;

/// As in `serde_json`.
const DEPTH_MAX: u8 = 127;

/// Why a text is not the JSON that it should be, and how many bytes of it had been read.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    what: Cow<'static, str>,
    at: usize,
}

impl Error {
    const fn new(what: &'static str) -> Self {
        Self { what: Cow::Borrowed(what), at: 0 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        f.write_str(" near byte ")?;
        fmt::Display::fmt(&self.at, f)
    }
}

impl std::error::Error for Error {}

/// The messages are short on purpose: the usual ones print every kind of value, fractions too.
impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { what: Cow::Owned(message.to_string()), at: 0 }
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("a value of another type")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("a value that cannot be")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("too few or too many elements")
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a name that is not known")
    }

    fn missing_field(field: &'static str) -> Self {
        Self { what: Cow::Owned(["the field `", field, "` is missing"].concat()), at: 0 }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new("a field that is there twice")
    }
}

/// Reads a value, and nothing after it.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error { at: error.valid_up_to(), ..Error::new("it is not UTF-8") })?;
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| Error { at: reader.at, ..error })
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
}

/// What a value begins with, or all of it.
enum Token<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    /// One with a fraction, an exponent or too many digits.
    OtherNumber,
    Text(Cow<'de, str>),
    Array,
    Object,
}

impl<'de> Reader<'de> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn next_byte(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn take(&mut self, byte: u8) -> Result<(), Error> {
        if self.next_byte() != Some(byte) {
            return Err(Error::new("something is missing"));
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.next_byte().is_none() { Ok(()) } else { Err(Error::new("something follows")) }
    }

    fn word(&mut self, word: &str) -> Result<(), Error> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(Error::new("an unknown word"));
        }
        self.at += word.len();
        Ok(())
    }

    fn token(&mut self) -> Result<Token<'de>, Error> {
        match self.next_byte() {
            Some(b'n') => self.word("null").map(|()| Token::Null),
            Some(b't') => self.word("true").map(|()| Token::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Token::Bool(false)),
            Some(b'"') => self.string().map(Token::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => self.descend().map(|()| Token::Array),
            Some(b'{') => self.descend().map(|()| Token::Object),
            Some(_) => Err(Error::new("not a value")),
            None => Err(Error::new("it ends too early")),
        }
    }

    fn descend(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(Error::new("nested too deep")) } else { Ok(()) }
    }

    fn ascend(&mut self, close: u8) -> Result<(), Error> {
        self.depth -= 1;
        self.take(close)
    }

    /// Goes past digits and says how many they were.
    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Result<Token<'de>, Error> {
        let wrong = Err(Error::new("not a number"));
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let from = self.at;
        let count = self.digits();
        let digits = self.text.get(from..self.at).unwrap_or_default();
        if count == 0 || count > 1 && digits.starts_with('0') {
            return wrong;
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            whole = false;
            if self.digits() == 0 {
                return wrong;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            whole = false;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return wrong;
            }
        }
        let mut value = Some(0u64);
        for digit in digits.bytes() {
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        }
        Ok(match value.filter(|_| whole) {
            Some(value) if !negative => Token::Unsigned(value),
            // What is below zero; -0 is a fraction's.
            Some(value) if value > 0 => {
                0i64.checked_sub_unsigned(value).map_or(Token::OtherNumber, Token::Signed)
            }
            _ => Token::OtherNumber,
        })
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Error> {
        self.at += 1;
        let mut owned: Option<String> = None;
        loop {
            let from = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            let part = self.text.get(from..self.at).unwrap_or_default();
            let end = self.peek();
            self.at += 1;
            match (end, owned.as_mut()) {
                (Some(b'"'), None) => return Ok(Cow::Borrowed(part)),
                (Some(b'"' | b'\\'), Some(owned)) => owned.push_str(part),
                (Some(b'\\'), None) => owned = Some(part.to_owned()),
                _ => return Err(Error::new("a text that is not one")),
            }
            match (end, owned.as_mut()) {
                (Some(b'\\'), Some(owned)) => owned.push(self.escape()?),
                _ => return Ok(Cow::Owned(owned.unwrap_or_default())),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let wrong = || Error::new("an escape that is none");
        let byte = self.peek().ok_or_else(wrong)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex().ok_or_else(wrong)?;
                let code = match first {
                    0xd800..0xdc00 => {
                        self.word("\\u")?;
                        let second = self
                            .hex()
                            .filter(|second| (0xdc00..0xe000).contains(second))
                            .ok_or_else(wrong)?;
                        0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    _ => first,
                };
                char::from_u32(code).ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        // `from_str_radix` takes a sign.
        let value = digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(digits, 16).ok())?;
        self.at += 4;
        value
    }

    /// Goes past a value.
    fn skip(&mut self) -> Result<(), Error> {
        match self.token()? {
            Token::Array => {
                let mut inside = Inside { reader: &mut *self, first: true };
                while inside.goes_on(b']')? {
                    inside.reader.skip()?;
                }
                self.ascend(b']')
            }
            Token::Object => {
                let mut inside = Inside { reader: &mut *self, first: true };
                while inside.goes_on(b'}')? {
                    inside.reader.key()?;
                    inside.reader.skip()?;
                }
                self.ascend(b'}')
            }
            _ => Ok(()),
        }
    }

    fn key(&mut self) -> Result<Cow<'de, str>, Error> {
        if self.next_byte() != Some(b'"') {
            return Err(Error::new("a name is missing"));
        }
        let key = self.string()?;
        self.take(b':')?;
        Ok(key)
    }
}

/// An array or an object that is being read.
struct Inside<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl Inside<'_, '_> {
    /// Whether another element follows; goes past the comma in front of it, and leaves the end.
    fn goes_on(&mut self, close: u8) -> Result<bool, Error> {
        let next = self.reader.next_byte();
        if next == Some(close) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.reader.take(b',')?;
            if self.reader.next_byte() == Some(close) {
                return Err(Error::new("a comma too many"));
            }
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.goes_on(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.goes_on(b'}')? {
            return Ok(None);
        }
        let key = self.reader.key()?;
        let key: StrDeserializer<'_, Error> = (&*key).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::OtherNumber => Err(Error::new("a number that is none of ours")),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Token::Array => {
                let value = visitor.visit_seq(Inside { reader: &mut *self, first: true })?;
                self.ascend(b']')?;
                Ok(value)
            }
            Token::Object => {
                let value = visitor.visit_map(Inside { reader: &mut *self, first: true })?;
                self.ascend(b'}')?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.next_byte() == Some(b'n') {
            self.word("null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Token::Text(name) = self.token()? else { return Err(Error::new("a name is missing")) };
        let name: StrDeserializer<'_, Error> = (&*name).into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct identifier
    }
}

#[cfg(test)]
mod tests;
