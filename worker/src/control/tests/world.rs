//! The world of these tests, and who lives in it.

use crate::config::Config;
use crate::control::caller::identify;
use crate::control::shares::listing::statements;
use crate::control::world::World;
use crate::control::{Control, Outcome, Upgrade};
use crate::database::Database as _;
use crate::database::native::Native;
use crate::failure::Failure;
use crate::jobs::Times;
use crate::jobs::report::take;
use crate::metrics::counters::Counters;
use crate::metrics::exposition::{Gauge, render};
use crate::share_do::collect::Gate;
use crate::share_do::keeper::{Done, Keeper};
use crate::share_do::queue::Queue;
use crate::store::memory::MemoryStore;
use crate::token::tests::sign;
use crate::{host_do, share_do, sql};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwt_compact::alg::{Ed25519, SigningKey as _};
use jwt_compact::{Algorithm, AlgorithmExt as _, Claims, Header};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use vitrine_protocol::api::CommitPublish;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{
    Entries, HostId, Listing, Manifest, ManifestId, ObjectKey, RootKind, Scope, Sha256, ShareId,
};

pub(super) const NOW: i64 = 1_700_000_000_000;

pub(super) struct Here {
    config: Config,
    db: Native,
    store: Rc<MemoryStore>,
    tables: RefCell<BTreeMap<ShareId, Rc<Object>>>,
    pub(super) clock: Cell<i64>,
    drawn: Cell<u8>,
    /// What hosts were asked, beside their reports.
    pub(super) asked: RefCell<Vec<(HostId, String)>>,
}

/// What a share's object has.
#[derive(Default)]
struct Object {
    table: sql::native::Native,
    queue: Queue,
}

struct Open;

impl Gate for Open {
    fn enter(&self) -> Option<impl Sized> {
        Some(())
    }
}

impl World for Here {
    type Db = Native;
    type Bucket = Rc<MemoryStore>;

    fn config(&self) -> &Config {
        &self.config
    }

    fn db(&self) -> &Native {
        &self.db
    }

    fn bucket(&self, _: ShareId) -> Result<Rc<MemoryStore>, Failure> {
        Ok(self.store.clone())
    }

    fn now_ms(&self) -> i64 {
        self.clock.get()
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        self.drawn.set(self.drawn.get().wrapping_add(1));
        Ok([self.drawn.get(); N])
    }

    async fn ask_share(
        &self,
        share: ShareId,
        command: share_do::Command,
    ) -> Result<share_do::Answer, Failure> {
        let object = self.tables.borrow_mut().entry(share).or_default().clone();
        let keeper = self.keeper(share, &object.table);
        keeper.open()?;
        let done = match command {
            share_do::Command::Collect { dry_run } => {
                Done::from(keeper.collect(&Open, dry_run, self.now_ms()).await?)
            }
            share_do::Command::Change(change) => {
                object.queue.change(&keeper, *change, self.now_ms(), tokio::task::yield_now).await?
            }
            command => keeper.obey(command, self.now_ms()).await?,
        };
        Ok(done.answer)
    }

    async fn ask_host(&self, host: HostId, command: host_do::Command) -> Result<host_do::Answer, Failure> {
        match command {
            host_do::Command::Report { host, report } => {
                let taken = take(&self.db, host, &report, Times { timeout: 90_000 }, self.now_ms()).await?;
                Ok(host_do::Answer::Orders(taken.orders))
            }
            host_do::Command::Wake { .. } => {
                self.asked.borrow_mut().push((host, "wake".into()));
                Ok(host_do::Answer::Done)
            }
            host_do::Command::Close => {
                self.asked.borrow_mut().push((host, "close".into()));
                Ok(host_do::Answer::Done)
            }
        }
    }

    async fn metrics(&self, gauges: Vec<Gauge>) -> Result<String, Failure> {
        Ok(render(&Counters::new(), &gauges))
    }

    fn forget(&self, _: ShareId) {}
}

/// A host's key by a number.
pub(super) fn host_key(seed: u8) -> <Ed25519 as Algorithm>::SigningKey {
    <Ed25519 as Algorithm>::SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(super) fn public_key(seed: u8) -> String {
    Base64UrlUnpadded::encode_string(host_key(seed).to_verifying_key().as_bytes())
}

/// A token that a host signs for itself.
pub(super) fn host_token(host: &str, seed: u8) -> String {
    let seconds = NOW / 1000;
    let claims = json!({"aud":"vitrine-host","sub":host,"iat":seconds,"exp":seconds + 300,"jti":"j"});
    let claims: Claims<Value> = serde_json::from_value(claims).unwrap();
    Ed25519.token(&Header::empty().with_key_id(host), &claims, &host_key(seed)).unwrap()
}

/// An API token.
#[expect(clippy::needless_pass_by_value, reason = "called with `json!` at hand")]
pub(super) fn api(sub: &str, more: Value) -> String {
    let mut claims =
        json!({"iss":"i","aud":"vitrine-api","sub":sub,"iat":NOW / 1000,"exp":NOW / 1000 + 900_000});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    sign("k1", claims)
}

pub(super) fn writer() -> String {
    api("ada", json!({"projects":["p"]}))
}

pub(super) fn admin() -> String {
    api("root", json!({"roles":["admin"]}))
}

pub(super) fn service() -> String {
    api("app", json!({"roles":["service"]}))
}

impl Here {
    pub(super) fn new() -> Self {
        let keys =
            serde_json::to_value(json!({"kty":"OKP","crv":"Ed25519","kid":"k1","x":public_key(7)})).unwrap();
        let config = Config::read(|name| {
            Some(match name {
                "REGIONS" => {
                    r#"{"e":{"binding":"E","bucket":"vitrine-e"},"w":{"binding":"W","bucket":"vitrine-w"}}"#
                        .into()
                }
                "DEFAULT_REGION" => "e".into(),
                "API_JWKS" => json!({"keys":[keys]}).to_string(),
                "VIEWER_SIGNING_KEYS" => crate::signing::tests::jwks(&["v1"]),
                "CAPABILITY_SECRETS" => "A".repeat(43),
                "S3_CREDENTIALS" => "static".into(),
                "SHARE_ORIGIN" => "https://s.test".into(),
                "APP_ORIGIN" => "https://app.test".into(),
                "FRAME_ORIGIN" => "https://f.test".into(),
                "S3_ENDPOINT" => "http://s3.test".into(),
                "S3_ACCESS_KEY_ID" | "S3_SECRET_ACCESS_KEY" => "key".into(),
                _ => return None,
            })
        });
        Self {
            config: config.unwrap(),
            db: Native::new(),
            store: Rc::default(),
            tables: RefCell::default(),
            clock: Cell::new(NOW),
            drawn: Cell::new(0),
            asked: RefCell::default(),
        }
    }

    fn keeper<'a>(
        &'a self,
        share: ShareId,
        table: &'a sql::native::Native,
    ) -> Keeper<'a, sql::native::Native, MemoryStore> {
        Keeper {
            table,
            store: &self.store,
            share,
            policy: self.config.collection,
            bounds: self.config.bounds,
        }
    }

    /// What the alarm of a share's object does for the lists.
    pub(super) async fn alarm(&self, share: &str) -> Result<(), Failure> {
        let share: ShareId = share.parse().unwrap();
        let object = self.tables.borrow().get(&share).cloned().unwrap_or_default();
        let keeper = self.keeper(share, &object.table);
        keeper.open()?;
        let (listing, _) = object.queue.settled(&keeper, self.now_ms()).await?;
        self.db.batch(statements(share, &listing, self.now_ms())).await?;
        keeper.listed(&listing, self.now_ms())
    }

    /// The bucket of all shares.
    pub(super) fn store(&self) -> &MemoryStore {
        &self.store
    }

    /// Makes a call; the status and the body. A WebSocket is 101 and what its object is told.
    pub(super) async fn call(&self, token: Option<&str>, call: &str, body: Value) -> (u16, Value) {
        let (method, target) = call.split_once(' ').unwrap();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let authorization = token.map(|token| format!("Bearer {token}"));
        let control = Control { world: self };
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        let outcome = async {
            let admitted = control.admit(method, path, query, authorization.as_deref()).await?;
            control.answer(&admitted, &body).await
        };
        match outcome.await {
            Ok(Outcome::Reply(reply)) => {
                let body = match reply.body {
                    crate::reply::Body::Bytes(bytes) => serde_json::from_slice(&bytes)
                        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
                    _ => Value::Null,
                };
                (reply.status, body)
            }
            Ok(Outcome::Upgrade(Upgrade::Share { is_writer, .. })) => (101, json!({ "writer": is_writer })),
            Ok(Outcome::Upgrade(Upgrade::Host(_))) => (101, Value::Null),
            Err(failure) => (failure.problem.status, serde_json::to_value(&failure.problem).unwrap()),
        }
    }

    /// Makes a call that must succeed.
    pub(super) async fn ok(&self, token: &str, call: &str, body: Value) -> Value {
        let (status, body) = self.call(Some(token), call, body).await;
        assert!((200..300).contains(&status), "{call}: {status} {body}");
        body
    }

    /// Makes a call that must be refused; its code.
    pub(super) async fn refused(&self, token: &str, call: &str, body: Value) -> String {
        let (status, body) = self.call(Some(token), call, body).await;
        assert!(status >= 400, "{call}: {status} {body}");
        body["code"].as_str().unwrap().to_owned()
    }

    pub(super) async fn share(&self, body: Value) -> String {
        let made = self.ok(&service(), "POST shares/create", body).await;
        made["share_id"].as_str().unwrap().to_owned()
    }

    /// Enrols a host with the key of that number; its id.
    pub(super) async fn host(&self, seed: u8, region: char) -> String {
        let invite = json!({"name": format!("host {seed}"), "region": region});
        let invited = self.ok(&admin(), "POST hosts/invite", invite).await;
        let enrol = json!({"enrolment_token": invited["enrolment_token"], "public_key": public_key(seed)});
        let (status, body) = self.call(None, "POST hosts/enroll", enrol).await;
        assert_eq!(status, 201, "{body}");
        body["host_id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn assign(&self, project: &str, host: &str) {
        self.ok(&service(), "POST projects/assign", json!({"project_id": project, "host_id": host})).await;
    }

    /// A host reports over HTTP; its orders.
    pub(super) async fn report(&self, host: &str, seed: u8, jobs: Value) -> Value {
        let body = json!({"boot_id":"b","capacity":2,"jobs":jobs});
        self.ok(&host_token(host, seed), "POST hosts/register", body).await
    }

    /// Puts a snapshot without files into the bucket; what would commit it.
    pub(super) fn upload(&self, share: &str, number: u64, epoch: u64) -> Value {
        let share_id: ShareId = share.parse().unwrap();
        let manifest = Manifest {
            share_id,
            manifest_id: ManifestId::from_parts(number, [0; 10]),
            created_at: 0,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: 0,
            size_bytes: 0,
            entry_count: None,
            root: Listing::Inline(Entries::default()),
            index: None,
            blobs: Inventory::Inline(Vec::new()),
        };
        let bytes = manifest.to_json();
        let manifest_hash = Sha256::of(&bytes);
        self.store.insert(ObjectKey::manifest(share_id, manifest.manifest_id), bytes);
        let commit = CommitPublish { share_id, epoch, manifest_id: manifest.manifest_id, manifest_hash };
        serde_json::to_value(commit).unwrap()
    }

    /// Publishes as a person would.
    pub(super) async fn publish(&self, token: &str, share: &str, number: u64) {
        let ticket = self.ok(token, "POST publish/begin", json!({"share_id": share})).await;
        let commit = self.upload(share, number, ticket["epoch"].as_u64().unwrap());
        self.ok(token, "POST publish/commit", commit).await;
    }

    pub(super) async fn who(&self, token: &str) -> String {
        identify(self, Some(&format!("Bearer {token}"))).await.unwrap().caller.name()
    }
}
