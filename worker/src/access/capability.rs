//! Capabilities: short opaque strings that open one share until a moment, because a secret of ours has signed them. Pure;
//! called by `access` alone.
//!
//! A capability says nothing that is not in its URL anyway, and nothing that opens more than its share: when it was
//! granted, when it ends, for which kind of share, and a MAC over these and the share's id.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use vitrine_protocol::{Scope, Sha256, ShareId};

/// Separates these MACs from whatever else a secret may be used for.
const CONTEXT: &[u8] = b"vitrine capability 1\0";
/// RFC 2104 section 5: no less than half of the hash.
const MAC_BYTES: usize = 16;
const PAYLOAD_BYTES: usize = 1 + 5 + 5 + 8;
const BYTES: usize = PAYLOAD_BYTES + MAC_BYTES;
/// How long a capability is as text.
const TEXT: usize = (BYTES * 4).div_ceil(3);
/// Secrets shorter than this are refused: the MAC would be easier to guess than to search for.
const SECRET_BYTES_MIN: usize = 32;

/// What a capability may be used for. One kind is never accepted for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The data routes of the share origin.
    Read,
    /// Files on the frame origin. Untrusted documents can read it from their own address.
    Frame,
    /// Prolonging a session; never part of a URL.
    Renew,
}

impl Purpose {
    fn byte(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Frame => 2,
            Self::Renew => 3,
        }
    }
}

/// What kind of share was opened: the first bytes of a hash over its scope and organisation. When either changes, what was
/// granted before no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audience([u8; 8]);

impl Audience {
    pub(crate) fn new(scope: Scope, org_id: Option<&str>) -> Self {
        let text = format!("{scope}\0{}", org_id.unwrap_or_default());
        let mut first = [0; 8];
        first.copy_from_slice(&Sha256::of(text.as_bytes()).as_bytes()[..8]);
        Self(first)
    }
}

/// What a session grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) purpose: Purpose,
    /// When the viewer token behind it was minted, in seconds since the epoch.
    pub(crate) issued: u64,
    /// When it ends, in seconds since the epoch.
    pub(crate) expires: u64,
    pub(crate) audience: Audience,
}

/// A capability as it came, its signature unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signed([u8; BYTES]);

impl Signed {
    /// Reads the text of a capability; `None` when it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT {
            return None;
        }
        let mut bytes = [0; BYTES];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        (decoded.len() == BYTES).then_some(Self(bytes))
    }
}

/// The secrets that sign: the first signs, all are accepted, so that they can be replaced one by one.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Reads secrets in base64url without padding, separated by spaces or commas; `None` when one is malformed or shorter
    /// than 32 bytes, or when there is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let secrets: Vec<Vec<u8>> =
            words.map(|word| Base64UrlUnpadded::decode_vec(word).ok()).collect::<Option<_>>()?;
        let good = !secrets.is_empty() && secrets.iter().all(|secret| secret.len() >= SECRET_BYTES_MIN);
        good.then_some(Self(secrets))
    }

    /// Signs a grant for a share.
    pub(crate) fn sign(&self, share: ShareId, grant: &Grant) -> String {
        let payload = payload(grant);
        let mac = mac(&self.0[0], share, &payload).finalize().into_bytes();
        let mut bytes = [0; BYTES];
        bytes[..PAYLOAD_BYTES].copy_from_slice(&payload);
        bytes[PAYLOAD_BYTES..].copy_from_slice(&mac[..MAC_BYTES]);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// What a capability grants on that share for that purpose, over or not; `None` when we did not sign it for them.
    pub(crate) fn check(&self, share: ShareId, purpose: Purpose, signed: &Signed) -> Option<Grant> {
        let (payload, tag) = signed.0.split_at(PAYLOAD_BYTES);
        let ours = self.0.iter().any(|secret| mac(secret, share, payload).verify_truncated_left(tag).is_ok());
        if !ours || payload[0] != purpose.byte() {
            return None;
        }
        let seconds =
            |from: usize| payload[from..from + 5].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let mut audience = [0; 8];
        audience.copy_from_slice(&payload[11..]);
        Some(Grant { purpose, issued: seconds(1), expires: seconds(6), audience: Audience(audience) })
    }
}

fn payload(grant: &Grant) -> [u8; PAYLOAD_BYTES] {
    let mut bytes = [0; PAYLOAD_BYTES];
    bytes[0] = grant.purpose.byte();
    // Five bytes of seconds last until the year 36812.
    bytes[1..6].copy_from_slice(&grant.issued.to_be_bytes()[3..]);
    bytes[6..11].copy_from_slice(&grant.expires.to_be_bytes()[3..]);
    bytes[11..].copy_from_slice(&grant.audience.0);
    bytes
}

fn keyed(secret: &[u8]) -> Hmac<sha2::Sha256> {
    <Hmac<sha2::Sha256>>::new_from_slice(secret).expect("HMAC takes keys of any length")
}

fn mac(secret: &[u8], share: ShareId, payload: &[u8]) -> Hmac<sha2::Sha256> {
    let mut mac = keyed(secret);
    mac.update(CONTEXT);
    mac.update(share.as_str().as_bytes());
    mac.update(payload);
    mac
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARE: &str = "e0123456789abcdefghjkmnpqr";

    pub(crate) fn secrets(seed: u8) -> Secrets {
        Secrets(vec![vec![seed; 32]])
    }

    fn grant(purpose: Purpose) -> Grant {
        Grant { purpose, issued: 1000, expires: 2000, audience: Audience::new(Scope::Authenticated, None) }
    }

    fn share(text: &str) -> ShareId {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_signed_is_what_is_read() {
        for purpose in [Purpose::Read, Purpose::Frame, Purpose::Renew] {
            let text = secrets(1).sign(share(SHARE), &grant(purpose));
            assert_eq!(text.len(), TEXT);
            let signed = Signed::parse(&text).unwrap();
            assert_eq!(secrets(1).check(share(SHARE), purpose, &signed), Some(grant(purpose)));
        }
    }

    #[test]
    fn it_opens_one_share_for_one_purpose_under_one_secret() {
        let signed = Signed::parse(&secrets(1).sign(share(SHARE), &grant(Purpose::Read))).unwrap();
        let other = share("e0123456789abcdefghjkmnpqs");
        assert_eq!(secrets(1).check(other, Purpose::Read, &signed), None);
        assert_eq!(secrets(1).check(share(SHARE), Purpose::Frame, &signed), None);
        assert_eq!(secrets(2).check(share(SHARE), Purpose::Read, &signed), None);
    }

    #[test]
    fn secrets_are_replaced_one_by_one() {
        let (old, new) = (vec![1; 32], vec![2; 32]);
        let text = Secrets(vec![old.clone()]).sign(share(SHARE), &grant(Purpose::Read));
        let signed = Signed::parse(&text).unwrap();
        let both = Secrets(vec![new.clone(), old]);
        assert!(both.check(share(SHARE), Purpose::Read, &signed).is_some());
        assert!(Secrets(vec![new]).check(share(SHARE), Purpose::Read, &signed).is_none());
    }

    #[test]
    fn the_audience_changes_with_scope_and_organisation() {
        let all = [
            Audience::new(Scope::Authenticated, None),
            Audience::new(Scope::Org, Some("a")),
            Audience::new(Scope::Org, Some("b")),
            Audience::new(Scope::Public, None),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(all[n + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn weak_secrets_are_refused() {
        let good = Base64UrlUnpadded::encode_string(&[7; 32]);
        assert!(Secrets::parse(&good).is_some());
        assert!(Secrets::parse(&format!("{good},{good}")).is_some());
        for bad in ["", " ", "short", &good[1..], &format!("{good} short"), &format!("{good}=")] {
            assert!(Secrets::parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        /// Any change of the text, one character or all, opens nothing.
        #[test]
        fn no_other_text_opens(at in 0usize..TEXT, with in "[A-Za-z0-9_-]") {
            let text = secrets(1).sign(share(SHARE), &grant(Purpose::Read));
            let mut changed = text.clone();
            changed.replace_range(at..=at, &with);
            let opened = Signed::parse(&changed).and_then(|signed| secrets(1).check(share(SHARE), Purpose::Read, &signed));
            prop_assert_eq!(opened.is_some(), changed == text, "{}", changed);
        }

        #[test]
        fn no_text_panics(text in ".{0,60}|[A-Za-z0-9_-]{40,55}") {
            if let Some(signed) = Signed::parse(&text) {
                prop_assert_eq!(secrets(1).check(share(SHARE), Purpose::Read, &signed), None);
            }
        }
    }
}
