//! What should be found? Queries of which the answer is known: the golden queries of a knowledge base, or files of one's own.

use crate::error::{Error, Result};
use crate::model::{ArticleId, Place, Problem, Severity};
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::Range;
use toml::Spanned;

/// A query of which it is known what should be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedQuery {
    /// Its name in reports; the query itself where it has none.
    pub id: String,
    /// As a reader typed it.
    pub text: String,
    /// The articles that answer it, each with how well (at least 1); empty when the knowledge base has no answer.
    pub relevant: Vec<(ArticleId, u32)>,
}

/// Reads queries (`id<TAB>query` a line) and their judgements (`query id<TAB>article id<TAB>grade` a line). A query without
/// a judgement has no answer in the knowledge base.
///
/// # Errors
/// `InvalidRequest` with the number of the first line that does not fit.
pub fn parse_tsv(queries: &str, judgements: &str) -> Result<Vec<JudgedQuery>> {
    let mut relevant: HashMap<&str, Vec<(ArticleId, u32)>> = HashMap::new();
    for (number, line) in numbered(judgements) {
        let wrong = |why: &str| Error::invalid(format!("judgements, line {number}: {why}"));
        let mut columns = line.split('\t');
        let (Some(query), Some(id)) = (columns.next(), columns.next()) else {
            return Err(wrong("expected `query id<TAB>article id<TAB>grade`"));
        };
        let id = ArticleId::parse(id.trim()).map_err(|e| wrong(&e.to_string()))?;
        let grade = columns.next().map_or(Ok(1), |g| g.trim().parse::<u32>());
        match grade {
            Ok(0) => {}
            Ok(grade) => relevant.entry(query).or_default().push((id, grade.min(10))),
            Err(_) => return Err(wrong("the grade is no whole number")),
        }
    }
    let mut out = Vec::new();
    for (number, line) in numbered(queries) {
        let Some((id, text)) = line.split_once('\t') else {
            return Err(Error::invalid(format!(
                "queries, line {number}: expected `id<TAB>query`"
            )));
        };
        let relevant = relevant.get(id).cloned().unwrap_or_default();
        out.push(JudgedQuery {
            id: id.to_owned(),
            text: text.trim().to_owned(),
            relevant,
        });
    }
    Ok(out)
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .filter(|(_, line)| !line.trim().is_empty())
}

/// Reads golden queries: `[[query]]` tables with `text`, and `articles` (the ids that answer it, the best first) or `none = true`.
///
/// # Errors
/// Everything that does not fit, with its place in the file at `path`.
pub fn parse_golden(path: &str, toml: &str) -> std::result::Result<Vec<JudgedQuery>, Vec<Problem>> {
    let problem =
        |code: &'static str, span: Option<Range<usize>>, message: String, help: &str| Problem {
            path: path.to_owned(),
            place: span.map(|span| Place::locate(toml, span)),
            severity: Severity::Error,
            code,
            message,
            label: String::new(),
            help: Some(help.to_owned()),
        };
    let file: GoldenFile = toml::from_str(toml).map_err(|e| {
        let help = "a query is a `[[query]]` with `text`, and `articles` or `none = true`";
        vec![problem("KB901", e.span(), e.message().to_owned(), help)]
    })?;
    let (mut queries, mut problems) = (Vec::new(), Vec::new());
    for query in file.query {
        match query.judge() {
            Ok(query) => queries.push(query),
            Err((span, why)) => {
                let help = "ids are paths below kb/ without `.md`; a query without an answer has `none = true`";
                problems.push(problem("KB903", Some(span), why, help));
            }
        }
    }
    if problems.is_empty() {
        Ok(queries)
    } else {
        Err(problems)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenFile {
    #[serde(default)]
    query: Vec<GoldenQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenQuery {
    text: Spanned<String>,
    #[serde(default)]
    articles: Vec<Spanned<String>>,
    #[serde(default)]
    none: bool,
    #[serde(default, rename = "note")]
    _note: String,
}

impl GoldenQuery {
    fn judge(self) -> std::result::Result<JudgedQuery, (Range<usize>, String)> {
        if self.none != self.articles.is_empty() {
            let why = "a query has either `articles` or `none = true`";
            return Err((self.text.span(), why.to_owned()));
        }
        let id = |id: &Spanned<String>| {
            let parsed = ArticleId::parse(id.get_ref()).map_err(|e| (id.span(), e.to_string()))?;
            Ok((parsed, 1))
        };
        let relevant = self
            .articles
            .iter()
            .map(id)
            .collect::<std::result::Result<_, _>>()?;
        let text = self.text.into_inner();
        Ok(JudgedQuery {
            id: text.clone(),
            text,
            relevant,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_golden, parse_tsv};

    #[test]
    fn a_line_that_does_not_fit_is_named() {
        let error = parse_tsv("1 a\n", "").expect_err("no tab");
        assert!(error.to_string().contains("line 1"));
        assert!(parse_tsv("1\ta\n", "1\t../x\t1\n").is_err());
    }

    #[test]
    fn all_that_is_wrong_with_golden_queries_has_its_place() {
        let lines = |toml: &str| {
            let problems = parse_golden("golden.toml", toml).expect_err(toml);
            let places = problems.into_iter().filter_map(|problem| problem.place);
            places
                .map(|place| (place.line, place.column))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines("[[query]]\ntext = 'a'\n[[query]]\ntext = 'b'\n"),
            [(2, 8), (4, 8)]
        );
        assert_eq!(
            lines("[[query]]\ntext = 'a'\narticles = ['x', '../y']\n"),
            [(3, 18)]
        );
        assert_eq!(lines("[[query]]\ntext = \n"), [(2, 8)]);
        let good = "[[query]]\ntext='a'\nnone=true\n[[query]]\ntext='b'\narticles=['x']\n";
        assert_eq!(
            parse_golden("golden.toml", good).map(|queries| queries.len()),
            Ok(2)
        );
    }
}
