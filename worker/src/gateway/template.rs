//! The viewer's page as the build left it: where its head and data go, and what each renderer loads. Read once for each
//! deployment, by `edge`.

use std::collections::BTreeMap;

/// Where the template wants the head's own lines.
pub(crate) const HEAD_MARK: &str = "<!--vitrine:head-->";
/// Where it wants the metadata.
pub(crate) const DATA_MARK: &str = "<!--vitrine:data-->";
/// Where it wants what is there to see before the viewer runs.
pub(crate) const FIRST_MARK: &str = "<!--vitrine:first-->";
/// What begins the list of what the renderers load, which readers do not get.
const RENDERERS: (&str, &str) = ("<!--vitrine:renderers ", "-->");

/// What a renderer waits for before it can draw.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Hints {
    /// The scripts that it imports.
    pub(crate) scripts: Vec<String>,
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
    pub(crate) renderers: BTreeMap<String, Hints>,
}

impl Template {
    /// Reads `shell.html`; `None` when it is not the one that this Worker was built with.
    pub(crate) fn parse(html: &str) -> Option<Self> {
        let (before, rest) = html.split_once(RENDERERS.0)?;
        let (json, after) = rest.split_once(RENDERERS.1)?;
        let whole = [HEAD_MARK, FIRST_MARK, DATA_MARK].iter().all(|mark| before.contains(mark));
        let renderers = serde_json::from_str(json).ok()?;
        whole.then(|| Self { html: format!("{before}{after}"), renderers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_hints_is_taken_out() {
        let html = "a<!--vitrine:head-->b<!--vitrine:first--><!--vitrine:data-->c<!--vitrine:renderers {\"pdf\":{\"scripts\":[\"/x.js\"]}}-->d";
        let template = Template::parse(html).unwrap();
        assert_eq!(template.html, "a<!--vitrine:head-->b<!--vitrine:first--><!--vitrine:data-->cd");
        let hints = Hints { scripts: vec!["/x.js".into()], ..Hints::default() };
        assert_eq!(template.renderers["pdf"], hints);
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
