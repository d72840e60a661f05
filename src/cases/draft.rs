//! How does an answer become an article? As a new file with `status = "draft"`: found whole or not at all, and never in the place
//! of another.

use super::Refusal;
use crate::error::Result;
use crate::model::{ArticleId, Lang};
use crate::text::slug::slug;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The longest name of a file, in characters.
const MAX_NAME: usize = 60;
/// How many names are tried before it is given up.
const MAX_TRIES: u32 = 50;

/// An article to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArticleDraft {
    /// The question that it answers.
    pub(super) title: String,
    /// Other ways in which it was asked.
    pub(super) similar: Vec<String>,
    /// Labels.
    pub(super) tags: Vec<String>,
    /// Products.
    pub(super) products: Vec<String>,
    /// Its language, where that is not the site's.
    pub(super) lang: Option<Lang>,
    /// Who may read it; `None` for everybody.
    pub(super) audience: Option<String>,
    /// Its folder below `kb/`; empty for `kb/` itself.
    pub(super) category: String,
    /// Markdown.
    pub(super) answer: String,
}

/// Writes the file and returns its path below `kb`. What is there already with the very same words is taken for it.
///
/// # Errors
/// [`Refusal::Category`] when there is no such folder, [`Refusal::Unwritable`] when the file cannot be written.
pub(super) fn write(kb: &Path, draft: &ArticleDraft) -> Result<String> {
    let folder = folder(kb, &draft.category)?;
    let text = contents(draft);
    let name = match slug(&draft.title, MAX_NAME) {
        name if name.is_empty() => "question".to_owned(),
        name => name,
    };
    for attempt in 1..=MAX_TRIES {
        let name = match attempt {
            1 => format!("{name}.md"),
            n => format!("{name}-{n}.md"),
        };
        let file = folder.join(&name);
        match create(&folder, &file, &text) {
            Ok(()) => return Ok(below(&draft.category, &name)),
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {
                if fs::read(&file).is_ok_and(|bytes| bytes == text.as_bytes()) {
                    return Ok(below(&draft.category, &name));
                }
            }
            Err(why) => {
                tracing::error!(error = %why, file = %file.display(), "a draft cannot be written");
                return Err(Refusal::Unwritable.into());
            }
        }
    }
    Err(Refusal::Unwritable.into())
}

fn below(category: &str, name: &str) -> String {
    match category {
        "" => name.to_owned(),
        category => format!("{category}/{name}"),
    }
}

/// The folder of a category: one that is there, within `kb`.
fn folder(kb: &Path, category: &str) -> Result<PathBuf> {
    let refuse = || Refusal::Category;
    if !category.is_empty() {
        let id = ArticleId::parse(category).map_err(|_| refuse())?;
        if id.as_str().split('/').any(|part| part.starts_with('.')) {
            return Err(refuse().into());
        }
    }
    let folder = kb.join(category).canonicalize().map_err(|_| refuse())?;
    let root = kb.canonicalize().map_err(|_| refuse())?;
    match folder.is_dir() && folder.starts_with(root) {
        true => Ok(folder),
        false => Err(refuse().into()),
    }
}

/// Makes a file with its whole content at once: it is written under a hidden name, and then linked to its own, which fails where
/// there is one. File systems without links get it by its name alone.
fn create(folder: &Path, file: &Path, text: &str) -> std::io::Result<()> {
    let thread = std::thread::current().id();
    let hidden = folder.join(format!(".draft-{}-{thread:?}.tmp", std::process::id()));
    let mut written = File::create(&hidden)?;
    let linked = written
        .write_all(text.as_bytes())
        .and_then(|()| written.sync_all())
        .and_then(|()| fs::hard_link(&hidden, file));
    let removed = fs::remove_file(&hidden);
    match linked {
        Err(why)
            if matches!(
                why.kind(),
                ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            let mut own = File::create_new(file)?;
            own.write_all(text.as_bytes())?;
            own.sync_all()
        }
        linked => linked.and(removed),
    }
}

fn contents(draft: &ArticleDraft) -> String {
    let value = |text: &str| toml::Value::from(text).to_string();
    let list = |texts: &[String]| {
        let values: Vec<String> = texts.iter().map(|text| value(text)).collect();
        format!("[{}]", values.join(", "))
    };
    let mut head = format!(
        "title = {}\nsimilar = {}\n",
        value(&draft.title),
        list(&draft.similar)
    );
    for (key, texts) in [("tags", &draft.tags), ("products", &draft.products)] {
        if !texts.is_empty() {
            head.push_str(&format!("{key} = {}\n", list(texts)));
        }
    }
    if let Some(audience) = &draft.audience {
        head.push_str(&format!("audience = {}\n", value(audience)));
    }
    if let Some(lang) = draft.lang {
        head.push_str(&format!("lang = {}\n", value(lang.tag())));
    }
    format!(
        "+++\n{head}status = \"draft\"\n+++\n\n{}\n",
        draft.answer.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::{ArticleDraft, contents, write};
    use crate::cases::Refusal;

    fn draft() -> ArticleDraft {
        ArticleDraft {
            title: "退款“多久”到账？\"".to_owned(),
            similar: vec!["钱呢\\".to_owned()],
            tags: vec![],
            products: vec!["app".to_owned()],
            lang: None,
            audience: None,
            category: "售后".to_owned(),
            answer: "三个工作日。".to_owned(),
        }
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let kb = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(kb.path().join("售后")).expect("a category");
        let first = write(kb.path(), &draft()).expect("written");
        assert_eq!(first, "售后/tui-kuan-duo-jiu-dao-zhang.md");
        let again = write(kb.path(), &draft()).expect("the same");
        assert_eq!(again, first);
        let other = ArticleDraft {
            answer: "五天。".to_owned(),
            ..draft()
        };
        let second = write(kb.path(), &other).expect("beside it");
        assert_eq!(second, "售后/tui-kuan-duo-jiu-dao-zhang-2.md");
        let kept = std::fs::read_to_string(kb.path().join(&first)).expect("there");
        assert_eq!(kept, contents(&draft()));
        let hidden = std::fs::read_dir(kb.path().join("售后")).expect("a folder");
        assert_eq!(hidden.count(), 2);
    }

    #[test]
    fn a_draft_stays_within_the_knowledge_base() {
        let kb = tempfile::tempdir().expect("a folder");
        for category in ["..", "../x", "/etc", "nowhere", ".git", "a/../.."] {
            let draft = ArticleDraft {
                category: category.to_owned(),
                ..draft()
            };
            let refused = write(kb.path(), &draft).expect_err("refused");
            assert_eq!(Refusal::of(&refused), Some(Refusal::Category), "{category}");
        }
    }

    #[test]
    fn the_front_matter_says_what_was_given() {
        let text = contents(&draft());
        let head = text.split("+++").nth(1).expect("front matter");
        let table: toml::Table = head.parse().expect("TOML");
        assert_eq!(table["title"].as_str(), Some("退款“多久”到账？\""));
        assert_eq!(table["similar"][0].as_str(), Some("钱呢\\"));
        assert_eq!(table["status"].as_str(), Some("draft"));
    }
}
