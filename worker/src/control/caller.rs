//! Who asks: reads the API token (design §6).

use crate::edge::now_ms;
use crate::failure::Failure;
use crate::token::{KeySet, Rules, TokenError};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::token::{API_AUDIENCE, ApiClaims};

/// Finds out who asks from the `Authorization` header.
///
/// 401 `unauthenticated` without one, `token_expired` when its time is over, `invalid_token` for everything else.
pub(crate) fn identify(keys: &KeySet, authorization: Option<&str>) -> Result<ApiClaims, Failure> {
    identify_at(keys, authorization, now_ms() / 1000)
}

fn identify_at(keys: &KeySet, authorization: Option<&str>, now: i64) -> Result<ApiClaims, Failure> {
    let header = authorization.ok_or_else(|| {
        Failure::new(ErrorCode::Unauthenticated, "Send an API token as `Authorization: Bearer …`.")
    })?;
    // RFC 9110 section 11.1: the scheme is case-insensitive.
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => {
            return Err(Failure::new(
                ErrorCode::InvalidToken,
                "The `Authorization` header is not `Bearer …`.",
            ));
        }
    };
    let rules = Rules { audience: API_AUDIENCE, max_seconds: None, needs_not_before: false };
    keys.verify(token, &rules, now).map(|verified| verified.claims).map_err(TokenError::failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_code() {
        let keys = crate::token::tests::keys();
        let code = |header: Option<&str>| identify_at(&keys, header, 0).unwrap_err().problem.code;
        assert_eq!(code(None), "unauthenticated");
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer é"] {
            assert_eq!(code(Some(bad)), "invalid_token", "{bad}");
        }
    }
}
