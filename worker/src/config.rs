//! What an operator sets: read once from the environment's variables, and refused as a whole when wrong.

use crate::access::Policy;
use crate::access::capability::Secrets;
use crate::credentials::{Parent, ParentError};
use crate::jobs::Times;
use crate::origin::Origins;
use crate::share_do::bounds::Bounds;
use crate::share_do::collect;
use crate::signing::{SigningKeys, SigningKeysError};
use crate::token::{KeySet, KeySetError};
use serde::Deserialize;
use std::collections::BTreeMap;
use vitrine_protocol::limits::{CAPABILITY_SECONDS, JOB_TIMEOUT_MS, SESSION_SECONDS};

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
    /// `VIEWER_SIGNING_KEYS` cannot sign.
    #[error("the variable `VIEWER_SIGNING_KEYS` cannot be used")]
    SigningKeys(#[source] SigningKeysError),
    /// The S3 interface cannot be used.
    #[error(transparent)]
    Storage(#[from] ParentError),
    /// `CAPABILITY_SECRETS` cannot sign.
    #[error("the variable `CAPABILITY_SECRETS` must hold base64url secrets of at least 32 bytes")]
    Secrets,
    /// A number that is none.
    #[error("the variable `{0}` is not a whole number of seconds")]
    Seconds(&'static str),
    /// Another number that is none.
    #[error("the variable `{0}` is not a whole number")]
    Number(&'static str),
    /// `GC_GRACE_HOURS` cannot be meant.
    #[error("the variable `GC_GRACE_HOURS` cannot be used")]
    Collection(#[source] collect::CollectError),
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

/// Everything an operator sets.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) origins: Origins,
    /// Region code to bucket.
    pub(crate) regions: BTreeMap<char, Region>,
    pub(crate) default_region: char,
    /// Who may mint API tokens.
    pub(crate) api_keys: KeySet,
    /// What tickets' credentials derive from.
    pub(crate) s3: Parent,
    /// What signs viewer tokens here, when anything does.
    pub(crate) signing: Option<SigningKeys>,
    /// How long jobs of a silent host live.
    pub(crate) job_times: Times,
    /// How long garbage is kept.
    pub(crate) collection: collect::policy::Policy,
    /// How much a snapshot may need in the bucket.
    pub(crate) bounds: Bounds,
    /// Who may read.
    pub(crate) policy: Policy,
    /// Whether answers say how often the store was asked (`Server-Timing`): for development, as it tells what is warm.
    pub(crate) server_timing: bool,
}

impl Config {
    /// Reads the variables through `get`.
    pub(crate) fn read(get: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name| get(name).filter(|value| !value.is_empty());
        let text = |name| optional(name).ok_or(ConfigError::Missing(name));
        let regions: BTreeMap<char, Region> = serde_json::from_str(&text("REGIONS")?)
            .map_err(|source| ConfigError::Json { name: "REGIONS", source })?;
        let default = text("DEFAULT_REGION")?;
        let default_region = default
            .parse::<char>()
            .ok()
            .filter(|code| regions.contains_key(code))
            .ok_or(ConfigError::Region(default))?;
        let number = |name, otherwise: u64| match optional(name) {
            Some(value) => value.parse().map_err(|_| ConfigError::Seconds(name)),
            None => Ok(otherwise),
        };
        let app = text("APP_ORIGIN")?;
        let signing = optional("VIEWER_SIGNING_KEYS").map(|json| SigningKeys::parse(&json, &app)).transpose();
        let signing = signing.map_err(ConfigError::SigningKeys)?;
        let (viewer_keys, issuers) = readers(&optional, signing.as_ref().map(|own| (own, app.as_str())))?;
        let bound = |name, otherwise: u64| match optional(name) {
            Some(value) => value.parse().map_err(|_| ConfigError::Number(name)),
            None => Ok(otherwise),
        };
        let usual = Bounds::default();
        Ok(Self {
            bounds: Bounds {
                bytes: bound("SHARE_BYTES_MAX", usual.bytes)?,
                objects: bound("SHARE_OBJECTS_MAX", usual.objects)?,
            },
            policy: Policy {
                keys: viewer_keys,
                issuers,
                secrets: Secrets::parse(&text("CAPABILITY_SECRETS")?).ok_or(ConfigError::Secrets)?,
                capability_seconds: number("CAPABILITY_SECONDS", CAPABILITY_SECONDS)?.max(1),
                session_seconds: number("SESSION_SECONDS", SESSION_SECONDS)?,
            },
            job_times: Times {
                timeout: i64::try_from(number("JOB_TIMEOUT_SECONDS", JOB_TIMEOUT_MS / 1000)?.max(3))
                    .map_or(i64::MAX, |seconds| seconds.saturating_mul(1000)),
            },
            collection: collect::policy::Policy::new(
                i64::try_from(number("GC_GRACE_HOURS", 48)?).unwrap_or(0).saturating_mul(3_600_000),
                collect::policy::DELETES_PER_RUN,
            )
            .map_err(ConfigError::Collection)?,
            server_timing: get("SERVER_TIMING").is_some_and(|value| value == "1"),
            origins: Origins {
                copy: get("COPY_URL").unwrap_or_else(|| format!("{app}/copy/")),
                sign_in: optional("SIGN_IN_URL").unwrap_or_else(|| format!("{app}/open/")),
                embedders: words(&get("EMBED_ORIGINS").unwrap_or_default()),
                app,
                share: text("SHARE_ORIGIN")?,
                frame: text("FRAME_ORIGIN")?,
            },
            regions,
            default_region,
            api_keys: key_set("API_JWKS", &text("API_JWKS")?)?,
            s3: Parent::new(
                &get("S3_CREDENTIALS").unwrap_or_default(),
                &text("S3_ENDPOINT")?,
                text("S3_ACCESS_KEY_ID")?,
                text("S3_SECRET_ACCESS_KEY")?,
            )?,
            signing,
        })
    }
}

/// Who may let readers in: the keys, and the `iss` that go with them. Those of others (`VIEWER_JWKS`, `VIEWER_ISSUERS`) may
/// be left out when there are our own, whose issuer is the app's origin.
fn readers(
    optional: &impl Fn(&'static str) -> Option<String>,
    own: Option<(&SigningKeys, &str)>,
) -> Result<(KeySet, Vec<String>), ConfigError> {
    let (mut keys, mut issuers) = match own {
        Some((signing, app)) => (signing.verifying().issued_by(&[app.to_owned()]), vec![app.to_owned()]),
        None => (KeySet::of([]), Vec::new()),
    };
    match optional("VIEWER_JWKS") {
        Some(json) => {
            let name = "VIEWER_JWKS";
            let theirs = words(&optional("VIEWER_ISSUERS").ok_or(ConfigError::Missing("VIEWER_ISSUERS"))?);
            let others = key_set(name, &json)?.issued_by(&theirs);
            keys = keys.and(others).map_err(|source| ConfigError::Keys { name, source })?;
            issuers.extend(theirs);
        }
        None if own.is_none() => return Err(ConfigError::Missing("VIEWER_JWKS")),
        None => {}
    }
    Ok((keys, issuers))
}

fn key_set(name: &'static str, json: &str) -> Result<KeySet, ConfigError> {
    KeySet::from_json(json).map_err(|source| ConfigError::Keys { name, source })
}

fn words(value: &str) -> Vec<String> {
    value.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
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
            "CAPABILITY_SECONDS"
            | "SESSION_SECONDS"
            | "VIEWER_SIGNING_KEYS"
            | "JOB_TIMEOUT_SECONDS"
            | "GC_GRACE_HOURS"
            | "SHARE_BYTES_MAX"
            | "SHARE_OBJECTS_MAX" => String::new(),
            "S3_CREDENTIALS" => "static".into(),
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
    fn own_signing_keys_stand_beside_those_of_others_or_alone() {
        let read = |others: bool, own: &str| {
            Config::read(|asked| match asked {
                "VIEWER_SIGNING_KEYS" => Some(own.into()),
                "VIEWER_JWKS" | "VIEWER_ISSUERS" if !others => None,
                _ => Some(value(asked)),
            })
        };
        let own = crate::signing::tests::jwks(&["new", "old"]);
        let both = read(true, &own).unwrap();
        assert_eq!(both.policy.issuers, ["http://APP_ORIGIN", "one", "two"]);
        assert_eq!(format!("{:?}", both.policy.keys), r#"["new", "old"]"#);
        let alone = read(false, &own).unwrap();
        assert_eq!(alone.policy.issuers, ["http://APP_ORIGIN"]);
        assert!(alone.signing.is_some());
        assert_eq!(read(false, "").unwrap_err().to_string(), "the variable `VIEWER_JWKS` is not set");
        let wrong = read(true, r#"{"keys":[]}"#).unwrap_err();
        assert_eq!(wrong.to_string(), "the variable `VIEWER_SIGNING_KEYS` cannot be used");
        assert_eq!(std::error::Error::source(&wrong).unwrap().to_string(), "it holds no key");
    }

    #[test]
    fn a_configuration_does_not_print_its_secrets() {
        let own = crate::signing::tests::jwks(&["a"]);
        let config = Config::read(|asked| {
            Some(if asked == "VIEWER_SIGNING_KEYS" { own.clone() } else { value(asked) })
        });
        let (printed, parsed) = (format!("{:?}", config.unwrap()), serde_json::from_str(&own));
        let parsed: serde_json::Value = parsed.unwrap();
        let private = parsed["keys"][0]["d"].as_str().unwrap().to_owned();
        for secret in ["S3_SECRET_ACCESS_KEY", &"A".repeat(43), &private] {
            assert!(!printed.contains(secret), "{secret}");
        }
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
            (
                "S3_CREDENTIALS",
                Some("permanent"),
                "the variable `S3_CREDENTIALS` is `permanent`, which is neither `temporary` nor `static`",
            ),
            (
                "S3_CREDENTIALS",
                None,
                "the variable `S3_ENDPOINT` is not `https://ACCOUNT.r2.cloudflarestorage.com`, which temporary credentials need (`S3_CREDENTIALS`)",
            ),
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
            ("SHARE_BYTES_MAX", Some("1G"), "the variable `SHARE_BYTES_MAX` is not a whole number"),
            ("SHARE_OBJECTS_MAX", Some("-1"), "the variable `SHARE_OBJECTS_MAX` is not a whole number"),
        ] {
            let error =
                Config::read(|asked| if asked == name { bad.map(str::to_owned) } else { Some(value(asked)) });
            assert_eq!(error.unwrap_err().to_string(), message);
        }
    }
}
