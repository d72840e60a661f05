//! Where does somebody live? A road and a number of a house, with the province, the town and the flat around it.

use super::scan::Scanned;
use super::{Personal, Span};
use crate::text::is_han;

/// What ends the name of a road or an estate.
const ROADS: &str = "路街道巷弄村里苑园城庄段條条屯湾堡營营坊";
/// What ends the name of a province, a town or a district.
const REGIONS: &str = "省市区區县縣州镇鎮乡鄉旗盟";
/// What follows a number of a house, a staircase or a flat.
const UNITS: &str = "号號弄栋棟幢室楼樓层層座单單组組院户戶";
/// What an address does not begin with.
const STOPS: &str = "在到是住址为為于於寄给給来來从從的我叫去送往了和与與";
/// How far a number stands behind its road, in characters.
const NEAR: usize = 4;
/// How many characters may stand between two parts of an address.
const GAP: usize = 10;
/// The longest name of a road or a district, in characters.
const NAME: usize = 8;

pub(super) fn spans(text: &Scanned<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match chinese(text, at) {
            Some(span) => {
                at = span.to;
                spans.push(span);
            }
            None => at += 1,
        }
    }
    spans.extend(english(text));
    spans
}

fn is_in(c: Option<char>, set: &str) -> bool {
    c.is_some_and(|c| set.contains(c))
}

fn is_of_run(c: char) -> bool {
    is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '-' | '#')
}

/// An address whose road ends at `at`.
fn chinese(text: &Scanned<'_>, at: usize) -> Option<Span> {
    if !is_in(text.at(at), ROADS) {
        return None;
    }
    let end = numbered(text, at + 1, NEAR)?;
    let mut to = end;
    while let Some(further) = numbered(text, to, GAP) {
        to = further;
    }
    // 3-501
    let tail = text.while_(to, |c| c.is_ascii_digit() || c == '-');
    if tail > to && text.at(tail - 1) != Some('-') {
        to = tail;
    }
    let mut begin = at;
    while begin > 0 && text.at(begin - 1).is_some_and(is_of_run) {
        begin -= 1;
    }
    let from = start(text, begin, at);
    (at - from >= 1).then_some(Span {
        from,
        to,
        sort: Personal::Address,
    })
}

/// The end of a number and its unit that stand at most `near` characters behind `from`.
fn numbered(text: &Scanned<'_>, from: usize, near: usize) -> Option<usize> {
    for at in from..=from + near {
        let is_number = |c: char| {
            c.is_ascii_alphanumeric() || "一二三四五六七八九十百〇零甲乙丙丁-".contains(c)
        };
        let end = text.while_(at, is_number);
        if end > at && end - at <= 8 && is_in(text.at(end), UNITS) {
            let unit = text.while_(end, |c| UNITS.contains(c) || c == '元');
            return Some(unit);
        }
        if !text.at(at).is_some_and(is_of_run) {
            return None;
        }
    }
    None
}

/// Where an address begins: with its first region, else with its road.
fn start(text: &Scanned<'_>, begin: usize, road: usize) -> usize {
    let region = (begin..road).find(|at| is_in(text.at(*at), REGIONS) && *at > begin);
    let name_end = region.unwrap_or(road);
    let mut from = name_end;
    while from > begin && name_end - from < NAME && !is_in(text.at(from - 1), STOPS) {
        from -= 1;
    }
    from
}

/// `221 Baker Street`
fn english(text: &Scanned<'_>) -> Vec<Span> {
    const ROADS: &[&str] = &[
        "street",
        "st",
        "road",
        "rd",
        "avenue",
        "ave",
        "lane",
        "drive",
        "boulevard",
        "blvd",
    ];
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let to = text.while_(at, |c| c.is_ascii_alphanumeric());
        if to > at {
            words.push((at, to));
        }
        at = to.max(at + 1);
    }
    let mut spans = Vec::new();
    for (place, &(from, to)) in words.iter().enumerate() {
        if !text.narrow(from, to).bytes().all(|b| b.is_ascii_digit()) || to - from > 5 {
            continue;
        }
        let next = words.iter().skip(place + 1).take(4);
        let mut last = to;
        for (count, &(begin, end)) in next.enumerate() {
            let capital = text.at(begin).is_some_and(|c| c.is_ascii_uppercase());
            if text.narrow(last, begin) != " " || !capital {
                break;
            }
            let word = text.narrow(begin, end).to_ascii_lowercase();
            if count > 0 && ROADS.contains(&word.as_str()) {
                let sort = Personal::Address;
                spans.push(Span {
                    from,
                    to: end,
                    sort,
                });
                break;
            }
            last = end;
        }
    }
    spans
}
