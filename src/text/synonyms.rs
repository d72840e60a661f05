//! Which words mean the same? Groups and one-way rules, applied to queries, so that a change needs no new index.
//!
//! Rules are not followed from one to the next: what a word finds stands on the lines that it stands on, so there are no
//! loops. A word that the site's own lists have means what they say, whatever the shipped list says of it.

use super::analyze::{Analysis, Analyzer, Kind, Term};
use super::rewording::{Rewording, Slot, rewordings};
use std::collections::HashMap;
use std::sync::Arc;

/// The most units of one word or phrase.
const MAX_UNITS: usize = 12;
/// The most words of one line.
const MAX_WORDS: usize = 64;
/// The most other words that one word has, of all lines together.
const MAX_OTHERS: usize = 64;
/// The most bad lines that are told of one list.
const MAX_BAD: usize = 20;

/// The shipped list.
const STARTER: &str = include_str!("lexicon/synonyms.txt");

/// Words and what may be asked in their place.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    /// For each word, as its units in normal form, what it may be.
    rules: HashMap<Vec<String>, Rule>,
}

#[derive(Debug, Clone, Default)]
struct Rule {
    others: Vec<Arc<Other>>,
    shipped: bool,
}

/// A word that may be asked in place of another.
#[derive(Debug, PartialEq, Eq)]
pub struct Other {
    /// As its list writes it.
    pub written: String,
    /// The terms that an article with it must have: pairs and words; its character if it is one.
    pub terms: Vec<String>,
    /// Its normal form.
    pub normal: String,
}

/// A line that is no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// The character at which the mistake begins, from 1.
    pub column: usize,
    /// What is wrong with it, and what to write instead.
    pub message: String,
}

impl Synonyms {
    /// The shipped list: general words of support desks, in the scripts and words of mainland China, Taiwan and Hong Kong.
    pub fn starter(analyzer: &Analyzer) -> Self {
        let mut starter = Self::default();
        starter.take_in(STARTER, analyzer, true);
        starter
    }

    /// Takes in the rules of `lines`: a group a line, `账号, 帐号, 户口` (each finds all others), or one way, `浙大 => 浙江大学`.
    /// Full-width commas and arrows do as well; `#` begins a comment; script, width and case do not matter.
    ///
    /// # Errors
    /// All [`BadLine`]s, up to 20; then nothing was taken in.
    pub fn add(&mut self, lines: &str, analyzer: &Analyzer) -> Result<(), Vec<BadLine>> {
        let before = self.clone();
        let bad = self.take_in(lines, analyzer, false);
        if bad.is_empty() {
            return Ok(());
        }
        *self = before;
        Err(bad)
    }

    /// How many words have others.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether no word has another.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn take_in(&mut self, lines: &str, analyzer: &Analyzer, shipped: bool) -> Vec<BadLine> {
        let mut bad = Vec::new();
        for (number, line) in lines.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}');
            let text = line.split('#').next().unwrap_or_default();
            if text.trim().is_empty() {
                continue;
            }
            if let Err((at, message)) = self.take_line(text, analyzer, shipped) {
                bad.push(BadLine {
                    line: number + 1,
                    column: text[..at].chars().count() + 1,
                    message,
                });
            }
            if bad.len() == MAX_BAD {
                break;
            }
        }
        bad
    }

    fn take_line(
        &mut self,
        line: &str,
        analyzer: &Analyzer,
        shipped: bool,
    ) -> Result<(), (usize, String)> {
        let (from, to) = read(line)?;
        let others: Vec<Arc<Other>> = to
            .iter()
            .map(|word| Ok(Arc::new(other(line, word, analyzer)?)))
            .collect::<Result<_, _>>()?;
        for word in from {
            let units = units_of(line, word, &analyzer.analyze_units(word))?;
            let normal = units.concat();
            let rule = self.rules.entry(units).or_insert_with_key(|_| Rule {
                others: Vec::new(),
                shipped,
            });
            if rule.shipped && !shipped {
                *rule = Rule::default();
            }
            let new = others.iter().filter(|other| other.normal != normal);
            let room = MAX_OTHERS.saturating_sub(rule.others.len());
            rule.others.extend(new.take(room).cloned());
        }
        Ok(())
    }

    /// Other wordings of `typed`, which `analysis` takes apart: at most `max`, each with at least one word replaced by what
    /// articles have.
    ///
    /// `weigh` says how frequent a word is in what is searched, `None` for one that is not there. A word that is not there
    /// gives way in each wording; one that is there in some, unless it is `faint` (a unit each), as those say little anyway.
    pub fn rewordings(
        &self,
        typed: &str,
        (analysis, faint): (&Analysis, &[bool]),
        weigh: impl Fn(&Other) -> Option<u32>,
        max: usize,
    ) -> Vec<Rewording> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let slots = self.slots(analysis, faint, weigh);
        rewordings(typed, &slots, max)
    }

    /// The words of a text that may be replaced, with what articles have in their place, the most frequent first.
    fn slots(
        &self,
        analysis: &Analysis,
        faint: &[bool],
        weigh: impl Fn(&Other) -> Option<u32>,
    ) -> Vec<Slot<'_>> {
        let terms: Vec<&Term> = analysis.unit_terms().collect();
        let units: Vec<String> = terms
            .iter()
            .map(|term| analysis.text(term).to_owned())
            .collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < units.len() {
            let longest = (1..=MAX_UNITS.min(units.len() - at)).rev();
            let rule = longest
                .filter_map(|n| Some((n, self.rules.get(&units[at..at + n])?)))
                .find(|(n, rule)| !rule.shipped || stands_by_itself(analysis, terms[at], *n));
            let Some((length, rule)) = rule else {
                at += 1;
                continue;
            };
            let mut others: Vec<(u32, &str)> = rule
                .others
                .iter()
                .filter_map(|other| Some((weigh(other)?, other.written.as_str())))
                .collect();
            others.sort_by_key(|(frequency, _)| std::cmp::Reverse(*frequency));
            let here = Other {
                written: String::new(),
                terms: needed(analysis, at, length),
                normal: String::new(),
            };
            let is_known = weigh(&here).is_some();
            let says_little = is_known && faint[at..at + length].iter().all(|faint| *faint);
            if !others.is_empty() && !says_little {
                out.push(Slot {
                    source: terms[at].source.start as usize
                        ..terms[at + length - 1].source.end as usize,
                    is_known,
                    others: others.into_iter().map(|(_, written)| written).collect(),
                });
            }
            at += length;
        }
        out
    }
}

/// Whether a word of the shipped list, at these places of a text, is one there: it cuts no word in two, and one character is
/// no part of a longer word.
fn stands_by_itself(analysis: &Analysis, first: &Term, units: usize) -> bool {
    let (start, end) = (
        first.position,
        first.position + u32::try_from(units).unwrap_or(u32::MAX),
    );
    let single = units == 1 && first.kind == Kind::Character;
    analysis.words.iter().all(|word| {
        let apart = word.end <= start || end <= word.start;
        let within = start <= word.start && word.end <= end;
        let around = word.start <= start && end <= word.end;
        apart || within || (around && !single)
    })
}

/// The terms that an article with units `at` to `at + length` of a text must have.
fn needed(analysis: &Analysis, at: usize, length: usize) -> Vec<String> {
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    let end = start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
    let within = analysis
        .terms
        .iter()
        .filter(|term| start <= term.position && term.position + term.units <= end);
    let wanted = |kind: Kind| match kind {
        Kind::Pair | Kind::Word => true,
        Kind::Character => length == 1,
        Kind::Compound | Kind::Code => false,
    };
    within
        .filter(|term| wanted(term.kind))
        .map(|term| analysis.text(term).to_owned())
        .collect()
}

/// A word of a line.
fn other(line: &str, word: &str, analyzer: &Analyzer) -> Result<Other, (usize, String)> {
    let analysis = analyzer.analyze_units(word);
    let units = units_of(line, word, &analysis)?;
    Ok(Other {
        written: word.to_owned(),
        terms: needed(&analysis, 0, units.len()),
        normal: units.concat(),
    })
}

/// The units of a word of a line: at least one, and not too many.
fn units_of(line: &str, word: &str, analysis: &Analysis) -> Result<Vec<String>, (usize, String)> {
    let units: Vec<String> = analysis
        .unit_terms()
        .map(|term| analysis.text(term).to_owned())
        .collect();
    if (1..=MAX_UNITS).contains(&units.len()) {
        return Ok(units);
    }
    let shown: String = word.chars().take(20).collect();
    let message = format!("`{shown}` has no letter, or more than {MAX_UNITS} of them");
    Err((place(line, word), message))
}

/// What is typed, and what may be asked in its place.
type Line<'a> = (Vec<&'a str>, Vec<&'a str>);

fn read(line: &str) -> Result<Line<'_>, (usize, String)> {
    let start = line.len() - line.trim_start().len();
    let refuse = |at: usize, why: &str| Err((at, why.to_owned()));
    let arrow = ["=>", "⇒", "＝＞"]
        .iter()
        .find_map(|arrow| Some((line.find(arrow)?, *arrow)));
    let Some((at, arrow)) = arrow else {
        let group = list(line);
        if group.len() < 2 {
            return refuse(
                start,
                "a group needs two words or more, with commas between them, as in `账号, 帐号`",
            );
        }
        if group.len() > MAX_WORDS {
            return refuse(
                place(line, group[MAX_WORDS]),
                &format!("a line has at most {MAX_WORDS} words"),
            );
        }
        return Ok((group.clone(), group));
    };
    let (from, to) = (list(&line[..at]), list(&line[at + arrow.len()..]));
    if from.is_empty() || to.is_empty() {
        return refuse(
            at,
            "an arrow needs a word on both sides, as in `浙大 => 浙江大学`",
        );
    }
    if from.len().max(to.len()) > MAX_WORDS {
        return refuse(
            start,
            &format!("a line has at most {MAX_WORDS} words on either side of the arrow"),
        );
    }
    Ok((from, to))
}

fn list(text: &str) -> Vec<&str> {
    text.split([',', '，', '、'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect()
}

/// The byte at which a word begins that was cut out of a line.
fn place(line: &str, word: &str) -> usize {
    line.find(word).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{STARTER, Synonyms};
    use crate::text::Analyzer;
    use std::collections::HashSet;

    /// Wordings for articles that have every word but those of `missing`.
    fn reworded(synonyms: &Synonyms, typed: &str, missing: &[&str]) -> Vec<String> {
        let analysis = Analyzer::default().analyze(typed);
        let there = |term: &String| !missing.iter().any(|word| word.contains(term.as_str()));
        let weigh = |other: &super::Other| other.terms.iter().all(there).then_some(1);
        let faint = vec![false; analysis.units as usize];
        let wordings = synonyms.rewordings(typed, (&analysis, &faint), weigh, 4);
        wordings.into_iter().map(|wording| wording.text).collect()
    }

    fn rewordings(lines: &str, typed: &str) -> Vec<String> {
        let mut synonyms = Synonyms::default();
        synonyms
            .add(lines, &Analyzer::default())
            .expect("good lines");
        reworded(&synonyms, typed, &[])
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
    fn what_articles_do_not_have_gives_way_and_is_not_asked_for() {
        let mut synonyms = Synonyms::default();
        synonyms
            .add("出国, 国外, 海外\n领钱, 提款, 取现", &Analyzer::default())
            .expect("good lines");
        let wordings = reworded(&synonyms, "出国领钱", &["出国", "领钱", "海外"]);
        assert_eq!(wordings, ["国外提款", "国外取现"]);
        assert!(reworded(&synonyms, "出国", &["国外", "海外"]).is_empty());
    }

    #[test]
    fn rules_that_lead_to_each_other_end() {
        assert_eq!(
            rewordings("a => b\nb => a\nc => c", "a b"),
            ["b b", "a a", "b a"]
        );
        assert!(rewordings("a => b\nb => a\nc => c", "c").is_empty());
    }

    #[test]
    fn a_bad_line_is_named_with_its_place_and_nothing_is_taken_in() {
        let mut synonyms = Synonyms::default();
        let many = vec!["词"; 65].join("，");
        for (lines, places) in [
            ("a, b\n只有一个\n\n  也是 # 一个", vec![(2, 1), (4, 3)]),
            ("=> b", vec![(1, 1)]),
            ("a, 。", vec![(1, 4)]),
            (&many, vec![(1, 1)]),
        ] {
            let bad = synonyms.add(lines, &Analyzer::default()).expect_err(lines);
            let found: Vec<_> = bad.iter().map(|bad| (bad.line, bad.column)).collect();
            assert_eq!(found, places, "{lines}");
        }
        assert!(synonyms.is_empty());
    }

    #[test]
    fn the_shipped_list_is_well_formed_and_large_and_the_sites_own_goes_before_it() {
        let analyzer = Analyzer::default();
        let mut starter = Synonyms::default();
        assert_eq!(starter.take_in(STARTER, &analyzer, true), []);
        assert!(starter.len() >= 600, "{} words", starter.len());
        let lines: Vec<&str> = STARTER.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(lines.iter().collect::<HashSet<_>>().len(), lines.len());
        assert!(reworded(&starter, "退钱", &[]).contains(&"退款".to_owned()));
        assert_eq!(
            reworded(&starter, "重啟伺服器", &["伺服器"])[0],
            "重啟服务器"
        );
        starter.add("退钱 => 返现", &analyzer).expect("good lines");
        assert_eq!(reworded(&starter, "退钱", &[]), ["返现"]);
        starter.add("退钱 => 退钱", &analyzer).expect("good lines");
        assert_eq!(reworded(&starter, "退钱", &[]), ["返现"]);
    }

    #[test]
    fn the_shipped_list_cuts_no_word_in_two() {
        let starter = Synonyms::starter(&Analyzer::default());
        assert!(reworded(&starter, "怎么办", &[]).is_empty());
    }
}
