//! Which of an output's forms is shown, and where: in the page when it is inert, in the frame origin when it may run.

use super::{joined, plain_html};
use serde_json::{Map, Value};

/// What is shown of an output.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// HTML that needs no script: sanitised into the page.
    PlainHtml(String),
    /// Something that may run: rendered in the frame origin.
    Frame {
        /// What the frame's page calls it.
        form: &'static str,
        /// The HTML, script, or JSON of it.
        data: String,
    },
    /// A picture, as a `data:` address.
    Image {
        /// The address.
        url: String,
        /// Its width in CSS pixels, if the notebook says.
        width: Option<u64>,
        /// Its height in CSS pixels, if the notebook says.
        height: Option<u64>,
        /// What it shows, if the notebook says: the plain text beside it.
        alt: String,
    },
    /// Markdown.
    Markdown(String),
    /// TeX with its own dollars or environments.
    Latex(String),
    /// JSON, indented.
    Json(String),
    /// Terminal text.
    Text(String),
    /// A widget, which lived in a kernel that is gone; its plain text.
    Widget(String),
    /// Nothing that can be shown; the names of what is there.
    Nothing(Vec<String>),
}

/// Images that browsers show in `<img>`.
const IMAGES: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"];

/// Picks the richest form that can be shown faithfully.
///
/// Kernels of R and Julia write HTML meant for their own front ends beside good images and text; there, images win.
pub fn choose(forms: &Map<String, Value>, metadata: &Map<String, Value>, language: &str) -> Shown {
    let image_first = matches!(language, "r" | "julia");
    let alt = text_of(forms, "text/plain").filter(|alt| alt.len() <= 300).unwrap_or_default();
    let image = || image(forms, metadata, &alt);
    let first = if image_first { image() } else { None };
    first
        .or_else(|| chart(forms))
        .or_else(|| text_of(forms, "text/html").filter(|html| !html.trim().is_empty()).map(html))
        .or_else(|| text_of(forms, "text/markdown").map(Shown::Markdown))
        .or_else(image)
        .or_else(|| text_of(forms, "text/latex").map(Shown::Latex))
        .or_else(|| script(forms))
        .or_else(|| widget(forms))
        .or_else(|| json(forms))
        .or_else(|| text_of(forms, "text/plain").map(Shown::Text))
        .or_else(|| any_text(forms))
        .unwrap_or_else(|| Shown::Nothing(forms.keys().cloned().collect()))
}

fn text_of(forms: &Map<String, Value>, mime: &str) -> Option<String> {
    forms.get(mime).map(|value| joined(Some(value)))
}

fn html(html: String) -> Shown {
    if plain_html::is_plain(&html) {
        Shown::PlainHtml(html)
    } else {
        Shown::Frame { form: "html", data: html }
    }
}

/// Charts that are data for a library: the frame's page loads it. A picture of the chart beside it is preferred.
fn chart(forms: &Map<String, Value>) -> Option<Shown> {
    let has_picture = forms.keys().any(|mime| IMAGES.contains(&mime.as_str()) || mime == "text/html");
    if has_picture {
        return None;
    }
    forms.iter().find_map(|(mime, value)| {
        let form = match mime.as_str() {
            "application/vnd.plotly.v1+json" => "plotly",
            mime if mime.starts_with("application/vnd.vega.v") => "vega",
            mime if mime.starts_with("application/vnd.vegalite.v") => "vega-lite",
            _ => return None,
        };
        Some(Shown::Frame { form, data: value.to_string() })
    })
}

fn image(forms: &Map<String, Value>, metadata: &Map<String, Value>, alt: &str) -> Option<Shown> {
    let (mime, url) = IMAGES
        .iter()
        .find_map(|mime| {
            let data: String = text_of(forms, mime)?.split_whitespace().collect();
            Some((*mime, format!("data:{mime};base64,{data}")))
        })
        .or_else(|| Some(("image/svg+xml", svg_url(&text_of(forms, "image/svg+xml")?))))?;
    let size = |side: &str| {
        let own = metadata.get(mime).and_then(|m| m.get(side));
        own.or_else(|| metadata.get(side)).and_then(Value::as_u64).filter(|size| (1..=10_000).contains(size))
    };
    Some(Shown::Image { url, width: size("width"), height: size("height"), alt: alt.to_owned() })
}

/// An SVG as an address for `<img>`, where its scripts do not run.
fn svg_url(svg: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(svg, percent_encoding::NON_ALPHANUMERIC);
    format!("data:image/svg+xml,{encoded}")
}

fn script(forms: &Map<String, Value>) -> Option<Shown> {
    let code = text_of(forms, "application/javascript").or_else(|| text_of(forms, "text/javascript"))?;
    Some(Shown::Frame { form: "javascript", data: code })
}

fn widget(forms: &Map<String, Value>) -> Option<Shown> {
    let has_widget = forms.contains_key("application/vnd.jupyter.widget-view+json");
    has_widget.then(|| Shown::Widget(text_of(forms, "text/plain").unwrap_or_default()))
}

/// JSON is shown as such only when it is the point; vendors' types usually come with a plain text that says more.
fn json(forms: &Map<String, Value>) -> Option<Shown> {
    let own = forms.get("application/json").or_else(|| forms.get("application/geo+json"));
    let other = || {
        let vendors = forms.iter().find(|(mime, _)| mime.ends_with("+json"));
        vendors.filter(|_| !forms.contains_key("text/plain")).map(|(_, value)| value)
    };
    own.or_else(other).map(|value| Shown::Json(indented(value)))
}

/// Indents; a string that is itself JSON (format 3) is read first.
fn indented(value: &Value) -> String {
    let inner = value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    match (inner, value) {
        (None, Value::String(text)) => text.clone(),
        (inner, value) => serde_json::to_string_pretty(inner.as_ref().unwrap_or(value)).unwrap_or_default(),
    }
}

fn any_text(forms: &Map<String, Value>) -> Option<Shown> {
    let (_, value) = forms.iter().find(|(mime, _)| mime.starts_with("text/"))?;
    Some(Shown::Text(joined(Some(value))))
}
