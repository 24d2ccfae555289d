//! The viewer's page: the same for every share but for its head, which says what crawlers and link previews read.

use super::headers;
use super::snapshot::open;
use crate::failure::Failure;
use crate::origin::Origins;
use crate::reply::{Body, Reply};
use crate::store::Store;
use vitrine_protocol::tree::Found;
use vitrine_protocol::{EntryPath, Scope, ShareId};

/// Where the template wants the head's own lines.
pub(crate) const HEAD_MARK: &str = "<!--vitrine:head-->";

/// What the head says of a path that may be read.
struct Card {
    title: String,
    description: String,
    indexable: bool,
}

/// Answers a viewer address: 200 when there is something to see, else the same page with the error's status; the viewer
/// itself then shows why.
pub(crate) async fn answer<S: Store>(
    store: &S,
    origins: &Origins,
    share: ShareId,
    path: &EntryPath,
    template: &str,
) -> Reply {
    match card(store, share, path).await {
        Ok(card) => page(origins, 200, template, &head(origins, Some((&card, share, path)))),
        Err(failure) => page(origins, failure.problem.status, template, &head(origins, None)),
    }
}

/// The page for an address that names no share at all.
pub(crate) fn nowhere(origins: &Origins, template: &str) -> Reply {
    page(origins, 404, template, &head(origins, None))
}

fn page(origins: &Origins, status: u16, template: &str, head: &str) -> Reply {
    let html = template.replacen(HEAD_MARK, head, 1);
    Reply::new(status).headers(headers::shell(origins)).body(Body::Bytes(html.into_bytes()))
}

async fn card<S: Store>(store: &S, share: ShareId, path: &EntryPath) -> Result<Card, Failure> {
    let share = open(store, share).await?;
    let (latest, _) = share.latest().await?;
    let manifest = share.manifest(latest.manifest_id).await?;
    let found = share.find(&manifest, path).await?;
    let own = if share.meta.title.is_empty() { &manifest.root_path } else { &share.meta.title };
    let name = match &found {
        Found::File { file, .. } if !path.is_root() => Some(file.name.to_string()),
        Found::Dir(dir) => dir.path.name().map(ToString::to_string),
        Found::File { .. } => None,
    };
    let title = name.map_or_else(|| own.clone(), |name| format!("{name} — {own}"));
    let description = share.meta.description.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(Card {
        title,
        description: description.chars().take(200).collect(),
        indexable: share.meta.scope == Scope::Public && share.meta.indexing_opt_in,
    })
}

fn head(
    Origins { app, share: origin, frame }: &Origins,
    card: Option<(&Card, ShareId, &EntryPath)>,
) -> String {
    let mut lines = vec![
        format!("<meta name=\"vitrine-app-origin\" content=\"{}\">", escape(app)),
        format!("<meta name=\"vitrine-frame-origin\" content=\"{}\">", escape(frame)),
    ];
    let Some((card, share, path)) = card else {
        lines.push("<title>Vitrine</title>\n<meta name=\"robots\" content=\"noindex\">".into());
        return lines.join("\n");
    };
    let title = escape(&card.title);
    lines.push(format!("<title>{title}</title>"));
    lines.push(format!(
        "<meta property=\"og:type\" content=\"website\">\n<meta property=\"og:title\" content=\"{title}\">"
    ));
    let url = escape(&format!("{origin}/{share}/{}", path.to_url()));
    lines.push(format!(
        "<meta property=\"og:url\" content=\"{url}\">\n<link rel=\"canonical\" href=\"{url}\">"
    ));
    if !card.description.is_empty() {
        let text = escape(&card.description);
        lines.push(format!("<meta name=\"description\" content=\"{text}\">\n<meta property=\"og:description\" content=\"{text}\">"));
    }
    if !card.indexable {
        lines.push("<meta name=\"robots\" content=\"noindex\">".into());
    }
    lines.join("\n")
}

/// Escapes a text for HTML text and quoted attributes.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        Origins { app: "http://app".into(), share: "http://share".into(), frame: "http://frame".into() }
    }

    #[test]
    fn hostile_titles_stay_text() {
        let card = Card {
            title: "</title><script>alert(1)</script>".into(),
            description: "\"><img src=x onerror='alert(1)'>".into(),
            indexable: false,
        };
        let share: ShareId = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        let path = EntryPath::parse("a\"b/<c>").unwrap();
        insta::assert_snapshot!(head(&origins(), Some((&card, share, &path))));
    }

    #[tokio::test]
    async fn an_unknown_share_gets_the_page_with_404_and_no_index() {
        let store = crate::store::memory::MemoryStore::default();
        let share: ShareId = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        let reply =
            answer(&store, &origins(), share, &EntryPath::root(), "<head><!--vitrine:head--></head>").await;
        assert_eq!(reply.status, 404);
        let Body::Bytes(html) = reply.body else { panic!("a page") };
        insta::assert_snapshot!(String::from_utf8(html).unwrap());
    }
}
