//! For whom is a file whose front matter cannot be parsed? Its single lines may say so all the same: what withdraws an article
//! must not be lost because a quote is missing.

use super::front_matter::{beginning_of_day, end_of_day, parse_instant};
use crate::model::{Article, Audience, Audiences};
use jiff::Timestamp;

/// The keys that withdraw an article.
const KEYS: [&str; 5] = ["audience", "status", "draft", "publish_at", "expire_at"];

/// How much of a file is looked through, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// What the lines of broken front matter say about who sees it, as far as they look like a key and a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(Vec<(&'static str, String)>);

impl Claims {
    /// The claims of a file whose front matter, if it has any, cannot be parsed.
    pub(super) fn of(text: &str) -> Self {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let mark = lines.next().unwrap_or_default().trim_end();
        if !matches!(mark, "+++" | "---") {
            return Self::default();
        }
        let mut left = MAX_BYTES;
        let head = lines.take_while(|line| {
            left = left.saturating_sub(line.len() + 1);
            left > 0 && line.trim_end() != mark
        });
        Self(head.filter_map(claim).collect())
    }

    /// Whether an article that was last shown as `article` must not be shown so any more: a line makes it for fewer, ends it,
    /// moves its times, or says something that nobody understands.
    pub fn withdraw(&self, article: &Article, audiences: &Audiences) -> bool {
        self.narrow(article.audience, audiences)
            || self.0.iter().any(|(key, value)| match *key {
                "status" => value != "published",
                "draft" => value != "false",
                "publish_at" => differs(parse_instant(value, beginning_of_day), article.publish_at),
                "expire_at" => differs(parse_instant(value, end_of_day), article.expire_at),
                _ => false,
            })
    }

    /// Whether a line names fewer readers than `audience`, or some that nobody knows.
    pub fn narrow(&self, audience: Audience, audiences: &Audiences) -> bool {
        let mut named = self.0.iter().filter(|(key, _)| *key == "audience");
        named.any(|(_, value)| audiences.get(value).is_none_or(|named| named > audience))
    }
}

/// Whether a time that was read is no time, or another one.
fn differs(read: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    read.is_none() || read != known
}

fn claim(line: &str) -> Option<(&'static str, String)> {
    let (key, value) = line.split_once(['=', ':', '＝', '：'])?;
    let key = key.trim_matches(is_wrapping);
    let key = KEYS.into_iter().find(|known| *known == key)?;
    let value = value.split(" #").next().unwrap_or_default();
    Some((key, value.trim_matches(is_wrapping).to_owned()))
}

/// Whether a character stands around a key or a value and is no part of it.
fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’' | '＂' | ',')
}

#[cfg(test)]
mod tests {
    use super::Claims;
    use crate::config::Schema;
    use crate::content::article::parse;
    use crate::content::source::Source;
    use jiff::Timestamp;

    #[test]
    fn a_line_withdraws_what_it_narrows_and_nothing_else() {
        let good =
            "+++\ntitle = \"甲\"\naudience = \"customer\"\nexpire_at = 2030-01-01\n+++\n文\n";
        let schema = Schema::default();
        let source = Source::new("a.md", good.to_owned());
        let article = parse(&source, Timestamp::UNIX_EPOCH, &schema)
            .article
            .expect("good");
        for (line, withdrawn) in [
            ("audience = intern", true),
            ("audience = internal", true),
            ("audience: \"internal", true),
            ("audience ＝ “internal”", true),
            ("\"audience\" = 'internal'", true),
            ("audience = customer", false),
            ("audience = \"public\" # for all", false),
            ("status = archived", true),
            ("status = \"published\"", false),
            ("draft = true", true),
            ("draft = false", false),
            ("expire_at = 2030-01-01", false),
            ("expire_at = 2026-01-01", true),
            ("expire_at = soon", true),
            ("publish_at = 2040-01-01", true),
            ("publish_at = next year", true),
            ("title = audience", false),
            ("the audience = internal", false),
            ("", false),
        ] {
            for (open, close) in [("+++", "+++"), ("---", "---"), ("+++", "")] {
                let text = format!("{open}\ntitle = \"甲\n{line}\n{close}\n正文\n");
                let claims = Claims::of(&text);
                assert_eq!(
                    claims.withdraw(&article, &schema.audiences),
                    withdrawn,
                    "{text}"
                );
            }
        }
        let below = "+++\ntitle = \"甲\n+++\naudience = internal\n";
        assert_eq!(Claims::of(below), Claims::default());
        assert_eq!(Claims::of("audience = internal\n"), Claims::default());
    }
}
