//! What does `schema.toml` say? Every key of it, with its limits; and the one that is built in.

use super::environment::Environment;
use super::file::File;
use super::reader::{Complaint, Reader, Verdict};
use super::schema::{Analysis, ExtraField, Lexicon, Limits, Ranking, Schema, Weights};
use super::{Loaded, rules};
use crate::model::Audiences;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The `schema.toml` that stands beside the shipped `kb/`: every key, explained, with its default.
pub const SHIPPED: &str = include_str!("../../schema.toml");

/// Front matter keys that articles have anyway.
const BUILT_IN: [&str; 20] = [
    "id",
    "title",
    "similar",
    "tags",
    "audience",
    "answer",
    "lang",
    "products",
    "pinned",
    "related",
    "owner",
    "review_by",
    "publish_at",
    "expire_at",
    "status",
    "aliases",
    "order",
    "updated",
    "description",
    "category",
];

/// The largest word list, in bytes.
const MAX_LIST_BYTES: u64 = 64 * 1024 * 1024;

/// Reads the schema.
pub(super) fn read(file: &File) -> Loaded<Schema> {
    // The schema belongs to the articles: it is versioned with them, and no variable of a machine changes it.
    let nothing = Environment::default();
    let mut reader = Reader::new(Some(file), &nothing);
    let default = Schema::default();
    let value = Schema {
        audiences: audiences(&mut reader, default.audiences),
        fields: fields(&mut reader),
        weights: weights(&mut reader, default.weights),
        analysis: analysis(&mut reader, default.analysis),
        lexicon: lexicon(&mut reader, &file.folder),
        ranking: ranking(&mut reader, default.ranking),
        limits: limits(&mut reader, default.limits),
    };
    let (entries, problems) = reader.finish();
    Loaded {
        value,
        entries,
        problems,
    }
}

fn any<T>(_: &T) -> Verdict {
    Ok(())
}

fn audiences(reader: &mut Reader<'_>, default: Audiences) -> Audiences {
    let names = reader.list(
        "audiences",
        default.names().map(str::to_owned).collect(),
        any,
    );
    Audiences::parse(names).unwrap_or_else(|why| {
        let help = "write them from everybody to the fewest, as in [\"public\", \"customer\", \"internal\"]";
        reader.complain("audiences", Complaint::new(why, help));
        default
    })
}

fn fields(reader: &mut Reader<'_>) -> BTreeMap<String, ExtraField> {
    let mut fields = BTreeMap::new();
    for (name, span) in reader.names("fields") {
        if let Err(complaint) = field_name(&name) {
            reader.pass_over(&format!("fields.{name}"));
            reader.report(span, complaint);
            continue;
        }
        let key = |part: &str| format!("fields.{name}.{part}");
        let kind = reader.get(&key("type"), None, any);
        let facet = reader.get(&key("facet"), false, any);
        let filter = reader.get(&key("filter"), false, any);
        let values = reader.list(&key("values"), Vec::new(), any);
        match kind {
            Some(kind) => {
                fields.insert(
                    name,
                    ExtraField {
                        kind,
                        facet,
                        filter,
                        values,
                    },
                );
            }
            None if reader.is_written(&key("type")) => {}
            None => {
                let complaint = Complaint::new(
                    format!("the field `{name}` has no type"),
                    "add as in `type = \"text\"`",
                );
                reader.report(span, complaint);
            }
        }
    }
    fields
}

fn field_name(name: &str) -> Verdict {
    let well_formed = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !well_formed || name.is_empty() || name.len() > 40 {
        let message = format!("`{name}` is no name for a field");
        return Err(Complaint::new(
            message,
            "use lower-case letters, digits and `_`, at most 40",
        ));
    }
    if BUILT_IN.contains(&name) {
        let message = format!("articles have a field `{name}` already");
        return Err(Complaint::new(message, "choose another name"));
    }
    Ok(())
}

fn weights(reader: &mut Reader<'_>, default: Weights) -> Weights {
    let mut weight = |name: &str, default: f32| {
        reader.get(&format!("weights.{name}"), default, |w| {
            rules::within(w, 0.0, 100.0)
        })
    };
    Weights {
        title: weight("title", default.title),
        similar: weight("similar", default.similar),
        tags: weight("tags", default.tags),
        headings: weight("headings", default.headings),
        answer: weight("answer", default.answer),
        body: weight("body", default.body),
    }
}

fn analysis(reader: &mut Reader<'_>, default: Analysis) -> Analysis {
    Analysis {
        variants: reader.get("analysis.variants", default.variants, any),
        pinyin: reader.get("analysis.pinyin", default.pinyin, any),
        typos: reader.get("analysis.typos", default.typos, any),
    }
}

fn lexicon(reader: &mut Reader<'_>, folder: &Path) -> Lexicon {
    let starter = reader.get("lexicon.starter", Lexicon::default().starter, any);
    let mut files = |name: &str| {
        let key = format!("lexicon.{name}");
        let written: Vec<PathBuf> =
            reader.list(&key, Vec::new(), |path| word_list(&folder.join(path)));
        written.iter().map(|path| folder.join(path)).collect()
    };
    Lexicon {
        starter,
        dictionary: files("dictionary"),
        synonyms: files("synonyms"),
        stopwords: files("stopwords"),
    }
}

fn word_list(path: &Path) -> Verdict {
    rules::readable(path)?;
    let shown = path.display();
    if std::fs::metadata(path).is_ok_and(|found| found.len() > MAX_LIST_BYTES) {
        return Err(Complaint::new(
            format!("{shown} is larger than 64 MiB"),
            "is this the right file?",
        ));
    }
    match std::fs::read_to_string(path) {
        Ok(_) => Ok(()),
        Err(e) => Err(Complaint::new(
            format!("{shown} cannot be read: {e}"),
            "save the file as UTF-8",
        )),
    }
}

fn ranking(reader: &mut Reader<'_>, default: Ranking) -> Ranking {
    Ranking {
        k1: reader.get("ranking.k1", default.k1, |n| rules::within(n, 0.0, 10.0)),
        b: reader.get("ranking.b", default.b, |n| rules::within(n, 0.0, 1.0)),
        candidates: reader.get("ranking.candidates", default.candidates, |n| {
            rules::within(n, 1, 10_000)
        }),
        confident: reader.get("ranking.confident", default.confident, |n| {
            rules::within(n, 0.0, 1.0)
        }),
    }
}

fn limits(reader: &mut Reader<'_>, default: Limits) -> Limits {
    Limits {
        article_bytes: reader.get("limits.article_bytes", default.article_bytes, |n| {
            rules::within(n, 1024, 64 * 1024 * 1024)
        }),
        title_chars: reader.get("limits.title_chars", default.title_chars, |n| {
            rules::within(n, 1, 1_000)
        }),
        similar: reader.get("limits.similar", default.similar, |n| {
            rules::within(n, 0, 10_000)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{SHIPPED, read};
    use crate::config::file::File;
    use crate::config::{FieldType, Origin, Schema};
    use std::path::Path;

    #[test]
    fn the_shipped_file_shows_and_explains_every_key_with_its_default() {
        let loaded = read(&File::new("schema.toml", Path::new(""), SHIPPED));
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.value, Schema::default());
        let lines: Vec<&str> = SHIPPED.lines().collect();
        for entry in &loaded.entries {
            let Origin::File(_, line) = entry.origin else {
                unreachable!("schema.toml lacks {}", entry.key)
            };
            let before = lines.get(line - 2).copied().unwrap_or_default();
            let explained = lines[line - 1].contains('#') || before.starts_with('#');
            assert!(explained, "schema.toml does not explain {}", entry.key);
        }
    }

    #[test]
    fn the_field_in_its_comment_can_be_taken_as_it_is() {
        let example = SHIPPED
            .lines()
            .skip_while(|line| !line.contains("[fields.level]"))
            .take(5);
        let example: Vec<&str> = example
            .filter_map(|line| line.strip_prefix("#   "))
            .collect();
        let loaded = read(&File::new(
            "schema.toml",
            Path::new(""),
            &example.join("\n"),
        ));
        assert_eq!(loaded.problems, []);
        let level = &loaded.value.fields["level"];
        assert_eq!(
            (level.kind, level.facet, level.filter),
            (FieldType::Text, true, true)
        );
        assert_eq!(level.values, ["beginner", "pro"]);
    }
}
