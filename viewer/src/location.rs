//! The address of a page, which is all the state a page has: share, path, view, order, fragment.
//!
//! The router parses every address here and builds every link from here; nobody else takes an address apart.

use crate::sort::Order;
use percent_encoding::percent_decode_str;
use vitrine_protocol::path::PathError;
use vitrine_protocol::{EntryPath, ShareId};

/// The query parameters a page understands; others are ignored.
mod parameter {
    pub(super) const VIEW: &str = "view";
    pub(super) const SORT: &str = "sort";
    pub(super) const LAYOUT: &str = "layout";
    /// How a text is read, which the scripts know (`viewer/js/encodings/address.ts`): its encoding, and what tables are made by.
    pub(super) const READING: [&str; 5] = ["encoding", "delimiter", "quotes", "head", "skip"];
}

/// Why an address is not one of a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// The first segment is not a share's id.
    #[error("`{0}` is not the id of a share")]
    Share(String),
    /// What follows is not a path.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// As its kind says.
    #[default]
    Rendered,
    /// As the text it is made of.
    Source,
}

/// How a folder is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As rows.
    List,
    /// As pictures.
    Grid,
}

impl Layout {
    /// Its name in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Grid => "grid",
        }
    }

    /// Reads it from an address.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::List, Self::Grid].into_iter().find(|layout| layout.as_str() == name)
    }
}

/// The address of one page of the viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageUrl {
    /// The share.
    pub share: ShareId,
    /// The file or folder in it.
    pub path: EntryPath,
    /// How a file is shown.
    pub view: View,
    /// How a folder is ordered.
    pub order: Order,
    /// How a folder is laid out; what is in it decides when the address does not.
    pub layout: Option<Layout>,
    /// How the file's text is read, as the reader chose: parameters as they stand, between `&`.
    pub reading: String,
    /// What follows `#`, still encoded.
    pub fragment: String,
}

impl PageUrl {
    /// The page of a path, as a link to it leads.
    pub fn new(share: ShareId, path: EntryPath) -> Self {
        let (view, order) = (View::default(), Order::default());
        Self { share, path, view, order, layout: None, reading: String::new(), fragment: String::new() }
    }

    /// Reads the three parts that a browser's `location` has.
    pub fn parse(pathname: &str, search: &str, hash: &str) -> Result<Self, LocationError> {
        let trimmed = pathname.strip_prefix('/').unwrap_or(pathname);
        let (share, path) = trimmed.split_once('/').unwrap_or((trimmed, ""));
        let share = share.parse().map_err(|_| LocationError::Share(shown(share)))?;
        let mut page = Self::new(share, EntryPath::from_url(path)?);
        hash.strip_prefix('#').unwrap_or(hash).clone_into(&mut page.fragment);
        for pair in search.strip_prefix('?').unwrap_or(search).split('&') {
            match pair.split_once('=') {
                Some((parameter::VIEW, "source")) => page.view = View::Source,
                Some((parameter::SORT, order)) => page.order = Order::parse(order).unwrap_or_default(),
                Some((parameter::LAYOUT, layout)) => page.layout = Layout::parse(layout),
                Some((name, value)) if parameter::READING.contains(&name) && is_plain(value) => {
                    if !page.reading.is_empty() {
                        page.reading.push('&');
                    }
                    page.reading.push_str(pair);
                }
                _ => {}
            }
        }
        Ok(page)
    }

    /// The address to put into a link or the history.
    pub fn to_url(&self) -> String {
        let mut url = format!("/{}/{}", self.share, self.path.to_url());
        let order = (self.order != Order::default()).then(|| self.order.to_string());
        let parameters = [
            (parameter::VIEW, (self.view == View::Source).then_some("source")),
            (parameter::SORT, order.as_deref()),
            (parameter::LAYOUT, self.layout.map(Layout::as_str)),
        ];
        let mut before = '?';
        for (name, value) in parameters {
            let Some(value) = value else { continue };
            url.push(before);
            url.push_str(name);
            url.push('=');
            url.push_str(value);
            before = '&';
        }
        if !self.reading.is_empty() {
            url.push(before);
            url.push_str(&self.reading);
        }
        if !self.fragment.is_empty() {
            url.push('#');
            url.push_str(&self.fragment);
        }
        url
    }

    /// The same page in another view.
    pub fn with_view(&self, view: View) -> Self {
        Self { view, fragment: String::new(), ..self.clone() }
    }

    /// The same page, read as the address `here` says if that is of the same file: the scripts change it there.
    pub fn read_as(self, here: &Self) -> Self {
        if self.same_place(here) { Self { reading: here.reading.clone(), ..self } } else { self }
    }

    /// Whether both addresses show the same file or folder, so that only the view, order or place on it differs.
    pub fn same_place(&self, other: &Self) -> bool {
        self.share == other.share && self.path == other.path
    }
}

/// Whether a parameter's value can be written as it stands.
fn is_plain(value: &str) -> bool {
    value.len() <= 40 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:%".contains(&byte))
}

/// The first characters of something that came from an address bar, decoded for reading.
fn shown(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sort::Column;
    use proptest::prelude::*;

    #[test]
    fn how_a_text_is_read_stays_in_the_address_of_its_file() {
        let share = "e0000000000000000000000000".parse::<ShareId>().unwrap();
        let path = format!("/{share}/a.csv");
        let page = PageUrl::parse(&path, "?encoding=koi8-r&x=1&delimiter=tab&skip=<b>&view=source", "#row=2")
            .unwrap();
        assert_eq!(page.reading, "encoding=koi8-r&delimiter=tab");
        assert_eq!(page.to_url(), format!("{path}?view=source&encoding=koi8-r&delimiter=tab#row=2"));
        let plain = PageUrl::parse(&path, "", "").unwrap();
        assert_eq!(plain.clone().read_as(&page).reading, page.reading);
        let other = PageUrl::parse(&format!("/{share}/b.csv"), "", "").unwrap();
        assert_eq!(other.clone().read_as(&page), other);
    }

    const ID: &str = "e0123456789abcdefghjkmnpqr";

    #[test]
    fn an_address_is_taken_apart() {
        let page =
            PageUrl::parse(&format!("/{ID}/a%20b/c%23.md"), "?x=1&view=source", "#part").expect("an address");
        assert_eq!(page.path.to_string(), "a b/c#.md");
        assert_eq!((page.view, page.fragment.as_str()), (View::Source, "part"));
        assert_eq!(page.to_url(), format!("/{ID}/a%20b/c%23.md?view=source#part"));
    }

    #[test]
    fn the_root_has_one_spelling() {
        for pathname in [format!("/{ID}"), format!("/{ID}/")] {
            assert_eq!(PageUrl::parse(&pathname, "", "").expect("the root").to_url(), format!("/{ID}/"));
        }
    }

    #[test]
    fn bad_addresses_are_errors() {
        assert_eq!(PageUrl::parse("/nope/x", "", ""), Err(LocationError::Share("nope".to_owned())));
        assert_eq!(PageUrl::parse("/", "", ""), Err(LocationError::Share(String::new())));
        assert_eq!(
            PageUrl::parse(&format!("/{ID}/%2e%2e/x"), "", ""),
            Err(LocationError::Path(PathError::Dots))
        );
    }

    proptest! {
        #[test]
        fn addresses_round_trip(names in prop::collection::vec("[^/\0]{1,8}", 0..4), source: bool, by_size: bool, desc: bool, grid: Option<bool>) {
            let Ok(path) = EntryPath::parse(&names.join("/")) else { return Ok(()) };
            let mut page = PageUrl::new(ID.parse().expect("an id"), path);
            page.view = if source { View::Source } else { View::Rendered };
            page.order = Order { column: if by_size { Column::Size } else { Column::Name }, descending: desc };
            page.layout = grid.map(|grid| if grid { Layout::Grid } else { Layout::List });
            let url = page.to_url();
            let (pathname, search) = url.split_once('?').unwrap_or((&url, ""));
            prop_assert_eq!(PageUrl::parse(pathname, search, ""), Ok(page));
        }

        #[test]
        fn no_address_panics(pathname: String, search: String, hash: String) {
            let _ = PageUrl::parse(&pathname, &search, &hash);
        }
    }
}
