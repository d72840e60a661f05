//! What ASCII name does a title have? Its pinyin and words, joined by hyphens: for file names and anchors.

use pinyin::ToPinyin;

/// A name of lower-case ASCII letters, digits and hyphens, at most `max` characters, cut between syllables.
/// `忘记密码怎么办？` becomes `wang-ji-mi-ma-zen-me-ban`. Empty when nothing in `title` can be written so.
pub fn slug(title: &str, max: usize) -> String {
    let mut syllables: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        if !word.is_empty() {
            syllables.push(std::mem::take(&mut word));
        }
        if let Some(reading) = c.to_pinyin() {
            syllables.push(reading.plain().replace('ü', "v"));
        }
    }
    if !word.is_empty() {
        syllables.push(word);
    }
    let mut name = String::new();
    for syllable in syllables {
        let hyphen = usize::from(!name.is_empty());
        if name.len() + hyphen + syllable.len() > max {
            if name.is_empty() {
                name = syllable.chars().take(max).collect();
            }
            break;
        }
        if hyphen == 1 {
            name.push('-');
        }
        name.push_str(&syllable);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn writes_chinese_as_pinyin_and_keeps_latin_words() {
        for (title, name) in [
            ("忘记密码怎么办？", "wang-ji-mi-ma-zen-me-ban"),
            ("用 API 搜索", "yong-api-sou-suo"),
            ("How do I reset it?", "how-do-i-reset-it"),
            ("女装", "nv-zhuang"),
            ("😀", ""),
        ] {
            assert_eq!(slug(title, 60), name);
        }
    }

    #[test]
    fn cuts_between_syllables() {
        assert_eq!(slug("忘记密码", 10), "wang-ji-mi");
        assert_eq!(slug("abcdefghijklmn", 5), "abcde");
    }
}
