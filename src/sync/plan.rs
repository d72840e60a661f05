//! Which files must be read? Those that are new, look different, or whose time has come.

use super::scan::{Scan, Seen};
use crate::index::{Contents, FileRecord};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Files whose time is this close to a listing may have changed once more in the same tick of the file system.
const TICK_NS: i128 = 100_000_000;

/// How far a clock must have been set back for what it decided to be decided anew: which articles had appeared or expired by it.
const SET_BACK_NS: i128 = 60_000_000_000;

/// What has to be done to bring an index up to date. Paths are relative to `kb/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    /// Not known before.
    pub(super) added: BTreeSet<String>,
    /// Of another size or time than when they were read.
    pub(super) changed: BTreeSet<String>,
    /// Look the same, but may have changed unseen: to be compared by their hash.
    pub(super) doubtful: BTreeSet<String>,
    /// Appear or disappear now by their own front matter.
    pub(super) due: BTreeSet<String>,
    /// Not there any more.
    pub(super) removed: BTreeSet<String>,
}

impl Plan {
    /// Whether nothing has to be done.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            added,
            changed,
            doubtful,
            due,
            removed,
        } = self;
        [added, changed, doubtful, due, removed]
            .iter()
            .all(|paths| paths.is_empty())
    }
}

/// Compares what was indexed with what is there.
pub(super) fn plan(contents: &Contents, scan: &Scan, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let was_set_back = scan.listed_ns < contents.listed_ns - SET_BACK_NS;
    for seen in &scan.files {
        let path = seen.path.clone();
        match contents.files.get(&seen.path) {
            None => plan.added.insert(path),
            Some(record) if differs(record, seen) => plan.changed.insert(path),
            Some(_) if was_set_back => plan.due.insert(path),
            Some(record) if record.next_change.is_some_and(|at| at <= now) => plan.due.insert(path),
            Some(record) if record.modified_ns > contents.listed_ns - TICK_NS => {
                plan.doubtful.insert(path)
            }
            Some(_) => false,
        };
    }
    let there: BTreeSet<&str> = scan.files.iter().map(|seen| seen.path.as_str()).collect();
    let gone = contents
        .files
        .keys()
        .filter(|path| !there.contains(path.as_str()));
    plan.removed = gone.cloned().collect();
    plan
}

fn differs(record: &FileRecord, seen: &Seen) -> bool {
    (record.size, record.modified_ns, record.mark) != (seen.size, seen.modified_ns, seen.mark)
}

#[cfg(test)]
mod tests {
    use super::{Plan, plan};
    use crate::index::{Contents, FileRecord};
    use crate::model::Audience;
    use crate::sync::scan::{Scan, Seen};
    use jiff::Timestamp;

    fn record(size: u64, modified_ns: i128, due: Option<i64>) -> FileRecord {
        FileRecord {
            size,
            modified_ns,
            mark: 0,
            hash: String::new(),
            id: None,
            highest_audience: Audience::PUBLIC,
            broken: false,
            flawed: false,
            next_change: due.map(|s| Timestamp::from_second(s).expect("an instant")),
        }
    }

    #[test]
    fn each_file_is_where_it_belongs() {
        let long_ago = 1;
        let contents = Contents {
            listed_ns: 1_000_000_000,
            files: [
                ("same", record(1, long_ago, None)),
                ("longer", record(1, long_ago, None)),
                ("later", record(1, long_ago, None)),
                ("gone", record(1, long_ago, None)),
                ("due", record(1, long_ago, Some(100))),
                ("not due", record(1, long_ago, Some(101))),
                ("in the same tick", record(1, 999_999_999, None)),
            ]
            .map(|(path, record)| (path.to_owned(), record))
            .into(),
            ..Contents::default()
        };
        let seen = |path: &str, size, modified_ns| Seen {
            path: path.to_owned(),
            size,
            modified_ns,
            mark: 0,
        };
        let scan = Scan {
            files: vec![
                seen("due", 1, long_ago),
                seen("in the same tick", 1, 999_999_999),
                seen("later", 1, 2),
                seen("longer", 2, long_ago),
                seen("new", 1, long_ago),
                seen("not due", 1, long_ago),
                seen("same", 1, long_ago),
            ],
            listed_ns: 0,
        };
        let found = plan(
            &contents,
            &scan,
            Timestamp::from_second(100).expect("an instant"),
        );
        let set = |paths: &[&str]| paths.iter().map(ToString::to_string).collect();
        let wanted = Plan {
            added: set(&["new"]),
            changed: set(&["later", "longer"]),
            doubtful: set(&["in the same tick"]),
            due: set(&["due"]),
            removed: set(&["gone"]),
        };
        assert_eq!(found, wanted);
    }
}
