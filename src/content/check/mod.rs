//! What is wrong with the articles seen together, or looked at closely?

use super::library::{Library, sort};
use crate::config::Schema;
use crate::model::Problem;
use std::path::Path;

/// All that is wrong with a library: what reading it found, and what only shows when the files are seen together or looked at closely.
pub fn check_library(
    _root: &Path,
    library: &Library,
    _schema: &Schema,
    _now: jiff::Timestamp,
) -> Vec<Problem> {
    let mut problems = library.problems.clone();
    sort(&mut problems);
    problems
}
