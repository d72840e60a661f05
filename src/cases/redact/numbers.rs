//! Whose number is this? Telephones, identity cards by their check digit, bank cards by Luhn's, and what is too long to be anything
//! but somebody's order.

use super::scan::Scanned;
use super::{Personal, Span};
use jiff::civil::Date;

/// The most groups of digits that make one number.
const MAX_GROUPS: usize = 6;
/// A number of so many digits that is nothing else is somebody's order.
const ORDER_DIGITS: usize = 12;

/// A run of digits.
#[derive(Debug, Clone, Copy)]
struct Group {
    from: usize,
    to: usize,
}

pub(super) fn spans(text: &Scanned<'_>) -> Vec<Span> {
    let groups = groups(text);
    let mut spans = Vec::new();
    let mut first = 0;
    while first < groups.len() {
        let most = (first + MAX_GROUPS).min(groups.len());
        let found = (first..most)
            .rev()
            .filter(|last| joined(text, &groups[first..=*last]))
            .find_map(|last| Some((last, number(text, &groups[first..=last])?)));
        match found {
            Some((last, span)) => {
                spans.push(span);
                first = last + 1;
            }
            None => first += 1,
        }
    }
    spans
}

fn groups(text: &Scanned<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let to = text.while_(at, |c| c.is_ascii_digit());
        if to > at {
            groups.push(Group { from: at, to });
        }
        at = to.max(at + 1);
    }
    groups
}

/// Whether groups are parts of one number, as people write it: a space, a hyphen or brackets between.
fn joined(text: &Scanned<'_>, groups: &[Group]) -> bool {
    groups.windows(2).all(|pair| {
        let between = text.narrow(pair[0].to, pair[1].from);
        matches!(between.as_str(), " " | "-" | ") " | ")" | ")-" | " (")
    })
}

fn number(text: &Scanned<'_>, groups: &[Group]) -> Option<Span> {
    let (from, to) = (groups.first()?.from, groups.last()?.to);
    let digits: String = text
        .narrow(from, to)
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let widened = |from: usize, to: usize, sort| Some(Span { from, to, sort });
    let last_x = text.at(to).is_some_and(|c| c == 'X' || c == 'x');
    if digits.len() == 17 && last_x && is_identity(&format!("{digits}X")) {
        return widened(from, to + 1, Personal::Id);
    }
    if is_identity(&digits) {
        return widened(from, to, Personal::Id);
    }
    let plus = from > 0 && text.at(from - 1) == Some('+');
    if is_phone(&digits, plus, text, groups) {
        let opened = from > 0 && text.at(from - 1) == Some('(');
        let from = if plus || opened { from - 1 } else { from };
        return widened(from, with_extension(text, to), Personal::Phone);
    }
    if is_card(&digits, groups) {
        return widened(from, to, Personal::Card);
    }
    (groups.len() == 1 && digits.len() >= ORDER_DIGITS).then_some(Span {
        from,
        to,
        sort: Personal::Order,
    })
}

/// 18 digits with a check digit, or 15 of the old form, with a date of birth that there was.
fn is_identity(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let province = digits.get(..2).and_then(|p| p.parse::<u32>().ok());
    if !province.is_some_and(|p| (11..=82).contains(&p)) {
        return false;
    }
    match digits.len() {
        18 => {
            let body = digits
                .bytes()
                .take(17)
                .map(|b| u32::from(b.wrapping_sub(b'0')));
            let sum: u32 = body
                .zip(WEIGHTS)
                .map(|(digit, weight)| digit * weight)
                .sum();
            let place = usize::try_from(sum % 11).unwrap_or_default();
            digits.as_bytes().last() == Some(&CHECKS[place]) && is_day(&digits[6..14])
        }
        15 => is_day(&format!("19{}", &digits[6..12])),
        _ => false,
    }
}

fn is_day(digits: &str) -> bool {
    let number = |part: &str| part.parse::<i16>().ok();
    let (year, month, day) = (
        number(&digits[..4]),
        number(&digits[4..6]),
        number(&digits[6..]),
    );
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return false;
    };
    let (month, day) = (i8::try_from(month), i8::try_from(day));
    (1900..=2100).contains(&year)
        && matches!((month, day), (Ok(month), Ok(day)) if Date::new(year, month, day).is_ok())
}

fn is_phone(digits: &str, plus: bool, text: &Scanned<'_>, groups: &[Group]) -> bool {
    if plus {
        return (8..=15).contains(&digits.len());
    }
    let own = ["0086", "86"]
        .into_iter()
        .find_map(|code| digits.strip_prefix(code).filter(|rest| is_mobile(rest)));
    if own.is_some() || is_mobile(digits) {
        return true;
    }
    // Without a separator nothing tells a landline from any other number of ten digits.
    let area = groups.first().map_or(0, |g| g.to - g.from);
    let opened = groups
        .first()
        .is_some_and(|g| g.from > 0 && text.at(g.from - 1) == Some('('));
    let local = digits.len().saturating_sub(area);
    let parted = groups.len() > 1 || opened;
    let mainland = (3..=4).contains(&area) && (7..=8).contains(&local);
    let taiwan =
        (2..=4).contains(&area) && (6..=8).contains(&local) && (9..=10).contains(&digits.len());
    let whole = groups.len() == 1 && digits.len() == 10 && digits.starts_with("09");
    digits.starts_with('0')
        && !digits.starts_with("00")
        && (whole || parted && (mainland || taiwan))
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    digits.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

/// The end with `转801` or `ext. 801`.
fn with_extension(text: &Scanned<'_>, to: usize) -> usize {
    let spaces = text.while_(to, |c| c == ' ');
    let word = ["转分机", "分机", "转", "轉", "ext.", "ext"]
        .into_iter()
        .find(|word| text.has(spaces, word));
    let Some(word) = word else { return to };
    let begin = text.while_(spaces + word.chars().count(), |c| c == ' ');
    let end = text.while_(begin, |c| c.is_ascii_digit());
    if end > begin { end } else { to }
}

/// 13 to 19 digits whose check digit is right; in groups of four where there are groups.
fn is_card(digits: &str, groups: &[Group]) -> bool {
    let (all_but_last, _) = groups.split_at(groups.len().saturating_sub(1));
    let grouped = groups.len() == 1
        || all_but_last
            .iter()
            .all(|g| (4..=6).contains(&(g.to - g.from)));
    let begins = matches!(digits.as_bytes().first(), Some(b'3'..=b'6' | b'9'));
    if !(13..=19).contains(&digits.len()) || !grouped || !begins {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| {
            let digit = u32::from(b - b'0');
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
