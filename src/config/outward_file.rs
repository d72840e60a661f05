//! What does `kb.toml` say of mail, web hooks, the forum and rewards?

use super::Secret;
use super::outward::{Forum, Hook, Mail, Rewards};
use super::reader::{Complaint, Reader, Verdict};
use super::rules::{self, optional, web_address, within};
use super::settings_file::{any, from_folder, texts};
use crate::model::Slug;
use std::path::{Path, PathBuf};

/// The most hooks.
const MAX_HOOKS: usize = 100;

/// A secret: `key` itself, or the content of the file that `key_file` names.
pub(super) fn secret(reader: &mut Reader<'_>, key: &str, folder: &Path) -> Option<Secret> {
    let file_key = format!("{key}_file");
    let plain: Option<Secret> = reader.get(key, None, any);
    let file: Option<PathBuf> = reader.get(&file_key, None, any);
    if plain.is_some()
        && file.is_some()
        && reader.is_from_file(key)
        && reader.is_from_file(&file_key)
    {
        let message = format!("{key} is set as well");
        reader.complain(&file_key, Complaint::new(message, "keep one of the two"));
    }
    if plain.is_some() {
        reader.note_secret(key, plain.as_ref());
        return plain;
    }
    let path = from_folder(reader, &file_key, file?, folder);
    reader.note_secret_file(&file_key, &path);
    match std::fs::read_to_string(&path) {
        Ok(text) if text.len() <= 4_096 && !text.trim().is_empty() => {
            let secret = Some(Secret::new(text.trim()));
            reader.note_secret(&file_key, secret.as_ref());
            secret
        }
        Ok(_) => {
            let message = format!("{} holds no secret", path.display());
            reader.complain(
                &file_key,
                Complaint::new(message, "write the secret into it, on one line"),
            );
            None
        }
        Err(e) => {
            let message = format!("{} cannot be read: {e}", path.display());
            reader.complain(
                &file_key,
                Complaint::new(message, "paths start at the folder of this settings file"),
            );
            None
        }
    }
}

/// `[mail]`
pub(super) fn mail(reader: &mut Reader<'_>, folder: &Path) -> Mail {
    let mail = Mail {
        from: reader.get("mail.from", None, any),
        inbound: reader.get("mail.inbound", None, any),
        smtp_url: reader.get("mail.smtp_url", None, |url| {
            optional(url, |url| rules::smtp_url(url))
        }),
        smtp_user: reader.get("mail.smtp_user", None, any),
        smtp_password: secret(reader, "mail.smtp_password", folder),
        dir: place(reader, "mail.dir", folder),
        templates: place(reader, "mail.templates", folder),
    };
    if mail.smtp_url.is_some() && mail.from.is_none() {
        let complaint = Complaint::new(
            "without mail.from no mail can be sent",
            "set mail.from, as in \"help@example.com\"",
        );
        reader.complain("mail.smtp_url", complaint);
    }
    mail
}

fn place(reader: &mut Reader<'_>, key: &str, folder: &Path) -> Option<PathBuf> {
    let written: Option<PathBuf> = reader.get(key, None, any);
    written.map(|written| from_folder(reader, key, written, folder))
}

/// `[[hooks]]`
pub(super) fn hooks(reader: &mut Reader<'_>, folder: &Path) -> Vec<Hook> {
    let count = reader.tables("hooks").min(MAX_HOOKS);
    let mut hooks: Vec<Hook> = Vec::new();
    for i in 0..count {
        let key = |name: &str| format!("hooks.{i}.{name}");
        let name: Option<Slug> = reader.get(&key("name"), None, any);
        let url: Option<Secret> = secret(reader, &key("url"), folder);
        let hook = Hook {
            name: name.clone().unwrap_or_else(|| numbered("hook", i)),
            url: url.clone().unwrap_or_else(|| Secret::new("")),
            secret: secret(reader, &key("secret"), folder),
            form: reader.get(&key("form"), Default::default(), any),
            events: reader.list(&key("events"), Vec::new(), event),
            allow_private: reader.get(&key("allow_private"), false, any),
        };
        named_once(
            reader,
            &key("name"),
            name.as_ref(),
            hooks.iter().map(|hook| &hook.name),
        );
        if let Err(complaint) = hook_url(url.as_ref()) {
            reader.complain_about(&[&key("url"), &key("url_file"), &key("name")], complaint);
        }
        hooks.push(hook);
    }
    hooks
}

fn numbered(what: &str, i: usize) -> Slug {
    let name = Slug::parse(&format!("{what}-{}", i + 1));
    name.unwrap_or_else(|_| unreachable!("a word and a number"))
}

fn named_once<'n>(
    reader: &mut Reader<'_>,
    key: &str,
    name: Option<&Slug>,
    mut earlier: impl Iterator<Item = &'n Slug>,
) {
    match name {
        None if !reader.is_written(key) => {
            let table = key.split('.').next().unwrap_or_default().to_owned();
            let complaint = Complaint::new(
                format!("this one of [[{table}]] has no name"),
                "give it one, as in name = \"billing\"",
            );
            reader.complain_about(&[key], complaint);
        }
        Some(name) if earlier.any(|other| other == name) => {
            let message = format!("there are two with the name `{name}`");
            reader.complain(key, Complaint::new(message, "give each its own"));
        }
        _ => {}
    }
}

fn hook_url(url: Option<&Secret>) -> Verdict {
    let refuse = |message: &str| {
        Err(Complaint::new(
            message,
            "write it as in \"https://example.com/hooks/kb\"",
        ))
    };
    match url {
        None => refuse("this hook has no url"),
        Some(url) if web_address(url.reveal()).is_none() => {
            refuse("the url of this hook is no http or https address")
        }
        Some(_) => Ok(()),
    }
}

fn event(name: &String) -> Verdict {
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    match name.split_once('.') {
        Some((family, what)) if plain(family) && (what == "*" || plain(what)) => Ok(()),
        _ => Err(Complaint::new(
            format!("`{name}` is no event"),
            "write it as in \"case.opened\" or \"case.*\"",
        )),
    }
}

/// `[forum]`
pub(super) fn forum(reader: &mut Reader<'_>) -> Forum {
    let default = Forum::default();
    Forum {
        enabled: reader.get("forum.enabled", default.enabled, any),
        customer_answers: reader.get("forum.customer_answers", default.customer_answers, any),
        page_questions: reader.get("forum.page_questions", default.page_questions, |n| {
            within(n, 1, 100)
        }),
    }
}

/// `[rewards]`
pub(super) fn rewards(reader: &mut Reader<'_>) -> Rewards {
    let default = Rewards::default();
    let mut points = |key: &str, default| reader.get(key, default, |n| within(n, 0, 1_000_000));
    Rewards {
        asked: points("rewards.asked", default.asked),
        accepted: points("rewards.accepted", default.accepted),
        answered: points("rewards.answered", default.answered),
        enabled: reader.get("rewards.enabled", default.enabled, any),
        unit: texts(reader, "rewards.unit", &default.unit),
    }
}
