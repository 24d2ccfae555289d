//! Signature version 4 over headers, with the payload's hash known in advance.

use crate::secret::Secret;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use std::time::SystemTime;
use vitrine_protocol::Sha256;

/// What signs a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("Could not sign the request")]
pub struct SignError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Returns the headers that make a request count as coming from the holder of `credentials`.
pub(super) fn headers(
    credentials: &Credentials,
    region: &str,
    method: &str,
    url: &str,
    extra: &[(&str, String)],
    payload: &Sha256,
) -> Result<Vec<(String, String)>, SignError> {
    let boxed = |error: Box<dyn std::error::Error + Send + Sync>| SignError(error);
    let identity = aws_credential_types::Credentials::new(
        credentials.access_key_id.as_str(),
        credentials.secret_access_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "vitrine",
    )
    .into();
    let mut settings = SigningSettings::default();
    // S3 takes the path as it was sent: encoded once, dots and double slashes kept.
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| boxed(error.into()))?
        .into();
    let body = SignableBody::Precomputed(payload.to_string());
    let signed_headers = extra.iter().map(|(name, value)| (*name, value.as_str()));
    let request =
        SignableRequest::new(method, url, signed_headers, body).map_err(|error| boxed(error.into()))?;
    let output = sign(request, &params).map_err(|error| boxed(error.into()))?;
    let (instructions, _) = output.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_hash_and_the_session_token_are_signed() {
        let credentials = Credentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: Secret::new("secret"),
            session_token: Some(Secret::new("token")),
        };
        let hash = Sha256::of(b"body");
        let url = "http://127.0.0.1:8787/cdn-cgi/local/r2/s3/bucket/share/a%20b";
        let headers =
            headers(&credentials, "auto", "PUT", url, &[("if-none-match", "*".to_owned())], &hash).unwrap();
        let value = |wanted: &str| {
            headers
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
                .unwrap_or_default()
        };
        assert_eq!(value("x-amz-content-sha256"), hash.to_string());
        assert_eq!(value("x-amz-security-token"), "token");
        let authorization = value("authorization");
        assert!(authorization.contains("/auto/s3/aws4_request"), "{authorization}");
        assert!(authorization.contains("if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token"));
        assert!(!format!("{credentials:?}").contains("secret\""));
    }
}
