//! What documents come out as. The sanitiser's part is tested in the browser.

use super::*;
use proptest::prelude::*;

fn html(text: &str) -> String {
    render(text).html
}

#[test]
fn github_extensions() {
    insta::assert_snapshot!(html(
        "# A *title* with `code`\n\n| a | b |\n|:--|--:|\n| 1 | ~~2~~ |\n\n- [x] done\n- [ ] open\n\n\
         > [!WARNING]\n> Mind the gap.\n\nSee https://a.example/x_y. And www.b.example!\n"
    ));
}

#[test]
fn footnotes_come_last_and_point_back() {
    insta::assert_snapshot!(html(
        "One[^b], two[^a], again[^b].\n\n[^a]: First.\n\n[^b]: Second.\n\n[^c]: Unused.\n\nEnd."
    ));
}

#[test]
fn mathematics_is_left_to_the_typesetter() {
    insta::assert_snapshot!(html(
        "Costs $5 and $6; but $a_1 < b_1$ and\n\n$$\n\\sum_i\n- x_i & y \\\\\n$$\n\nend"
    ));
}

#[test]
fn front_matter_is_folded() {
    insta::assert_snapshot!(html("---\ntitle: A <b>\n---\n\n# Hello\n"));
    insta::assert_snapshot!(render_fragment("---\n\ntext\n").html);
}

#[test]
fn headings_are_listed() {
    let rendered = render("# One\n## Two & *three*\n# One\nSetext\n---\n");
    insta::assert_debug_snapshot!(rendered.headings);
}

#[test]
fn code_keeps_its_language_and_no_links() {
    insta::assert_snapshot!(html(
        "```rust,ignore\nfn main() { /* https://a.example <b> */ }\n```\n\n`www.x.example`\n"
    ));
}

#[test]
fn raw_html_passes_for_the_sanitiser_to_judge() {
    insta::assert_snapshot!(html(
        "<details><summary>x</summary>\n\n**b**\n\n</details>\n\n<script>alert(1)</script>\n"
    ));
}

proptest! {
    #[test]
    fn no_text_panics(text in "([#*_`$|>\\[\\]()^!\n -]|https://|:|\\\\|[a-cé]){0,80}") {
        let _ = render(&text);
    }
}
