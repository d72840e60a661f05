//! What is answered again and again? Answers that are kept, with variables that the desk fills in.

use super::permissions::{Act, allow};
use super::{Cases, Refusal};
use crate::error::Result;
use crate::model::account::{Account, Canned};
use crate::model::{CannedId, Lang, Slug};

/// The longest title, in characters.
const MAX_TITLE_CHARS: usize = 100;
/// The longest text, in characters.
const MAX_TEXT_CHARS: usize = 10_000;

/// A canned answer as it is written.
#[derive(Debug, Clone)]
pub struct CannedEdit {
    /// Which one is changed; `None` for a new one.
    pub id: Option<CannedId>,
    /// What it is found by.
    pub title: String,
    /// Markdown with variables.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// The group that it is for; `None` for all.
    pub group: Option<Slug>,
}

/// What variables stand for.
#[derive(Debug, Clone, Copy)]
pub struct Fillings<'a> {
    /// `{name}`: the requester.
    pub name: &'a str,
    /// `{number}`: the case.
    pub number: &'a str,
    /// `{subject}`: what it is about.
    pub subject: &'a str,
    /// `{agent}`: who answers.
    pub agent: &'a str,
    /// `{group}`: the group that answers.
    pub group: &'a str,
    /// `{product}`: what it is about; may be empty.
    pub product: &'a str,
}

/// The text with its variables filled in. What is filled in is never looked at again, and what is no variable stays.
pub fn fill_in(text: &str, fillings: &Fillings<'_>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let known = behind
            .split_once('}')
            .and_then(|(name, after)| Some((value(name, fillings)?, after)));
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = behind;
            }
        }
    }
    filled + rest
}

fn value<'a>(name: &str, fillings: &Fillings<'a>) -> Option<&'a str> {
    match name.trim() {
        "name" => Some(fillings.name),
        "number" => Some(fillings.number),
        "subject" => Some(fillings.subject),
        "agent" => Some(fillings.agent),
        "group" => Some(fillings.group),
        "product" => Some(fillings.product),
        _ => None,
    }
}

impl Cases {
    /// All canned answers, by title.
    ///
    /// # Errors
    /// As the database has it.
    pub async fn canned(&self) -> Result<Vec<Canned>> {
        Ok(self.store().read().await?.canned().await?)
    }

    /// Keeps a canned answer.
    ///
    /// # Errors
    /// [`Refusal::Role`], [`Refusal::Empty`], [`Refusal::TooLong`].
    pub async fn save_canned(&self, by: &Account, edit: CannedEdit) -> Result<Canned> {
        allow(by, Act::WriteCanned)?;
        let now = self.now();
        let title: String = edit.title.chars().filter(|c| !c.is_control()).collect();
        let (title, text) = (
            title.trim().to_owned(),
            edit.text.replace("\r\n", "\n").trim().to_owned(),
        );
        if title.is_empty() || text.is_empty() {
            return Err(Refusal::Empty.into());
        }
        if title.chars().count() > MAX_TITLE_CHARS || text.chars().count() > MAX_TEXT_CHARS {
            return Err(Refusal::TooLong.into());
        }
        let id = edit.id.unwrap_or_else(|| CannedId::generate(now));
        let canned = Canned {
            id,
            title,
            text,
            lang: edit.lang,
            group: edit.group,
            updated_at: now,
        };
        let mut tx = self.store().begin().await?;
        tx.save_canned(&canned).await?;
        self.note(&mut tx, Some(by), "canned.saved", &canned.title, "")
            .await?;
        tx.commit().await?;
        Ok(canned)
    }

    /// Removes a canned answer.
    ///
    /// # Errors
    /// [`Refusal::Role`].
    pub async fn remove_canned(&self, by: &Account, id: CannedId) -> Result<()> {
        allow(by, Act::WriteCanned)?;
        let mut tx = self.store().begin().await?;
        let all = tx.canned().await?;
        let Some(known) = all.iter().find(|canned| canned.id == id) else {
            return Ok(());
        };
        tx.remove_canned(id).await?;
        self.note(&mut tx, Some(by), "canned.removed", &known.title, "")
            .await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fillings, fill_in};

    #[test]
    fn fills_in_what_it_knows_and_leaves_the_rest() {
        let fillings = Fillings {
            name: "{agent}",
            number: "KB-2611-0042",
            subject: "",
            agent: "小美",
            group: "售后",
            product: "app",
        };
        for (text, filled) in [
            ("您好 {name}，{number}", "您好 {agent}，KB-2611-0042"),
            ("{ agent } {unknown} {", "小美 {unknown} {"),
            ("{{name}}", "{{agent}}"),
            ("", ""),
        ] {
            assert_eq!(fill_in(text, &fillings), filled, "{text}");
        }
    }
}
