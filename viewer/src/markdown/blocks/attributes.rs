//! What stands in braces behind a heading, a picture, a span or a fence: `{#id .class key="value"}`.

/// Longer ones are text.
const LENGTH_MAX: usize = 600;

/// The parts of a pair of braces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Attributes {
    /// A first word without a sign: a directive of `MyST`, the language of a chunk.
    pub(in super::super) name: String,
    pub(in super::super) id: String,
    pub(in super::super) classes: Vec<String>,
    pub(in super::super) pairs: Vec<(String, String)>,
}

impl Attributes {
    pub(in super::super) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(in super::super) fn has(&self, class: &str) -> bool {
        self.classes.iter().any(|one| one == class)
    }
}

/// Reads braces at the start of a text; what follows them.
pub(in super::super) fn parse(text: &str) -> Option<(Attributes, &str)> {
    let inner = text.strip_prefix('{')?;
    let (mut quote, mut end) = (None, None);
    for (at, c) in inner.char_indices().take(LENGTH_MAX) {
        match (quote, c) {
            (None, '}') => {
                end = Some(at);
                break;
            }
            (None, '{' | '\n') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    let end = end?;
    let mut attributes = Attributes::default();
    for (n, word) in words(&inner[..end]).into_iter().enumerate() {
        match word.strip_prefix('#') {
            Some(id) => id.clone_into(&mut attributes.id),
            None => match (word.strip_prefix('.'), word.split_once('=')) {
                (Some(class), _) => attributes.classes.push(class.to_owned()),
                (None, Some((key, value))) if !key.is_empty() => {
                    attributes.pairs.push((key.to_owned(), value.trim_matches(['"', '\'']).to_owned()));
                }
                _ if n == 0 => attributes.name = word,
                _ => {}
            },
        }
    }
    Some((attributes, &inner[end + 1..]))
}

/// Splits at spaces and commas outside quotes.
fn words(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (None, c) if c.is_whitespace() || c == ',' => out.push(String::new()),
            (None, '"' | '\'') => {
                quote = Some(c);
                out.last_mut().expect("there is one").push(c);
            }
            (open, c) => {
                if open == Some(c) {
                    quote = None;
                }
                out.last_mut().expect("there is one").push(c);
            }
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_read() {
        let (read, rest) = parse("{#fig-one .a .b width=50% fig-alt=\"a } b\"} after").expect("braces");
        assert_eq!((read.id.as_str(), rest), ("fig-one", " after"));
        assert!(read.has("b") && read.get("width") == Some("50%") && read.get("fig-alt") == Some("a } b"));
        assert_eq!(parse("{r setup, include=FALSE}").expect("braces").0.name, "r");
        assert_eq!(parse("{.callout-note}").expect("braces").0.name, "");
        assert!(parse("{a").is_none() && parse("{a {b}}").is_none() && parse("x{a}").is_none());
        assert!(parse(&format!("{{{}}}", "a".repeat(1000))).is_none());
    }
}
