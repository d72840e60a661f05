//! What does the interface say, in each language? One catalogue a language, read once.

use crate::model::Lang;
use std::collections::BTreeMap;
use std::sync::LazyLock;

type Catalogue = BTreeMap<String, String>;

static CATALOGUES: LazyLock<[Catalogue; 3]> = LazyLock::new(|| Lang::ALL.map(read));

/// The catalogue of a language, a file for each part of the interface: no key stands in two.
fn sources(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::ZhCn => [
            include_str!("../messages/zh-CN.toml"),
            include_str!("../messages/ask/zh-CN.toml"),
            include_str!("../messages/audit/zh-CN.toml"),
            include_str!("../messages/desk/zh-CN.toml"),
            include_str!("../messages/forum/zh-CN.toml"),
            include_str!("../messages/personal/zh-CN.toml"),
            include_str!("../messages/visitor/zh-CN.toml"),
        ],
        Lang::ZhTw => [
            include_str!("../messages/zh-TW.toml"),
            include_str!("../messages/ask/zh-TW.toml"),
            include_str!("../messages/audit/zh-TW.toml"),
            include_str!("../messages/desk/zh-TW.toml"),
            include_str!("../messages/forum/zh-TW.toml"),
            include_str!("../messages/personal/zh-TW.toml"),
            include_str!("../messages/visitor/zh-TW.toml"),
        ],
        Lang::En => [
            include_str!("../messages/en.toml"),
            include_str!("../messages/ask/en.toml"),
            include_str!("../messages/audit/en.toml"),
            include_str!("../messages/desk/en.toml"),
            include_str!("../messages/forum/en.toml"),
            include_str!("../messages/personal/en.toml"),
            include_str!("../messages/visitor/en.toml"),
        ],
    }
}

/// A file that cannot be read is empty; a test sees to it that all can.
fn read(lang: Lang) -> Catalogue {
    let files = sources(lang).map(|source| toml::from_str::<Catalogue>(source).unwrap_or_default());
    files.into_iter().flatten().collect()
}

fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::ZhCn => &CATALOGUES[0],
        Lang::ZhTw => &CATALOGUES[1],
        Lang::En => &CATALOGUES[2],
    }
}

/// The text named `key` in `lang`; the key itself when there is none.
pub(in crate::http) fn text(lang: Lang, key: &str) -> &str {
    catalogue(lang).get(key).map_or(key, String::as_str)
}

/// The text named `key` with its places filled: `{name}` by the value of `name`, `{n|one|many}` by whether `n` is 1.
/// What a value contains is never taken for a place.
pub(in crate::http) fn fill(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text(lang, key);
    while let Some((before, place, after)) = next_place(rest) {
        filled.push_str(before);
        filled.push_str(&resolve(place, values));
        rest = after;
    }
    filled + rest
}

/// The text before the first `{…}`, what stands in it, and the text after.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, after) = rest.split_once('}')?;
    Some((before, place, after))
}

fn resolve(place: &str, values: &[(&str, &str)]) -> String {
    let mut forms = place.split('|');
    let name = forms.next().unwrap_or_default();
    let value = values.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    match (value, forms.next(), forms.next()) {
        (Some("1"), Some(one), _) => one.to_owned(),
        (Some(_), Some(_), Some(many)) => many.to_owned(),
        (Some(value), ..) => value.to_owned(),
        (None, ..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, fill, sources, text};
    use crate::model::Lang;
    use std::collections::BTreeSet;

    /// The names of the places in a text.
    fn places(text: &str) -> BTreeSet<&str> {
        let named = |place: &'_ str| -> usize { place.find(['}', '|']).unwrap_or(place.len()) };
        text.split('{').skip(1).map(|p| &p[..named(p)]).collect()
    }

    #[test]
    fn every_language_says_the_same_things_with_the_same_places() {
        let read = |lang| {
            let mut all = Catalogue::new();
            for source in sources(lang) {
                let file = toml::from_str::<Catalogue>(source).expect("a readable catalogue");
                for (key, message) in file {
                    let twice = all.insert(key.clone(), message).is_some();
                    assert!(!twice, "{lang}: {key} stands in two files");
                }
            }
            all
        };
        let chinese = read(Lang::ZhCn);
        for lang in Lang::ALL {
            let catalogue = read(lang);
            let (theirs, ours): (Vec<_>, Vec<_>) =
                (catalogue.keys().collect(), chinese.keys().collect());
            assert_eq!(theirs, ours, "{lang}");
            for (key, message) in &catalogue {
                assert!(!message.is_empty(), "{lang} {key} is empty");
                assert_eq!(places(message), places(&chinese[key]), "{lang} {key}");
            }
        }
    }

    #[test]
    fn fills_places_and_chooses_by_number() {
        let count = |n| fill(Lang::En, "article_count", &[("n", n)]);
        assert_eq!(
            (count("1"), count("2")),
            ("1 article".into(), "2 articles".into())
        );
        let hostile = fill(Lang::ZhCn, "no_results", &[("query", "{query}{n}")]);
        assert_eq!(hostile, "没有找到与“{query}{n}”相关的内容");
        assert_eq!(text(Lang::En, "no such key"), "no such key");
    }
}
