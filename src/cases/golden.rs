//! Which queries must find it from now on? Those of the visit that failed are added to `kb/golden.toml`, below all that is there.

use super::Refusal;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// The file's name, below `kb/`.
const NAME: &str = "golden.toml";

/// Adds queries with the ids that answer them, but none that is there already; comments and order stay. Returns how many were
/// added. `data` is the folder for what is not content: the lock against others who add.
///
/// # Errors
/// [`Refusal::Unwritable`] when the file cannot be understood or written; then it is as it was.
pub(super) fn append(kb: &Path, data: &Path, queries: &[String], ids: &[String]) -> Result<usize> {
    let refuse = |why: &dyn std::fmt::Display| {
        tracing::error!(error = %why, "golden queries cannot be added to {NAME}");
        Error::from(Refusal::Unwritable)
    };
    fs::create_dir_all(data).map_err(|why| refuse(&why))?;
    let lock = File::create(data.join("golden.lock")).map_err(|why| refuse(&why))?;
    lock.lock().map_err(|why| refuse(&why))?;
    let path = kb.join(NAME);
    // A link stays one.
    let path = path.canonicalize().unwrap_or(path);
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(refuse(&why)),
    };
    let (after, added) = with(&before, queries, ids).map_err(|why| refuse(&why))?;
    if added > 0 {
        replace(&path, &after).map_err(|why| refuse(&why))?;
    }
    Ok(added)
}

/// The file with the queries that it lacks.
fn with(
    before: &str,
    queries: &[String],
    ids: &[String],
) -> Result<(String, usize), toml::de::Error> {
    let mut known = texts(before)?;
    let ids: Vec<toml::Value> = ids
        .iter()
        .map(|id| toml::Value::from(id.as_str()))
        .collect();
    let ids = toml::Value::from(ids);
    let mut after = before.to_owned();
    let mut added = 0;
    for query in queries {
        let query = query.trim();
        if query.is_empty() || !known.insert(query.to_owned()) {
            continue;
        }
        if !after.is_empty() && !after.ends_with("\n\n") {
            after.push_str(if after.ends_with('\n') { "\n" } else { "\n\n" });
        }
        let text = toml::Value::from(query);
        after.push_str(&format!("[[query]]\ntext = {text}\narticles = {ids}\n"));
        added += 1;
    }
    if before.contains("\r\n") {
        after = after.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    // What was added must be readable where it stands now.
    texts(&after)?;
    Ok((after, added))
}

/// The texts of all queries of a file.
fn texts(file: &str) -> Result<BTreeSet<String>, toml::de::Error> {
    let table: toml::Table = toml::from_str(file)?;
    let queries = table.get("query").and_then(toml::Value::as_array);
    let text = |query: &toml::Value| query.get("text")?.as_str().map(str::to_owned);
    Ok(queries.into_iter().flatten().filter_map(text).collect())
}

/// Puts a whole new file in the place of the old one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let beside = folder.join(format!(".{NAME}.{}.tmp", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // Nothing is left lying about where it could not be used.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn comments_stay_and_nothing_is_added_twice() {
        let kb = tempfile::tempdir().expect("a folder");
        let file = kb.path().join("golden.toml");
        let before = "# ours\n\n[[query]] # first\ntext = \"退款\"\narticles = [\"a\"]";
        std::fs::write(&file, before).expect("written");
        let queries = ["退款", "钱呢 \"急\"", " 钱呢 \"急\" ", ""].map(str::to_owned);
        let ids = ["q/7".to_owned()];
        let add = || append(kb.path(), &kb.path().join(".kb"), &queries, &ids).expect("added");
        assert_eq!((add(), add()), (1, 0));
        let after = std::fs::read_to_string(&file).expect("there");
        assert!(after.starts_with(before), "{after}");
        let table: toml::Table = toml::from_str(&after).expect("TOML");
        assert_eq!(table["query"][1]["text"].as_str(), Some("钱呢 \"急\""));
        assert_eq!(table["query"][1]["articles"][0].as_str(), Some("q/7"));
    }

    #[test]
    fn a_file_that_is_not_understood_stays_as_it_is() {
        let kb = tempfile::tempdir().expect("a folder");
        let file = kb.path().join("golden.toml");
        for before in ["[[query]\n", "query = [{ text = \"a\", none = true }]\n"] {
            std::fs::write(&file, before).expect("written");
            let added = append(
                kb.path(),
                &kb.path().join(".kb"),
                &["b".to_owned()],
                &["q/1".to_owned()],
            );
            assert!(added.is_err(), "{before}");
            assert_eq!(std::fs::read_to_string(&file).expect("there"), before);
        }
    }
}
