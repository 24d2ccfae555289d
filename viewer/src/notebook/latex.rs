//! LaTeX outputs as HTML that the typesetter understands.

use crate::markdown::render_fragment;

/// Pairs that surround a whole formula, and whether it is displayed.
const PAIRS: [(&str, &str, bool); 4] =
    [("$$", "$$", true), ("\\[", "\\]", true), ("\\(", "\\)", false), ("$", "$", false)];

/// Turns the text of a `text/latex` output into HTML with `.math` elements; it still has to be sanitised.
pub fn latex_html(text: &str) -> String {
    let text = text.trim();
    for (open, close, display) in PAIRS {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if let Some(tex) = inner.filter(|tex| !tex.contains('$')) {
            return formula(tex, display);
        }
    }
    if text.starts_with("\\begin{") && !text.contains('$') && !text.contains("\\begin{tabular}") {
        return formula(text, true);
    }
    render_fragment(text)
}

fn formula(tex: &str, display: bool) -> String {
    // SymPy and Sage ask for display style inside single dollars; on a line of its own it is a displayed formula.
    let display = display || tex.trim_start().starts_with("\\displaystyle");
    let class = if display { "math-display" } else { "math-inline" };
    let escaped = tex.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p><span class=\"math {class}\">{escaped}</span></p>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_found_whole_or_in_text() {
        for (text, expected) in [
            (
                "$\\displaystyle x < 2$",
                "<p><span class=\"math math-display\">\\displaystyle x &lt; 2</span></p>",
            ),
            ("$$a\n\n+ b$$\n", "<p><span class=\"math math-display\">a\n\n+ b</span></p>"),
            ("\\[x\\]", "<p><span class=\"math math-display\">x</span></p>"),
            (
                "\\begin{align}a\\end{align}",
                "<p><span class=\"math math-display\">\\begin{align}a\\end{align}</span></p>",
            ),
            ("text $x$ more", "<p>text <span class=\"math math-inline\">x</span> more</p>\n"),
        ] {
            assert_eq!(latex_html(text), expected);
        }
    }
}
