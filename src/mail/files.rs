//! Which mails that are files name somebody? Without a mail server mails are files, and these go with whom they were for.

use super::incoming::{Limits, read};
use crate::config::Settings;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The folder in which mails become files.
pub fn folder_of(settings: &Settings) -> PathBuf {
    let folder = settings.mail.dir.clone();
    folder.unwrap_or_else(|| settings.data_dir.join("mail"))
}

/// Removes the mails of a folder that have one of these words, in lower case, in their head or text. Returns how many.
///
/// # Errors
/// When the folder or one of its files can be read or removed no more; those before are removed then.
pub fn remove_files_naming(folder: &Path, words: &[String]) -> io::Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry?.path();
        let is_mail = matches!(
            path.extension().and_then(OsStr::to_str),
            Some("eml" | "part")
        );
        if is_mail && names(&std::fs::read(&path)?, words) {
            std::fs::remove_file(&path)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a mail has one of these words, as it is written or as it is read.
fn names(raw: &[u8], words: &[String]) -> bool {
    let has = |text: &str| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(word.as_str()))
    };
    let limits = Limits {
        text_chars: 4_000_000,
        ..Limits::default()
    };
    let read = read(raw, &limits);
    has(&String::from_utf8_lossy(raw))
        || read.is_ok_and(|mail| has(&mail.subject) || has(&mail.text) || has(&mail.quoted))
}

#[cfg(test)]
mod tests {
    use super::remove_files_naming;

    #[test]
    fn mails_that_name_somebody_go_whatever_their_form() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        put(
            "a.eml",
            "From: x@y.cn\r\nTo: Li@Example.com\r\n\r\nhello\r\n",
        );
        put(
            "b.eml",
            "From: x@y.cn\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nbGlAZXhhbXBsZS5jb20=\r\n",
        );
        put(
            "c.eml",
            "From: x@y.cn\r\nTo: wang@example.com\r\n\r\nhello\r\n",
        );
        put("d.txt", "li@example.com");
        let removed = remove_files_naming(folder.path(), &["li@example.com".to_owned()]);
        assert_eq!(removed.expect("removed"), 2);
        let left = std::fs::read_dir(folder.path()).expect("read").count();
        assert_eq!(left, 2);
        assert_eq!(
            remove_files_naming(&folder.path().join("none"), &[]).expect("none"),
            0
        );
    }
}
