//! What should probably not be public, by its name and its first bytes.
//!
//! Only what is likely counts: who is warned of what is harmless stops reading warnings. So certificates, public keys,
//! examples and templates pass, and so does what only looks like a key from afar. Dot-names are not looked at, they are
//! never published. The caller asks the person, or goes on when told to; nothing is left out here.

use super::secrets;
use serde::Serialize;
use std::fmt;
use vitrine_protocol::EntryPath;

/// Files of secrets are small; a `.key` above this is a presentation, a `.pem` a bundle of certificates.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// Why a file should probably not be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// A private key, for SSH or TLS.
    PrivateKey,
    /// A container of keys or passwords.
    KeyStore,
    /// Settings that usually hold passwords.
    Passwords,
    /// A token or key of an online service, in the file's text.
    Token,
    /// A course's file: names, addresses and grades.
    Course,
    /// What students handed in.
    StudentWork,
    /// What was typed at a shell.
    History,
    /// A copy of a database.
    Dump,
}

impl Caution {
    /// What the file is: `a private key`.
    pub fn what(self) -> &'static str {
        match self {
            Self::PrivateKey => "a private key",
            Self::KeyStore => "a store of keys or passwords",
            Self::Passwords => "settings with passwords or keys",
            Self::Token => "a text with a service's secret key",
            Self::Course => "a course with its students",
            Self::StudentWork => "work of a student",
            Self::History => "a history of commands",
            Self::Dump => "a copy of a database",
        }
    }

    /// Why that matters, as a sentence.
    pub fn why(self) -> &'static str {
        match self {
            Self::PrivateKey => "Who reads it can sign in, or pose, as you.",
            Self::KeyStore => "Who reads it can try passwords on it until one opens it.",
            Self::Passwords => "Who reads it can use what it opens.",
            Self::Token => {
                "Who reads it can use the service as you, and programs look for such keys day and night."
            }
            Self::Course => "It holds the names, addresses and grades of students.",
            Self::StudentWork => "It is not yours to publish, and the folder's name tells whose it is.",
            Self::History => "Passwords and addresses that were typed are in it.",
            Self::Dump => "It may hold what people gave in confidence.",
        }
    }

    /// Whether the caution that a name gave rise to stands when the first bytes are known: a certificate in a `.pem`, or a
    /// presentation in a `.key`, is no private key.
    pub fn stands(self, head: &[u8]) -> bool {
        self != Self::PrivateKey || !secrets::is_public(head)
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())
    }
}

/// What the first bytes say; 4 KiB of them are looked at.
pub fn by_content(head: &[u8]) -> Option<Caution> {
    secrets::find(head)
}

/// What the path and the size say of a file.
pub fn by_name(path: &EntryPath, size: u64) -> Option<Caution> {
    let name = path.name()?.as_str().to_ascii_lowercase();
    if size == 0 || is_hidden(path) {
        return None;
    }
    if name.ends_with(".course") {
        return Some(Caution::Course);
    }
    if is_collected(path) {
        return Some(Caution::StudentWork);
    }
    if is_pattern_for_others(&name) {
        return None;
    }
    if is_dump(&name) {
        return Some(Caution::Dump);
    }
    if is_store(&name) {
        return Some(Caution::KeyStore);
    }
    if is_history(&name) {
        return Some(Caution::History);
    }
    if size > SECRET_BYTES_MAX {
        return None;
    }
    if is_private_key(&name) {
        return Some(Caution::PrivateKey);
    }
    has_passwords(&name).then_some(Caution::Passwords)
}

fn is_hidden(path: &EntryPath) -> bool {
    path.names().iter().any(vitrine_protocol::EntryName::is_hidden)
}

/// Work is collected into `NAME-collect/STUDENT/`, where the student is a UUID.
fn is_collected(path: &EntryPath) -> bool {
    path.names().windows(2).any(|pair| match pair {
        [folder, student] => folder.as_str().ends_with("-collect") && is_uuid(student.as_str()),
        _ => false,
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// `example.env`, `credentials.json.sample`: made to be published.
fn is_pattern_for_others(name: &str) -> bool {
    ["example", "sample", "template", "dummy", "placeholder"].iter().any(|word| name.contains(word))
}

fn is_dump(name: &str) -> bool {
    let stem = [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match stem.rsplit_once('.') {
        Some((_, "dump" | "pgdump" | "mysqldump")) => true,
        Some((before, "sql")) => has_word(before, &["dump", "backup", "mysqldump", "pgdump"]),
        _ => false,
    }
}

/// Whether one of the words between `-`, `_` and `.` is one of these.
fn has_word(text: &str, words: &[&str]) -> bool {
    text.split(['-', '_', '.', ' ']).any(|word| words.contains(&word))
}

fn is_store(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    matches!(ending, Some("p12" | "pfx" | "kdbx" | "kdb" | "jks" | "keystore" | "keychain" | "agilekeychain"))
        || matches!(name, "wallet.dat" | "logins.json" | "key3.db" | "key4.db")
}

fn is_history(name: &str) -> bool {
    const SHELLS: &[&str] =
        &["bash", "zsh", "sh", "ksh", "fish", "python", "sqlite", "psql", "mysql", "node_repl", "rediscli"];
    name.strip_suffix("_history").is_some_and(|shell| SHELLS.contains(&shell))
}

fn is_private_key(name: &str) -> bool {
    const USUAL: &[&str] = &["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_xmss"];
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return is_usual(name, USUAL) || (name.starts_with("ssh_host_") && name.ends_with("_key"));
    };
    match ending {
        "pub" => false,
        "ppk" | "ovpn" => true,
        "pem" | "key" => !says_public(stem),
        // `id_rsa.bak`, `id_rsa.old`
        _ => is_usual(stem, USUAL) && !matches!(ending, "md" | "py" | "html" | "rs" | "txt"),
    }
}

/// `id_rsa`, `id_rsa_work`, `id_ed25519-laptop`, `id_ed25519_sk`.
fn is_usual(name: &str, usual: &[&str]) -> bool {
    let after = usual.iter().find_map(|usual| name.strip_prefix(usual));
    after.is_some_and(|after| after.is_empty() || after.starts_with(['_', '-']))
}

/// Names of certificates and public keys.
fn says_public(stem: &str) -> bool {
    const WORDS: &[&str] = &[
        "cert",
        "certs",
        "certificate",
        "certificates",
        "cacert",
        "cacerts",
        "ca",
        "chain",
        "fullchain",
        "bundle",
        "root",
        "crt",
        "pub",
        "public",
        "csr",
        "dhparam",
        "dhparams",
        "dh",
    ];
    has_word(stem, WORDS)
}

fn has_passwords(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "env",
        "netrc",
        "_netrc",
        "pgpass",
        "pgpass.conf",
        "htpasswd",
        "npmrc",
        "pypirc",
        "git-credentials",
        "dockercfg",
        "kubeconfig",
        "credentials",
        "credentials.json",
        "credentials.csv",
        "credentials.db",
        "accesskeys.csv",
        "rootkey.csv",
        "token.json",
        "token.pickle",
        "terraform.tfstate",
        "shadow",
        "application_default_credentials.json",
        "rclone.conf",
        "s3cfg",
        "boto",
        "my.cnf",
        "wp-config.php",
    ];
    if NAMES.contains(&name) {
        return true;
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match ending {
        "env" | "kubeconfig" | "tfvars" => true,
        "json" => {
            ["service-account", "service_account", "serviceaccount", "client_secret", "client-secret"]
                .iter()
                .any(|start| stem.starts_with(start))
                || is_secrets(stem)
        }
        "yml" | "yaml" | "toml" | "ini" => is_secrets(stem),
        // `env.local`, `env.production`
        "local" | "production" | "prod" | "staging" | "development" | "dev" => stem == "env",
        _ => false,
    }
}

fn is_secrets(stem: &str) -> bool {
    matches!(stem, "secret" | "secrets" | "passwords" | "credentials")
}

#[cfg(test)]
#[path = "tests/caution.rs"]
mod tests;
