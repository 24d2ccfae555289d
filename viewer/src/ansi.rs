//! Terminal text as styled spans: SGR colours, carriage returns and backspaces.
//!
//! It refuses to interpret anything that moves the cursor further than the current line; such sequences are dropped. The
//! notebook renderer calls it for streams and tracebacks.

/// A colour of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// One of the 16 named colours, which the style sheet paints to suit light and dark pages.
    Named(u8),
    /// Any other colour.
    Rgb(u8, u8, u8),
}

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colour of the letters.
    pub fg: Option<Color>,
    /// Colour behind them.
    pub bg: Option<Color>,
    flags: u8,
}

const BOLD: u8 = 1;
const DIM: u8 = 2;
const ITALIC: u8 = 4;
const UNDERLINE: u8 = 8;
const INVERSE: u8 = 16;
const STRIKE: u8 = 32;

/// A run of text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text; it may hold line breaks.
    pub text: String,
    /// Its style.
    pub style: Style,
}

impl Style {
    /// The classes that the style sheet knows; empty for plain text.
    pub fn classes(self) -> String {
        let mut classes = Vec::new();
        for (flag, class) in [
            (BOLD, "ansi-bold"),
            (DIM, "ansi-dim"),
            (ITALIC, "ansi-italic"),
            (UNDERLINE, "ansi-underline"),
            (STRIKE, "ansi-strike"),
        ] {
            if self.flags & flag != 0 {
                classes.push(class.to_owned());
            }
        }
        for (color, what) in [(self.shown_fg(), "fg"), (self.shown_bg(), "bg")] {
            match color {
                Some(Color::Named(index)) => classes.push(format!("ansi-{what}-{index}")),
                Some(Color::Rgb(..)) => classes.push(format!("ansi-{what}-rgb")),
                None => {}
            }
        }
        if self.flags & INVERSE != 0 && self.fg.is_none() && self.bg.is_none() {
            classes.push("ansi-inverse".to_owned());
        }
        classes.join(" ")
    }

    /// Custom properties for colours that have no class; empty when there are none.
    pub fn properties(self) -> String {
        let property = |(color, what)| match color {
            Some(Color::Rgb(r, g, b)) => format!("--ansi-{what}:rgb({r} {g} {b});"),
            _ => String::new(),
        };
        [(self.shown_fg(), "fg"), (self.shown_bg(), "bg")].map(property).concat()
    }

    fn inverse(self) -> bool {
        self.flags & INVERSE != 0
    }

    fn shown_fg(self) -> Option<Color> {
        if self.inverse() { self.bg } else { self.fg }
    }

    fn shown_bg(self) -> Option<Color> {
        if self.inverse() { self.fg } else { self.bg }
    }

    /// Applies the parameters of one SGR sequence.
    fn apply(&mut self, parameters: &str) {
        let mut codes = parameters.split([';', ':']).map(|code| code.parse::<u16>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.flags |= BOLD,
                2 => self.flags |= DIM,
                3 => self.flags |= ITALIC,
                4 | 21 => self.flags |= UNDERLINE,
                7 => self.flags |= INVERSE,
                9 => self.flags |= STRIKE,
                22 => self.flags &= !(BOLD | DIM),
                23 => self.flags &= !ITALIC,
                24 => self.flags &= !UNDERLINE,
                27 => self.flags &= !INVERSE,
                29 => self.flags &= !STRIKE,
                30..=37 => self.fg = Some(Color::Named(low_byte(code - 30))),
                38 => self.fg = extended(&mut codes).or(self.fg),
                39 => self.fg = None,
                40..=47 => self.bg = Some(Color::Named(low_byte(code - 40))),
                48 => self.bg = extended(&mut codes).or(self.bg),
                49 => self.bg = None,
                90..=97 => self.fg = Some(Color::Named(low_byte(code - 82))),
                100..=107 => self.bg = Some(Color::Named(low_byte(code - 92))),
                _ => {}
            }
        }
    }
}

fn low_byte(code: u16) -> u8 {
    u8::try_from(code & 255).unwrap_or(0)
}

/// Reads what follows 38 or 48: `5;n` or `2;r;g;b`.
fn extended(codes: &mut impl Iterator<Item = u16>) -> Option<Color> {
    match codes.next()? {
        5 => Some(palette(low_byte(codes.next()?))),
        2 => Some(Color::Rgb(low_byte(codes.next()?), low_byte(codes.next()?), low_byte(codes.next()?))),
        _ => None,
    }
}

/// The 256-colour palette of xterm: 16 named ones, a cube of 6 × 6 × 6, 24 greys.
fn palette(index: u8) -> Color {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..=15 => Color::Named(index),
        16..=231 => {
            let cube = index - 16;
            Color::Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        grey => Color::Rgb(8 + 10 * (grey - 232), 8 + 10 * (grey - 232), 8 + 10 * (grey - 232)),
    }
}

/// The line being written, as a terminal keeps it: cells that a carriage return lets later text overwrite.
#[derive(Default)]
struct Screen {
    spans: Vec<Span>,
    line: Vec<(char, Style)>,
    column: usize,
    style: Style,
}

impl Screen {
    fn put(&mut self, c: char) {
        let cell = (c, self.style);
        match self.line.get_mut(self.column) {
            Some(old) => *old = cell,
            None => self.line.push(cell),
        }
        self.column += 1;
    }

    fn end_line(&mut self, newline: bool) {
        for (c, style) in std::mem::take(&mut self.line) {
            self.emit(c, style);
        }
        if newline {
            let style = self.spans.last().map_or(Style::default(), |span| span.style);
            self.emit('\n', style);
        }
        self.column = 0;
    }

    fn emit(&mut self, c: char, style: Style) {
        match self.spans.last_mut() {
            Some(span) if span.style == style => span.text.push(c),
            _ => self.spans.push(Span { text: c.to_string(), style }),
        }
    }

    /// Erases part of the line, as progress bars ask for.
    fn erase(&mut self, what: &str) {
        match what {
            "" | "0" => self.line.truncate(self.column),
            "2" => self.line.iter_mut().for_each(|cell| *cell = (' ', Style::default())),
            _ => {}
        }
    }
}

/// Reads terminal text into spans.
pub fn spans(text: &str) -> Vec<Span> {
    let mut screen = Screen::default();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => screen.end_line(true),
            '\r' => screen.column = 0,
            '\u{8}' => screen.column = screen.column.saturating_sub(1),
            '\u{1b}' => rest = escape(&mut screen, rest),
            '\t' => screen.put('\t'),
            c if c.is_control() => {}
            c => screen.put(c),
        }
    }
    screen.end_line(false);
    screen.spans
}

/// Reads one escape sequence and returns what follows it.
fn escape<'a>(screen: &mut Screen, rest: std::str::Chars<'a>) -> std::str::Chars<'a> {
    let text = rest.as_str();
    if let Some(body) = text.strip_prefix('[') {
        // CSI: parameters, then one final byte from `@` to `~`.
        let end = body.find(|c: char| ('@'..='~').contains(&c) || c.is_control());
        let Some(end) = end else { return "".chars() };
        let (parameters, last) = body.split_at(end);
        match last.chars().next() {
            Some('m') => screen.style.apply(parameters),
            Some('K') => screen.erase(parameters),
            Some(c) if c.is_control() => return last.chars(),
            _ => {}
        }
        return last[1..].chars();
    }
    if let Some(body) = text.strip_prefix(']') {
        // OSC (titles, hyperlinks): up to BEL or ST.
        let end = body.find(['\u{7}', '\u{1b}']).unwrap_or(body.len());
        let after = &body[end..];
        let after = after.strip_prefix('\u{7}').or_else(|| after.strip_prefix("\u{1b}\\")).unwrap_or(after);
        return after.chars();
    }
    let mut rest = rest;
    let _ = rest.next();
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> String {
        spans(text).into_iter().map(|span| span.text).collect()
    }

    fn styled(text: &str) -> Vec<(String, String, String)> {
        spans(text).into_iter().map(|s| (s.text, s.style.classes(), s.style.properties())).collect()
    }

    #[test]
    fn colours_become_classes_and_properties() {
        insta::assert_debug_snapshot!(styled(
            "a\u{1b}[31;1mred\u{1b}[0m \u{1b}[38;5;28;01mgreen\u{1b}[39m\u{1b}[48;2;1;2;3mdeep\u{1b}[m\u{1b}[7minv"
        ));
    }

    #[test]
    fn carriage_returns_overwrite() {
        assert_eq!(plain("10%\r20%\r100%\ndone"), "100%\ndone");
        assert_eq!(plain("long line\rshort"), "shortline");
        assert_eq!(plain("long line\r\u{1b}[Kx"), "x");
        assert_eq!(plain("a\r\nb"), "a\nb");
        assert_eq!(plain("ab\u{8}c"), "ac");
    }

    #[test]
    fn other_sequences_vanish() {
        assert_eq!(
            plain("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ end\u{1b}[2J\u{1b}(Bx\u{1b}[3"),
            "link endBx"
        );
    }

    #[test]
    fn the_palette_is_xterms() {
        assert_eq!(palette(9), Color::Named(9));
        assert_eq!(palette(16), Color::Rgb(0, 0, 0));
        assert_eq!(palette(231), Color::Rgb(255, 255, 255));
        assert_eq!(palette(255), Color::Rgb(238, 238, 238));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "([\u{1b}\r\n\u{8}m;0-9\\[\\]]|.){0,60}") {
            let _ = styled(&text);
        }

        #[test]
        fn text_without_controls_is_kept(text in "[^\\p{C}]{0,40}") {
            prop_assert_eq!(plain(&text), text);
        }
    }
}
