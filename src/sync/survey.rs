//! What is wrong with the files that are being served? After a start that read nothing, those that had flaws are looked at.

use super::folders::is_index;
use super::owners::Owners;
use super::parallel::in_parallel;
use super::questions::question_at;
use super::sources::Sources;
use crate::content::{duplicate_id, read_article_alone, read_category};
use crate::index::Contents;
use crate::model::{CategoryPath, Problem};
use std::collections::BTreeMap;

/// The problems of every file that had some when it was indexed, by path.
pub(super) fn survey(sources: &Sources, contents: &Contents) -> BTreeMap<String, Vec<Problem>> {
    let flawed: Vec<&String> = contents
        .files
        .iter()
        .filter(|(_, record)| record.flawed)
        .map(|(path, _)| path)
        .collect();
    let found = in_parallel(&flawed, |path| look(sources, path));
    let mut problems: BTreeMap<String, Vec<Problem>> =
        flawed.into_iter().cloned().zip(found).collect();
    let owners = Owners::of(&contents.files);
    for (path, problems) in &mut problems {
        let id = contents
            .files
            .get(path)
            .and_then(|record| record.id.as_ref());
        if let Some((id, first)) = id.and_then(|id| Some((id, owners.first(id)?)))
            && first != path
        {
            problems.push(duplicate_id(path, id, first));
        }
    }
    problems
}

fn look(sources: &Sources, path: &str) -> Vec<Problem> {
    if question_at(path).is_some() {
        return Vec::new();
    }
    if is_index(path) {
        let folder = CategoryPath::of_file(path);
        return read_category(sources.root(), folder.as_str(), sources.schema()).problems;
    }
    read_article_alone(sources.root(), path, sources.schema()).problems
}
