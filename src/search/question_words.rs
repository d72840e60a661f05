//! What kind of answer does a question ask for? How something is done, why it is so, how much, where, when, what it is.
//!
//! Questions of one kind that share most of their words rather have one answer than questions of two kinds: who asks how to
//! get his money back is not told why an order waits. It is a hint and no more, for people ask 怎么 for nearly everything.

/// Words that ask for each kind of answer.
const KINDS: [&[&str]; 6] = [
    &["怎么", "怎样", "如何", "咋", "方法", "步骤", "流程"],
    &["为什么", "为何", "为啥", "原因", "怎么回事", "咋回事"],
    &["多少", "几", "多久", "多长", "多大", "多高"],
    &["哪里", "哪儿", "在哪", "何处"],
    &["什么时候", "何时", "几点", "哪天"],
    &["是什么", "什么是", "什么意思"],
];
/// How something is done.
const HOW: u8 = 1;
/// Why it is so.
const WHY: u8 = 2;

/// How the kinds of two questions compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    /// One does not say it.
    Unknown,
    /// They have one in common.
    Same,
    /// They have none in common.
    Different,
}

/// Compares two runs of unit codes ([`crate::text::unit_code`]).
pub(super) fn compare(ours: &[u32], theirs: &[u32]) -> Kinds {
    match (kinds(ours), kinds(theirs)) {
        (0, _) | (_, 0) => Kinds::Unknown,
        (ours, theirs) if ours & theirs != 0 => Kinds::Same,
        _ => Kinds::Different,
    }
}

/// The kinds that a question's words name, a bit each.
fn kinds(codes: &[u32]) -> u8 {
    let mut found = 0;
    for (words, bit) in KINDS.iter().zip((0..8).map(|place| 1_u8 << place)) {
        if words.iter().any(|word| has(codes, word)) {
            found |= bit;
        }
    }
    // 怎么回事 has 怎么 in it and asks why.
    if found & WHY != 0 {
        found &= !HOW;
    }
    found
}

fn has(codes: &[u32], word: &str) -> bool {
    let starts = |rest: &[u32]| {
        let length = word.chars().count();
        rest.len() >= length
            && word
                .chars()
                .zip(rest)
                .all(|(c, code)| u32::from(c) == *code)
    };
    (0..codes.len()).any(|at| starts(&codes[at..]))
}

#[cfg(test)]
mod tests {
    use super::{Kinds, compare};

    #[test]
    fn questions_of_one_kind_are_told_from_those_of_two() {
        for (ours, theirs, expected) in [
            ("怎么退款", "如何申请退款", Kinds::Same),
            ("怎么退款", "退款为什么失败", Kinds::Different),
            ("退款怎么回事", "退款为什么失败", Kinds::Same),
            ("退款多久", "怎么退款", Kinds::Different),
            ("退款", "怎么退款", Kinds::Unknown),
            ("", "", Kinds::Unknown),
        ] {
            let codes = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
            assert_eq!(
                compare(&codes(ours), &codes(theirs)),
                expected,
                "{ours} {theirs}"
            );
        }
    }
}
