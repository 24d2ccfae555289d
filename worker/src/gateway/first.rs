//! What a reader sees before the viewer runs, and all that one without scripts gets to see: where the page is, what it is called,
//! the first rows of a folder, the beginning of a text. Called by `shell`; the viewer puts its own in the place of it (`viewer/src/browser/first.rs`).
//!
//! The markup is the viewer's own (`viewer/src/pages/`, `viewer/js/listing/rows.ts`), so that nothing moves when it comes. What
//! depends on the reader's language (sizes, dates, names of types) is left to the viewer, and so is what an address asks for
//! beyond the path: a page in another order has no rows here rather than the wrong ones.

use super::page::escape;
use std::fmt::Write as _;
use vitrine_protocol::rows::{self, Row};
use vitrine_protocol::tree::Found;
use vitrine_protocol::{Entries, EntryName, EntryPath, File, Presentation, ShareId};

/// As many as a tall screen shows at once.
const ROWS_MAX: usize = 60;

/// A description is more than this only in a share whose readers scroll.
const DESCRIPTION_MAX: usize = 2000;

/// What an address asks for beyond its path; the viewer's own reading of it is `viewer/src/location.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Without the furniture around the content; only a page within the share says where it is.
    pub(crate) embed: bool,
    /// The folder in another order or layout than its own.
    pub(crate) arranged: bool,
    /// A file as its source.
    pub(crate) source: bool,
}

/// What the page is of.
pub(super) struct First<'a> {
    pub(super) share: ShareId,
    /// What the share is called.
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    /// As the address says it.
    pub(super) path: &'a EntryPath,
    pub(super) found: &'a Found,
    /// What is in the folder, where it was at hand.
    pub(super) entries: Option<&'a Entries>,
    /// The text that the page shows, the file's own or the README's, with the HTML of its beginning (`preview`).
    pub(super) preview: Option<(&'a File, &'a str)>,
}

impl First<'_> {
    /// The markup.
    pub(super) fn html(&self, asked: Asked) -> String {
        let way = if asked.embed && self.path.is_root() { String::new() } else { self.way() };
        let body = match self.found {
            Found::Dir(_) => self.folder(asked),
            Found::File { file, .. } => self.file(file),
        };
        format!("<div id=\"first\">{way}<main>{body}</main></div>")
    }

    fn address(&self, path: &EntryPath) -> String {
        escape(&format!("/{}/{}", self.share, path.to_url()))
    }

    /// From the share's root to here.
    fn way(&self) -> String {
        let mut path = EntryPath::root();
        let mut steps = vec![(path.clone(), self.title)];
        for name in self.path.names() {
            let Ok(next) = path.join(name) else { break };
            steps.push((next.clone(), name.as_str()));
            path = next;
        }
        let last = steps.len().saturating_sub(1);
        let step = |(n, (path, name)): (usize, &(EntryPath, &str))| {
            let name = format!("<bdi>{}</bdi>", escape(name));
            if n == last {
                return format!("<li><span aria-current=\"page\">{name}</span></li>");
            }
            format!("<li><a href=\"{}\">{name}</a></li>", self.address(path))
        };
        let steps: String = steps.iter().enumerate().map(step).collect();
        format!("<header class=\"top\"><nav><ol class=\"crumbs\">{steps}</ol></nav><div></div></header>")
    }

    fn folder(&self, asked: Asked) -> String {
        let name = self.path.name().map_or(self.title, |name| name.as_str());
        let description = if self.path.is_root() { self.description() } else { String::new() };
        let entries = self.entries.filter(|entries| !asked.arranged && !rows::is_gallery(entries));
        let rows = entries.map_or_else(waiting, |entries| self.rows(entries));
        let readme = self.preview.map(|(file, html)| {
            let name = escape(file.name.as_str());
            format!(
                "<section class=\"readme\"><h2 class=\"readme-name\"><bdi>{name}</bdi></h2>{html}</section>"
            )
        });
        // Under rows that are still to come it would be pushed down by them.
        let readme = readme.filter(|_| entries.is_some()).unwrap_or_default();
        format!("<article class=\"folder\">{}{description}{rows}{readme}</article>", heading("", name))
    }

    fn file(&self, file: &File) -> String {
        let class = Presentation::of(file).class();
        let heading = heading(&format!(" class=\"icon icon-{}\"", file.kind), file.name.as_str());
        let content =
            self.preview.map_or_else(waiting, |(_, html)| format!("<div class=\"content\">{html}</div>"));
        format!("<article class=\"file file-{class}\">{heading}{content}</article>")
    }

    /// As paragraphs: most descriptions are no more, and the viewer makes of the others what they are.
    fn description(&self) -> String {
        let text: String = self.description.chars().take(DESCRIPTION_MAX).collect();
        let paragraphs = text.split("\n\n").filter(|text| !text.trim().is_empty());
        let mut html = String::new();
        for text in paragraphs {
            let _ = write!(html, "<p>{}</p>", escape(text.trim()));
        }
        if html.is_empty() {
            return html;
        }
        format!("<div class=\"description\"><div class=\"prose\">{html}</div></div>")
    }

    fn rows(&self, entries: &Entries) -> String {
        if entries.is_empty() {
            return String::new();
        }
        let rows: String = rows::first_rows(entries, ROWS_MAX).iter().map(|row| self.row(row)).collect();
        let columns = ["name", "size", "date", "type"];
        let mut heads = String::new();
        for column in columns {
            let _ = write!(heads, "<th class=\"{column}\">&nbsp;</th>");
        }
        format!(
            "<div class=\"list-tools\"></div><table class=\"listing\"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
    }

    fn row(&self, row: &Row<'_>) -> String {
        let folder = match self.found {
            Found::Dir(dir) => &dir.path,
            Found::File { path, .. } => path,
        };
        let path = EntryName::new(row.name).ok().and_then(|name| folder.join(&name).ok());
        let Some(path) = path else { return String::new() };
        format!(
            "<tr><td class=\"name\"><a class=\"icon icon-{}\" href=\"{}\"><bdi>{}</bdi></a></td>\
             <td class=\"size\"></td><td class=\"date\"></td><td class=\"type\"></td></tr>",
            row.kind,
            self.address(&path),
            escape(row.name)
        )
    }
}

fn heading(class: &str, name: &str) -> String {
    format!(
        "<header class=\"heading\"><h1{class}><bdi>{}</bdi></h1><p class=\"facts\">&nbsp;</p><div class=\"actions\"></div></header>",
        escape(name)
    )
}

/// What stands where the content will be; nobody sees it whose content is there at once.
fn waiting() -> String {
    "<p class=\"starting\" role=\"status\">Loading…</p>".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::data::tests::file_named;
    use vitrine_protocol::tree::FoundDir;
    use vitrine_protocol::{Kind, Link, Listing};

    const PLAIN: Asked = Asked { embed: false, arranged: false, source: false };

    fn named(name: &str, kind: Kind) -> File {
        File { kind, ..file_named(name, b"x", "application/octet-stream", None) }
    }

    fn of_folder(path: &str, files: Vec<File>, links: Vec<Link>, asked: Asked) -> String {
        let path = EntryPath::parse(path).unwrap();
        let entries = Entries { files, links, ..Entries::default() };
        let listing = Listing::Inline(entries.clone());
        let found =
            Found::Dir(FoundDir { path: path.clone(), listing, file_count: 0, size_bytes: 0, mtime: None });
        let share = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        let (title, description) = ("Tides & <moons>", "Two\n\n<b>paragraphs</b>");
        First {
            share,
            title,
            description,
            path: &path,
            found: &found,
            entries: Some(&entries),
            preview: None,
        }
        .html(asked)
    }

    #[test]
    fn a_folder() {
        let link = Link { name: EntryName::new("latest").unwrap(), target: "b10".into() };
        let files = vec![named("b10.txt", Kind::Text), named("b9.md", Kind::Markdown)];
        insta::assert_snapshot!(of_folder("", files, vec![link], PLAIN).replace('>', ">\n"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let files = vec![named("\"><img src=x onerror=alert(1)>", Kind::Text)];
        insta::assert_snapshot!(of_folder("<script>/a&b", files, vec![], PLAIN).replace('>', ">\n"));
    }

    #[test]
    fn no_rows_where_the_viewer_would_show_others() {
        let files = || (0..5).map(|n| named(&format!("{n}.png"), Kind::Image)).collect::<Vec<_>>();
        assert!(!of_folder("", files(), vec![], PLAIN).contains("<tr"), "a gallery");
        let text = || vec![named("a", Kind::Text)];
        assert!(of_folder("", text(), vec![], PLAIN).contains("<tr"));
        assert!(!of_folder("", text(), vec![], Asked { arranged: true, ..PLAIN }).contains("<tr"));
    }

    #[test]
    fn a_long_folder_has_a_screen_of_rows() {
        let files = (0..500).map(|n| named(&n.to_string(), Kind::Text)).collect();
        let html = of_folder("", files, vec![], PLAIN);
        assert_eq!(html.matches("<tr><td").count(), ROWS_MAX);
        assert!(html.contains(">59<") && !html.contains(">60<"), "by their value");
    }

    #[test]
    fn embedded_pages_say_where_they_are_only_within_the_share() {
        let embed = Asked { embed: true, ..PLAIN };
        assert!(!of_folder("", vec![], vec![], embed).contains("crumbs"));
        assert!(of_folder("a", vec![], vec![], embed).contains("crumbs"));
    }
}
