//! Which mails does the site write itself? The files of its folder, each looked at and tried before it is used.

use super::letter::News;
use super::look::Look;
use super::samples::samples;
use super::templates::Templates;
use crate::model::{Lang, Place, Problem, Severity};
use minijinja::Error;
use std::path::Path;

/// The largest template, in bytes.
const MAX_BYTES: u64 = 262_144;
/// The stable name of all problems with templates; `config::CODES` explains it.
const CODE: &str = "KB906";

/// The templates of a site.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) files: Vec<(Name, String)>,
}

/// What a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) file: String,
    /// `None`: all languages.
    pub(super) lang: Option<Lang>,
}

impl Own {
    pub(super) fn has(&self, file: &str) -> bool {
        self.files.iter().any(|(name, _)| name.file == file)
    }
}

impl Name {
    /// Reads `<event>.<lang>.<subject|txt|html>`, `base.txt` or `base.html`.
    fn parse(file: &str) -> Option<Self> {
        let lang = match file.split('.').collect::<Vec<_>>().as_slice() {
            ["base", "txt" | "html"] => None,
            [event, lang, "subject" | "txt" | "html"] if News::EVENTS.contains(event) => {
                Some(Lang::ALL.into_iter().find(|known| known.tag() == *lang)?)
            }
            _ => return None,
        };
        Some(Self {
            file: file.to_owned(),
            lang,
        })
    }
}

impl Templates {
    /// The mails with the site's own in place of some: the files of `folder`, which is named `shown` in messages.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its place.
    pub fn from_folder(look: Look, folder: &Path, shown: &str) -> Result<Self, Vec<Problem>> {
        let (own, mut problems) = read(folder, shown);
        if !problems.is_empty() {
            return Err(problems);
        }
        let sources = own.files.clone();
        let found = match Self::with(look, own) {
            Err(broken) => vec![broken],
            Ok(templates) => match templates.tried() {
                found if found.is_empty() => return Ok(templates),
                found => found,
            },
        };
        for (name, error) in found {
            let source = sources.iter().find(|(known, _)| known.file == name);
            problems.push(problem(
                shown,
                &name,
                source.map(|(_, source)| source.as_str()),
                &error,
            ));
        }
        Err(problems)
    }

    /// Writes every sample in every language; each template that fails, once.
    fn tried(&self) -> Vec<(String, Error)> {
        let mut failed: Vec<(String, Error)> = Vec::new();
        for letter in Lang::ALL.into_iter().flat_map(samples) {
            if let Err((name, error)) = self.try_own(&letter)
                && !failed.iter().any(|(known, _)| *known == name)
            {
                failed.push((name, error));
            }
        }
        failed
    }
}

fn read(folder: &Path, shown: &str) -> (Own, Vec<Problem>) {
    let (mut own, mut problems) = (Own::default(), Vec::new());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("the folder of mail templates cannot be read: {error}");
            return (
                own,
                vec![file_problem(
                    shown.to_owned(),
                    message,
                    "make it, or remove mail.templates_dir",
                )],
            );
        }
    };
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|file| !file.starts_with('.') && !file.ends_with('~'))
        .collect();
    files.sort();
    for file in files {
        match read_one(folder, &file) {
            Ok(template) => own.files.push(template),
            Err((message, help)) => {
                problems.push(file_problem(format!("{shown}/{file}"), message, help))
            }
        }
    }
    (own, problems)
}

fn read_one(folder: &Path, file: &str) -> Result<(Name, String), (String, &'static str)> {
    let name = Name::parse(file).ok_or_else(|| {
        let message = format!(
            "no mail uses a template of this name; the events are {}",
            News::EVENTS.join(", ")
        );
        (
            message,
            "name it <event>.<zh-CN|zh-TW|en>.<subject|txt|html>, or base.txt or base.html",
        )
    })?;
    let path = folder.join(file);
    let size = std::fs::metadata(&path)
        .map(|data| data.len())
        .unwrap_or_default();
    if size > MAX_BYTES {
        return Err((
            "the template is larger than 256 KiB".to_owned(),
            "make it smaller",
        ));
    }
    let text = std::fs::read_to_string(&path);
    text.map(|text| (name, text)).map_err(|error| {
        (
            format!("the template cannot be read: {error}"),
            "save it as UTF-8, readable for kb",
        )
    })
}

fn file_problem(path: String, message: String, help: &str) -> Problem {
    Problem {
        path,
        place: None,
        severity: Severity::Error,
        code: CODE,
        message,
        label: String::new(),
        help: Some(help.to_owned()),
    }
}

fn problem(shown: &str, name: &str, source: Option<&str>, error: &Error) -> Problem {
    let said = error.detail().map_or_else(
        || error.kind().to_string(),
        |detail| format!("{}: {detail}", error.kind()),
    );
    let place = source.zip(error.line()).map(|(source, line)| {
        let start: usize = source
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let length = source[start.min(source.len())..]
            .lines()
            .next()
            .map_or(0, str::len);
        let within = error
            .range()
            .filter(|range| (start..=start + length).contains(&range.start));
        Place::locate(source, within.unwrap_or(start..start + length))
    });
    Problem {
        place,
        ..file_problem(
            format!("{shown}/{name}"),
            format!("the mail template does not work: {said}"),
            "`kb` writes mails of this sort with its own template once this one is removed",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    use crate::model::Lang;

    #[test]
    fn files_say_what_they_are_for() {
        for (file, lang) in [
            ("reply.zh-CN.html", Some(Some(Lang::ZhCn))),
            ("follow_up.en.subject", Some(Some(Lang::En))),
            ("base.html", Some(None)),
            ("base.txt", Some(None)),
            ("base.subject", None),
            ("base.en.html", None),
            ("reply.html", None),
            ("reply.fr.html", None),
            ("replied.en.html", None),
            ("reply.en.md", None),
            ("../reply.en.html", None),
        ] {
            assert_eq!(Name::parse(file).map(|name| name.lang), lang, "{file}");
        }
    }
}
