//! What documents come out as. The sanitiser's part is tested in the browser.

use super::*;
use proptest::prelude::*;

fn github(text: &str) -> String {
    render(text, Flavour::GitHub)
}

#[test]
fn github_extensions() {
    insta::assert_snapshot!(github(
        "# A *title* with `code`\n\n| a | b |\n|:--|--:|\n| 1 | ~~2~~ |\n\n- [x] done\n- [ ] open\n\n\
         > [!WARNING]\n> Mind the gap.\n\nSee https://a.example/x_y. And www.b.example!\n"
    ));
}

#[test]
fn footnotes_come_last_and_point_back() {
    insta::assert_snapshot!(github(
        "One[^b], two[^a], again[^b].\n\n[^a]: First.\n\n[^b]: Second.\n\n[^c]: Unused.\n\nEnd."
    ));
}

#[test]
fn mathematics_is_left_to_the_typesetter() {
    insta::assert_snapshot!(github(
        "Costs $5 and $6; but $a_1 < b_1$ and\n\n$$\n\\sum_i\n- x_i & y \\\\\n$$\n\nend"
    ));
}

#[test]
fn front_matter_is_folded() {
    insta::assert_snapshot!(github("---\ntitle: A <b>\n---\n\n# Hello\n"));
    insta::assert_snapshot!(render_fragment("---\n\ntext\n"));
}

#[test]
fn headings_have_ids_of_their_own() {
    insta::assert_snapshot!(github("# One\n## Two & *three*\n# One\nSetext\n---\n"));
}

#[test]
fn code_keeps_its_language_and_no_links() {
    insta::assert_snapshot!(github(
        "```rust,ignore\nfn main() { /* https://a.example <b> */ }\n```\n\n`www.x.example`\n"
    ));
}

#[test]
fn raw_html_passes_for_the_sanitiser_to_judge() {
    insta::assert_snapshot!(github(
        "<details><summary>x</summary>\n\n**b**\n\n</details>\n\n<script>alert(1)</script>\n"
    ));
}

proptest! {
    #[test]
    fn no_text_panics(text in "([#*_`$|>\\[\\]()^!\n -]|https://|:|\\\\|[a-cé]){0,80}") {
        let _ = github(&text);
    }
}
