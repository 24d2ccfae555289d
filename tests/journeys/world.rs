//! The running Worker, the built program, and small ways to use both.

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;
use vitrine_protocol::{EntryPath, ManifestId, ShareId};

/// What `npm test` started.
pub(crate) struct World {
    pub(crate) app: String,
    pub(crate) share: String,
    pub(crate) frame: String,
    pub(crate) port: u16,
    /// May write the project that `npm test` works in.
    pub(crate) token: String,
    pub(crate) expired_token: String,
    /// Of another project.
    pub(crate) other_token: String,
    http: Client,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set: the journeys are run by `npm test`"))
}

pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let port: u16 = variable("VITRINE_TEST_PORT").parse().unwrap();
        let here = SocketAddr::from(([127, 0, 0, 1], port));
        // Not every resolver knows names under `localhost`.
        let http = ["app.localhost", "share.localhost", "frame.localhost"]
            .into_iter()
            .fold(Client::builder(), |builder, name| builder.resolve(name, here))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_mins(2))
            .build()
            .unwrap();
        let origin = |name: &str| format!("http://{name}.localhost:{port}");
        World {
            app: origin("app"),
            share: origin("share"),
            frame: origin("frame"),
            port,
            token: variable("VITRINE_TEST_TOKEN"),
            expired_token: variable("VITRINE_TEST_EXPIRED_TOKEN"),
            other_token: variable("VITRINE_TEST_OTHER_TOKEN"),
            http,
        }
    })
}

/// What a publish said.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) share: ShareId,
    pub(crate) manifest: ManifestId,
    pub(crate) url: String,
    pub(crate) event: Value,
}

impl Published {
    fn from_output(output: &Output) -> Self {
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stdout.lines().last().unwrap_or_else(|| panic!("no output; stderr:\n{stderr}"));
        let event: Value =
            serde_json::from_str(last).unwrap_or_else(|_| panic!("not JSON: {last}\n{stderr}"));
        assert_eq!(event["event"], "published", "{last}\n{stderr}");
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        Self {
            share: text("share_id").parse().unwrap(),
            manifest: text("manifest_id").parse().unwrap(),
            url: text("url"),
            event,
        }
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.event[name].as_u64().unwrap_or_else(|| panic!("no number `{name}` in {}", self.event))
    }
}

/// The built program, with a clean environment and the journeys' token.
pub(crate) fn vitrine() -> Command {
    let program = variable("VITRINE_TEST_PROGRAM");
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
    // Where it keeps what lets it in again after it was killed.
    command.env("XDG_STATE_HOME", variable("VITRINE_TEST_STATE"));
    command.env("VITRINE_TOKEN", &world().token).env("VITRINE_API", &world().app);
    command
}

/// Publishes a folder as a new share.
pub(crate) fn publish_new(folder: &Path) -> Published {
    publish(folder, &["--scope", "public"])
}

/// Publishes a folder once more.
pub(crate) fn publish_again(folder: &Path, share: ShareId) -> Published {
    publish(folder, &["--share", share.as_str()])
}

/// Publishes with those flags; anything but success ends the test.
pub(crate) fn publish(folder: &Path, flags: &[&str]) -> Published {
    let output = vitrine().arg("publish").arg(folder).args(["--json", "--yes"]).args(flags).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "stderr:\n{stderr}");
    Published::from_output(&output)
}

impl World {
    pub(crate) fn get(&self, url: &str) -> RequestBuilder {
        self.http.get(url)
    }

    pub(crate) fn request(&self, method: &str, url: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), url)
    }

    /// The address of a data route.
    pub(crate) fn data(&self, share: ShareId, rest: &str) -> String {
        format!("{}/~/{share}/{rest}", self.share)
    }

    pub(crate) fn raw(&self, share: ShareId, path: &str) -> String {
        self.data(share, &format!("raw/{}", EntryPath::parse(path).unwrap().to_url()))
    }

    pub(crate) fn file(&self, published: &Published, path: &str) -> String {
        let path = EntryPath::parse(path).unwrap().to_url();
        self.data(published.share, &format!("files/{}/{path}", published.manifest))
    }

    pub(crate) fn latest(&self, share: ShareId) -> Value {
        json(self.get(&self.data(share, "latest.json")).send().unwrap())
    }

    /// Calls the control API with a token; the call must succeed.
    pub(crate) fn ok(&self, token: &str, call: &str, body: &Value) -> Value {
        let answer = self.call(token, call, body);
        let status = answer.status();
        let body = json(answer);
        assert!(status.is_success(), "{call}: {status} {body}");
        body
    }

    /// Asks the control API with a token; what is asked for must be there.
    pub(crate) fn ask(&self, token: &str, call: &str) -> Value {
        let answer = self.get(&format!("{}/api/v2/{call}", self.app)).bearer_auth(token).send().unwrap();
        let status = answer.status();
        let body = json(answer);
        assert!(status.is_success(), "{call}: {status} {body}");
        body
    }

    /// Calls the control API with a token.
    pub(crate) fn call(&self, token: &str, call: &str, body: &Value) -> Response {
        let url = format!("{}/api/v2/{call}", self.app);
        self.request("POST", &url).bearer_auth(token).body(body.to_string()).send().unwrap()
    }
}

/// A viewer token for a share, minted by the local development key; `flags` are those of `npm run dev:token -- viewer`.
pub(crate) fn viewer_token(share: ShareId, flags: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let script = root.join("scripts/dev-token.mjs");
    let output =
        Command::new("node").arg(script).args(["viewer", "--share", share.as_str()]).args(flags).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// An API token, minted by the local development key; `flags` are those of `npm run dev:token -- api`.
pub(crate) fn api_token(flags: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output =
        Command::new("node").arg(root.join("scripts/dev-token.mjs")).arg("api").args(flags).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// An operator's token.
pub(crate) fn admin() -> &'static str {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| api_token(&["--admin"]))
}

pub(crate) fn json(response: Response) -> Value {
    let text = response.text().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}

pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// Writes a file, making its folders.
pub(crate) fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

/// Every regular file below a folder that a publish should carry: no dot-names, no links.
pub(crate) fn files_below(root: &Path) -> Vec<String> {
    fn walk(root: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let path: PathBuf = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                walk(root, &path, found);
            } else if kind.is_file() {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(root, root, &mut found);
    found.sort();
    found
}

/// Checks that every file of the folder comes back identical under both of its addresses.
pub(crate) fn assert_same_bytes(folder: &Path, published: &Published) {
    let world = world();
    let files = files_below(folder);
    for path in &files {
        let bytes = std::fs::read(folder.join(path)).unwrap();
        for url in [world.raw(published.share, path), world.file(published, path)] {
            let response = world.get(&url).send().unwrap();
            assert_eq!(response.status(), 200, "{url}");
            assert_eq!(header(&response, "content-length"), bytes.len().to_string(), "{url}");
            assert!(response.bytes().unwrap() == bytes, "{url} has other bytes");
        }
    }
    assert_eq!(published.number("files"), files.len() as u64);
}

/// Bytes that do not compress and differ from seed to seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    use rand::{RngCore as _, SeedableRng as _};
    let mut bytes = vec![0; length];
    rand::rngs::StdRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}
