//! What a broken connection says, without the layers that it passed through.

use std::error::Error;

/// A connection that could not be made, or broke off.
///
/// The HTTP client wraps the one useful sentence (`Connection refused`) in three that say that a request was being sent; only
/// the innermost is kept.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct NetworkError {
    text: String,
    /// Whether the request could not even be built: then trying again is no use.
    pub(super) is_unusable: bool,
}

impl From<reqwest::Error> for NetworkError {
    fn from(error: reqwest::Error) -> Self {
        let (is_unusable, is_timeout) = (error.is_builder(), error.is_timeout());
        let error = error.without_url();
        let mut innermost: &dyn Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let text = innermost.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let text = if is_timeout { "No answer came in time".to_owned() } else { text.to_owned() };
        Self { text, is_unusable }
    }
}
