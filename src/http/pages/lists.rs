//! How do articles and categories look in a list? Small views that several pages share.

use super::addresses;
use super::messages;
use super::reader::Reader;
use crate::index::{Head, View};
use crate::model::{Category, CategoryPath, Kind, Lang};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::HashMap;

/// The longest answer shown in a list, in characters.
const ANSWER_CHARS: usize = 110;

/// A title that leads somewhere.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Link {
    pub(super) title: String,
    pub(super) url: String,
}

/// An instant, for machines and for people.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Day {
    machine: String,
    shown: String,
}

/// An article in a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    title: String,
    url: String,
    /// Its language, where that is not the reader's.
    lang: Option<&'static str>,
    answer: String,
    date: Option<Day>,
}

/// A category as a card.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Card {
    title: String,
    url: String,
    lang: Option<&'static str>,
    description: String,
    monogram: String,
    count: usize,
}

/// `instant` as a day of the reader's calendar, in UTC as front matter dates are.
pub(super) fn day(reader: &Reader, instant: Timestamp) -> Day {
    let day = instant.to_zoned(TimeZone::UTC);
    Day {
        machine: instant.strftime("%Y-%m-%d").to_string(),
        shown: day
            .strftime(messages::text(reader.lang, "date"))
            .to_string(),
    }
}

/// The tag of `lang`, where it is not the language of the interface.
pub(super) fn foreign(reader: &Reader, lang: Lang) -> Option<&'static str> {
    (lang != reader.lang).then(|| lang.tag())
}

/// An article in a list, with its day or without.
pub(super) fn item(reader: &Reader, head: &Head, dated: bool) -> Item {
    Item {
        title: head.title.clone(),
        url: reader.link(&addresses::article(&head.id)),
        lang: foreign(reader, head.lang),
        answer: clip(&head.answer, ANSWER_CHARS),
        date: dated.then(|| day(reader, head.updated)),
    }
}

/// `heads` as a list: those in the reader's language first, else in the order given.
pub(super) fn items<'a>(
    reader: &Reader,
    heads: impl Iterator<Item = &'a Head>,
    dated: bool,
) -> Vec<Item> {
    let mut heads: Vec<&Head> = heads.collect();
    heads.sort_by_key(|head| reader.distance(head.lang));
    heads
        .into_iter()
        .map(|head| item(reader, head, dated))
        .collect()
}

/// How many articles there are in each language, in the order of [`Lang::ALL`].
type Counts = [usize; Lang::ALL.len()];

/// The articles within each category directly below `parent`, counted in one pass.
fn counts<'a>(view: &'a View, parent: &CategoryPath) -> HashMap<&'a str, Counts> {
    let depth = match parent.is_root() {
        true => 0,
        false => parent.as_str().len() + 1,
    };
    let mut counts: HashMap<&str, Counts> = HashMap::new();
    let articles = view.heads().filter(|head| head.id.kind() == Kind::Article);
    for head in articles.filter(|head| parent.contains(&head.category)) {
        let path = head.category.as_str();
        let Some(below) = path.get(depth..).filter(|below| !below.is_empty()) else {
            continue;
        };
        let end = below.find('/').map_or(path.len(), |slash| depth + slash);
        let place = Lang::ALL.iter().position(|lang| *lang == head.lang);
        counts.entry(&path[..end]).or_default()[place.unwrap_or_default()] += 1;
    }
    counts
}

/// How far a category is from what this reader reads: by what `_index.md` says, else by the nearest of its articles.
fn distance(reader: &Reader, category: &Category, counts: &Counts) -> u8 {
    let present = Lang::ALL.into_iter().zip(counts).filter(|(_, n)| **n > 0);
    let nearest = present.map(|(lang, _)| reader.distance(lang)).min();
    match category.lang {
        // What is written for readers of the other script stands apart where there is something nearer.
        Some(lang) if lang != reader.lang => 2,
        Some(_) => 0,
        None => 1.max(nearest.unwrap_or_default()),
    }
}

fn card(reader: &Reader, category: &Category, counts: &Counts) -> Card {
    Card {
        title: category.title.clone(),
        url: reader.link(&addresses::category(&category.path)),
        lang: category.lang.and_then(|lang| foreign(reader, lang)),
        description: clip(&category.description, ANSWER_CHARS),
        monogram: monogram(&category.title),
        count: counts.iter().sum(),
    }
}

/// The categories directly below `parent` as cards: those for this reader, his own language first, and those for others.
/// Where there are none for him, the others are his.
pub(super) fn cards(reader: &Reader, view: &View, parent: &CategoryPath) -> (Vec<Card>, Vec<Card>) {
    let counts = counts(view, parent);
    let below = |c: &&Category| c.path.parent().as_ref() == Some(parent);
    let mut own = Vec::new();
    let mut others = Vec::new();
    for category in view.categories().iter().filter(below) {
        let count = counts
            .get(category.path.as_str())
            .copied()
            .unwrap_or_default();
        let distance = distance(reader, category, &count);
        let cards = if distance < 2 { &mut own } else { &mut others };
        cards.push((distance, card(reader, category, &count)));
    }
    own.sort_by_key(|(distance, _)| *distance);
    let cards = |cards: Vec<(u8, Card)>| cards.into_iter().map(|(_, card)| card).collect();
    match own.is_empty() {
        true => (cards(others), Vec::new()),
        false => (cards(own), cards(others)),
    }
}

/// The way from the home page to `path`, itself included.
pub(super) fn crumbs(reader: &Reader, view: &View, path: &CategoryPath) -> Vec<Link> {
    let home = Link {
        title: messages::text(reader.lang, "home").to_owned(),
        url: reader.link("/"),
    };
    let categories = path.lineage().into_iter().map(|path| Link {
        title: title_of(view, &path),
        url: reader.link(&addresses::category(&path)),
    });
    let loose = path.is_root().then(|| everything(reader));
    std::iter::once(home)
        .chain(loose)
        .chain(categories)
        .collect()
}

/// The page that lists everything.
pub(super) fn everything(reader: &Reader) -> Link {
    Link {
        title: messages::text(reader.lang, "all_articles").to_owned(),
        url: reader.link(addresses::ALL),
    }
}

fn title_of(view: &View, path: &CategoryPath) -> String {
    let folder = || {
        path.as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    view.category(path).map_or_else(folder, |c| c.title.clone())
}

/// `text` in one line of at most `chars` characters, with an ellipsis where it was cut.
pub(super) fn clip(text: &str, chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// The first letter of a title, for a card without a picture.
fn monogram(title: &str) -> String {
    let letter = title.chars().find(|c| c.is_alphanumeric());
    letter.map_or_else(|| "·".to_owned(), |c| c.to_uppercase().to_string())
}

#[cfg(test)]
mod tests {
    use super::{clip, monogram};

    #[test]
    fn clips_by_characters_to_one_line() {
        assert_eq!(clip("一二\n 三四", 10), "一二 三四");
        assert_eq!(clip("一二三四", 3), "一二三…");
        assert_eq!(clip("a b c", 2), "a…");
    }

    #[test]
    fn a_monogram_is_the_first_letter_or_digit() {
        assert_eq!(monogram("“账号”"), "账");
        assert_eq!(monogram("api"), "A");
        assert_eq!(monogram("——"), "·");
    }
}
