//! What alarms, and what must not.
//!
//! Keys here are made of pieces, so that no scanner of secrets takes this file for one.

use super::*;

fn named(path: &str, size: u64) -> Option<Caution> {
    by_name(&EntryPath::parse(path).unwrap(), size)
}

#[test]
fn names_that_alarm() {
    use Caution::{Course, Dump, History, KeyStore, Passwords, PrivateKey, StudentWork};
    for (path, caution) in [
        ("id_rsa", PrivateKey),
        ("keys/id_ed25519", PrivateKey),
        ("id_ed25519_sk", PrivateKey),
        ("id_rsa-work", PrivateKey),
        ("id_rsa.bak", PrivateKey),
        ("ID_RSA", PrivateKey),
        ("ssh_host_ed25519_key", PrivateKey),
        ("aws.pem", PrivateKey),
        ("server.key", PrivateKey),
        ("putty.ppk", PrivateKey),
        ("office.ovpn", PrivateKey),
        ("me.p12", KeyStore),
        ("me.PFX", KeyStore),
        ("passwords.kdbx", KeyStore),
        ("release.keystore", KeyStore),
        ("env", Passwords),
        ("app/prod.env", Passwords),
        ("env.production", Passwords),
        ("credentials.json", Passwords),
        ("service-account-4711.json", Passwords),
        ("serviceAccountKey.json", Passwords),
        ("client_secret_1.apps.json", Passwords),
        ("secrets.yaml", Passwords),
        ("netrc", Passwords),
        ("git-credentials", Passwords),
        ("terraform.tfstate", Passwords),
        ("math-101.course", Course),
        ("hw1-collect/0a1b2c3d-0000-4111-8222-0123456789ab/hw.ipynb", StudentWork),
        ("c/hw1-collect/0a1b2c3d-0000-4111-8222-0123456789ab/sub/x.py", StudentWork),
        ("bash_history", History),
        ("zsh_history", History),
        ("db_dump.sql", Dump),
        ("backup-2024.sql.gz", Dump),
        ("prod.pgdump", Dump),
    ] {
        assert_eq!(named(path, 1000), Some(caution), "{path}");
    }
}

#[test]
fn names_that_do_not() {
    for path in [
        "id_rsa.pub",
        "id_ed25519.pub",
        "fullchain.pem",
        "cert.pem",
        "ca-bundle.pem",
        "isrg-root-x1.pem",
        "public.key",
        "example.env",
        "env.example",
        "env.py",
        "environment.yml",
        "envelope",
        "credentials.json.sample",
        "service-account.example.json",
        "course",
        "course.md",
        "my.course.txt",
        "data-collect/run-1/x.csv",
        "garbage-collect/x",
        "history",
        "history.md",
        "schema.sql",
        "dumpling.sql",
        "query.sql",
        "monkey",
        "keys.md",
        "tokenizer.json",
        "package.json",
        "secrets-of-the-sea.json",
        "id_rsa.md",
        ".ssh/id_rsa",
        ".env",
        "a/.git/credentials",
    ] {
        assert_eq!(named(path, 1000), None, "{path}");
    }
    assert_eq!(named("talk.key", 5 << 20), None, "a presentation");
    assert_eq!(named("server.key", 0), None, "an empty file");
    assert_eq!(by_name(&EntryPath::root(), 5), None);
}

/// Sixty-four characters as of a key's body.
const BODY: &str = "MIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun";

fn pem(kind: &str) -> String {
    format!("-----BEGIN {kind}-----\n{BODY}\n{BODY}\n-----END {kind}-----\n")
}

#[test]
fn private_keys_alarm() {
    for text in [
        pem("RSA PRIVATE KEY"),
        pem("PRIVATE KEY"),
        pem("EC PRIVATE KEY"),
        pem("OPENSSH PRIVATE KEY"),
        pem("ENCRYPTED PRIVATE KEY"),
        pem("PRIVATE KEY").replace('\n', "\r\n"),
        format!("some text first\n{}", pem("RSA PRIVATE KEY")),
        format!("{}{}", pem("CERTIFICATE"), pem("PRIVATE KEY")),
        format!("{{\"private_key\": \"{}\"}}", pem("PRIVATE KEY").replace('\n', "\\n")),
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n{BODY}\n{BODY}"
        ),
        format!("-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BODY}\n{BODY}\n"),
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n".to_owned(),
    ] {
        assert_eq!(by_content(text.as_bytes()), Some(Caution::PrivateKey), "{text}");
    }
}

#[test]
fn tokens_alarm() {
    let random = "a8Kd93hQzP0vLmW7RtYb52XcNfGj6sEu1oIr";
    for text in [
        format!("aws_access_key_id = {}{}\n", "AKIA", "QJ7Z3TPLMW5XN2YB"),
        format!("key: \"{}{}\"", "ASIA", "QJ7Z3TPLMW5XN2YB"),
        format!("https://{}_{random}@github.com/a/b", "ghp"),
        format!("TOKEN={}_11{random}_{random}", "github_pat"),
        format!("{}-{}", "glpat", &random[..20]),
        format!("x = '{}-1029384756-{random}'", "xoxb"),
        format!("API_KEY={}-{random}{random}", "sk"),
        format!("API_KEY={}-proj-{random}_{random}", "sk"),
        format!("{}_live_{}", "sk", &random[..24]),
        format!("//registry/:_authToken={}_{random}", "npm"),
        format!("{}_{}", "hf", &random[..34]),
    ] {
        assert_eq!(by_content(text.as_bytes()), Some(Caution::Token), "{text}");
    }
}

#[test]
fn contents_that_do_not_alarm() {
    for text in [
        String::new(),
        pem("CERTIFICATE"),
        pem("PUBLIC KEY"),
        pem("PGP PUBLIC KEY BLOCK"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1vZGVybiBrZXlzIGFyZSBzaG9ydCBhbmQgZmFzdA me@here".to_owned(),
        "A key begins with `-----BEGIN RSA PRIVATE KEY-----` and ends likewise.".to_owned(),
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----".to_owned(),
        format!("-----BEGIN PRIVATE KEY-----\n{}\n", "x".repeat(64)),
        format!("-----BEGIN PRIVATE KEY-----\n{}\n", "EXAMPLEabc012DEFghi345JKLmno678PQRstu901VWX".repeat(2)),
        "if text.startswith('-----BEGIN PRIVATE KEY-----'):\n    return parse_the_private_key_of_the_text(text)".to_owned(),
        format!("aws_access_key_id = {}IOSFODNN7EXAMPLE", "AKIA"),
        format!("{}XXXXXXXXXXXXXXXX", "AKIA"),
        format!("data:image/png;base64,{}{}AAAA", "/AKIA", "QJ7Z3TPLMW5XN2YB"),
        format!("{}_{}", "ghp", "x".repeat(36)),
        format!("{}_{}", "ghp", "1234567890abcdefghijklmnopqrstuvwxyz"),
        format!("export API_KEY={}-{}", "sk", "your-secret-key-goes-here-0123456789-ABCDEFGHIJ"),
        "<div class=\"sk-top-container sk-toggleable__control-label-arrow-of-the-estimator\">".to_owned(),
        "class='sk-estimator-doc-link-wrapper-with-a-very-long-name-indeed'".to_owned(),
        "risk-AVERSE-investors-of-1929-and-what-they-did-in-the-years-after-THAT".to_owned(),
        "token = os.environ['GITHUB_TOKEN']".to_owned(),
    ] {
        assert_eq!(by_content(text.as_bytes()), None, "{text}");
    }
    let far = format!("{}{}", " ".repeat(5000), pem("PRIVATE KEY"));
    assert_eq!(by_content(far.as_bytes()), None, "beyond what is looked at");
}

#[test]
fn the_content_may_clear_a_name() {
    let key = Caution::PrivateKey;
    assert!(!key.stands(pem("CERTIFICATE").repeat(3).as_bytes()));
    assert!(!key.stands(pem("PUBLIC KEY").as_bytes()));
    assert!(!key.stands(format!("subject=CN = x\n{}", pem("TRUSTED CERTIFICATE")).as_bytes()));
    assert!(!key.stands(b"PK\x03\x04\x14\0\x08\0Index/Document.iwa"), "a presentation");
    assert!(key.stands(format!("{}{}", pem("CERTIFICATE"), pem("PRIVATE KEY")).as_bytes()));
    assert!(key.stands(b"\x30\x82\x04\xa3\x02\x01\x00\x02"), "a key in DER");
    assert!(key.stands(b"whatever it is"));
    assert!(Caution::Course.stands(pem("CERTIFICATE").as_bytes()));
}

#[test]
fn the_words() {
    use Caution::{Course, Dump, History, KeyStore, Passwords, PrivateKey, StudentWork, Token};
    let all = [PrivateKey, KeyStore, Passwords, Token, Course, StudentWork, History, Dump];
    let words: Vec<_> = all.iter().map(|caution| format!("{caution}: {}", caution.why())).collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    a private key: Who reads it can sign in, or pose, as you.
    a store of keys or passwords: Who reads it can try passwords on it until one opens it.
    settings with passwords or keys: Who reads it can use what it opens.
    a text with a service's secret key: Who reads it can use the service as you, and programs look for such keys day and night.
    a course with its students: It holds the names, addresses and grades of students.
    work of a student: It is not yours to publish, and the folder's name tells whose it is.
    a history of commands: Passwords and addresses that were typed are in it.
    a copy of a database: It may hold what people gave in confidence.
    ");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(head: Vec<u8>, text in "-----BEGIN (RSA )?PRIVATE KEY-----\\PC{0,60}", name in "[a-z._-]{1,20}") {
        let _ = by_content(&head);
        let _ = by_content(text.as_bytes());
        let _ = Caution::PrivateKey.stands(text.as_bytes());
        if let Ok(path) = EntryPath::parse(&name) {
            let _ = by_name(&path, 1);
        }
    }
}
