//! Which of an output's forms is shown, and where: in the page when it is inert, in the frame origin when it may run.

use super::{embedded, hosted, joined, json, picture, plain_html, resource};
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
    /// A file that lies beside the notebook, shown in a place of its own.
    Page {
        /// Its address, as the output has it.
        address: String,
        /// The width that the output asks for, in CSS pixels.
        width: Option<u64>,
        /// The height that it asks for.
        height: Option<u64>,
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
        /// Whether it is made for a dark ground.
        on_dark: bool,
    },
    /// A PDF in base64.
    Pdf(String),
    /// Markdown.
    Markdown(String),
    /// TeX with its own dollars or environments.
    Latex(String),
    /// JSON, indented, and the media type it came under.
    Json(String, String),
    /// Terminal text.
    Text(String),
    /// A widget, which lived in a kernel that is gone.
    Widget {
        /// Its model in the notebook's saved state, if that has it.
        model: String,
        /// Its plain text.
        text: String,
        /// What else there is to show, for notebooks without saved state.
        otherwise: Option<Box<Shown>>,
    },
    /// Nothing that can be shown; the names of what is there.
    Nothing(Vec<String>),
}

const WIDGET: &str = "application/vnd.jupyter.widget-view+json";

/// Outputs that only load a library into the notebook's page: every frame loads its own.
const LOADING: [&str; 2] = ["application/vnd.bokehjs_load.v0+json", "application/vnd.holoviews_load.v0+json"];

/// Picks the richest form that can be shown faithfully.
///
/// Kernels of R and Julia write HTML meant for their own front ends beside good images and text; there, images win. Sage's
/// HTML is its LaTeX in the dress of a typesetter that is not here.
pub fn choose(forms: &Map<String, Value>, metadata: &Map<String, Value>, language: &str) -> Shown {
    if LOADING.iter().any(|mime| forms.contains_key(*mime)) {
        return Shown::Nothing(Vec::new());
    }
    let image = || picture::of(forms, metadata);
    let latex = || text_of(forms, "text/latex").map(Shown::Latex);
    let first = match language {
        "r" | "julia" => image(),
        "sage" => latex(),
        _ => None,
    };
    widget(forms, metadata, language)
        .or(first)
        .or_else(|| chart(forms))
        .or_else(|| {
            text_of(forms, "text/html")
                .filter(|html| !html.trim().is_empty())
                .map(|text| html(text, image().as_ref()))
        })
        .or_else(|| text_of(forms, "text/markdown").map(Shown::Markdown))
        .or_else(image)
        .or_else(|| {
            text_of(forms, "application/pdf").map(|data| Shown::Pdf(data.split_whitespace().collect()))
        })
        .or_else(latex)
        .or_else(|| script(forms))
        .or_else(|| data(forms))
        .or_else(|| text_of(forms, "text/plain").map(Shown::Text))
        .or_else(|| any_text(forms))
        .or_else(|| any_json(forms))
        .unwrap_or_else(|| Shown::Nothing(forms.keys().cloned().collect()))
}

fn text_of(forms: &Map<String, Value>, mime: &str) -> Option<String> {
    forms.get(mime).map(|value| joined(Some(value)))
}

/// `picture` is what the output shows to those who cannot draw its HTML.
fn html(html: String, picture: Option<&Shown>) -> Shown {
    // What Bokeh writes while it loads, for ever in a notebook that is only read.
    if html.contains("Loading BokehJS") && html.len() < 2_000 {
        return Shown::Nothing(Vec::new());
    }
    if let Some(page) = embedded::page(&html) {
        return page;
    }
    let html = hosted::table(&html).unwrap_or(html);
    let picture = match picture {
        Some(Shown::Image { url, .. }) => Some(url.as_str()),
        _ => None,
    };
    let html = embedded::linked(html, picture);
    if plain_html::is_plain(&html) {
        Shown::PlainHtml(html)
    } else {
        Shown::Frame { form: "html", data: html }
    }
}

/// Charts that are data for a library that the frame's page has at hand.
fn chart(forms: &Map<String, Value>) -> Option<Shown> {
    bokeh(forms).or_else(|| {
        forms.iter().find_map(|(mime, value)| {
            let form = match mime.as_str() {
                "application/vnd.plotly.v1+json" => "plotly",
                "text/vnd.mermaid" => {
                    return Some(Shown::Frame { form: "mermaid", data: joined(Some(value)) });
                }
                mime if mime.starts_with("application/vnd.vega.v") => "vega",
                mime if mime.starts_with("application/vnd.vegalite.v") => "vega-lite",
                _ => return None,
            };
            Some(Shown::Frame { form, data: json::for_scripts(&parsed(value)) })
        })
    })
}

/// Bokeh's place for a plot, and the script that fills it, come as two forms of one output.
fn bokeh(forms: &Map<String, Value>) -> Option<Shown> {
    let is_exec = ["application/vnd.bokehjs_exec.v0+json", "application/vnd.holoviews_exec.v0+json"];
    is_exec.iter().find(|mime| forms.contains_key(**mime))?;
    let html = text_of(forms, "text/html").unwrap_or_default();
    let script = text_of(forms, "application/javascript").unwrap_or_default();
    Some(Shown::Frame {
        form: "bokeh",
        data: serde_json::json!({"html": html, "script": script}).to_string(),
    })
}

fn script(forms: &Map<String, Value>) -> Option<Shown> {
    let code = text_of(forms, "application/javascript").or_else(|| text_of(forms, "text/javascript"))?;
    Some(Shown::Frame { form: "javascript", data: code })
}

fn widget(forms: &Map<String, Value>, metadata: &Map<String, Value>, language: &str) -> Option<Shown> {
    let view = forms.get(WIDGET)?;
    let rest = forms.iter().filter(|(mime, _)| *mime != WIDGET && *mime != "text/plain");
    let rest: Map<String, Value> = rest.map(|(mime, value)| (mime.clone(), value.clone())).collect();
    let otherwise = (!rest.is_empty()).then(|| Box::new(choose(&rest, metadata, language)));
    Some(Shown::Widget {
        model: view.get("model_id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        text: text_of(forms, "text/plain").unwrap_or_default(),
        otherwise: otherwise.filter(|shown| !matches!(**shown, Shown::Nothing(_))),
    })
}

/// Data whose point is itself; vendors' types usually come with a plain text that says more.
fn data(forms: &Map<String, Value>) -> Option<Shown> {
    if let Some(table) = forms.get("application/vnd.dataresource+json").and_then(resource::table) {
        return Some(Shown::PlainHtml(table));
    }
    if let Some(shapes) = forms.get("application/geo+json") {
        return Some(Shown::Frame { form: "geojson", data: json::for_scripts(&parsed(shapes)) });
    }
    let mime = "application/json";
    forms.get(mime).map(|value| Shown::Json(indented(value), mime.to_owned()))
}

/// A string that is itself JSON (format 3) is read.
fn parsed(value: &Value) -> Value {
    let inner = value.as_str().and_then(|text| json::parse(text).ok());
    inner.unwrap_or_else(|| value.clone())
}

fn indented(value: &Value) -> String {
    match parsed(value) {
        Value::String(text) => json::plain(&text).to_owned(),
        value => json::for_readers(&value),
    }
}

fn any_text(forms: &Map<String, Value>) -> Option<Shown> {
    let (_, value) = forms.iter().find(|(mime, _)| mime.starts_with("text/"))?;
    Some(Shown::Text(joined(Some(value))))
}

/// Forms that nobody here knows: their source, when it can be read.
fn any_json(forms: &Map<String, Value>) -> Option<Shown> {
    let readable = |(mime, value): &(&String, &Value)| mime.ends_with("json") || value.is_object();
    let (mime, value) = forms.iter().find(readable)?;
    Some(Shown::Json(indented(value), mime.clone()))
}
