//! Which words mean the same? Groups and one-way rules, applied to queries, so that a change needs no new index.

use super::analyze::{Analysis, Analyzer, Term};
use std::collections::HashMap;

/// The most units of one word or phrase.
const MAX_UNITS: usize = 12;

/// Words and what may be asked in their place.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// For each word, as its units in normal form, the others as written.
    rules: HashMap<Vec<String>, Vec<String>>,
}

/// A line that is no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it, and what to write instead.
    pub message: String,
}

impl Synonyms {
    /// Takes in the rules of `lines`: a group a line, `账号, 帐号, 户口` (each finds all others), or one way, `浙大 => 浙江大学`.
    /// Full-width commas and arrows do as well; `#` begins a comment; script, width and case do not matter.
    ///
    /// # Errors
    /// The first [`BadLine`]; then nothing was taken in.
    pub fn add(&mut self, lines: &str, analyzer: &Analyzer) -> Result<(), BadLine> {
        let mut rules = self.rules.clone();
        for (number, line) in lines.lines().enumerate() {
            let text = line
                .trim_start_matches('\u{feff}')
                .split('#')
                .next()
                .unwrap_or_default()
                .trim();
            if text.is_empty() {
                continue;
            }
            for (from, to) in read_rules(text).map_err(|why| BadLine {
                line: number + 1,
                message: why.to_owned(),
            })? {
                let analysis = analyzer.analyze_units(from);
                let units: Vec<String> = analysis
                    .unit_terms()
                    .map(|term| analysis.text(term).to_owned())
                    .collect();
                if units.is_empty() || units.len() > MAX_UNITS {
                    let message =
                        format!("`{from}` has no letter, or more than {MAX_UNITS} of them");
                    return Err(BadLine {
                        line: number + 1,
                        message,
                    });
                }
                let others = rules.entry(units).or_default();
                others.extend(
                    to.into_iter()
                        .filter(|other| *other != from)
                        .map(str::to_owned),
                );
            }
        }
        self.rules = rules;
        Ok(())
    }

    /// Other wordings of `typed`, which `analysis` takes apart: each has one word replaced. At most `max`, those of earlier and longer words first.
    pub fn rewordings(&self, typed: &str, analysis: &Analysis, max: usize) -> Vec<String> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let terms: Vec<&Term> = analysis.unit_terms().collect();
        let units: Vec<String> = terms
            .iter()
            .map(|term| analysis.text(term).to_owned())
            .collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < units.len() && out.len() < max {
            let longest = (1..=MAX_UNITS.min(units.len() - at)).rev();
            let rule = longest
                .filter_map(|n| Some((n, self.rules.get(&units[at..at + n])?)))
                .next();
            let Some((length, others)) = rule else {
                at += 1;
                continue;
            };
            let (from, to) = (
                terms[at].source.start as usize,
                terms[at + length - 1].source.end as usize,
            );
            out.extend(
                others
                    .iter()
                    .map(|other| format!("{}{other}{}", &typed[..from], &typed[to..])),
            );
            at += length;
        }
        out.truncate(max);
        out
    }
}

/// The rules of one line: what is typed, and what is asked in its place.
fn read_rules(line: &str) -> Result<Vec<(&str, Vec<&str>)>, &'static str> {
    let list = |text| -> Vec<&str> {
        str::split(text, [',', '，', '、'])
            .map(str::trim)
            .filter(|w| !w.is_empty())
            .collect()
    };
    if let Some((from, to)) = line.split_once("=>").or_else(|| line.split_once('⇒')) {
        let (from, to) = (list(from), list(to));
        if from.is_empty() || to.is_empty() {
            return Err("an arrow needs a word on both sides, as in `浙大 => 浙江大学`");
        }
        return Ok(from.into_iter().map(|word| (word, to.clone())).collect());
    }
    let group = list(line);
    if group.len() < 2 {
        return Err(
            "a group needs two words or more, with commas between them, as in `账号, 帐号`",
        );
    }
    Ok(group.iter().map(|word| (*word, group.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::Synonyms;
    use crate::text::Analyzer;

    fn rewordings(lines: &str, typed: &str) -> Vec<String> {
        let analyzer = Analyzer::default();
        let mut synonyms = Synonyms::default();
        synonyms.add(lines, &analyzer).expect("good lines");
        synonyms.rewordings(typed, &analyzer.analyze(typed), 4)
    }

    #[test]
    fn replaces_words_of_groups_both_ways_and_of_arrows_one_way() {
        let lines = "# comment\n账号, 帐号，户口\n浙大 => 浙江大学\nAPP, 客户端";
        assert_eq!(rewordings(lines, "注销帐号"), ["注销账号", "注销户口"]);
        assert_eq!(rewordings(lines, "浙大在哪"), ["浙江大学在哪"]);
        assert_eq!(rewordings(lines, "下載ａｐｐ"), ["下載客户端"]);
        assert!(rewordings(lines, "浙江大学在哪").is_empty());
        assert!(rewordings("", "账号").is_empty());
    }

    #[test]
    fn a_bad_line_is_named_and_nothing_is_taken_in() {
        let mut synonyms = Synonyms::default();
        for (lines, line) in [("a, b\n只有一个", 2), ("=> b", 1), ("。, a", 1)] {
            let bad = synonyms.add(lines, &Analyzer::default()).expect_err(lines);
            assert_eq!(bad.line, line, "{lines}");
        }
        assert!(
            synonyms
                .rewordings("a", &Analyzer::default().analyze("a"), 4)
                .is_empty()
        );
    }
}
