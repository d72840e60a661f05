//! What did a visitor try before he asked? His searches, what he clicked and read: bounded, and without a word on who he is.

use super::{CaseId, Lang, VisitId};
use jiff::{SignedDuration, Timestamp};

/// The most searches that are kept: the first, and the latest of the others.
pub const MAX_SEARCHES: usize = 40;
/// The most articles and questions that are kept.
pub const MAX_READS: usize = 60;
/// The most clicks that are kept of one search.
pub const MAX_CLICKS: usize = 20;
/// The longest query that is kept, in characters.
pub const MAX_QUERY_CHARS: usize = 200;
/// The longest address of an article that is kept, in characters.
pub const MAX_TARGET_CHARS: usize = 300;

/// How soon one has to type on for two queries to be one that was being typed.
const TYPING: SignedDuration = SignedDuration::from_secs(30);

/// A search of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What was searched for, control characters removed.
    pub query: String,
    /// When it was last typed on.
    pub at: Timestamp,
    /// How many hits there were.
    pub results: u32,
    /// Whether the best hit was probably the answer.
    pub confident: bool,
    /// Which hits were opened, by their addresses, as in `/a/account/password`.
    pub clicks: Vec<String>,
}

/// An article or question that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its address, as in `/a/account/password` or `/q/42`.
    pub target: String,
    /// When it was first opened.
    pub at: Timestamp,
    /// Whether the visitor said that it solved his problem.
    pub solved: bool,
}

/// One visitor's run of searches and articles read; it travels with a case that he opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Names the visit; known to the visitor's session storage and to links.
    pub id: VisitId,
    /// When it began.
    pub started_at: Timestamp,
    /// When something was last noted.
    pub seen_at: Timestamp,
    /// The language of the pages.
    pub lang: Lang,
    /// Searches, the earliest first.
    pub searches: Vec<Search>,
    /// What was read, the earliest first.
    pub readings: Vec<Reading>,
    /// The case that was opened from it.
    pub case: Option<CaseId>,
}

impl Visit {
    /// A visit in which nothing has happened yet.
    pub fn new(id: VisitId, lang: Lang, now: Timestamp) -> Self {
        Self {
            id,
            started_at: now,
            seen_at: now,
            lang,
            searches: Vec::new(),
            readings: Vec::new(),
            case: None,
        }
    }

    /// Notes a search. What was typed on from the last query within half a minute, without a click between, replaces it.
    pub fn searched(&mut self, query: &str, results: u32, confident: bool, now: Timestamp) {
        let query = clean(query, MAX_QUERY_CHARS);
        if query.is_empty() {
            return;
        }
        self.seen_at = self.seen_at.max(now);
        let search = Search {
            query,
            at: now,
            results,
            confident,
            clicks: Vec::new(),
        };
        match self.searches.last_mut() {
            Some(last) if last.is_typed_on(&search) => {
                let clicks = std::mem::take(&mut last.clicks);
                *last = Search { clicks, ..search };
            }
            _ => self.searches.push(search),
        }
        if self.searches.len() > MAX_SEARCHES {
            self.searches.remove(1);
        }
    }

    /// Notes that a hit of the last search was opened, and that it was read.
    pub fn clicked(&mut self, target: &str, now: Timestamp) {
        let target = clean(target, MAX_TARGET_CHARS);
        if let Some(last) = self.searches.last_mut()
            && last.clicks.len() < MAX_CLICKS
            && !last.clicks.contains(&target)
        {
            last.clicks.push(target.clone());
        }
        self.read(&target, now);
    }

    /// Notes that an article or question was opened.
    pub fn read(&mut self, target: &str, now: Timestamp) {
        let target = clean(target, MAX_TARGET_CHARS);
        self.seen_at = self.seen_at.max(now);
        let known = self.readings.iter().any(|reading| reading.target == target);
        if !target.is_empty() && !known && self.readings.len() < MAX_READS {
            self.readings.push(Reading {
                target,
                at: now,
                solved: false,
            });
        }
    }

    /// Notes that what is at `target` solved the problem.
    pub fn solved(&mut self, target: &str, now: Timestamp) {
        self.read(target, now);
        let target = clean(target, MAX_TARGET_CHARS);
        for reading in self
            .readings
            .iter_mut()
            .filter(|reading| reading.target == target)
        {
            reading.solved = true;
        }
    }

    /// Whether the visitor said that something solved his problem.
    pub fn is_solved(&self) -> bool {
        self.readings.iter().any(|reading| reading.solved)
    }

    /// Queries that found nothing fitting: not confident, or with no click on a hit. Each once, the earliest first.
    pub fn failing(&self) -> Vec<&str> {
        let mut failing: Vec<&str> = Vec::new();
        for search in &self.searches {
            let failed = search.results == 0 || !search.confident || search.clicks.is_empty();
            if failed && !failing.contains(&search.query.as_str()) {
                failing.push(&search.query);
            }
        }
        failing
    }

    /// What was searched for last: what the ask form begins with.
    pub fn last_query(&self) -> Option<&str> {
        self.searches.last().map(|search| search.query.as_str())
    }
}

impl Search {
    fn is_typed_on(&self, next: &Self) -> bool {
        let soon = next.at.duration_since(self.at) <= TYPING;
        let same = self.query == next.query;
        let one_word = next.query.starts_with(&self.query) || self.query.starts_with(&next.query);
        soon && (same || one_word && self.clicks.is_empty())
    }
}

/// A line without control characters, its spaces folded, cut after `chars` characters.
fn clean(text: &str, chars: usize) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let folded = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    folded.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::{MAX_READS, MAX_SEARCHES, Visit};
    use crate::model::{Lang, VisitId};
    use jiff::{SignedDuration, Timestamp};

    fn visit() -> Visit {
        let now = Timestamp::UNIX_EPOCH;
        Visit::new(VisitId::generate(now), Lang::ZhCn, now)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn queries(visit: &Visit) -> Vec<&str> {
        visit
            .searches
            .iter()
            .map(|search| search.query.as_str())
            .collect()
    }

    #[test]
    fn what_is_being_typed_is_one_search() {
        let mut visit = visit();
        for (i, query) in ["忘", "忘记", "忘记密", "忘记密码", "忘记"]
            .iter()
            .enumerate()
        {
            visit.searched(query, 3, true, at(i as i64));
        }
        assert_eq!(queries(&visit), ["忘记"]);
        visit.searched("怎么登录", 1, false, at(6));
        visit.searched("怎么登录不了", 0, false, at(60));
        assert_eq!(queries(&visit), ["忘记", "怎么登录", "怎么登录不了"]);
        assert_eq!(visit.last_query(), Some("怎么登录不了"));
    }

    #[test]
    fn a_click_ends_the_typing() {
        let mut visit = visit();
        visit.searched("退款", 2, true, at(0));
        visit.clicked("/a/refund", at(1));
        visit.searched("退款 多久", 2, true, at(2));
        assert_eq!(queries(&visit), ["退款", "退款 多久"]);
        assert_eq!(visit.searches[0].clicks, ["/a/refund"]);
        assert_eq!(visit.readings.len(), 1);
        assert_eq!(visit.failing(), ["退款 多久"]);
    }

    #[test]
    fn keeps_the_first_and_the_latest() {
        let mut visit = visit();
        for i in 0..500 {
            visit.searched(&format!("{i} 查询"), 0, false, at(i * 60));
            visit.read(&format!("/a/{i}"), at(i * 60));
        }
        assert_eq!(
            (visit.searches.len(), visit.readings.len()),
            (MAX_SEARCHES, MAX_READS)
        );
        assert_eq!(visit.searches[0].query, "0 查询");
        assert_eq!(visit.last_query(), Some("499 查询"));
    }

    #[test]
    fn what_was_typed_becomes_one_plain_line() {
        let mut visit = visit();
        visit.searched(" a\r\nb\0\u{1b}[2J ", 0, false, at(0));
        visit.searched("\n", 0, false, at(0));
        visit.searched(&"长".repeat(1_000), 0, false, at(99));
        assert_eq!(visit.searches[0].query, "a b [2J");
        assert_eq!(visit.searches[1].query.chars().count(), 200);
    }

    #[test]
    fn solved_is_said_of_what_was_read() {
        let mut visit = visit();
        visit.solved("/q/42", at(0));
        assert!(visit.is_solved());
        assert_eq!(visit.readings[0].target, "/q/42");
    }
}
