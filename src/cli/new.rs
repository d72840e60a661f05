//! How does an article begin? With its title, a file name that an address can have, and front matter that explains itself.

use super::Outcome;
use super::args::{Global, New};
use super::setup::Found;
use super::terminal::{Terminal, visible};
use crate::error::{Error, Result};
use crate::model::ArticleId;
use crate::text::slug::slug;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The longest file name that is made from a title, in characters.
const MAX_NAME: usize = 60;

/// The longest title, in characters. Longer ones are answers, not questions.
const MAX_TITLE: usize = 200;

/// Begins an article and prints its path.
pub(super) fn run(args: &New, global: &Global, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let setup = Found::read(global, None).accepted(terminal)?;
    let title = title(&args.title)?;
    let file = path(&setup.locations.kb, args, title)?;
    if args.dry_run {
        not_there(&file)?;
    } else {
        write(&file, &article(title))?;
    }
    let shown = file.display().to_string();
    writeln!(terminal.out(), "{}", visible(&shown))?;
    Ok(Outcome::Fine)
}

fn title(text: &str) -> Result<&str> {
    let title = text.trim();
    let chars = title.chars().count();
    if title.is_empty() {
        return Err(Error::invalid("the title is empty")
            .help("write the question that the article answers"));
    }
    if chars > MAX_TITLE || title.chars().any(char::is_control) {
        let help = format!(
            "a title is one line of at most {MAX_TITLE} characters; use --name for the file's name"
        );
        return Err(Error::invalid("this cannot be a title").help(help));
    }
    Ok(title)
}

/// Where the article goes: below the folder of articles, by a path that can be its id.
fn path(kb: &Path, args: &New, title: &str) -> Result<PathBuf> {
    let name = args.name.clone().unwrap_or_else(|| slug(title, MAX_NAME));
    if name.is_empty() {
        let message = format!("no file name can be made from `{title}`");
        return Err(Error::invalid(message).help("name the file with --name"));
    }
    let name = match name.strip_suffix(".md") {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => name,
    };
    let category = args.category.trim_matches('/');
    let below = if category.is_empty() {
        name
    } else {
        format!("{category}/{name}")
    };
    let hidden = below
        .split('/')
        .any(|segment| segment.starts_with('.') || segment == "_index");
    let id = ArticleId::parse(&below).map_err(|why| why.to_string());
    let id = id.and_then(|id| {
        if hidden {
            Err("hidden files and `_index` are no articles".to_owned())
        } else {
            Ok(id)
        }
    });
    let refuse = |why: String| Error::invalid(format!("`{below}` cannot be an article: {why}"));
    let id = id.map_err(|why| refuse(why).help("choose another --name or --category"))?;
    Ok(kb.join(format!("{id}.md")))
}

fn not_there(file: &Path) -> Result<()> {
    if file.symlink_metadata().is_ok() {
        return Err(taken(file));
    }
    Ok(())
}

fn taken(file: &Path) -> Error {
    let message = format!("{} is there already", file.display());
    Error::new(crate::error::Code::Conflict, message)
        .help("edit it, or choose another name with --name")
}

fn write(file: &Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::AlreadyExists => taken(file),
        _ => Error::internal(format!("{} cannot be written", file.display()), e)
            .help("check the folder's permissions"),
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .map_err(failed)?;
    created.write_all(text.as_bytes()).map_err(failed)
}

/// An article with its title and everything else to be filled in.
fn article(title: &str) -> String {
    let title = toml::Value::from(title);
    format!(
        "\
+++
title = {title}
similar = []            # 相似问法: other ways people ask this
tags = []
# answer = \"\"           # the short answer; without it, the first paragraph is shown
# audience = \"public\"   # who may read: public, customer or internal, as in schema.toml
# review_by = 2027-01-01  # when somebody should look at it again
status = \"draft\"        # remove this line to publish
+++

The answer, most important first.
"
    )
}

#[cfg(test)]
mod tests {
    use super::article;

    #[test]
    fn a_title_with_quotes_stays_one_text() {
        let text = article("\"怎么\" \\ 开票");
        let front_matter = text.split("+++").nth(1).expect("front matter");
        let table: toml::Table = front_matter.parse().expect("TOML");
        assert_eq!(table["title"].as_str(), Some("\"怎么\" \\ 开票"));
    }
}
