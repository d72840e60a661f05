//! By which way does a mail leave? By SMTP, as a file for a trial, or into memory for tests. One attempt, and what came of it.

use super::message::Mail;
use super::smtp::Smtp;
use crate::model::Outcome;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A way for mails. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Arc<Smtp>),
    /// As files `<id>.eml` in this folder, which is made when it is missing. Nobody gets them: for trials.
    Folder(PathBuf),
    /// Into a list, for tests.
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Transport {
    /// A way into a list, and the list.
    pub fn memory() -> (Self, Arc<Mutex<Vec<Mail>>>) {
        let list = Arc::new(Mutex::new(Vec::new()));
        (Self::Memory(Arc::clone(&list)), list)
    }

    /// Makes one attempt to send `mail`. A mail that was sent may be sent again by mistake, as after a crash; then it is the same mail,
    /// with the same id, and a folder holds it once.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        let bytes = match mail.bytes() {
            Ok(bytes) => bytes,
            Err(error) => return Outcome::refused(error.to_string()),
        };
        match self {
            Self::Smtp(smtp) => smtp.send(mail, &bytes).await,
            Self::Folder(folder) => {
                let path = folder.join(file_name(mail));
                let written = tokio::task::spawn_blocking(move || write(&path, &bytes)).await;
                match written {
                    Ok(Ok(())) => Outcome::sent("written to a file: no mail server is set"),
                    Ok(Err(error)) => {
                        Outcome::retry(format!("the file cannot be written: {error}"))
                    }
                    Err(_) => Outcome::retry("the file cannot be written now"),
                }
            }
            Self::Memory(list) => {
                let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
                list.push(mail.clone());
                Outcome::sent("kept in memory")
            }
        }
    }

    /// Whether mails reach people. If not, say so once at the start.
    pub fn reaches_people(&self) -> bool {
        matches!(self, Self::Smtp(_))
    }
}

/// A name of the file for a mail: letters, digits, `-` and `.` of its id.
fn file_name(mail: &Mail) -> String {
    let id = mail.id.as_str().chars();
    let safe = id.map(|c| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') {
            c
        } else {
            '_'
        }
    });
    let name: String = safe.take(200).collect();
    format!("{}.eml", name.trim_start_matches('.'))
}

/// Writes aside and renames, so that a file that is there is whole.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        crate::private::make_folder(folder)?;
    }
    let aside = path.with_extension("part");
    std::fs::write(&aside, bytes)?;
    std::fs::File::open(&aside)?.sync_all()?;
    std::fs::rename(&aside, path)?;
    // Its name too is to outlive a power cut, since it counts as sent from here on.
    match path.parent() {
        Some(folder) if cfg!(unix) => std::fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
