//! Pictures among an output's forms, as `data:` addresses for `<img>`, in which nothing runs.

use super::choose::Shown;
use super::joined;
use serde_json::{Map, Value};

/// Images that browsers show in `<img>`.
const IMAGES: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"];

/// Longer plain text says something else than what the picture shows.
const ALT_MAX: usize = 300;

/// The best picture there is.
pub(super) fn of(forms: &Map<String, Value>, metadata: &Map<String, Value>) -> Option<Shown> {
    let (mime, url) = raster(forms).or_else(|| Some((SVG, svg_url(&text_of(forms, SVG)?))))?;
    let own = metadata.get(mime);
    let size = |side: &str| {
        let value = own.and_then(|own| own.get(side)).or_else(|| metadata.get(side));
        value.and_then(pixels).filter(|size| (1..=10_000).contains(size))
    };
    let said =
        |key: &str| own.and_then(|own| own.get(key)).or_else(|| metadata.get(key)).and_then(Value::as_str);
    let alt = said("alt").map(str::to_owned).or_else(|| text_of(forms, "text/plain"));
    Some(Shown::Image {
        url,
        width: size("width"),
        height: size("height"),
        alt: alt.filter(|alt| alt.len() <= ALT_MAX).unwrap_or_default(),
        on_dark: said("needs_background") == Some("dark"),
    })
}

const SVG: &str = "image/svg+xml";

fn text_of(forms: &Map<String, Value>, mime: &str) -> Option<String> {
    forms.get(mime).map(|value| joined(Some(value)))
}

fn raster(forms: &Map<String, Value>) -> Option<(&'static str, String)> {
    IMAGES.iter().find_map(|mime| {
        let data: String = text_of(forms, mime)?.split_whitespace().collect();
        Some((*mime, format!("data:{mime};base64,{data}")))
    })
}

/// A number of pixels, which some kernels write as a fraction or a text.
fn pixels(value: &Value) -> Option<u64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim_end_matches("px").trim().parse().ok())?;
    // The range is checked by the caller; a fraction of a pixel is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the float is in range")]
    (0.0..1e9).contains(&number).then_some(number.round() as u64)
}

/// An SVG as an address for `<img>`, where its scripts do not run.
fn svg_url(svg: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(svg, percent_encoding::NON_ALPHANUMERIC);
    format!("data:image/svg+xml,{encoded}")
}
