//! Which language is a text in? Chinese in traditional or simplified characters, or another one.

use super::script::to_simplified;
use crate::model::Lang;
use std::collections::HashSet;
use std::sync::LazyLock;

/// How many characters of a text are looked at: enough to be sure, quick on a long one.
const SAMPLE_CHARS: usize = 2_000;

/// Characters that are written in one script only.
struct Scripts {
    traditional: HashSet<char>,
    simplified: HashSet<char>,
}

static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| {
    let all: String = ('\u{4e00}'..='\u{9fff}').collect();
    let folded = to_simplified(&all);
    let pairs = || {
        all.chars()
            .zip(folded.chars())
            .filter(|(from, to)| from != to)
    };
    Scripts {
        traditional: pairs().map(|(from, _)| from).collect(),
        simplified: pairs().map(|(_, to)| to).collect(),
    }
});

/// The language that a text seems to be in: Chinese when at least one letter in forty is a Han character (code and
/// names in Latin letters stand in many Chinese articles), in
/// traditional script when more of them are written so only there than are written so only in the simplified one.
/// `None` for a text without letters.
pub fn language(text: &str) -> Option<Lang> {
    let (mut letters, mut han, mut balance) = (0_usize, 0_usize, 0_i64);
    for c in text
        .chars()
        .take(SAMPLE_CHARS)
        .filter(|c| c.is_alphabetic())
    {
        letters += 1;
        if ('\u{4e00}'..='\u{9fff}').contains(&c) {
            han += 1;
            balance += i64::from(SCRIPTS.traditional.contains(&c));
            balance -= i64::from(SCRIPTS.simplified.contains(&c));
        }
    }
    if letters == 0 {
        return None;
    }
    Some(match han * 40 >= letters {
        false => Lang::En,
        true if balance > 0 => Lang::ZhTw,
        true => Lang::ZhCn,
    })
}

#[cfg(test)]
mod tests {
    use super::language;
    use crate::model::Lang;

    #[test]
    fn the_script_tells_the_language() {
        for (text, lang) in [
            ("如何重设密码？", Some(Lang::ZhCn)),
            ("如何重設密碼？", Some(Lang::ZhTw)),
            ("How do I reset my password?", Some(Lang::En)),
            ("用 API 搜索", Some(Lang::ZhCn)),
            ("皇后在里面", Some(Lang::ZhCn)),
            ("你好", Some(Lang::ZhCn)),
            ("123 ？", None),
            ("", None),
        ] {
            assert_eq!(language(text), lang, "{text}");
        }
    }
}
