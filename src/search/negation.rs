//! Does a question ask about what does not work? 为什么不能提现 and 怎么提现 share nearly all words and no answer.

/// Characters that negate.
const NEGATIONS: [char; 5] = ['不', '没', '无', '未', '别'];
/// How far from a negation the two halves of A-not-A may begin, in characters.
const LONGEST_HALF: usize = 2;

/// Whether a run of unit codes ([`crate::text::unit_code`]) negates something. A-not-A (能不能, 可不可以, 有没有) only asks.
pub(super) fn negates(codes: &[u32]) -> bool {
    let negation = |code: u32| NEGATIONS.iter().any(|c| u32::from(*c) == code);
    (0..codes.len()).any(|at| negation(codes[at]) && !only_asks(codes, at))
}

/// Whether what stands before the negation at `at` begins anew behind it.
fn only_asks(codes: &[u32], at: usize) -> bool {
    (1..=LONGEST_HALF.min(at)).any(|half| codes.get(at + 1) == Some(&codes[at - half]))
}

#[cfg(test)]
mod tests {
    use super::negates;

    #[test]
    fn what_does_not_work_is_told_from_what_is_asked_with_a_not_a() {
        for (text, expected) in [
            ("为什么不能提现", true),
            ("收不到验证码", true),
            ("没有额度", true),
            ("能不能提现", false),
            ("可不可以提现", false),
            ("有没有额度", false),
            ("怎么提现", false),
            ("不", true),
            ("", false),
        ] {
            let codes: Vec<u32> = text.chars().map(u32::from).collect();
            assert_eq!(negates(&codes), expected, "{text}");
        }
    }
}
