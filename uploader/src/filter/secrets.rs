//! Recognises secrets in the first bytes of a file: private keys, and the tokens of services that give theirs a prefix.
//!
//! A prefix alone is not enough: what follows must have the length and the variety of a real one, so that texts which
//! speak of keys, and examples of them, pass.

use super::Caution;
use regex::bytes::{Regex, RegexSet};
use std::sync::LazyLock;
use vitrine_protocol::limits::SNIFF_BYTES;

/// A PEM or PGP header, line ends that may be written as `\n` in JSON, headers such as `Proc-Type: …`, and base64.
const PRIVATE_KEY: &str = r#"(?x-u)
    -----BEGIN\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY(?:\ BLOCK)?-----
    (?:\s|\\[rn]|["'>\#])*
    (?:[A-Za-z-]+:\ [^\n\\]*(?:\s|\\[rn])+)*
    ([A-Za-z0-9+/]{40})"#;

/// The own form of `PuTTY`. Its public part comes first.
const PUTTY_KEY: &str = r"(?-u)\APuTTY-User-Key-File-[0-9]: ";

/// Each token between characters that could not be part of it.
const TOKENS: &[&str] = &[
    // AWS: permanent and temporary keys
    r"(?-u:(?:^|[^A-Za-z0-9+/])((?:AKIA|ASIA)[A-Z2-7]{16})(?:$|[^A-Za-z0-9+/=]))",
    // GitHub
    r"(?-u:(?:^|[^A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36,255})(?:$|[^A-Za-z0-9_]))",
    r"(?-u:(?:^|[^A-Za-z0-9])(github_pat_[A-Za-z0-9_]{60,255})(?:$|[^A-Za-z0-9_]))",
    // GitLab
    r"(?-u:(?:^|[^A-Za-z0-9])(glpat-[A-Za-z0-9_-]{20,255})(?:$|[^A-Za-z0-9_-]))",
    // Slack
    r"(?-u:(?:^|[^A-Za-z0-9])(xox[abeprs]-[0-9]{8,}-[A-Za-z0-9-]{16,255})(?:$|[^A-Za-z0-9-]))",
    // Services whose secret keys begin with `sk-`
    r"(?-u:(?:^|[^A-Za-z0-9_-])(sk-[A-Za-z0-9_-]{40,255})(?:$|[^A-Za-z0-9_-]))",
    // Stripe
    r"(?-u:(?:^|[^A-Za-z0-9])([rs]k_live_[A-Za-z0-9]{20,255})(?:$|[^A-Za-z0-9_]))",
    // Registries: npm, PyPI, Hugging Face
    r"(?-u:(?:^|[^A-Za-z0-9])(npm_[A-Za-z0-9]{36})(?:$|[^A-Za-z0-9_]))",
    r"(?-u:(?:^|[^A-Za-z0-9])(pypi-AgE[A-Za-z0-9_-]{50,255})(?:$|[^A-Za-z0-9_-]))",
    r"(?-u:(?:^|[^A-Za-z0-9])(hf_[A-Za-z0-9]{34})(?:$|[^A-Za-z0-9_]))",
];

struct Detectors {
    /// Tells in one pass that there is nothing, which is so for nearly all files.
    any: RegexSet,
    private_key: Regex,
    putty_key: Regex,
    tokens: Vec<Regex>,
}

static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| {
    let regex = |text: &str| Regex::new(text).expect("a constant that the tests compile");
    let all = [PRIVATE_KEY, PUTTY_KEY].into_iter().chain(TOKENS.iter().copied());
    Detectors {
        any: RegexSet::new(all).expect("constants that the tests compile"),
        private_key: regex(PRIVATE_KEY),
        putty_key: regex(PUTTY_KEY),
        tokens: TOKENS.iter().map(|text| regex(text)).collect(),
    }
});

/// What is found in the first bytes.
pub(super) fn find(head: &[u8]) -> Option<Caution> {
    let head = head.get(..SNIFF_BYTES).unwrap_or(head);
    if !DETECTORS.any.is_match(head) {
        return None;
    }
    let mut keys = DETECTORS.private_key.captures_iter(head).filter_map(|found| found.get(1));
    if DETECTORS.putty_key.is_match(head) || keys.any(|found| is_real(found.as_bytes(), 12)) {
        return Some(Caution::PrivateKey);
    }
    let mut tokens = DETECTORS.tokens.iter().flat_map(|regex| regex.captures_iter(head));
    tokens
        .any(|found| found.get(1).is_some_and(|token| is_real_token(token.as_bytes())))
        .then_some(Caution::Token)
}

/// Whether the first bytes are text that holds nothing but public things, or are no text at all.
pub(super) fn is_public(head: &[u8]) -> bool {
    const PUBLIC: &[&str] = &["CERTIFICATE", "PUBLIC KEY", "DH PARAMETERS", "EC PARAMETERS", "X509 CRL"];
    let head = head.get(..SNIFF_BYTES).unwrap_or(head);
    let text = String::from_utf8_lossy(head);
    let mut begins =
        text.match_indices("-----BEGIN ").map(|(at, begin)| &text[at + begin.len()..]).peekable();
    let named = begins.peek().is_some();
    // DER begins with a sequence, and may well be a key.
    let binary = head.contains(&0) && head.first() != Some(&0x30);
    binary
        || (named
            && begins.all(|rest| {
                PUBLIC.iter().any(|what| rest.split("-----").next().is_some_and(|name| name.ends_with(what)))
            }))
}

/// Long runs of one sign, counting, and `EXAMPLE` are made by people who explain.
fn is_real(text: &[u8], distinct: usize) -> bool {
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    let lower = String::from_utf8_lossy(text).to_ascii_lowercase();
    let made_up = ["example", "xxxx", "0000", "1234567", "abcdefg", "your", "redacted"];
    seen.iter().filter(|seen| **seen).count() >= distinct && !made_up.iter().any(|word| lower.contains(word))
}

/// Tokens are random: beyond the prefix they have digits and letters mixed.
fn is_real_token(token: &[u8]) -> bool {
    let random = token.get(4..).unwrap_or_default();
    let mixed = random.iter().any(u8::is_ascii_digit) && random.iter().any(u8::is_ascii_uppercase);
    mixed && is_real(random, 9)
}
