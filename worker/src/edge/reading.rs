//! The share and frame origins: the platform's side of `gateway`.

use super::entry::{Answered, method_of};
use super::limit::{self, Limit};
use super::target::Target;
use super::{assets, body, bucket_of, count_view, now_ms, with_memory};
use crate::access::Credential;
use crate::access::capability::Purpose;
use crate::config::Config;
use crate::control::shares::sitemap;
use crate::database::d1::D1;
use crate::failure::Failure;
use crate::gateway::content::accepts_gzip;
use crate::gateway::data::Place;
use crate::gateway::first::Asked;
use crate::gateway::folder::{FolderAsk, Listed};
use crate::gateway::route::{Data, Route, Strictness};
use crate::gateway::snapshot::Library;
use crate::gateway::{Ask, Form, content, crawl, data, events, headers, method, session, shell};
use crate::memory::Memory;
use crate::metrics;
use crate::origin::Origin;
use crate::reply::{Body, Reply};
use crate::share_do::audience::Reader;
use std::rc::Rc;
use vitrine_protocol::beacon::{Beacon, ViewerError, Whereabouts, Word};
use vitrine_protocol::limits::TOKEN_BYTES_MAX;
use vitrine_protocol::{EntryPath, ErrorCode, Handle, ShareId};
use worker::{Env, Method, Request};

/// A token and the JSON around it.
const SESSION_BYTES_MAX: usize = TOKEN_BYTES_MAX + 1024;

/// One request to either origin.
struct Visit<'a> {
    request: &'a mut Request,
    env: &'a Env,
    config: &'a Config,
    memory: Rc<Memory>,
}

/// Answers a request to the share or the frame origin, whose path is parsed already.
pub(super) async fn answer(
    request: &mut Request,
    env: &Env,
    config: &Config,
    (origin, route): (Origin, Route),
    target: &Target<'_>,
) -> Result<Answered, Failure> {
    let mut visit = Visit { request, env, config, memory: with_memory(Rc::clone) };
    if let Some(answered) = method::decide(origin, &route, &method_of(visit.request))? {
        return Ok((answered, None));
    }
    let origins = &config.origins;
    match (origin, route) {
        (_, Route::Asset) => Ok((site_file(target.path, headers::asset(target.path)), None)),
        (Origin::Frame, Route::FramePage(strictness)) => {
            let page = Body::Bytes(assets::frame_page(env).await?.to_vec());
            let page = Reply::new(200).headers(headers::frame_page(origins, strictness)).body(page);
            Ok((content::revalidated(page, &visit.ask(target))?, None))
        }
        (Origin::Frame, Route::Robots) => Ok((crawl::robots_of_frame(), None)),
        (Origin::Share, Route::Robots) => visit.robots().await.map(|reply| (reply, None)),
        (Origin::Share, Route::Sitemap(page)) => visit.sitemap(page).await.map(|reply| (reply, None)),
        (Origin::Share, Route::Session(share)) => visit.session(share).await,
        (Origin::Share, Route::Events { capability, share }) => visit.events(&capability, share).await,
        (Origin::Share, Route::Data { capability, share, data }) => {
            visit.data(Place::Share, target, &capability, share, &data).await
        }
        (Origin::Frame, Route::Data { capability, share, data }) => {
            visit.data(Place::Frame(Strictness::Open), target, &capability, share, &data).await
        }
        (Origin::Frame, Route::GatedData { capability, share, data }) => {
            visit.data(Place::Frame(Strictness::Strict), target, &capability, share, &data).await
        }
        (Origin::Share, Route::Shell(share, path)) => {
            let template = assets::template(env).await?;
            let Ok(store) = bucket_of(env, config, share) else {
                return Ok((shell::nowhere(origins, &template), None));
            };
            let arranged = target.has("sort") || target.has("layout");
            let source = target.has("view");
            let asked = Asked { embed: target.has("embed"), arranged, source };
            let reply = shell::answer(&visit.library(&store), origins, share, &path, asked, &template).await;
            Ok((content::revalidated(reply, &visit.ask(target))?, Some(store)))
        }
        (Origin::Share, Route::Human(owner, slug, _)) => {
            visit.human(&owner, &slug, target).await.map(|reply| (reply, None))
        }
        (_, Route::BadData) => {
            Err(Failure::new(ErrorCode::NoRoute, "No data has this address.").with_headers(headers::data()))
        }
        (Origin::Share, _) => Ok((shell::nowhere(origins, &*assets::template(env).await?), None)),
        (_, _) => Err(Failure::new(ErrorCode::NoRoute, "This origin only serves parts of other pages.")),
    }
}

fn site_file(path: &str, headers: Vec<(&'static str, String)>) -> Reply {
    Reply::new(200).headers(headers).body(Body::Asset(path.to_owned()))
}

impl Visit<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    fn library<'a, S>(&'a self, store: &'a S) -> Library<'a, S> {
        Library::new(store, &self.memory, &self.config.policy, now_ms())
    }

    /// Errors carry the same headers as data, so that a page may read them.
    async fn data(
        &mut self,
        place: Place,
        target: &Target<'_>,
        capability: &str,
        share: ShareId,
        data: &Data,
    ) -> Result<Answered, Failure> {
        let answered = self.read(place, target, capability, share, data).await;
        answered.map_err(|failure| failure.with_headers(headers::data()))
    }

    async fn read(
        &mut self,
        place: Place,
        target: &Target<'_>,
        capability: &str,
        share: ShareId,
        data: &Data,
    ) -> Result<Answered, Failure> {
        let credential = Credential::read(capability, self.header("authorization").as_deref());
        limit::check(self.env, Limit::Data, &self.data_key(place, capability, share, &credential)).await?;
        let policy = &self.config.policy;
        let Ok(store) = bucket_of(self.env, self.config, share) else {
            // A region that there is not answers as a share that there is not.
            policy.prove(share, &credential, place.purpose(), now_ms() / 1000)?;
            return Err(Failure::share_not_found());
        };
        let ask = self.ask(target);
        let library = self.library(&store);
        let answered =
            data::answer(&library, &self.config.origins, place, share, data, &credential, &ask).await;
        answered.map(|reply| (reply, Some(store)))
    }

    /// Whom a read is counted for: a session of its own, when its capability is one of ours, so that a room full of readers
    /// behind one address is not one reader; else the address. A capability is checked in microseconds, a token is not.
    fn data_key(&self, place: Place, capability: &str, share: ShareId, credential: &Credential) -> String {
        let proved = || self.config.policy.prove(share, credential, place.purpose(), now_ms() / 1000);
        let ours = matches!(credential, Credential::Capability(_)) && matches!(proved(), Ok(Some(_)));
        if ours { capability.to_owned() } else { limit::address(self.request) }
    }

    /// The token is counted before it is checked: a check is what costs.
    async fn session(&mut self, share: ShareId) -> Result<Answered, Failure> {
        let answered = self.exchange(share).await;
        answered.map_err(|failure| failure.with_headers(headers::session()))
    }

    async fn exchange(&mut self, share: ShareId) -> Result<Answered, Failure> {
        limit::check(self.env, Limit::Session, &limit::address(self.request)).await?;
        let asked = session::read(&body::read(self.request, SESSION_BYTES_MAX).await?)?;
        let store = bucket_of(self.env, self.config, share)?;
        let reply = session::answer(&self.library(&store), share, &asked).await?;
        Ok((reply, Some(store)))
    }

    async fn events(&mut self, capability: &str, share: ShareId) -> Result<Answered, Failure> {
        let answered = self.hear(capability, share).await;
        answered.map(|reply| (reply, None)).map_err(|failure| failure.with_headers(headers::session()))
    }

    /// Beacons are counted with the data of their reader. A view waits for the share's keeper, which answers with the counters:
    /// the viewer sends it when the page is there, and nothing that is read waits for it.
    async fn hear(&mut self, capability: &str, share: ShareId) -> Result<Reply, Failure> {
        let credential = Credential::read(capability, self.header("authorization").as_deref());
        limit::check(self.env, Limit::Session, &self.data_key(Place::Share, capability, share, &credential))
            .await?;
        let body = body::read(self.request, events::BODY_BYTES_MAX).await?;
        let Ok(store) = bucket_of(self.env, self.config, share) else {
            self.config.policy.prove(share, &credential, Purpose::Read, now_ms() / 1000)?;
            return Err(Failure::share_not_found());
        };
        let site = self.header("sec-fetch-site");
        let sent = events::Sent { body: &body, site: site.as_deref() };
        let (reply, beacon) = events::answer(&self.library(&store), share, &credential, sent).await?;
        match beacon {
            // A view that cannot be counted is a page without counters.
            Beacon::View(_) => Ok(match count_view(self.env, share, self.reader()).await {
                Some(counters) => events::counted(&reply, counters),
                None => reply,
            }),
            Beacon::Error(error) => {
                note(share, &error);
                Ok(reply)
            }
        }
    }

    /// As far as readers can be told apart here: a capability does not say whose it is.
    fn reader(&self) -> Reader {
        let agent = self.header("user-agent").unwrap_or_default();
        Reader::Anonymous { address: limit::address(self.request), agent }
    }

    /// Names the sitemap when there is one. A crawler must hear the rest also while the database is away.
    async fn robots(&self) -> Result<Reply, Failure> {
        limit::check(self.env, Limit::Session, &limit::address(self.request)).await?;
        let listed = match D1::open(self.env) {
            Ok(db) => sitemap::count_listed(&db).await.unwrap_or(0),
            Err(_) => 0,
        };
        Ok(crawl::robots(&self.config.origins, listed > 0))
    }

    /// Crawlers alone come here, and it is the one address of this origin that asks the database: it is a list of shares.
    async fn sitemap(&self, page: Option<u32>) -> Result<Reply, Failure> {
        limit::check(self.env, Limit::Session, &limit::address(self.request)).await?;
        let (db, origins) = (D1::open(self.env)?, &self.config.origins);
        let count = sitemap::count_listed(&db).await?;
        match page {
            // An index without a page is none by its schema.
            None if count == 0 => Err(Failure::new(ErrorCode::NoRoute, "Nothing is listed.")),
            None => Ok(crawl::sitemap_index(origins, count)),
            Some(page) if u64::from(page) * u64::from(crawl::PAGE) < count => {
                Ok(crawl::sitemap(origins, &sitemap::listed(&db, page, crawl::PAGE).await?))
            }
            Some(_) => Err(Failure::new(ErrorCode::NoRoute, "The sitemap has no such page.")),
        }
    }

    /// Where a name for people leads. One that leads nowhere, or to a share that is not public, is the page of an address that names no
    /// share: so nobody learns which names there are. This asks the database; what it leads to does not.
    async fn human(&self, owner: &Handle, slug: &Handle, target: &Target<'_>) -> Result<Reply, Failure> {
        limit::check(self.env, Limit::Session, &limit::address(self.request)).await?;
        let origins = &self.config.origins;
        let Some(share) = sitemap::named(&D1::open(self.env)?, owner, slug).await? else {
            return Ok(shell::nowhere(origins, &*assets::template(self.env).await?));
        };
        // The rest as it came, still encoded; a slug without anything after it is the share's root.
        let rest = target.path.splitn(4, '/').nth(3).unwrap_or_default();
        let query = target.query.map(|query| format!("?{query}")).unwrap_or_default();
        let to = format!("{}/{share}/{rest}{query}", origins.share);
        Ok(Reply::new(302).headers(headers::human()).header("location", to))
    }

    /// What the client itself said: the edge writes `br, gzip` into every request and keeps the client's own words beside it
    /// (Workers runtime API: `request.cf.clientAcceptEncoding`).
    fn accepted_encodings(&self) -> Option<String> {
        let get = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
        let own = get(self.request.inner(), "cf").and_then(|cf| get(&cf, "clientAcceptEncoding"));
        own.and_then(|own| own.as_string()).or_else(|| self.header("accept-encoding"))
    }

    fn ask(&self, target: &Target<'_>) -> Ask {
        let form = match (target.has("download"), target.has("whole")) {
            (true, _) => Form::Download,
            (false, true) => Form::Whole,
            (false, false) => Form::Plain,
        };
        Ask {
            head: self.request.method() == Method::Head,
            range: self.header("range"),
            if_range: self.header("if-range"),
            if_match: self.header("if-match"),
            if_none_match: self.header("if-none-match"),
            if_modified_since: self.header("if-modified-since"),
            if_unmodified_since: self.header("if-unmodified-since"),
            gzip: self.accepted_encodings().is_some_and(|accepted| accepts_gzip(&accepted)),
            form,
            shown: headers::Shown::of(self.header("sec-fetch-dest").as_deref()),
            folder: FolderAsk {
                slash: target.path.ends_with('/'),
                // A name that is none is behind no name.
                after: target.value("after").and_then(|name| EntryPath::from_url(name).ok()?.name().cloned()),
                listed: Listed::of(self.header("accept").as_deref()),
            },
        }
    }
}

/// Counts what a viewer could not show, and says where in the log. Its words are checked: none can begin a line of its own.
fn note(share: ShareId, error: &ViewerError) {
    let code = error.code.as_str();
    metrics::viewer_failed(code);
    let renderer = error.renderer.as_ref().map_or("-", Word::as_str);
    let path = error.path.as_ref().map_or("-", Whereabouts::as_str);
    worker::console_warn!("viewer: {code} in {renderer} at {share}/{path}");
}
