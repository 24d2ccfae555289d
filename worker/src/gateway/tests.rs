//! The exact headers of every route, on every origin that has it, for a share that is open and one that is gated.

use super::data::Place;
use super::first::Asked;
use super::route::{Route, Strictness, parse};
use super::snapshot::Library;
use super::template::Template;
use super::{Ask, crawl, data, headers, session, shell};
use crate::access::capability::Purpose;
use crate::access::tests::{NOW, capability, policy, routes, share, store, token, with_scope};
use crate::access::{Credential, Policy};
use crate::memory::Memory;
use crate::origin::Origins;
use crate::reply::Reply;
use crate::store::memory::MemoryStore;
use std::fmt::Write as _;
use vitrine_protocol::session::OpenSession;
use vitrine_protocol::{EntryPath, Scope};

fn written(name: &str, reply: &Reply, out: &mut String) {
    let _ = writeln!(out, "## {name}: {}", reply.status);
    let mut lines: Vec<_> = reply.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.sort();
    let _ = writeln!(out, "{}\n", lines.join("\n"));
}

async fn data_route(
    library: &Library<'_, MemoryStore>,
    place: Place,
    rest: &str,
    credential: &Credential,
    shown: headers::Shown,
) -> Reply {
    let Route::Data { share, data, .. } = parse(&format!("/~/{}/{rest}", share())) else { panic!("{rest}") };
    let origins = Origins::example();
    let ask = Ask { shown, ..Ask::default() };
    data::answer(library, &origins, place, share, &data, credential, &ask).await.unwrap()
}

#[tokio::test]
async fn the_exact_headers_of_every_route() {
    let mut out = String::new();
    let policy: Policy = policy();
    let origins = Origins::example();
    for scope in [Scope::Public, Scope::Authenticated] {
        let store = store(&with_scope(scope));
        let memory = Memory::new(1 << 20);
        let library = Library::new(&store, &memory, &policy, NOW * 1000);
        let read = capability(scope, Purpose::Read, NOW + 10);
        for rest in routes() {
            let reply = data_route(&library, Place::Share, &rest, &read, headers::Shown::Otherwise).await;
            written(&format!("share origin, {scope}, {rest}"), &reply, &mut out);
        }
        let strictness = if scope.is_gated() { Strictness::Strict } else { Strictness::Open };
        let framed = capability(scope, Purpose::Frame, NOW + 10);
        for rest in routes().iter().filter(|rest| rest.starts_with("files") || rest.starts_with("raw")) {
            for (how, shown) in
                [("in a frame", headers::Shown::Framed), ("by itself", headers::Shown::Otherwise)]
            {
                let reply = data_route(&library, Place::Frame(strictness), rest, &framed, shown).await;
                written(&format!("frame origin, {scope}, {rest}, {how}"), &reply, &mut out);
            }
        }
        let marks = "<style></style><!--vitrine:head--><!--vitrine:first--><!--vitrine:data--><!--vitrine:renderers {}-->";
        let template = Template::parse(marks).unwrap();
        let asked = Asked { embed: false, arranged: false, source: false };
        let page = shell::answer(&library, &origins, share(), &EntryPath::root(), asked, &template).await;
        written(&format!("share origin, {scope}, the page"), &page, &mut out);
        if scope.is_gated() {
            let asked = OpenSession::Token(token(scope));
            let reply = session::answer(&library, share(), &asked).await.unwrap();
            written(&format!("share origin, {scope}, session"), &reply, &mut out);
        }
    }
    for (name, headers) in [
        ("frame origin, the page of outputs", headers::frame_page(&origins, Strictness::Open)),
        (
            "frame origin, the page of a gated share's outputs",
            headers::frame_page(&origins, Strictness::Strict),
        ),
        ("any origin, an asset", headers::asset("/_assets/x-1.js")),
        ("any origin, the icon", headers::asset("/favicon.ico")),
        ("app origin, a script", headers::app_file(&origins, true)),
        ("app origin, a page", headers::app_file(&origins, false)),
    ] {
        written(name, &Reply::new(200).headers(headers), &mut out);
    }
    written("share origin, robots.txt", &crawl::robots(&origins, true), &mut out);
    written("frame origin, robots.txt", &crawl::robots_of_frame(), &mut out);
    written("share origin, sitemap.xml", &crawl::sitemap_index(&origins, 0), &mut out);
    insta::assert_snapshot!(out);
}
