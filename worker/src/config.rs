//! What an operator sets: read once from the environment's variables, and refused as a whole when wrong.

use crate::origin::Origins;
use crate::token::{KeySet, KeySetError};
use serde::Deserialize;
use std::collections::BTreeMap;

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
        let api_keys = KeySet::from_json(&text("API_JWKS")?)
            .map_err(|source| ConfigError::Keys { name: "API_JWKS", source })?;
        Ok(Self {
            origins: Origins {
                app: text("APP_ORIGIN")?,
                share: text("SHARE_ORIGIN")?,
                frame: text("FRAME_ORIGIN")?,
            },
            regions,
            default_region,
            api_keys,
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
            "API_JWKS" => r#"{"keys":[]}"#.into(),
            other => format!("http://{other}"),
        }
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let config = Config::read(|name| Some(value(name))).unwrap();
        assert_eq!(config.regions[&'e'].bucket, "vitrine-e");
        assert_eq!(config.origins.frame, "http://FRAME_ORIGIN");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, bad, message) in [
            ("APP_ORIGIN", None, "the variable `APP_ORIGIN` is not set"),
            ("S3_ENDPOINT", Some(""), "the variable `S3_ENDPOINT` is not set"),
            ("REGIONS", Some("[1]"), "the variable `REGIONS` is not valid JSON"),
            ("DEFAULT_REGION", Some("w"), "`DEFAULT_REGION` is `w`, which `REGIONS` does not have"),
            ("API_JWKS", Some("{}"), "the variable `API_JWKS` holds a key that cannot be used"),
        ] {
            let error =
                Config::read(|asked| if asked == name { bad.map(str::to_owned) } else { Some(value(asked)) });
            assert_eq!(error.unwrap_err().to_string(), message);
        }
    }
}
