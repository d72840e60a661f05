//! Which script is a character of, and which is its simplified form?

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use std::sync::LazyLock;

/// Whether `c` is written without spaces between words: a Han character, kana, bopomofo, or one that stands for them.
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'
        | '々' | '〇' | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{312f}')
}

/// Folds traditional characters to simplified ones. The result has as many characters as `text`.
///
/// The tables are OpenCC's (`t2s`): phrases first, so that 乾 in 乾隆 stays; then single characters.
pub fn to_simplified(text: &str) -> String {
    if !text.chars().any(may_be_traditional) {
        return text.to_owned();
    }
    let folded = TABLES
        .converter
        .as_ref()
        .map(|converter| converter.convert(text));
    match folded {
        Some(folded) if folded.chars().count() == text.chars().count() => folded,
        _ => text.chars().map(fold_char).collect(),
    }
}

/// The simplified form of one character by itself.
pub(super) fn fold_char(c: char) -> char {
    match (c as usize)
        .checked_sub(FIRST)
        .and_then(|at| FOLDED.basic.get(at))
    {
        Some(folded) => *folded,
        None if c > '\u{ffff}' => {
            let rare = &FOLDED.rare;
            rare.binary_search_by_key(&c, |(from, _)| *from)
                .map_or(c, |i| rare[i].1)
        }
        None => c,
    }
}

fn may_be_traditional(c: char) -> bool {
    c >= '\u{3400}' && fold_char(c) != c
}

struct Tables {
    converter: Option<OpenCC>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    converter: OpenCC::from_config(BuiltinConfig::T2s).ok(),
});

/// The simplified form of every character, found by asking the converter for each.
struct Folded {
    /// Of the characters from [`FIRST`] on, one by one.
    basic: Vec<char>,
    /// Of characters beyond the first plane: only those that change, in order.
    rare: Vec<(char, char)>,
}

const FIRST: usize = 0x3400;

static FOLDED: LazyLock<Folded> = LazyLock::new(|| {
    let fold = |c: char| {
        let mut buffer = [0; 4];
        let converted = TABLES
            .converter
            .as_ref()
            .map(|converter| converter.convert(c.encode_utf8(&mut buffer)));
        converted.and_then(|text| text.chars().next()).unwrap_or(c)
    };
    let basic = ('\u{3400}'..='\u{9fff}').map(fold).collect();
    let rare = ('\u{20000}'..='\u{2ffff}')
        .map(|c| (c, fold(c)))
        .filter(|(from, to)| from != to)
        .collect();
    Folded { basic, rare }
});

#[cfg(test)]
mod tests {
    use super::{is_han, to_simplified};

    #[test]
    fn folds_traditional_to_simplified_character_by_character() {
        for (from, to) in [
            ("處理退款", "处理退款"),
            ("处理", "处理"),
            ("待處理的订單", "待处理的订单"),
            ("後天頭髮", "后天头发"),
            ("abc", "abc"),
        ] {
            assert_eq!(to_simplified(from), to);
        }
    }

    #[test]
    fn knows_what_is_written_without_spaces() {
        assert!(['中', '𠮷', '々', 'か', 'カ'].into_iter().all(is_han));
        assert!(!['a', '1', '，', '😀', 'é'].into_iter().any(is_han));
    }
}
