//! What of a reply is new, and what quotes the mails before it? Nothing is dropped: the two together are the whole.

/// The longest line that can introduce a quote, in characters.
const MAX_INTRODUCTION_CHARS: usize = 300;
/// How many lines an introduction may be broken into.
const MAX_BROKEN_LINES: usize = 3;
/// How many lines below the first are searched for the other headers of a quoted head.
const HEAD_LINES: usize = 6;

/// Words between dashes above a quoted mail, in lower case. A forwarded one is news, and not among them.
const DASHED: [&str; 7] = [
    "原始邮件",
    "原始郵件",
    "回复的原邮件",
    "回覆的原郵件",
    "original message",
    "original appointment",
    "reply message",
];
/// Names of headers as programs write them above a quote, in lower case.
const FROM: [&str; 5] = ["发件人", "發件人", "寄件者", "寄件人", "from"];
const OTHERS: [&str; 22] = [
    "发送时间",
    "發送時間",
    "发送日期",
    "寄件日期",
    "日期",
    "时间",
    "時間",
    "sent",
    "date",
    "收件人",
    "收件者",
    "to",
    "主题",
    "主題",
    "主旨",
    "subject",
    "抄送",
    "抄送人",
    "副本",
    "副本抄送",
    "cc",
    "importance",
];

/// What is new in `text`, and what it quotes. If all of it is a quote, all of it is new.
pub(super) fn fold(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().collect();
    let (new, quoted) = match introduction(&lines) {
        Some(start) => split_at_introduction(&lines, start),
        None => split_trailing(&lines),
    };
    let new = joined(&new);
    if new.is_empty() {
        return (joined(&lines), String::new());
    }
    (new, joined(&quoted))
}

fn joined(lines: &[&str]) -> String {
    lines
        .join("\n")
        .trim_matches(['\n', ' ', '\t', '\u{3000}'])
        .to_owned()
}

/// The first line that introduces a quote.
fn introduction(lines: &[&str]) -> Option<usize> {
    (0..lines.len()).find(|&i| {
        let line = plain(lines[i]);
        is_dashed(&line) || begins_head(lines, i) || wrote(lines, i)
    })
}

/// Some write below the quote: then what follows the marked lines is new as well.
fn split_at_introduction<'a>(lines: &[&'a str], start: usize) -> (Vec<&'a str>, Vec<&'a str>) {
    let above = &lines[..start];
    let rest = &lines[start..];
    let first_marked = rest.iter().position(|line| is_marked(line));
    let is_interleaved = first_marked.is_some_and(|at| at <= MAX_BROKEN_LINES);
    if !is_interleaved {
        return (above.to_vec(), rest.to_vec());
    }
    let head = first_marked.unwrap_or_default();
    let (quoted, below): (Vec<&str>, Vec<&str>) =
        rest[head..].iter().partition(|line| is_marked(line));
    let new = above.iter().chain(&below).copied().collect();
    (new, rest[..head].iter().copied().chain(quoted).collect())
}

/// Lines marked by `>` at the end; those between new lines are answered one by one, and stay.
fn split_trailing<'a>(lines: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let last_new = lines
        .iter()
        .rposition(|line| !is_marked(line) && !line.trim().is_empty());
    let end = last_new.map_or(0, |at| at + 1);
    (lines[..end].to_vec(), lines[end..].to_vec())
}

fn is_marked(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') || line.starts_with('＞')
}

/// A line without marks of quotes, in lower case; empty if it is too long to introduce anything.
fn plain(line: &str) -> String {
    if line.chars().nth(MAX_INTRODUCTION_CHARS).is_some() {
        return String::new();
    }
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '*' | '|'))
        .to_lowercase()
}

/// `-----原始邮件-----`, `------------------ Original ------------------`.
fn is_dashed(line: &str) -> bool {
    let inner = line.trim_matches(|c: char| matches!(c, '-' | '_' | '—' | ' '));
    let is_between = line.starts_with("--") && line.ends_with("--") || line.starts_with("__");
    is_between && (DASHED.contains(&inner) || inner == "original")
}

/// `发件人: …` with two other headers close below.
fn begins_head(lines: &[&str], at: usize) -> bool {
    if !is_header(&plain(lines[at]), &FROM) {
        return false;
    }
    let below = lines[at + 1..].iter().take(HEAD_LINES);
    below
        .filter(|line| is_header(&plain(line), &OTHERS))
        .count()
        >= 2
}

fn is_header(line: &str, names: &[&str]) -> bool {
    let name = line.split([':', '：']).next().unwrap_or_default();
    name.len() < line.len() && names.contains(&name.replace([' ', '\u{3000}', '*'], "").as_str())
}

/// `在 2026年11月22日，李雷 <li@example.com> 写道：` or `On …, Li Lei wrote:`, broken into at most three lines.
fn wrote(lines: &[&str], at: usize) -> bool {
    let first = plain(lines[at]);
    let begins = first.starts_with("on ") || first.starts_with('在') || first.starts_with('于');
    let mut whole = first.clone();
    for i in 0..MAX_BROKEN_LINES {
        if ends_with_wrote(&whole) {
            let names_somebody = whole.contains('@') || whole.chars().any(|c| c.is_ascii_digit());
            return (begins || i == 0) && names_somebody;
        }
        match lines.get(at + i + 1) {
            Some(next) if begins && !whole.is_empty() => whole = format!("{whole} {}", plain(next)),
            _ => return false,
        }
    }
    false
}

fn ends_with_wrote(line: &str) -> bool {
    let line = line.trim_end_matches([':', '：', ' ']);
    ["写道", "寫道", "wrote"]
        .iter()
        .any(|word| line.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::fold;
    use proptest::prelude::proptest;

    #[test]
    fn folds_what_chinese_and_english_programs_quote() {
        for (text, new, quoted) in [
            ("好的，谢谢", "好的，谢谢", ""),
            (
                "还是不行\n\n在 2026年11月22日 周日 10:00，示例帮助 <case+1@example.com> 写道：\n\n> 请重试\n> 谢谢",
                "还是不行",
                "在 2026年11月22日",
            ),
            (
                "還是不行\n\n示例 <a@example.com> 於 2026年11月22日 週日 寫道：\n> 請重試",
                "還是不行",
                "示例 <a@example.com>",
            ),
            (
                "不行\n\n------------------ 原始邮件 ------------------\n发件人: \"帮助\" <a@example.com>;\n发送时间: 2026年11月22日\n收件人: \"李\"\n主题: 回复\n\n请重试",
                "不行",
                "------------------ 原始邮件",
            ),
            (
                "不行\n\n-----邮件原件-----\n",
                "不行\n\n-----邮件原件-----",
                "",
            ),
            (
                "不行\n\n________________________________\n发件人: 帮助 <a@example.com>\n发送时间: 2026年11月22日\n收件人: 李\n主题: 回复\n\n请重试",
                "不行\n\n________________________________",
                "发件人: 帮助",
            ),
            (
                "No\n\nOn Sun, 22 Nov 2026 at 10:00, Example Help\n<case+1@example.com> wrote:\n\n> Try again\n",
                "No",
                "On Sun, 22 Nov",
            ),
            (
                "No\r\n\r\n-----Original Message-----\r\nFrom: Help\r\nSent: Sunday\r\nTo: Li\r\nSubject: x\r\n\r\nTry",
                "No",
                "-----Original Message-----",
            ),
            (
                "From: Help\nis what it says on the page",
                "From: Help\nis what it says on the page",
                "",
            ),
            (
                "> 请重试\n试过了，不行\n> 再试一次\n也不行",
                "> 请重试\n试过了，不行\n> 再试一次\n也不行",
                "",
            ),
            ("不行\n> 请重试\n> 谢谢\n", "不行", "> 请重试"),
            (
                "On 22 Nov 2026, a@example.com wrote:\n> Try again\n\nIt works now",
                "It works now",
                "On 22 Nov",
            ),
            ("> 全是引用\n> 没有别的", "> 全是引用\n> 没有别的", ""),
            (
                "请看转发\n---------- Forwarded message ---------\n发件人：李 <li@example.com>",
                "请看转发\n---------- Forwarded message ---------\n发件人：李 <li@example.com>",
                "",
            ),
            ("他在信里写道：我很满意", "他在信里写道：我很满意", ""),
            ("", "", ""),
        ] {
            let (found, rest) = fold(text);
            assert_eq!(found, new, "{text}");
            assert!(
                rest.starts_with(quoted) && rest.is_empty() == quoted.is_empty(),
                "{text}: {rest:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "([>on在写道发件人:：\\-a-z0-9@ ]{0,20}\n){0,12}") {
            let (new, quoted) = fold(&text);
            let letters = |text: &str| {
                let mut all: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                all.sort_unstable();
                all
            };
            assert_eq!(letters(&format!("{new}{quoted}")), letters(&text));
        }
    }
}
