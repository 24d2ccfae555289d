//! The viewer's page as HTML, out of what `shell` has read: its head, what is there to see at once, the metadata, the hints. Pure.
//! Whatever a share says is escaped here, or was by `first`.

use super::headers;
use super::route::Strictness;
use super::template::{DATA_MARK, FIRST_MARK, HEAD_MARK, Hints, Template};
use crate::origin::Origins;
use crate::reply::{Body, Reply};
use vitrine_protocol::{EntryPath, ShareId};

/// What the page says of a path that may be read.
pub(super) struct Card {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) indexable: bool,
    /// The address of a picture, for link previews.
    pub(super) image: Option<String>,
    /// What the path's renderer draws.
    pub(super) drawn: Option<Drawn>,
    /// Where the viewer will fetch the listings that it needs.
    pub(super) listings: Vec<String>,
    /// What is there to see before the viewer runs, as HTML.
    pub(super) first: String,
    /// Where programs find the same, as a `Link` header.
    pub(super) plain: String,
    /// The metadata, as JSON.
    pub(super) data: Option<String>,
}

/// A file that the page shows, alone or below its folder's listing.
pub(super) struct Drawn {
    /// The viewer's renderer that it needs.
    pub(super) renderer: &'static str,
    /// Where the viewer fetches it.
    pub(super) url: String,
    pub(super) size: u64,
}

/// The page. It has no head's lines of the share's own, nothing to see and no data without a card.
pub(super) fn page(
    origins: &Origins,
    strictness: Strictness,
    status: u16,
    template: &Template,
    head: &str,
    card: Option<&Card>,
) -> Reply {
    // A data block: no script, so no policy applies to it, and `<` is the only character that could end it.
    let block = card.and_then(|card| card.data.as_ref()).map(|json| {
        format!(
            "<script type=\"application/json\" id=\"vitrine-data\">{}</script>",
            json.replace('<', "\\u003c")
        )
    });
    let hints = card.map(|card| hints(card, template)).unwrap_or_default();
    let html = template.html.replacen(DATA_MARK, &(block.unwrap_or_default() + &hints), 1);
    let html = html.replacen(FIRST_MARK, card.map_or("", |card| &card.first), 1);
    let html = html.replacen(HEAD_MARK, head, 1);
    Reply::new(status)
        .headers(headers::shell(origins, strictness, &template.style))
        .body(Body::Bytes(html.into_bytes()))
}

/// The head's lines for a page with this card at this path; of any other page they are the same.
pub(super) fn head(origins: &Origins, card: Option<(&Card, ShareId, &EntryPath)>) -> String {
    let named = |name: &str, value: &str| format!("<meta name=\"{name}\" content=\"{}\">", escape(value));
    let embedders = [&origins.app].into_iter().chain(&origins.embedders);
    let embedders = embedders.map(String::as_str).collect::<Vec<_>>().join(" ");
    let mut lines = vec![
        named("vitrine-frame-origin", &origins.frame),
        named("vitrine-embedders", &embedders),
        named("vitrine-sign-in", &origins.sign_in),
        named("vitrine-copy", &origins.copy),
    ];
    let Some((card, share, path)) = card else {
        lines.push("<title>Vitrine</title>\n<meta name=\"robots\" content=\"noindex\">".into());
        return lines.join("\n");
    };
    let property =
        |name: &str, value: &str| format!("<meta property=\"{name}\" content=\"{}\">", escape(value));
    let url = format!("{}/{share}/{}", origins.share, path.to_url());
    lines.push(format!("<title>{}</title>", escape(&card.title)));
    lines.push(property("og:type", "website"));
    lines.push(property("og:site_name", "Vitrine"));
    lines.push(property("og:title", &card.title));
    lines.push(property("og:url", &url));
    lines.push(format!("<link rel=\"canonical\" href=\"{}\">", escape(&url)));
    if !card.description.is_empty() {
        lines.push(named("description", &card.description));
        lines.push(property("og:description", &card.description));
    }
    if let Some(image) = &card.image {
        lines.push(property("og:image", image));
        lines.push(named("twitter:card", "summary_large_image"));
    }
    if !card.indexable {
        lines.push(named("robots", "noindex"));
    }
    lines.join("\n")
}

/// A hint as `fetch` will ask: in the mode `cors`, with the credentials of the same origin.
fn fetched(url: &str) -> String {
    format!("<link rel=\"preload\" href=\"{}\" as=\"fetch\" crossorigin>", escape(url))
}

/// What the browser is to fetch while the viewer itself is still on its way, all at once and not one after another. They come
/// after what is there to see, like the viewer's own script.
fn hints(card: &Card, template: &Template) -> String {
    let listings = card.listings.iter().map(|url| fetched(url));
    let drawn = card.drawn.as_ref().map(|drawn| of_renderer(drawn, template)).unwrap_or_default();
    listings.collect::<String>() + &drawn
}

fn of_renderer(drawn: &Drawn, template: &Template) -> String {
    let Some(hints) = template.renderers.get(drawn.renderer) else { return String::new() };
    let file = (0 < drawn.size && drawn.size <= hints.whole).then(|| fetched(&drawn.url));
    let wasm = hints.wasm.iter().map(|url| fetched(url));
    // The file last: it may be the largest, and the others have to be there before anything is made of it.
    let fetched: String = wasm.chain(file).collect();
    let later = of_later(hints);
    if later.is_empty() { fetched } else { format!("{fetched}<template id=\"later\">{later}</template>") }
}

/// What is small and many: a browser begins every request that it sees before it shows anything. So it does not see these, and
/// the viewer's first script, which runs while the wasm is on its way, lets them go (`viewer/js/main.ts`).
fn of_later(hints: &Hints) -> String {
    let link = |rel: &str, url: &String| format!("<link {rel} href=\"{}\">", escape(url));
    let scripts = hints.scripts.iter().map(|url| link("rel=\"modulepreload\"", url));
    let styles = hints.styles.iter().map(|url| link("rel=\"preload\" as=\"style\"", url));
    // No browser preloads for workers; a script that is in the cache will do.
    let workers = hints.workers.iter().map(|url| link("rel=\"preload\" as=\"fetch\" crossorigin", url));
    scripts.chain(styles).chain(workers).collect()
}

/// Escapes a text for HTML text and quoted attributes.
pub(super) fn escape(text: &str) -> String {
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

    fn template() -> Template {
        Template::parse("<head><style></style><!--vitrine:head--></head><body><!--vitrine:first--><!--vitrine:data--></body><!--vitrine:renderers {\"markdown\":{\"scripts\":[\"/_assets/m.js\"],\"styles\":[\"/_assets/c.css\"],\"workers\":[\"/_assets/w.mjs\"],\"wasm\":[\"/_assets/d.wasm\"],\"whole\":1000}}-->").unwrap()
    }

    fn card() -> Card {
        Card {
            title: "</title><script>alert(1)</script>".into(),
            description: "\"><img src=x onerror='alert(1)'>".into(),
            indexable: false,
            image: Some("https://s.test/~/\"x".into()),
            drawn: Some(Drawn { renderer: "markdown", url: "/~/e/files/\"x.md".into(), size: 1000 }),
            listings: vec!["/~/e/extents/b/0/9".into()],
            first: String::new(),
            plain: String::new(),
            data: None,
        }
    }

    #[test]
    fn hostile_titles_stay_text() {
        let card = card();
        let share: ShareId = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        let path = EntryPath::parse("a\"b/<c>").unwrap();
        let page = [head(&Origins::example(), Some((&card, share, &path))), hints(&card, &template())];
        insta::assert_snapshot!(page.join("\n"));
    }

    #[test]
    fn data_cannot_end_its_block() {
        let json = r#"{"title":"</script><script>alert(1)</script>"}"#;
        let card = Card { data: Some(json.into()), ..card() };
        let reply = page(&Origins::example(), Strictness::Open, 200, &template(), "", Some(&card));
        let Body::Bytes(html) = reply.body else { panic!("a page") };
        insta::assert_snapshot!(String::from_utf8(html).unwrap());
    }
}
