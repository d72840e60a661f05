//! What do the keys of an article mean that are more than a text or a number?

use crate::config::{ExtraField, FieldType};
use crate::content::codes;
use crate::content::front_matter::Fields;
use crate::model::{ArticleId, Status, Value};
use std::collections::BTreeMap;

pub(super) fn status(fields: &mut Fields<'_>) -> Status {
    let of = |word: &str| match word {
        "published" => Some(Status::Published),
        "draft" => Some(Status::Draft),
        "archived" => Some(Status::Archived),
        _ => None,
    };
    fields
        .choice("status", &["published", "draft", "archived"], of)
        .unwrap_or_default()
}

pub(super) fn answer(fields: &mut Fields<'_>) -> Option<String> {
    let answer = fields.text_without_blocks("answer");
    // Other tools' words for nearly the same; taken in any case, so that they are not unknown.
    let summary = fields.text_without_blocks("summary");
    let description = fields.text_without_blocks("description");
    answer.or(summary).or(description)
}

pub(super) fn related(fields: &mut Fields<'_>) -> Vec<ArticleId> {
    let mut ids = Vec::new();
    for (text, item) in fields.texts_with_places(&["related"]) {
        let text = text.trim_start_matches('/');
        match ArticleId::parse(text.strip_suffix(".md").unwrap_or(text)) {
            Ok(id) if !ids.contains(&id) => ids.push(id),
            Ok(_) => {}
            Err(why) => fields.report(codes::UNKNOWN_RELATED, &item, why.to_string()),
        }
    }
    ids
}

pub(super) fn owner(fields: &mut Fields<'_>) -> Option<String> {
    let is_mail = |word: &str| {
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.is_empty()
                && !word.contains(|c: char| c.is_whitespace() || c.is_control())
        })
    };
    fields.choice("owner", &["name@example.com"], |word| {
        is_mail(word).then(|| word.to_owned())
    })
}

pub(super) fn aliases(fields: &mut Fields<'_>) -> Vec<String> {
    let mut aliases: Vec<String> = Vec::new();
    for (text, item) in fields.texts_with_places(&["aliases"]) {
        let well_formed = text.starts_with('/')
            && !text.starts_with("//")
            && !text
                .chars()
                .any(|c| c.is_control() || matches!(c, '\\' | '?' | '#'))
            && !text.split('/').any(|s| matches!(s, "." | ".."));
        if !well_formed {
            fields.report(
                codes::BAD_ALIAS,
                &item,
                format!("`{text}` is not an old address: write it as `/old/path`"),
            );
        } else if !aliases.contains(&text) {
            aliases.push(text);
        }
    }
    aliases
}

pub(super) fn extra(
    fields: &mut Fields<'_>,
    declared: &BTreeMap<String, ExtraField>,
) -> BTreeMap<String, Value> {
    let mut extra = BTreeMap::new();
    for (key, field) in declared {
        if let Some(value) = extra_value(fields, key, field) {
            extra.insert(key.clone(), value);
        }
    }
    extra
}

fn extra_value(fields: &mut Fields<'_>, key: &str, field: &ExtraField) -> Option<Value> {
    let values: Vec<&str> = field.values.iter().map(String::as_str).collect();
    match field.kind {
        FieldType::Text if values.is_empty() => fields.text(&[key]).map(Value::Text),
        FieldType::Text => fields
            .choice(key, &values, |word| {
                values.contains(&word).then(|| word.to_owned())
            })
            .map(Value::Text),
        FieldType::Texts => {
            let mut texts = fields.texts_with_places(&[key]);
            texts.retain(|(text, item)| {
                let allowed = values.is_empty() || values.contains(&text.as_str());
                if !allowed {
                    let message = format!(
                        "unknown value `{text}` for `{key}`, expected one of {}",
                        values.join(", ")
                    );
                    fields.report(codes::BAD_VALUE, item, message);
                }
                allowed
            });
            let texts = unique(texts.into_iter().map(|(text, _)| text).collect());
            (!texts.is_empty()).then_some(Value::Texts(texts))
        }
        FieldType::Integer => fields.integer(&[key]).map(Value::Integer),
        FieldType::Boolean => fields.boolean(&[key]).map(Value::Boolean),
        FieldType::Date => fields.date(&[key]).map(Value::Date),
    }
}

/// The texts without repetitions, in order.
pub(super) fn unique(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts
        .into_iter()
        .filter(|text| seen.insert(text.clone()))
        .collect()
}
