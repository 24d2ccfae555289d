//! What an operator sets: read once from the environment's variables, and refused as a whole when wrong.

use crate::access::Policy;
use crate::access::capability::Secrets;
use crate::origin::Origins;
use crate::token::{KeySet, KeySetError};
use serde::Deserialize;
use std::collections::BTreeMap;
use vitrine_protocol::limits::{CAPABILITY_SECONDS, SESSION_SECONDS};

/// Why the configuration cannot be used. The texts name the variable, and reach the log, not the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A variable that must be there is not.
    #[error("the variable `{0}` is not set")]
    Missing(&'static str),
    /// A variable that is not JSON of its shape.
    #[error("the variable `{name}` is not valid JSON")]
    Json {
        /// Which one.
        name: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Keys that cannot be used.
    #[error("the variable `{name}` holds a key that cannot be used")]
    Keys {
        /// Which one.
        name: &'static str,
        /// What is wrong with it.
        source: KeySetError,
    },
    /// `CAPABILITY_SECRETS` cannot sign.
    #[error("the variable `CAPABILITY_SECRETS` must hold base64url secrets of at least 32 bytes")]
    Secrets,
    /// A number that is none.
    #[error("the variable `{0}` is not a whole number of seconds")]
    Seconds(&'static str),
    /// `DEFAULT_REGION` names no region.
    #[error("`DEFAULT_REGION` is `{0}`, which `REGIONS` does not have")]
    Region(String),
}

/// One region: the R2 binding and bucket that hold its shares.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Region {
    /// The name of the R2 binding.
    pub(crate) binding: String,
    /// The bucket's name on the S3 interface.
    pub(crate) bucket: String,
}

/// The S3 interface that publishers write to.
#[derive(Debug, Clone)]
pub(crate) struct S3Config {
    pub(crate) endpoint: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// Everything an operator sets.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) origins: Origins,
    /// Region code to bucket.
    pub(crate) regions: BTreeMap<char, Region>,
    pub(crate) default_region: char,
    /// Who may mint API tokens.
    pub(crate) api_keys: KeySet,
    pub(crate) s3: S3Config,
    /// Who may read.
    pub(crate) policy: Policy,
    /// Whether answers say how often the store was asked (`Server-Timing`): for development, as it tells what is warm.
    pub(crate) server_timing: bool,
}

impl Config {
    /// Reads the variables through `get`.
    pub(crate) fn read(get: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name| get(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name));
        let regions: BTreeMap<char, Region> = serde_json::from_str(&text("REGIONS")?)
            .map_err(|source| ConfigError::Json { name: "REGIONS", source })?;
        let default = text("DEFAULT_REGION")?;
        let default_region = default
            .parse::<char>()
            .ok()
            .filter(|code| regions.contains_key(code))
            .ok_or(ConfigError::Region(default))?;
        let keys = |name| {
            let set = KeySet::from_json(&text(name)?);
            set.map_err(|source| ConfigError::Keys { name, source })
        };
        let number = |name, otherwise: u64| match get(name).filter(|value| !value.is_empty()) {
            Some(value) => value.parse().map_err(|_| ConfigError::Seconds(name)),
            None => Ok(otherwise),
        };
        let words = |value: String| {
            value.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let app = text("APP_ORIGIN")?;
        Ok(Self {
            policy: Policy {
                keys: keys("VIEWER_JWKS")?,
                issuers: words(text("VIEWER_ISSUERS")?),
                secrets: Secrets::parse(&text("CAPABILITY_SECRETS")?).ok_or(ConfigError::Secrets)?,
                capability_seconds: number("CAPABILITY_SECONDS", CAPABILITY_SECONDS)?.max(1),
                session_seconds: number("SESSION_SECONDS", SESSION_SECONDS)?,
            },
            server_timing: get("SERVER_TIMING").is_some_and(|value| value == "1"),
            origins: Origins {
                sign_in: get("SIGN_IN_URL")
                    .filter(|url| !url.is_empty())
                    .unwrap_or_else(|| format!("{app}/open/")),
                embedders: words(get("EMBED_ORIGINS").unwrap_or_default()),
                app,
                share: text("SHARE_ORIGIN")?,
                frame: text("FRAME_ORIGIN")?,
            },
            regions,
            default_region,
            api_keys: keys("API_JWKS")?,
            s3: S3Config {
                endpoint: text("S3_ENDPOINT")?,
                access_key_id: text("S3_ACCESS_KEY_ID")?,
                secret_access_key: text("S3_SECRET_ACCESS_KEY")?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> String {
        match name {
            "REGIONS" => r#"{"e":{"binding":"SHARES_E","bucket":"vitrine-e"}}"#.into(),
            "DEFAULT_REGION" => "e".into(),
            "API_JWKS" | "VIEWER_JWKS" => r#"{"keys":[]}"#.into(),
            "CAPABILITY_SECRETS" => "A".repeat(43),
            "CAPABILITY_SECONDS" | "SESSION_SECONDS" => String::new(),
            "VIEWER_ISSUERS" => "one two".into(),
            other => format!("http://{other}"),
        }
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let config = Config::read(|name| Some(value(name))).unwrap();
        assert_eq!(config.regions[&'e'].bucket, "vitrine-e");
        assert_eq!(config.origins.frame, "http://FRAME_ORIGIN");
        assert_eq!(config.policy.issuers, ["one", "two"]);
        assert_eq!((config.policy.capability_seconds, config.policy.session_seconds), (900, 14_400));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, bad, message) in [
            ("APP_ORIGIN", None, "the variable `APP_ORIGIN` is not set"),
            ("S3_ENDPOINT", Some(""), "the variable `S3_ENDPOINT` is not set"),
            ("REGIONS", Some("[1]"), "the variable `REGIONS` is not valid JSON"),
            ("DEFAULT_REGION", Some("w"), "`DEFAULT_REGION` is `w`, which `REGIONS` does not have"),
            ("API_JWKS", Some("{}"), "the variable `API_JWKS` holds a key that cannot be used"),
            ("VIEWER_JWKS", Some("{}"), "the variable `VIEWER_JWKS` holds a key that cannot be used"),
            ("VIEWER_ISSUERS", None, "the variable `VIEWER_ISSUERS` is not set"),
            (
                "CAPABILITY_SECRETS",
                Some("short"),
                "the variable `CAPABILITY_SECRETS` must hold base64url secrets of at least 32 bytes",
            ),
            (
                "CAPABILITY_SECONDS",
                Some("1h"),
                "the variable `CAPABILITY_SECONDS` is not a whole number of seconds",
            ),
        ] {
            let error =
                Config::read(|asked| if asked == name { bad.map(str::to_owned) } else { Some(value(asked)) });
            assert_eq!(error.unwrap_err().to_string(), message);
        }
    }
}
