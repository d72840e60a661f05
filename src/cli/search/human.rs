//! How does a person read hits? The title and the passage that matches, with what matches marked.

use crate::cli::problems::counted;
use crate::cli::terminal::visible;
use crate::model::Kind;
use crate::search::{Hit, Results, TextPart};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands before everything of a hit but its title.
const INDENT: usize = 4;

/// Writes the hits for a terminal of `width` columns.
pub(super) fn write(to: &mut dyn Write, results: &Results, width: usize) -> io::Result<()> {
    if let Some(meant) = &results.did_you_mean {
        writeln!(to, "did you mean: {}\n", visible(meant))?;
    }
    if let Some(answer) = &results.answer {
        for line in wrapped(
            &[TextPart {
                text: answer.text.clone(),
                hit: false,
            }],
            width,
        ) {
            write_line(to, 0, &line)?;
        }
        writeln!(to)?;
    }
    results
        .hits
        .iter()
        .try_for_each(|hit| write_hit(to, hit, width))
}

/// Says how many there are, when that cannot be seen.
pub(super) fn write_summary(
    to: &mut dyn Write,
    results: &Results,
    offset: usize,
) -> io::Result<()> {
    match (results.total, results.hits.len()) {
        (0, _) => writeln!(to, "nothing found"),
        (total, 0) => writeln!(to, "{} in all, none from {offset}", counted(total, "hit")),
        (total, shown) if total > shown => writeln!(
            to,
            "{} to {} of {}",
            offset + 1,
            offset + shown,
            counted(total, "hit")
        ),
        _ => Ok(()),
    }?;
    if !results.confident && !results.hits.is_empty() {
        writeln!(to, "the answer is probably not among them")?;
    }
    Ok(())
}

fn write_hit(to: &mut dyn Write, hit: &Hit, width: usize) -> io::Result<()> {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    write!(to, "{bold}")?;
    write_parts(to, &hit.title_parts, bold)?;
    let pinned = if hit.pinned { " (pinned)" } else { "" };
    let question = if hit.kind == Kind::Question {
        " (question)"
    } else {
        ""
    };
    writeln!(to, "{bold:#}{question}{pinned}")?;
    let place: Vec<_> = hit.category.iter().map(|title| visible(title)).collect();
    let place = if place.is_empty() {
        String::new()
    } else {
        format!("  {}", place.join(" › "))
    };
    let id = hit.id.to_string();
    writeln!(to, "{:INDENT$}{dim}{}{place}{dim:#}", "", visible(&id))?;
    if let Some(similar) = &hit.similar {
        writeln!(
            to,
            "{:INDENT$}{dim}also asked as: {}{dim:#}",
            "",
            visible(similar)
        )?;
    }
    for line in wrapped(&hit.snippet_parts, width.saturating_sub(INDENT)) {
        write_line(to, INDENT, &line)?;
    }
    for part in hit
        .explanation
        .iter()
        .flat_map(|explanation| &explanation.contributions)
    {
        let fields = part.fields.join(", ");
        writeln!(
            to,
            "{:INDENT$}{dim}{:+.3}  {}  {}{dim:#}",
            "",
            part.score,
            visible(&part.term),
            visible(&fields)
        )?;
    }
    writeln!(to)
}

fn write_line(to: &mut dyn Write, indent: usize, parts: &[TextPart]) -> io::Result<()> {
    write!(to, "{:indent$}", "")?;
    write_parts(to, parts, Style::new())?;
    writeln!(to)
}

/// Writes parts, what matches in another colour, and returns to `around`.
fn write_parts(to: &mut dyn Write, parts: &[TextPart], around: Style) -> io::Result<()> {
    let mark = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    for part in parts {
        let text = visible(&part.text);
        if part.hit {
            write!(to, "{mark}{text}{mark:#}{around}")?;
        } else {
            write!(to, "{text}")?;
        }
    }
    Ok(())
}

/// The parts in lines of at most `width` columns. Chinese breaks anywhere; Latin words that are cut stay readable.
fn wrapped(parts: &[TextPart], width: usize) -> Vec<Vec<TextPart>> {
    let width = width.max(20);
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for part in parts {
        let mut text = String::new();
        for word in words(&visible(&part.text)) {
            if used > 0 && used + word.width() > width {
                finish(&mut lines, &mut text, part.hit);
                lines.push(Vec::new());
                used = 0;
            }
            let word = if used == 0 { word.trim_start() } else { word };
            text.push_str(word);
            used += word.width();
        }
        finish(&mut lines, &mut text, part.hit);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn finish(lines: &mut [Vec<TextPart>], text: &mut String, hit: bool) {
    if let (false, Some(line)) = (text.is_empty(), lines.last_mut()) {
        line.push(TextPart {
            text: std::mem::take(text),
            hit,
        });
    }
}

/// Pieces that a line can be broken between: a wide character is one, so is a run of others up to a space.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut was_wide = false;
    for (at, c) in text.char_indices() {
        let is_wide = c.width() == Some(2);
        if at > start && (is_wide || was_wide || c == ' ') {
            words.push(&text[start..at]);
            start = at;
        }
        was_wide = is_wide;
    }
    words.extend((start < text.len()).then(|| &text[start..]));
    words
}

#[cfg(test)]
mod tests {
    use super::{words, wrapped, write};
    use crate::model::{ArticleId, Kind};
    use crate::search::{Hit, Results, TextPart};

    fn part(text: &str, hit: bool) -> TextPart {
        TextPart {
            text: text.to_owned(),
            hit,
        }
    }

    fn results() -> Results {
        let hit = Hit {
            kind: Kind::Article,
            id: ArticleId::parse("account/password").expect("an id"),
            title: "忘记密码".to_owned(),
            category: vec!["账号".to_owned(), "登录".to_owned()],
            category_path: Default::default(),
            score: 1.0,
            title_parts: vec![part("忘记", false), part("密码", true)],
            snippet_parts: vec![part("在登录页点\u{1b}[2J", false), part("忘记密码", true)],
            heading: None,
            similar: None,
            pinned: true,
            near: true,
            explanation: None,
        };
        Results {
            total: 1,
            hits: vec![hit],
            ..Results::default()
        }
    }

    #[test]
    fn hits_are_marked_in_colour_and_plain_without() {
        let mut coloured = Vec::new();
        write(&mut coloured, &results(), 80).expect("memory can be written");
        let coloured = String::from_utf8(coloured).expect("UTF-8");
        assert!(coloured.contains("\u{1b}[33m密码\u{1b}[0m"), "{coloured:?}");
        assert!(coloured.contains("\\u{1b}[2J"), "{coloured:?}");
        let mut plain = anstream::StripStream::new(Vec::new());
        write(&mut plain, &results(), 80).expect("memory can be written");
        let plain = String::from_utf8(plain.into_inner()).expect("UTF-8");
        assert_eq!(
            plain,
            "忘记密码 (pinned)\n    account/password  账号 › 登录\n    在登录页点\\u{1b}[2J忘记密码\n\n"
        );
    }

    #[test]
    fn lines_break_between_wide_characters_and_words() {
        assert_eq!(words("用 API 搜索"), ["用", " API", " ", "搜", "索"]);
        let lines = wrapped(
            &[
                part("一二三四五", false),
                part("六七八九十", true),
                part("甲乙 word", false),
            ],
            20,
        );
        let texts: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|p| p.text.as_str()).collect())
            .collect();
        assert_eq!(texts, ["一二三四五六七八九十", "甲乙 word"]);
    }
}
