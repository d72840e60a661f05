//! What does an article's file say? Its front matter and text become an [`Article`].

mod values;

use super::claims::Claims;
use super::files;
use super::front_matter::{Fields, Node, beginning_of_day, end_of_day, split};
use super::outline::{self, same_text};
use super::parts::cut;
use super::source::{Explain, Source, file_problem};
use super::{codes, decode};
use crate::config::Schema;
use crate::model::{Article, ArticleId, Audience, CategoryPath, Kind, Lang, Part, Problem, Status};
use crate::text;
use jiff::Timestamp;
use std::path::Path;
use std::time::SystemTime;
use unicode_normalization::UnicodeNormalization;
use values::{aliases, answer, extra, owner, related, status, unique};

/// The keys that articles have beside those of `schema.toml`.
const KEYS: [&str; 25] = [
    "title",
    "id",
    "similar",
    "tags",
    "audience",
    "answer",
    "summary",
    "description",
    "lang",
    "products",
    "pinned",
    "related",
    "owner",
    "review_by",
    "publish_at",
    "expire_at",
    "status",
    "draft",
    "aliases",
    "order",
    "weight",
    "updated",
    "lastmod",
    "created",
    "date",
];

/// One article's file, read.
#[derive(Debug, Default)]
pub struct LoadedArticle {
    /// The article; `None` when an error keeps it from being shown.
    pub article: Option<Article>,
    /// What is wrong with the file, seen for itself.
    pub problems: Vec<Problem>,
    /// Whether its front matter could be parsed. If so and there is no article, the file says that it is not to be shown as it
    /// was: a misspelt `status` or `audience` may withdraw it.
    pub understood: bool,
    /// What single lines of front matter that could not be parsed say about who sees it.
    pub claims: Claims,
}

/// A file's text and when it was written.
pub(super) struct Text {
    pub(super) source: Option<Source>,
    pub(super) modified: Timestamp,
    pub(super) problems: Vec<Problem>,
    /// What single lines say when the text as a whole cannot be decoded.
    pub(super) claims: Claims,
}

/// Reads and decodes a file.
pub(super) fn read_text(root: &Path, path: &str, schema: &Schema) -> Text {
    match files::read(root, path, schema.limits.article_bytes) {
        Ok(read) => text_of(path, &read.bytes, instant_of(read.modified)),
        Err(problem) => Text {
            source: None,
            modified: Timestamp::UNIX_EPOCH,
            problems: vec![*problem],
            claims: Claims::default(),
        },
    }
}

fn text_of(path: &str, bytes: &[u8], modified: Timestamp) -> Text {
    let (source, problems) = decode::decode(path, bytes);
    let claims = match &source {
        Some(_) => Claims::default(),
        None => Claims::of(&String::from_utf8_lossy(bytes)),
    };
    Text {
        source,
        modified,
        problems,
        claims,
    }
}

fn instant_of(time: Option<SystemTime>) -> Timestamp {
    time.and_then(|time| Timestamp::try_from(time).ok())
        .and_then(|at| Timestamp::from_second(at.as_second()).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Reads an article, without regard to what its categories say.
pub(super) fn read(root: &Path, path: &str, schema: &Schema) -> LoadedArticle {
    of_text(read_text(root, path, schema), schema)
}

/// Reads an article from the bytes of a file.
pub(super) fn from_bytes(path: &str, bytes: &[u8], schema: &Schema) -> LoadedArticle {
    of_text(text_of(path, bytes, Timestamp::UNIX_EPOCH), schema)
}

fn of_text(text: Text, schema: &Schema) -> LoadedArticle {
    let Some(source) = text.source else {
        return LoadedArticle {
            problems: text.problems,
            claims: text.claims,
            ..LoadedArticle::default()
        };
    };
    let mut loaded = parse(&source, text.modified, schema);
    loaded.problems.splice(0..0, text.problems);
    loaded
}

/// Reads an article from its text.
pub(super) fn parse(source: &Source, modified: Timestamp, schema: &Schema) -> LoadedArticle {
    let split = match split(source) {
        Ok(split) => split,
        Err(problems) => {
            return LoadedArticle {
                problems,
                claims: Claims::of(&source.text),
                ..LoadedArticle::default()
            };
        }
    };
    if let Some(empty) = split.emptiness(source) {
        return LoadedArticle {
            problems: vec![empty],
            ..LoadedArticle::default()
        };
    }
    let (parts, block_problems) = cut(source, split.body, &schema.audiences);
    let mut fields = Fields::new(source, split.entries);
    let read = Reading {
        source,
        schema,
        modified,
    };
    let article = read.article(&mut fields, parts);
    let known: Vec<&str> = KEYS
        .into_iter()
        .chain(schema.fields.keys().map(String::as_str))
        .collect();
    fields.finish(&known);
    let article = article.filter(|_| !fields.hidden);
    let mut problems = fields.problems;
    problems.extend(block_problems);
    LoadedArticle {
        article,
        problems,
        understood: true,
        claims: Claims::default(),
    }
}

struct Reading<'a> {
    source: &'a Source,
    schema: &'a Schema,
    modified: Timestamp,
}

impl Reading<'_> {
    fn article(&self, fields: &mut Fields<'_>, parts: Vec<Part>) -> Option<Article> {
        let path = self.source.path.clone();
        let audience = audience(fields, self.schema);
        let (title, parts) = self.title(fields, parts, audience);
        let lang = lang(fields).unwrap_or_else(|| detect(&title, &visible(&parts, audience)));
        let created = fields.instant(&["created", "date"], beginning_of_day);
        let updated = fields.instant(&["updated", "lastmod"], beginning_of_day);
        let draft = fields.boolean(&["draft"]).unwrap_or(false);
        let status = status(fields);
        Some(Article {
            similar: self.similar(fields),
            tags: unique(fields.texts(&["tags"])),
            audience,
            answer: answer(fields),
            lang,
            products: unique(fields.texts(&["products"])),
            pinned: unique(fields.texts(&["pinned"])),
            related: related(fields),
            owner: owner(fields),
            review_by: fields.date(&["review_by"]),
            publish_at: fields.instant(&["publish_at"], beginning_of_day),
            expire_at: fields.instant(&["expire_at"], end_of_day),
            status: if draft { Status::Draft } else { status },
            aliases: aliases(fields),
            category: CategoryPath::of_file(&path),
            order: fields.integer(&["order", "weight"]),
            updated: updated.or(created).unwrap_or(self.modified),
            extra: extra(fields, &self.schema.fields),
            id: self.id(fields)?,
            path,
            title,
            parts,
        })
    }

    fn id(&self, fields: &mut Fields<'_>) -> Option<ArticleId> {
        if let Some(entry) = fields.take(&["id"]) {
            let id = match &entry.value.node {
                Node::Text(text) | Node::Plain(text) => parse_id(text),
                _ => Err("an id is a text in quotes".to_owned()),
            };
            return id
                .map_err(|why| fields.report(codes::BAD_ID, &entry.value, why))
                .ok();
        }
        let path = &self.source.path;
        let stem: String = path.strip_suffix(".md").unwrap_or(path).nfc().collect();
        let id = parse_id(&stem).map_err(|why| {
            fields.problems.push(
                file_problem(
                    path,
                    codes::BAD_NAME,
                    format!("this name cannot be an address: {why}"),
                )
                .help("rename the file, or give the article an `id`"),
            );
        });
        id.ok()
    }

    /// The title, and the text without a first heading that only repeats it: every page shows the title by itself.
    fn title(
        &self,
        fields: &mut Fields<'_>,
        mut parts: Vec<Part>,
        audience: Audience,
    ) -> (String, Vec<Part>) {
        let before = fields.problems.len();
        let written = fields.text(&["title"]).map(|title| one_line(&title));
        // A title of the wrong type is reported as such, and not missed as well.
        let refused = fields.problems.len() > before;
        // A heading within a block for few must not become the title that all see.
        let readable = parts
            .iter()
            .position(|part| audience.may_read(part.audience));
        let heading =
            readable.and_then(|at| outline::first_heading(&parts[at].markdown).map(|h| (at, h)));
        let title = match (written, &heading) {
            (Some(title), _) => title,
            (None, Some((_, heading))) if !heading.text.is_empty() => heading.text.clone(),
            _ => {
                let problem = file_problem(
                    &self.source.path,
                    codes::NO_TITLE,
                    "this article has no title",
                );
                if !refused {
                    fields
                        .problems
                        .push(problem.help("write `title = \"…\"` into its front matter"));
                }
                let name = self.source.path.rsplit('/').next().unwrap_or_default();
                name.strip_suffix(".md").unwrap_or(name).to_owned()
            }
        };
        if let Some((at, heading)) = heading.filter(|(at, heading)| *at == 0 && heading.leads) {
            if same_text(&heading.text, &title) {
                parts[at].markdown.replace_range(heading.range, "");
            } else if let Some(rest) = heading.rest_after(&title, &parts[at].markdown) {
                parts[at]
                    .markdown
                    .replace_range(heading.range.start..rest, "");
            }
        }
        (title, parts)
    }

    fn similar(&self, fields: &mut Fields<'_>) -> Vec<String> {
        let mut texts = fields.texts_with_places(&["similar"]);
        let limit = self.schema.limits.similar;
        if texts.len() > limit {
            let message = format!(
                "`similar` has {} entries, and {limit} are kept",
                texts.len()
            );
            fields.report(codes::TOO_MANY, &texts[limit].1, message);
            texts.truncate(limit);
        }
        let mut similar: Vec<String> = Vec::with_capacity(texts.len());
        for (text, item) in texts {
            let text = one_line(&text);
            if similar.contains(&text) {
                let message = format!("`{text}` is listed already");
                fields.report(codes::REPEATED_QUESTION, &item, message);
            } else {
                similar.push(text);
            }
        }
        similar
    }
}

/// The language of an article whose front matter does not say it. A Chinese title makes a Chinese article, however much code
/// there is; which script it is in is seen better in the text.
/// An id that a file may have: those of questions are for the open forum.
fn parse_id(text: &str) -> Result<ArticleId, String> {
    let id = ArticleId::parse(text).map_err(|e| e.to_string())?;
    match id.kind() {
        Kind::Article => Ok(id),
        Kind::Question => {
            Err("ids that begin with `q/` are kept for the questions of the open forum".to_owned())
        }
    }
}

fn detect(title: &str, markdown: &str) -> Lang {
    match (text::language(title), text::language(markdown)) {
        (Some(Lang::ZhCn | Lang::ZhTw), Some(lang @ (Lang::ZhCn | Lang::ZhTw))) => lang,
        (Some(lang @ (Lang::ZhCn | Lang::ZhTw)), _) | (_, Some(lang)) | (Some(lang), None) => lang,
        (None, None) => Lang::default(),
    }
}

/// The Markdown that readers of the article see without further rights.
pub(super) fn visible(parts: &[Part], audience: Audience) -> String {
    parts
        .iter()
        .filter(|part| audience.may_read(part.audience))
        .map(|part| part.markdown.as_str())
        .collect()
}

pub(super) fn audience(fields: &mut Fields<'_>, schema: &Schema) -> Audience {
    let names: Vec<&str> = schema.audiences.names().collect();
    fields
        .choice("audience", &names, |word| schema.audiences.get(word))
        .unwrap_or_default()
}

pub(super) fn lang(fields: &mut Fields<'_>) -> Option<Lang> {
    fields.choice("lang", &Lang::ALL.map(Lang::tag), Lang::parse)
}

/// A text with its line ends made spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
