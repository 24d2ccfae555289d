//! Roles of `MyST`: a name in braces before a piece of code says what the code is.

use pulldown_cmark::Event;

use super::super::Flavour;
use super::super::blocks::escaped;
use super::{Dresser, inline_html, text};

const NAMES: [&str; 34] = [
    "math",
    "eq",
    "ref",
    "numref",
    "any",
    "doc",
    "download",
    "cite",
    "cite:p",
    "cite:t",
    "cite:ps",
    "cite:ts",
    "cite:alp",
    "footcite",
    "term",
    "sub",
    "subscript",
    "sup",
    "superscript",
    "kbd",
    "abbr",
    "emphasis",
    "strong",
    "literal",
    "code",
    "file",
    "command",
    "guilabel",
    "samp",
    "program",
    "prf:ref",
    "index",
    "underline",
    "button",
];

impl Dresser<'_> {
    /// Code, or what a role in the text before it makes of it.
    pub(super) fn code(&mut self, code: &str) {
        if let Some(role) = self.role() {
            return self.with_role(&role, code);
        }
        let shown = match self.flavour {
            Flavour::Pandoc => ["{r} ", "{python} ", "{julia} "]
                .iter()
                .find_map(|head| code.strip_prefix(head))
                .unwrap_or(code),
            _ => code,
        };
        self.out.push(Event::Code(shown.to_owned().into()));
        let _ = self.attributes();
    }

    /// Takes a role's name off the end of the text.
    fn role(&mut self) -> Option<String> {
        let Some(Event::Text(before)) = self.out.last() else { return None };
        let (rest, name) = before.strip_suffix('}')?.rsplit_once('{')?;
        let name = NAMES.contains(&name).then(|| name.to_owned())?;
        let rest = text(rest);
        *self.out.last_mut()? = rest;
        Some(name)
    }

    fn with_role(&mut self, role: &str, code: &str) {
        // `words <target>`
        let (words, target) = match code.strip_suffix('>').and_then(|code| code.rsplit_once('<')) {
            Some((words, target)) => (words.trim(), target.trim()),
            None => ("", code.trim()),
        };
        let shown = |otherwise: &str| escaped(if words.is_empty() { otherwise } else { words });
        let element = |name: &str| inline_html(format!("<{name}>{}</{name}>", escaped(code)));
        self.out.push(match role {
            "math" => Event::InlineMath(code.to_owned().into()),
            "eq" => Event::InlineMath(format!("\\eqref{{{}}}", target.replace(['{', '}', '\\'], "")).into()),
            "ref" | "numref" | "any" | "prf:ref" => {
                inline_html(format!("<a href=\"#{}\">{}</a>", escaped(target), shown(target)))
            }
            "doc" | "download" => {
                let name = target.rsplit('/').next().unwrap_or(target);
                let ending = if role == "download" || name.contains('.') { "" } else { ".md" };
                inline_html(format!(
                    "<a class=\"wiki\" href=\"{}{ending}\">{}</a>",
                    escaped(target),
                    shown(name)
                ))
            }
            "sub" | "subscript" => element("sub"),
            "sup" | "superscript" => element("sup"),
            "kbd" | "samp" => element(role),
            "strong" | "guilabel" | "button" => element("strong"),
            "term" | "emphasis" | "program" => inline_html(format!("<em>{}</em>", shown(target))),
            "underline" => element("u"),
            "abbr" => match code.strip_suffix(')').and_then(|code| code.split_once('(')) {
                Some((short, long)) => {
                    inline_html(format!("<abbr title=\"{}\">{}</abbr>", escaped(long), escaped(short.trim())))
                }
                None => text(code),
            },
            "index" => text(words),
            name if name.starts_with("cite") || name == "footcite" => {
                text(format!("[{}]", code.replace(',', ", ")))
            }
            _ => Event::Code(code.to_owned().into()),
        });
    }
}
