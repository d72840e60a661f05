//! Would a stranger guess it among the first? Common passwords, patterns, and what everybody knows of whose it is.

use super::super::Refusal;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Passwords that many people choose, and words that they are made of. Lines that begin with `#` say where they come from.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("common.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// The keys of a keyboard in the order in which fingers run over them.
const RUNS: [&str; 8] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "abcdefghijklmnopqrstuvwxyz",
    "qazwsxedcrfvtgbyhnujmikolp",
];
/// The longest piece that is taken for a pattern when it is repeated, in characters.
const MAX_PERIOD: usize = 5;
/// What must be left of a password, in characters, beside words that everybody knows of its owner.
const MIN_OWN: usize = 8;
/// The shortest such word that is looked for, in characters.
const MIN_KNOWN: usize = 4;

/// Why a password is one of those that are tried first; `None` when it is not. `known`: mail address, name, and the site's names.
pub(super) fn weakness<'k>(
    password: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<Refusal> {
    let plain: String = password.to_lowercase();
    let letters: Vec<char> = plain.chars().collect();
    if is_pattern(&letters) {
        return Some(Refusal::PasswordPattern);
    }
    if is_common(&plain) || repeated(&letters).is_some_and(|piece| is_common(&piece)) {
        return Some(Refusal::PasswordCommon);
    }
    let is_own = known
        .into_iter()
        .any(|known| words(known).any(|word| is_little_but(&plain, &word)));
    is_own.then_some(Refusal::PasswordOwn)
}

/// Whether it is a common one, perhaps with digits and signs around it or in the place of letters.
fn is_common(plain: &str) -> bool {
    let core = plain.trim_matches(|c: char| !c.is_alphabetic());
    let digits = plain.trim_matches(|c: char| !c.is_alphanumeric());
    let undone: String = plain.chars().map(letter_of).collect();
    let undone_core = undone.trim_matches(|c: char| !c.is_alphabetic());
    let half = plain.chars().count() / 2;
    [plain, core, digits, &undone, undone_core]
        .iter()
        .any(|text| text.chars().count() >= half.max(4) && COMMON.contains(text))
}

/// The letter that a digit or sign stands for in `p@ssw0rd`.
fn letter_of(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Few signs, one piece again and again, or a run of the alphabet, of numbers or of a keyboard, in either direction.
fn is_pattern(letters: &[char]) -> bool {
    let different: HashSet<&char> = letters.iter().collect();
    if different.len() < 4
        || repeated(letters).is_some_and(|piece| piece.chars().count() <= MAX_PERIOD)
    {
        return true;
    }
    let step = |pair: &[char]| (u32::from(pair[1])).abs_diff(u32::from(pair[0])) <= 1;
    let steps = letters.windows(2).filter(|pair| step(pair)).count();
    if steps * 5 >= (letters.len() - 1) * 4 {
        return true;
    }
    let text: String = letters.iter().collect();
    let back: String = letters.iter().rev().collect();
    let is_run = |text: &str| RUNS.iter().any(|run| format!("{run}{run}").contains(text));
    is_run(&text) || is_run(&back)
}

/// The piece that it is made of by repeating it, the last time perhaps in part.
fn repeated(letters: &[char]) -> Option<String> {
    let most = letters.len() / 2;
    let period = (1..=most).find(|n| letters.iter().zip(&letters[*n..]).all(|(a, b)| a == b))?;
    Some(letters[..period].iter().collect())
}

/// The words of a mail address or a name that are long enough to be looked for, and all of them together.
fn words(known: &str) -> impl Iterator<Item = String> {
    let plain = known.to_lowercase();
    let local = plain.split('@').next().unwrap_or_default().to_owned();
    let split: Vec<String> = plain
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned)
        .collect();
    let long = |word: &String| {
        let chars = word.chars().count();
        chars >= MIN_KNOWN || (chars >= 2 && !word.is_ascii())
    };
    let whole = plain.replace(char::is_whitespace, "");
    [whole, local].into_iter().chain(split).filter(long)
}

/// Whether so little is left without `word` that the rest is soon found.
fn is_little_but(plain: &str, word: &str) -> bool {
    plain.contains(word) && plain.replace(word, "").chars().count() < MIN_OWN
}

#[cfg(test)]
mod tests {
    use super::{COMMON, weakness};
    use crate::cases::Refusal;

    #[test]
    fn what_is_tried_first_is_refused_and_what_is_long_and_odd_is_not() {
        assert!(COMMON.len() > 5_000, "{}", COMMON.len());
        let known = ["li.lei@acme-tools.example", "李雷", "Acme 帮助中心"];
        let judge = |password: &str| weakness(password, known);
        for common in [
            "password123!",
            "P@ssw0rd2024",
            "PASSWORD1234",
            "passwordpassword",
            "1q2w3e4r5t",
            "woaini1314",
            "!!administrator!!",
        ] {
            assert!(
                matches!(
                    judge(common),
                    Some(Refusal::PasswordCommon | Refusal::PasswordPattern)
                ),
                "{common}"
            );
        }
        for pattern in [
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "1234567890",
            "abcdefghijkl",
            "9876543210",
            "qwertyuiop",
            "poiuytrewq",
            "123412341234",
        ] {
            assert_eq!(judge(pattern), Some(Refusal::PasswordPattern), "{pattern}");
        }
        for own in [
            "li.lei2026!",
            "acme-tools26",
            "李雷李雷2026!!",
            "Acme帮助中心2026",
        ] {
            assert_eq!(judge(own), Some(Refusal::PasswordOwn), "{own}");
        }
        for good in [
            "correct horse battery",
            "a long enough password",
            "七月的雨下在旧码头上",
            "x7$Kq!vT2m#p",
            "acme sells anvils to coyotes",
        ] {
            assert_eq!(judge(good), None, "{good}");
        }
    }
}
