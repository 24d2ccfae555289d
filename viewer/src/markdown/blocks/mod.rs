//! Rewrites what stands in fences and divs to HTML and Markdown that the parser knows: directives of `MyST`, callouts and
//! chunks of Quarto, divs of Pandoc and of site generators; and the lines that only those programs read.
//!
//! It is one pass over lines. What it does not know stays: a fence as code, a div's content as text. What it writes is
//! sanitised like all that an author writes. [`super::render`] calls it before formulas are looked for.

pub(super) mod attributes;
pub(super) mod names;
mod pandoc;
mod title;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Flavour, fences};
use attributes::Attributes;
use names::{Alert, HIDDEN, PLAIN, STATEMENTS};

/// Divs and directives nest at most this deep; deeper ones are text.
const DEPTH_MAX: usize = 32;

/// The text as the parser is to read it.
pub(super) fn rewritten(text: &str, flavour: Flavour) -> Cow<'_, str> {
    let is_needed = flavour == Flavour::Pandoc
        || ["```{", "~~~{", "``` {", ":::", "%%", ")="].iter().any(|sign| text.contains(sign));
    if !is_needed {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_myst = ["```{", ":::{", "{ref}`", "{doc}`", "{eq}`", "format_name: myst"]
        .iter()
        .any(|sign| text.contains(sign));
    let writer = Writer {
        lines,
        at: 0,
        out: String::with_capacity(text.len() + 64),
        open: Vec::new(),
        flavour,
        is_myst,
    };
    let text = writer.run();
    Cow::Owned(if flavour == Flavour::Pandoc { pandoc::notes(&text) } else { text })
}

/// A container that is open.
struct Open {
    /// Its fence; of a div a run of colons.
    mark: String,
    close: &'static str,
}

struct Writer<'a> {
    lines: Vec<&'a str>,
    at: usize,
    out: String,
    open: Vec<Open>,
    flavour: Flavour,
    /// Whether lines that only `MyST` reads are hidden.
    is_myst: bool,
}

impl<'a> Writer<'a> {
    fn run(mut self) -> String {
        self.front_matter();
        while let Some(line) = self.lines.get(self.at).copied() {
            if !(self.closes(line) || self.fence(line) || self.div(line) || self.quiet(line)) {
                self.out.push_str(line);
                self.at += 1;
            }
        }
        while let Some(open) = self.open.pop() {
            self.html("", open.close);
        }
        self.out
    }

    /// Metadata at the top is not for this pass.
    fn front_matter(&mut self) {
        if self.flavour == Flavour::Notebook || self.lines.first().is_none_or(|line| line.trim_end() != "---")
        {
            return;
        }
        if let Some(end) = self.lines[1..].iter().position(|line| matches!(line.trim_end(), "---" | "...")) {
            for line in &self.lines[..end + 2] {
                self.out.push_str(line);
            }
            if self.flavour == Flavour::Pandoc {
                self.out.push_str(&title::block(&self.lines[1..=end]));
            }
            self.at = end + 2;
        }
    }

    /// Raw HTML on lines of its own, so that Markdown goes on behind it.
    fn html(&mut self, indent: &str, html: &str) {
        if !html.is_empty() {
            let _ = write!(self.out, "\n{indent}{html}\n\n");
        }
    }

    fn closes(&mut self, line: &str) -> bool {
        let plain = line.trim();
        let is_colons = plain.len() >= 3 && plain.bytes().all(|c| c == b':');
        let found = if is_colons {
            self.open.iter().rposition(|open| open.mark.starts_with(':'))
        } else if plain.starts_with("```") || plain.starts_with("~~~") {
            self.open.iter().rposition(|open| fences::closes(line, &open.mark))
        } else {
            None
        };
        let Some(found) = found else { return false };
        while self.open.len() > found {
            if let Some(open) = self.open.pop() {
                self.html("", open.close);
            }
        }
        self.at += 1;
        true
    }

    /// A fence: a directive, a chunk, or code as it is.
    fn fence(&mut self, line: &'a str) -> bool {
        let Some(mark) = fences::opening(line) else { return false };
        let start = line.trim_start();
        let indent = &line[..line.len() - start.len()];
        let info = start.strip_prefix(mark).map(str::trim).unwrap_or_default();
        match attributes::parse(info) {
            Some((attributes, rest)) if self.open.len() < DEPTH_MAX => {
                self.directive(indent, mark, &attributes, rest.trim());
            }
            _ => self.code(line, mark),
        }
        true
    }

    /// Code, to its end.
    fn code(&mut self, first: &str, mark: &str) {
        self.out.push_str(first);
        self.at += 1;
        while let Some(line) = self.lines.get(self.at) {
            self.out.push_str(line);
            self.at += 1;
            if fences::closes(line, mark) {
                break;
            }
        }
    }

    /// The lines up to the end of a fence, without it.
    fn body(&mut self, is_end: impl Fn(&str) -> bool) -> String {
        let mut body = String::new();
        while let Some(line) = self.lines.get(self.at) {
            self.at += 1;
            if is_end(line) {
                break;
            }
            body.push_str(line);
        }
        body
    }

    /// Options of a directive: `:key: value`, or YAML between dashes.
    fn options(&mut self, attributes: &mut Vec<(String, String)>) {
        let is_yaml = self.lines.get(self.at).is_some_and(|line| line.trim() == "---");
        self.at += usize::from(is_yaml);
        while let Some(line) = self.lines.get(self.at).map(|line| line.trim()) {
            let pair = if is_yaml {
                line.split_once(':')
            } else {
                line.strip_prefix(':').and_then(|line| line.split_once(':'))
            };
            match pair {
                _ if is_yaml && line == "---" => {
                    self.at += 1;
                    break;
                }
                Some((key, value)) if !key.is_empty() && !key.contains(' ') && !line.starts_with("::") => {
                    attributes.push((key.to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()));
                }
                _ => break,
            }
            self.at += 1;
        }
    }

    fn directive(&mut self, indent: &str, mark: &str, attributes: &Attributes, argument: &str) {
        self.at += 1;
        let name =
            attributes.name.trim_start_matches("prf:").trim_start_matches("proof:").to_ascii_lowercase();
        let known = Alert::named(&name).is_some()
            || STATEMENTS.contains(&name.as_str())
            || PLAIN.contains(&name.as_str())
            || HIDDEN.contains(&name.as_str())
            || matches!(
                name.as_str(),
                "math" | "figure" | "image" | "code-cell" | "code-block" | "code" | "sourcecode"
            );
        let mut options = Vec::new();
        if known {
            self.options(&mut options);
        }
        let option =
            |key: &str| options.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
        let is_colons = mark.starts_with(':');
        match name.as_str() {
            "math" => {
                let body = self.body(|line| ends(line, mark));
                let label = option("label");
                let label = if label.is_empty() { String::new() } else { format!("\\label{{{label}}}") };
                let _ = write!(
                    self.out,
                    "\n{indent}$$\n{indent}{argument}\n{body}\n{indent}{label}\n{indent}$$\n\n"
                );
            }
            "figure" | "image" => self.figure(indent, mark, argument, &options),
            "code-cell" | "code-block" | "code" | "sourcecode" => {
                let language = argument.split_whitespace().next().unwrap_or_default();
                self.chunk(indent, mark, language);
            }
            name if HIDDEN.contains(&name) => drop(self.body(|line| ends(line, mark))),
            name if known => {
                let class = option("class").to_owned();
                let id = [option("name"), option("label")].concat();
                self.named(indent, mark, name, argument, &class, &id);
            }
            // A chunk of a notebook's language, or a class that is one.
            name => {
                let language = if name.is_empty() {
                    attributes.classes.first().map_or("", String::as_str)
                } else {
                    name
                };
                if let (true, Some(file)) = (!is_colons, attributes.get("filename")) {
                    self.html(indent, &format!("<p class=\"caption\"><code>{}</code></p>", escaped(file)));
                }
                self.chunk(indent, mark, language.trim_start_matches('='));
            }
        }
    }

    /// A block of code under a plain name.
    fn chunk(&mut self, indent: &str, mark: &str, language: &str) {
        let body = self.body(|line| ends(line, mark));
        let longest = body
            .lines()
            .map(|line| line.trim_start().bytes().take_while(|c| *c == b'`').count())
            .max()
            .unwrap_or(0);
        let fence = "`".repeat(3.max(longest + 1).min(200));
        let language: String =
            language.chars().filter(|c| c.is_alphanumeric() || "+#-_.".contains(*c)).collect();
        let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
        let _ = write!(self.out, "{indent}{fence}{language}\n{body}{end}{indent}{fence}\n");
    }

    fn figure(&mut self, indent: &str, mark: &str, address: &str, options: &[(String, String)]) {
        let option =
            |key: &str| options.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
        let mut picture =
            format!("<figure><img src=\"{}\" alt=\"{}\"", escaped(address), escaped(option("alt")));
        for key in ["width", "height"] {
            if !option(key).is_empty() {
                let _ = write!(picture, " {key}=\"{}\"", escaped(option(key).trim_end_matches("px")));
            }
        }
        picture.push('>');
        if !option("name").is_empty() {
            let _ = write!(picture, "<span id=\"{}\"></span>", escaped(option("name")));
        }
        self.html(indent, &format!("{picture}<figcaption>"));
        self.push(mark, "</figcaption></figure>");
    }

    /// A container by its name: a note, a statement, or just what is in it.
    fn named(&mut self, indent: &str, mark: &str, name: &str, argument: &str, class: &str, id: &str) {
        let is_folded = class.split_whitespace().any(|class| class == "dropdown") || name == "dropdown";
        let fold = is_folded.then_some(false);
        if let Some((kind, is_own)) = Alert::named(name) {
            let kind = class.split_whitespace().find_map(Alert::named).map_or(kind, |(kind, _)| kind);
            // The first line of a note is text; of any other, it is its title.
            let is_title =
                !argument.is_empty() && (name == "admonition" || mark.starts_with(':') && !self.is_myst);
            let own =
                if is_title { Some(argument.to_owned()) } else { (!is_own).then(|| names::as_title(name)) };
            self.alert(indent, mark, kind, own.as_deref(), fold, id);
            if !is_title && !argument.is_empty() {
                let _ = write!(self.out, "{indent}{argument}\n\n");
            }
            return;
        }
        if STATEMENTS.contains(&name) {
            let about = if argument.is_empty() { String::new() } else { format!(" ({argument})") };
            let title = format!("{}{about}", names::as_title(name));
            return self.alert(indent, mark, Alert::Note, Some(&title), fold, id);
        }
        if is_folded {
            self.html(indent, "<details><summary>");
            let _ = writeln!(self.out, "{indent}{argument}");
            self.html(indent, "</summary>");
            return self.push(mark, "</details>");
        }
        self.html(indent, &format!("<div{}>", identified(id)));
        if !argument.is_empty() && !matches!(name, "grid" | "list-table" | "only" | "container" | "div") {
            let _ = write!(self.out, "{indent}**{argument}**\n\n");
        }
        self.push(mark, "</div>");
    }

    fn alert(
        &mut self,
        indent: &str,
        mark: &str,
        kind: Alert,
        own: Option<&str>,
        fold: Option<bool>,
        id: &str,
    ) {
        let (class, title) = (kind.class(), own.unwrap_or(kind.title()));
        let own = if own.is_some() { " alert-own" } else { "" };
        let (element, inner, open) = match fold {
            None => ("div", "div", ""),
            Some(is_open) => ("details", "summary", if is_open { " open" } else { "" }),
        };
        self.html(
            indent,
            &format!(
                "<{element} class=\"alert alert-{class}\"{}{open}><{inner} class=\"alert-title{own}\">",
                identified(id)
            ),
        );
        let _ = writeln!(self.out, "{indent}{title}");
        self.html(indent, &format!("</{inner}>"));
        self.push(mark, if fold.is_some() { "</details>" } else { "</div>" });
    }

    fn push(&mut self, mark: &str, close: &'static str) {
        self.open.push(Open { mark: mark.to_owned(), close });
    }

    /// A div: `::: {.callout-note}`, `:::{note}`, `:::tip A title`.
    fn div(&mut self, line: &'a str) -> bool {
        let start = line.trim_start();
        let indent = &line[..line.len() - start.len()];
        let length = start.bytes().take_while(|c| *c == b':').count();
        let rest = start[length..].trim().trim_end_matches(':').trim_end();
        if length < 3 || rest.is_empty() || indent.len() > 8 || self.open.len() >= DEPTH_MAX {
            return false;
        }
        let mark = &start[..length];
        match attributes::parse(rest) {
            Some((attributes, argument)) if !attributes.name.is_empty() => {
                self.directive(indent, mark, &attributes, argument.trim());
            }
            Some((attributes, _)) => self.classes(indent, mark, &attributes),
            None => {
                let (name, title) = rest.split_once([' ', '[', '{']).unwrap_or((rest, ""));
                if !name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
                    return false;
                }
                self.at += 1;
                if name == "mermaid" {
                    self.chunk(indent, mark, name);
                } else if name == "details" {
                    self.named(
                        indent,
                        mark,
                        "dropdown",
                        if title.is_empty() { "Details" } else { title },
                        "",
                        "",
                    );
                } else {
                    self.named(indent, mark, name, title.trim_matches([' ', ']', '}']), "", "");
                }
            }
        }
        true
    }

    /// A div of Pandoc's, by its classes.
    fn classes(&mut self, indent: &str, mark: &str, attributes: &Attributes) {
        self.at += 1;
        let callout =
            attributes.classes.iter().find_map(|class| Some((class.strip_prefix("callout-")?, true)));
        let plain = || {
            attributes
                .classes
                .iter()
                .find(|class| Alert::named(class).is_some())
                .map(|class| (class.as_str(), false))
        };
        if let Some((name, takes_heading)) = callout.or_else(plain)
            && let Some((kind, _)) = Alert::named(name)
        {
            let heading = if takes_heading { self.heading() } else { None };
            let title = attributes.get("title").map(str::to_owned).or(heading);
            let fold = attributes.get("collapse").map(|collapse| collapse == "false");
            return self.alert(indent, mark, kind, title.as_deref(), fold, &attributes.id);
        }
        self.html(indent, &format!("<div{}>", identified(&attributes.id)));
        let statement = names::NUMBERED[3..].iter().find(|(prefix, _)| attributes.id.starts_with(prefix));
        if let Some((_, word)) = statement {
            let name = attributes.get("name").map(|name| format!(" ({name})")).unwrap_or_default();
            let _ = write!(self.out, "{indent}**{word}{name}**\n\n");
        }
        self.push(mark, "</div>");
    }

    /// The heading that a callout begins with: its title.
    fn heading(&mut self) -> Option<String> {
        let next = self.lines[self.at..].iter().take(3).position(|line| !line.trim().is_empty())?;
        let title = self.lines[self.at + next].trim();
        let words = title.trim_start_matches('#');
        if words.len() == title.len() || !words.starts_with(' ') {
            return None;
        }
        self.at += next + 1;
        Some(words.split(" {").next().unwrap_or_default().trim().to_owned())
    }

    /// Lines that are not for readers, or that only one program reads.
    fn quiet(&mut self, line: &str) -> bool {
        let plain = line.trim_end();
        if self.is_myst
            && (plain.starts_with("% ") || plain == "%" || plain == "+++" || plain.starts_with("+++ "))
        {
            self.out.push('\n');
            self.at += 1;
            return true;
        }
        if let Some(label) = plain.strip_prefix('(').and_then(|rest| rest.strip_suffix(")="))
            && !label.is_empty()
            && !label.contains(['(', ')', ' '])
        {
            self.html("", &format!("<div id=\"{}\"></div>", escaped(label)));
            self.at += 1;
            return true;
        }
        match self.flavour {
            Flavour::GitHub => self.comment(line),
            Flavour::Pandoc => pandoc::line(self, line),
            Flavour::Notebook => false,
        }
    }

    /// `%%` … `%%`, on one line or over several.
    fn comment(&mut self, line: &str) -> bool {
        let Some((before, _)) = line.split_once("%%").filter(|_| !line.contains('`')) else { return false };
        let count = line.matches("%%").count();
        if count > 1 {
            let kept: String = line
                .split("%%")
                .enumerate()
                .filter(|(n, _)| n % 2 == 0 || *n == count)
                .map(|(_, text)| text)
                .collect();
            self.out.push_str(kept.trim_end());
            self.out.push('\n');
            self.at += 1;
            return true;
        }
        if !before.trim().is_empty() {
            return false;
        }
        let Some(end) = self.lines[self.at + 1..].iter().take(500).position(|line| line.contains("%%"))
        else {
            return false;
        };
        self.out.push('\n');
        self.at += end + 2;
        true
    }
}

/// Whether a line closes a fence or a div whose content is not Markdown.
fn ends(line: &str, mark: &str) -> bool {
    if mark.starts_with(':') {
        let plain = line.trim();
        plain.len() >= 3 && plain.bytes().all(|c| c == b':')
    } else {
        fences::closes(line, mark)
    }
}

fn identified(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!(" id=\"{}\"", escaped(id)) }
}

/// Text as it stands in an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
