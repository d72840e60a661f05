//! Do two articles ask nearly the same? By Dice's coefficient over characters and pairs of them, as search compares questions.
//!
//! Two questions that are alike share one of their rarest pieces, so only those that do are compared: thousands of articles are
//! checked in a moment.

use super::duplicates::key;
use super::page::Page;
use crate::content::codes;
use crate::content::source::Explain;
use crate::model::{Lang, Problem, Status};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Questions that are more alike than this are reported. Of ten characters, not one may be another.
const ALIKE: f64 = 0.9;

/// The most questions that one is compared with.
const MAX_COMPARED: usize = 200;

/// A piece of a question: a character, or two neighbours.
type Piece = (char, char);

/// A question as it is compared.
struct Question<'a> {
    page: &'a Page<'a>,
    lang: Lang,
    text: &'a str,
    key: String,
    pieces: BTreeSet<Piece>,
    is_title: bool,
}

/// Questions of different articles that differ little; one finding for each pair of articles.
pub(super) fn check(pages: &[Page<'_>], problems: &mut Vec<Problem>) {
    let questions: Vec<Question<'_>> = pages.iter().flat_map(questions).collect();
    let mut counts: HashMap<Piece, usize> = HashMap::new();
    for piece in questions.iter().flat_map(|question| &question.pieces) {
        *counts.entry(*piece).or_default() += 1;
    }
    let mut by_piece: HashMap<Piece, Vec<usize>> = HashMap::new();
    let mut told: HashSet<(&str, &str)> = HashSet::new();
    for (at, question) in questions.iter().enumerate() {
        let rare = rarest(&question.pieces, &counts);
        let near = rare
            .iter()
            .filter_map(|piece| by_piece.get(piece))
            .flatten();
        let near: BTreeSet<usize> = near.take(MAX_COMPARED).copied().collect();
        for other in near.into_iter().map(|at| &questions[at]) {
            let paths = (
                other.page.source.path.as_str(),
                question.page.source.path.as_str(),
            );
            if question.is_like(other) && told.insert(paths) {
                problems.push(question.problem(other));
            }
        }
        for piece in rare {
            by_piece.entry(piece).or_default().push(at);
        }
    }
}

fn questions<'a>(page: &'a Page<'a>) -> Vec<Question<'a>> {
    let Some(article) = page.article.filter(|a| a.status == Status::Published) else {
        return Vec::new();
    };
    let title = std::iter::once((article.title.as_str(), true));
    let similar = article.similar.iter().map(|text| (text.as_str(), false));
    let question = |(text, is_title)| {
        let key = key(text);
        Question {
            page,
            lang: article.lang,
            text,
            pieces: pieces(&key),
            key,
            is_title,
        }
    };
    title.chain(similar).map(question).collect()
}

fn pieces(key: &str) -> BTreeSet<Piece> {
    let chars: Vec<char> = key.chars().collect();
    let single = chars.iter().map(|c| (*c, '\0'));
    let pairs = chars.windows(2).map(|pair| (pair[0], pair[1]));
    single.chain(pairs).collect()
}

/// So many of the rarest pieces that whoever is alike has one of them.
fn rarest(pieces: &BTreeSet<Piece>, counts: &HashMap<Piece, usize>) -> Vec<Piece> {
    let mut rare: Vec<Piece> = pieces.iter().copied().collect();
    rare.sort_by_key(|piece| (counts.get(piece).copied().unwrap_or_default(), *piece));
    // Two sets of Dice's coefficient `a` share at least `a / (2 - a)` of each.
    let shared = (rare.len() as f64 * ALIKE / (2.0 - ALIKE)).ceil() as usize;
    rare.truncate((rare.len() + 1).saturating_sub(shared));
    rare
}

impl Question<'_> {
    fn is_like(&self, other: &Self) -> bool {
        // What is the very same is reported as such, and a number more or less makes another question.
        if self.lang != other.lang
            || std::ptr::eq(self.page, other.page)
            || self.key == other.key
            || digits(&self.key) != digits(&other.key)
        {
            return false;
        }
        let shared = self.pieces.intersection(&other.pieces).count();
        let all = self.pieces.len() + other.pieces.len();
        2.0 * shared as f64 > ALIKE * all as f64
    }

    fn problem(&self, other: &Self) -> Problem {
        let place = match self.is_title {
            true => self.page.title(),
            false => self.page.listed("similar", self.text),
        };
        let message = format!(
            "`{}` asks nearly the same: `{}`",
            other.page.source.path, other.text
        );
        let problem = self
            .page
            .source
            .problem(codes::NEAR_QUESTION, place, message);
        problem.help("join the articles, or say in the questions what makes them differ")
    }
}

fn digits(key: &str) -> String {
    key.chars().filter(char::is_ascii_digit).collect()
}
