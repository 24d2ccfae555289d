//! The viewer's page as the build left it: where its head and data go, its style sheet, and what each renderer loads. Read once
//! for each deployment, by `edge`.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Where the template wants the head's own lines.
pub(crate) const HEAD_MARK: &str = "<!--vitrine:head-->";
/// Where it wants the metadata.
pub(crate) const DATA_MARK: &str = "<!--vitrine:data-->";
/// Where it wants what is there to see before the viewer runs.
pub(crate) const FIRST_MARK: &str = "<!--vitrine:first-->";
/// What begins the list of what the renderers load, which readers do not get.
const RENDERERS: (&str, &str) = ("<!--vitrine:renderers ", "-->");
/// What the viewer's own style sheet stands between: in the page, because a sheet that is fetched first costs a round trip more
/// before anything is seen.
const STYLE: (&str, &str) = ("<style>", "</style>");

/// What a renderer waits for before it can draw.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Hints {
    /// The scripts that it imports.
    pub(crate) scripts: Vec<String>,
    /// Its style sheets.
    #[serde(default)]
    pub(crate) styles: Vec<String>,
    /// The scripts that it runs beside the page.
    #[serde(default)]
    pub(crate) workers: Vec<String>,
    /// The wasm that it fetches.
    #[serde(default)]
    pub(crate) wasm: Vec<String>,
    /// Up to this size it fetches its file whole and at once; 0 when it does not.
    #[serde(default)]
    pub(crate) whole: u64,
}

/// The page, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) html: String,
    /// The style sheet as the page's policy names it: `'sha256-…'` (CSP level 3, section 2.3.1).
    pub(crate) style: String,
    pub(crate) renderers: BTreeMap<String, Hints>,
}

impl Template {
    /// Reads `shell.html`; `None` when it is not the one that this Worker was built with.
    pub(crate) fn parse(html: &str) -> Option<Self> {
        let (before, rest) = html.split_once(RENDERERS.0)?;
        let (json, after) = rest.split_once(RENDERERS.1)?;
        let whole = [HEAD_MARK, FIRST_MARK, DATA_MARK].iter().all(|mark| before.contains(mark));
        let (sheet, _) = before.split_once(STYLE.0)?.1.split_once(STYLE.1)?;
        let style = format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(sheet)));
        let renderers = serde_json::from_str(json).ok()?;
        whole.then(|| Self { html: format!("{before}{after}"), style, renderers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_hints_is_taken_out() {
        let html = "<style>p{}</style>a<!--vitrine:head-->b<!--vitrine:first--><!--vitrine:data-->c<!--vitrine:renderers {\"pdf\":{\"scripts\":[\"/x.js\"]}}-->d";
        let template = Template::parse(html).unwrap();
        assert_eq!(
            template.html,
            "<style>p{}</style>a<!--vitrine:head-->b<!--vitrine:first--><!--vitrine:data-->cd"
        );
        let hints = Hints { scripts: vec!["/x.js".into()], ..Hints::default() };
        assert_eq!(template.renderers["pdf"], hints);
        // printf 'p{}' | openssl dgst -sha256 -binary | base64
        assert_eq!(template.style, "'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='");
    }

    #[test]
    fn another_page_is_refused() {
        for bad in
            ["", "<!--vitrine:head--><!--vitrine:data-->", "<!--vitrine:head--><!--vitrine:renderers {}-->"]
        {
            assert_eq!(Template::parse(bad), None, "{bad}");
        }
    }
}
