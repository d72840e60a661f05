//! Has what says how to read and search changed? `schema.toml` and the word lists that it names.

use super::sources::Sources;
use crate::config::Locations;
use crate::model::Problem;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The files as the file system describes them: another description may mean other contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, Option<(u64, SystemTime)>)>);

impl Stamp {
    /// The description of `schema.toml` and of the word lists of the schema in use.
    pub(super) fn of(locations: &Locations, sources: &Sources) -> Self {
        let describe = |m: Metadata| Some((m.len(), m.modified().ok()?));
        let look = |path: PathBuf| {
            let described = std::fs::metadata(&path).ok().and_then(describe);
            (path, described)
        };
        Self(files(locations, sources).into_iter().map(look).collect())
    }
}

/// All files that are followed beside the articles.
pub(super) fn files(locations: &Locations, sources: &Sources) -> Vec<PathBuf> {
    let lexicon = &sources.schema().lexicon;
    let lists = [&lexicon.dictionary, &lexicon.synonyms, &lexicon.stopwords];
    std::iter::once(schema_file(locations))
        .chain(lists.into_iter().flatten().cloned())
        .collect()
}

/// `schema.toml`: where it is, or where it would be found if it were written now.
fn schema_file(locations: &Locations) -> PathBuf {
    let beside = || {
        let parent = locations.kb.parent().unwrap_or(Path::new(""));
        parent.join("schema.toml")
    };
    locations.schema.clone().unwrap_or_else(beside)
}

/// Reads them.
///
/// # Errors
/// Says everything that is wrong, with file and line.
pub(super) fn read(locations: &Locations) -> Result<Sources, String> {
    let mut locations = locations.clone();
    let file = schema_file(&locations);
    if file.is_file() {
        locations.schema = Some(file);
    }
    let schema = locations.load_schema().accepted().map_err(|refused| {
        let lines: Vec<String> = refused.problems.iter().map(line).collect();
        lines.join("; ")
    })?;
    Sources::new(&locations.kb, Arc::new(schema)).map_err(|why| why.to_string())
}

fn line(problem: &Problem) -> String {
    let place = problem.place.as_ref();
    let place = place.map_or_else(String::new, |p| format!(":{}:{}", p.line, p.column));
    format!("{}{place}: {}", problem.path, problem.message)
}
