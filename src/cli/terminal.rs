//! Where is it written, and may it be colourful? Results to stdout, messages to stderr; what people wrote cannot command
//! the terminal.

use super::args::{Cli, When};
use anstream::{AutoStream, ColorChoice};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};

/// The terminal, or the pipes in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    colours: ColorChoice,
    /// Whether only results and errors are said.
    pub(super) quiet: bool,
    /// How much more is said.
    pub(super) verbose: u8,
}

impl Terminal {
    /// As the options say.
    pub(super) fn new(cli: &Cli) -> Self {
        let colours = match cli.global.color {
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        Self {
            colours,
            quiet: cli.global.quiet,
            verbose: cli.global.verbose,
        }
    }

    /// The same, saying nothing but results and errors.
    pub(super) fn quietly(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// For results.
    pub(super) fn out(&self) -> AutoStream<io::StdoutLock<'static>> {
        AutoStream::new(io::stdout().lock(), self.choice(&io::stdout()))
    }

    /// For messages.
    pub(super) fn err(&self) -> AutoStream<io::StderrLock<'static>> {
        AutoStream::new(io::stderr().lock(), self.choice(&io::stderr()))
    }

    /// Whether messages are colourful.
    pub(super) fn colours_messages(&self) -> bool {
        self.choice(&io::stderr()) != ColorChoice::Never
    }

    /// Whether messages are read by a person at a terminal.
    pub(super) fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// How many columns there are for results; 100 where nobody says.
    pub(super) fn width(&self) -> usize {
        terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
    }

    fn choice(&self, stream: &impl anstream::stream::RawStream) -> ColorChoice {
        match self.colours {
            ColorChoice::Auto => AutoStream::choice(stream),
            chosen => chosen,
        }
    }
}

/// The text with control characters and invisible directions shown as escapes, so that a title cannot command the
/// terminal that it is printed on. Line breaks become spaces.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if matches!(c, '\n' | '\r' | '\t') {
            shown.push(' ');
        } else if is_hidden(c) {
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character acts instead of showing: controls of both sets, and those that turn the direction of writing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn shows_what_would_act() {
        for (written, shown) in [
            ("退款", "退款"),
            ("a\x1b]0;owned\x07b", "a\\u{1b}]0;owned\\u{7}b"),
            ("a\u{9b}31mb", "a\\u{9b}31mb"),
            ("two\nlines", "two lines"),
            ("\u{202e}fdp.exe", "\\u{202e}fdp.exe"),
        ] {
            assert_eq!(visible(written), shown);
        }
    }
}
