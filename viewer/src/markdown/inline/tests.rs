//! What forms within a line come out as.

use super::super::{Flavour, render, render_fragment};
use proptest::prelude::*;

fn line(text: &str, flavour: Flavour) -> String {
    let html = render(text, flavour);
    html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(&html).to_owned()
}

#[test]
fn pandoc_lowers_raises_and_spans() {
    for (text, expected) in [
        (
            "H~2~O, CO~2~, SO~4~^2-^, log~10~, 10^6^",
            "H<sub>2</sub>O, CO<sub>2</sub>, SO<sub>4</sub><sup>2-</sup>, log<sub>10</sub>, 10<sup>6</sup>",
        ),
        ("about ~5 to ~7, ~~nothing~~", "about ~5 to ~7, <del>nothing</del>"),
        (
            "[important]{.smallcaps} [a *b*]{.mark}",
            "<span class=\"smallcaps\">important</span> <mark>a <em>b</em></mark>",
        ),
        (
            "[l](x){target=_blank} `x`{.r} `{r} nrow(x)`",
            "<a href=\"x\">l</a> <code>x</code> <code>nrow(x)</code>",
        ),
        ("[not a span] and x^2 and a@b.example", "[not a span] and x^2 and a@b.example"),
        ("[@smith2020, p. 3; @doe] says", "[@smith2020, p. 3; @doe] says"),
    ] {
        assert_eq!(line(text, Flavour::Pandoc), expected);
    }
    assert_eq!(line("H~2~O and 10^6^ {a}", Flavour::GitHub), "H~2~O and 10^6^ {a}");
}

#[test]
fn figures_have_captions_and_references_numbers() {
    let html = render(
        "# Sol *s* {#sec-s .x}\n\n![A *c*](a%20b.png){#fig-one width=50% fig-alt=\"one\"}\n\nSee @fig-one, @sec-s, @fig-none.\n\n$$\nx\n$$ {#eq-x}\n\nBy @eq-x.\n",
        Flavour::Pandoc,
    );
    assert!(html.contains("<h1 id=\"sec-s\""), "{html}");
    assert!(html.contains("<figure id=\"fig-one\"><img src=\"a%20b.png\" alt=\"one\" width=\"50%\"><figcaption>Figure 1: A <em>c</em></figcaption></figure>"), "{html}");
    assert!(
        html.contains("<a href=\"#fig-one\">Figure 1</a>, <a href=\"#sec-s\">Sol s</a>, @fig-none."),
        "{html}"
    );
    assert!(html.contains("x \\label{eq-x}</span>") && html.contains("\\eqref{eq-x}"), "{html}");
}

#[test]
fn obsidian_links_marks_and_callouts() {
    for (text, expected) in [
        ("[[Other note|an alias]]", "<a class=\"wiki\" href=\"Other%20note.md\">an alias</a>"),
        (
            "![[my sketch.png|120]]",
            "<img class=\"wiki\" src=\"my%20sketch.png\" alt=\"my sketch.png\" width=\"120\">",
        ),
        ("[[1, 2], [3, 4]] [[5]]", "[[1, 2], [3, 4]] [[5]]"),
        ("==high *l*== and a == b == c, x==y==z", "<mark>high <em>l</em></mark> and a == b == c, x==y==z"),
        ("A block. ^block-id", "A block."),
        ("x %%hidden *y*%% z", "x  z"),
    ] {
        assert_eq!(line(text, Flavour::GitHub), expected);
    }
    let html = line(
        "> [!info] Own **title**\n> Body.\n>\n> > [!faq]- Why?\n> > Because.\n\n> [!tip]\n> T\n\n> [!x y\n",
        Flavour::GitHub,
    );
    assert!(html.contains("<div class=\"alert alert-note\"><p class=\"alert-title alert-own\">Own <strong>title</strong></p>\n<p>Body.</p>"), "{html}");
    assert!(html.contains("<details class=\"alert alert-important\"><summary class=\"alert-title alert-own\">Why?</summary>\n<p>Because.</p>\n</details>"), "{html}");
    assert!(
        html.contains("<p class=\"alert-title\">Tip</p>") && html.contains("<blockquote>\n<p>[!x y</p>"),
        "{html}"
    );
}

#[test]
fn roles_are_readable() {
    for (text, expected) in [
        (
            "{eq}`eq-one`, {math}`\\alpha`",
            "<span class=\"math math-inline\">\\eqref{eq-one}</span>, <span class=\"math math-inline\">\\alpha</span>",
        ),
        (
            "{ref}`sec-target` {ref}`Words <t>`",
            "<a href=\"#sec-target\">sec-target</a> <a href=\"#t\">Words</a>",
        ),
        ("{doc}`a/other` {term}`x`", "<a class=\"wiki\" href=\"a/other.md\">other</a> <em>x</em>"),
        (
            "H{sub}`2`O {kbd}`Ctrl` {cite:p}`a,b` {other}`x`",
            "H<sub>2</sub>O <kbd>Ctrl</kbd> [a, b] {other}<code>x</code>",
        ),
        ("{sub}`<b>`", "<sub>&lt;b&gt;</sub>"),
    ] {
        assert_eq!(line(text, Flavour::GitHub), expected);
    }
}

#[test]
fn notebooks_keep_brackets_and_signs() {
    assert_eq!(render_fragment("[[a]] ==b== %%c%% x^2^"), "<p>[[a]] ==b== %%c%% x^2^</p>\n");
}

proptest! {
    /// Whatever is written, only the elements of these forms come out of a text without HTML.
    #[test]
    fn no_text_makes_other_html(text in "(==|~|\\^|\\[\\[|\\]\\]|!\\[\\[|\\[|\\]|\\{#a|\\{\\.b|='|\\}|@fig-|> \\[!|\\{ref\\}`|`|\\||[a-c \n]|:::|%%){0,40}") {
        for flavour in [Flavour::GitHub, Flavour::Pandoc] {
            let html = render(&text, flavour);
            prop_assert!(!html.contains("onerror") && !html.contains("<script"));
            prop_assert_eq!(html.matches('"').count() % 2, 0, "{}", html);
        }
    }
}
