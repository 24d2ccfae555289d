//! What crawlers are told: `robots.txt`, and a sitemap of the public shares whose owners want to be found. Pure; `edge` brings
//! the rows.

use super::headers;
use crate::origin::Origins;
use crate::reply::{Body, Reply};
use std::fmt::Write as _;
use vitrine_protocol::ShareId;

/// Shares on one page of the sitemap. The protocol allows 50,000; a page of this many is some megabyte.
pub(crate) const PAGE: u32 = 10_000;

/// A share on a page of the sitemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) share: ShareId,
    /// When its snapshot became current, in milliseconds since the epoch.
    pub(crate) published_at: i64,
}

/// `robots.txt`. Whether something may be listed is said by itself (`robots` meta tag, `X-Robots-Tag`), which a crawler must
/// read to know; and one that draws pages needs their data. Archives alone are only weight. The sitemap is named when there is one.
pub(crate) fn robots(origins: &Origins, has_sitemap: bool) -> Reply {
    let sitemap =
        if has_sitemap { format!("\nSitemap: {}/sitemap.xml\n", origins.share) } else { String::new() };
    let text = format!("User-agent: *\nDisallow: /~/*/zip/\n{sitemap}");
    document("text/plain; charset=utf-8", text)
}

/// The frame origin's: nothing there is a page of its own.
pub(crate) fn robots_of_frame() -> Reply {
    document("text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n".into())
}

/// The index: one line for each page.
pub(crate) fn sitemap_index(origins: &Origins, count: u64) -> Reply {
    let mut xml = String::from(HEAD);
    xml.push_str("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for page in 0..count.div_ceil(u64::from(PAGE)) {
        let _ = writeln!(xml, "<sitemap><loc>{}/sitemap-{page}.xml</loc></sitemap>", origins.share);
    }
    xml.push_str("</sitemapindex>\n");
    document(XML, xml)
}

/// One page. Ids and times need no escaping.
pub(crate) fn sitemap(origins: &Origins, shares: &[Listed]) -> Reply {
    let mut xml = String::from(HEAD);
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for Listed { share, published_at } in shares {
        let _ = writeln!(
            xml,
            "<url><loc>{}/{share}/</loc><lastmod>{}</lastmod></url>",
            origins.share,
            date(*published_at)
        );
    }
    xml.push_str("</urlset>\n");
    document(XML, xml)
}

const XML: &str = "application/xml; charset=utf-8";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A day, as the sitemap protocol takes it (W3C datetime).
fn date(unix_ms: i64) -> String {
    let (year, month, day) = super::zip::layout::civil(unix_ms.div_euclid(86_400_000));
    format!("{year:04}-{month:02}-{day:02}")
}

fn document(content_type: &str, text: String) -> Reply {
    Reply::new(200)
        .headers(headers::crawl())
        .header("content-type", content_type)
        .body(Body::Bytes(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: Reply) -> String {
        let Body::Bytes(bytes) = reply.body else { panic!("a document") };
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_crawlers_read() {
        let origins = Origins::example();
        let share = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        insta::assert_snapshot!(
            [
                text(robots(&origins, true)),
                text(robots(&origins, false)),
                text(robots_of_frame()),
                text(sitemap_index(&origins, 10_001)),
                text(sitemap(&origins, &[Listed { share, published_at: 1_700_000_000_000 }])),
            ]
            .join("--\n")
        );
    }
}
