//! What blocks come out as.

use super::super::{Flavour, render};
use super::*;
use proptest::prelude::*;

#[test]
fn a_paper_of_quarto() {
    insta::assert_snapshot!(render(
        include_str!("../../../../tests/cases/16-quarto-rmarkdown/paper.qmd"),
        Flavour::Pandoc
    ));
}

#[test]
fn a_chapter_of_myst() {
    insta::assert_snapshot!(render(
        include_str!("../../../../tests/cases/21-myst-directives/chapter.md"),
        Flavour::GitHub
    ));
}

#[test]
fn a_note_of_obsidian() {
    insta::assert_snapshot!(render(
        include_str!("../../../../tests/cases/18-obsidian-vault/Daily note.md"),
        Flavour::GitHub
    ));
}

#[test]
fn directives_and_divs_of_all_kinds() {
    for (text, expected) in [
        ("```{mermaid}\na\n```\n", vec!["<pre><code class=\"language-mermaid\">a"]),
        ("::: mermaid\na --> b\n:::\n", vec!["language-mermaid\">a --&gt; b"]),
        (":::tip My title\ntext\n:::\n", vec!["alert-tip", "alert-own", "My title", "<p>text</p>"]),
        (
            "````{tab-set}\n```{tab-item} One\nfirst\n```\n````\n",
            vec!["<strong>One</strong>", "<p>first</p>"],
        ),
        ("```{dropdown} More\n*x*\n```\n", vec!["<details><summary>", "More", "<em>x</em>"]),
        ("```{prf:theorem} Big\nx\n```\n", vec!["Theorem (Big)"]),
        ("```{code-block} rust\n:linenos:\nfn x() {}\n```\n", vec!["language-rust\">fn x() {}"]),
        ("```{julia}\n#| echo: false\n1\n```\n", vec!["language-julia\">#| echo"]),
        (
            "```{warning}\nIn a note:\n```python\n1\n```\nend\n```\n",
            vec!["alert-warning", "language-python\">1", "<p>end</p>\n</div>"],
        ),
        ("- item\n  ```\n  ::: x\n  ```\n\n:::note\ny\n:::\n", vec!["::: x", "alert-note"]),
        ("```\n:::note\n%%x%%\n```\n", vec![":::note\n%%x%%"]),
        ("a ::: b\n\n:::\n", vec!["a ::: b", ":::"]),
        ("%%\nhidden\n%%\nseen\n", vec!["<p>seen</p>"]),
    ] {
        let html = render(text, Flavour::GitHub);
        for part in expected {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}

#[test]
fn containers_nest_to_a_bound() {
    let html = render(&":::note\n".repeat(10_000), Flavour::GitHub);
    assert!(html.matches("<div class=\"alert ").count() <= DEPTH_MAX);
    let html = render(&"```{note}\n".repeat(10_000), Flavour::GitHub);
    assert!(html.matches("<div class=\"alert ").count() <= DEPTH_MAX);
}

#[test]
fn hostile_texts_take_linear_time() {
    for piece in [
        "^[",
        "| a\n",
        ": x\n\n",
        "{{< ",
        "%%\n",
        ":::{a}\n",
        "```{note}\n",
        "[x]{",
        "@fig-",
        "[[",
        "==",
        "{#",
        "~a",
        "```{a\n",
        "> [!a] ",
    ] {
        let begun = std::time::Instant::now();
        let text = piece.repeat(20_000);
        for flavour in [Flavour::GitHub, Flavour::Pandoc] {
            let _ = render(&text, flavour);
        }
        assert!(begun.elapsed().as_secs() < 10, "{piece}: {:?}", begun.elapsed());
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "(```|:::|\\{note\\}|\\{r, a=\"b\"\\}|\\{\\.callout-tip\\}|\n|:name: x|> |- |\\^\\[|\\]|%%|\\(a\\)=|\\| |: |---|[a-c é]){0,60}") {
        for flavour in [Flavour::GitHub, Flavour::Pandoc, Flavour::Notebook] {
            let _ = render(&text, flavour);
        }
    }
}
