//! How is an article kept in the index? As a record: its head, then everything else, both JSON.
//!
//! The head stands first, by itself, so that a start reads only what lists, filters and facets need.

use super::{Document, Head, Signature};
use crate::model::{
    Article, ArticleId, Audience, CategoryPath, Lang, Part, Passage, Status, Value,
};
use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest short answer that a [`Head`] keeps, in characters.
const HEAD_ANSWER_CHARS: usize = 300;

/// What becomes a [`Head`]. Instants are RFC 3339.
#[derive(Serialize, Deserialize)]
struct HeadRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    path: Cow<'a, str>,
    title: Cow<'a, str>,
    similar: Cow<'a, [String]>,
    answer: Cow<'a, str>,
    category: Cow<'a, str>,
    order: Option<i64>,
    tags: Cow<'a, [String]>,
    lang: Cow<'a, str>,
    products: Cow<'a, [String]>,
    pinned: Cow<'a, [String]>,
    related: Vec<Cow<'a, str>>,
    aliases: Cow<'a, [String]>,
    updated: Cow<'a, str>,
    extra: BTreeMap<Cow<'a, str>, ValueRecord>,
    files: Cow<'a, [String]>,
    /// Codes, ends, and how many similar questions there are.
    signature: (Cow<'a, [u32]>, Cow<'a, [u32]>, u32),
}

/// The rest of a [`Document`].
#[derive(Serialize, Deserialize)]
struct RestRecord<'a> {
    audience: u8,
    #[serde(borrow)]
    author_answer: Option<Cow<'a, str>>,
    answer: Cow<'a, str>,
    owner: Option<Cow<'a, str>>,
    review_by: Option<Cow<'a, str>>,
    publish_at: Option<Cow<'a, str>>,
    expire_at: Option<Cow<'a, str>>,
    status: StatusRecord,
    parts: Vec<(u8, Cow<'a, str>)>,
    passages: Vec<[Cow<'a, str>; 3]>,
    category_titles: Cow<'a, [String]>,
}

#[derive(Serialize, Deserialize)]
enum StatusRecord {
    Published,
    Draft,
    Archived,
}

#[derive(Serialize, Deserialize)]
enum ValueRecord {
    Text(String),
    Texts(Vec<String>),
    Integer(i64),
    Boolean(bool),
    Date(String),
}

/// The record of a document and its signature.
pub(super) fn encode(document: &Document, signature: &Signature) -> Result<Vec<u8>> {
    let head = serde_json::to_vec(&head_record(document, signature))?;
    let mut record = u32::try_from(head.len())
        .context("the head of an article is too long")?
        .to_le_bytes()
        .to_vec();
    record.extend(head);
    serde_json::to_writer(&mut record, &rest_record(document))?;
    Ok(record)
}

/// The head that a record begins with.
pub(super) fn decode_head(record: &[u8]) -> Result<Head> {
    let (head, _) = split(record)?;
    head_of(serde_json::from_slice(head)?)
}

/// The whole document.
pub(super) fn decode(record: &[u8]) -> Result<Document> {
    let (head, rest) = split(record)?;
    let head = head_of(serde_json::from_slice(head)?)?;
    document_of(head, serde_json::from_slice(rest)?)
}

fn split(record: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, rest) = record
        .split_first_chunk::<4>()
        .context("a record is shorter than its length")?;
    let length = usize::try_from(u32::from_le_bytes(*length))?;
    rest.split_at_checked(length)
        .context("a record is shorter than its head")
}

fn head_record<'a>(document: &'a Document, signature: &'a Signature) -> HeadRecord<'a> {
    let article = &document.article;
    let (codes, ends, similar) = signature.parts();
    HeadRecord {
        id: article.id.as_str().into(),
        path: article.path.as_str().into(),
        title: article.title.as_str().into(),
        similar: article.similar.as_slice().into(),
        answer: shorten(&document.answer).into(),
        category: article.category.as_str().into(),
        order: article.order,
        tags: article.tags.as_slice().into(),
        lang: article.lang.tag().into(),
        products: article.products.as_slice().into(),
        pinned: article.pinned.as_slice().into(),
        related: article
            .related
            .iter()
            .map(|id| id.as_str().into())
            .collect(),
        aliases: article.aliases.as_slice().into(),
        updated: article.updated.to_string().into(),
        extra: article
            .extra
            .iter()
            .map(|(name, value)| (name.as_str().into(), value_record(value)))
            .collect(),
        files: document.files.as_slice().into(),
        signature: (codes.into(), ends.into(), similar),
    }
}

fn shorten(answer: &str) -> &str {
    answer
        .char_indices()
        .nth(HEAD_ANSWER_CHARS)
        .map_or(answer, |(end, _)| &answer[..end])
}

fn rest_record(document: &Document) -> RestRecord<'_> {
    let article = &document.article;
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string().into());
    RestRecord {
        audience: rank(article.audience),
        author_answer: article.answer.as_deref().map(Into::into),
        answer: document.answer.as_str().into(),
        owner: article.owner.as_deref().map(Into::into),
        review_by: article.review_by.map(|day| day.to_string().into()),
        publish_at: instant(article.publish_at),
        expire_at: instant(article.expire_at),
        status: match article.status {
            Status::Published => StatusRecord::Published,
            Status::Draft => StatusRecord::Draft,
            Status::Archived => StatusRecord::Archived,
        },
        parts: article
            .parts
            .iter()
            .map(|part| (rank(part.audience), part.markdown.as_str().into()))
            .collect(),
        passages: document
            .passages
            .iter()
            .map(|p| [&p.heading, &p.anchor, &p.text].map(|text| text.as_str().into()))
            .collect(),
        category_titles: document.category_titles.as_slice().into(),
    }
}

/// There are at most 16 audiences.
pub(super) fn rank(audience: Audience) -> u8 {
    u8::try_from(audience.rank()).unwrap_or(u8::MAX)
}

fn value_record(value: &Value) -> ValueRecord {
    match value {
        Value::Text(text) => ValueRecord::Text(text.clone()),
        Value::Texts(texts) => ValueRecord::Texts(texts.clone()),
        Value::Integer(number) => ValueRecord::Integer(*number),
        Value::Boolean(yes) => ValueRecord::Boolean(*yes),
        Value::Date(day) => ValueRecord::Date(day.to_string()),
    }
}

fn value_of(record: ValueRecord) -> Result<Value> {
    Ok(match record {
        ValueRecord::Text(text) => Value::Text(text),
        ValueRecord::Texts(texts) => Value::Texts(texts),
        ValueRecord::Integer(number) => Value::Integer(number),
        ValueRecord::Boolean(yes) => Value::Boolean(yes),
        ValueRecord::Date(day) => Value::Date(day.parse()?),
    })
}

fn head_of(record: HeadRecord<'_>) -> Result<Head> {
    let related = record.related.iter().map(|id| ArticleId::parse(id));
    Ok(Head {
        id: ArticleId::parse(&record.id)?,
        path: record.path.into_owned(),
        title: record.title.into_owned(),
        similar: record.similar.into_owned(),
        answer: record.answer.into_owned(),
        category: CategoryPath::new(&record.category),
        order: record.order,
        tags: record.tags.into_owned(),
        lang: Lang::parse(&record.lang).ok_or_else(|| anyhow!("an unknown language"))?,
        products: record.products.into_owned(),
        pinned: record.pinned.into_owned(),
        related: related.collect::<Result<_, _>>()?,
        aliases: record.aliases.into_owned(),
        updated: record.updated.parse()?,
        extra: record
            .extra
            .into_iter()
            .map(|(name, value)| Ok((name.into_owned(), value_of(value)?)))
            .collect::<Result<_>>()?,
        files: record.files.into_owned(),
        signature: Signature::from_parts(
            record.signature.0.into_owned(),
            record.signature.1.into_owned(),
            record.signature.2,
        ),
    })
}

fn document_of(head: Head, rest: RestRecord<'_>) -> Result<Document> {
    let instant = |at: Option<Cow<'_, str>>| at.map(|at| at.parse()).transpose();
    let part = |(rank, markdown): (u8, Cow<'_, str>)| Part {
        audience: Audience::from_rank(rank),
        markdown: markdown.into_owned(),
    };
    let passage = |[heading, anchor, text]: [Cow<'_, str>; 3]| Passage {
        heading: heading.into_owned(),
        anchor: anchor.into_owned(),
        text: text.into_owned(),
    };
    Ok(Document {
        article: Article {
            id: head.id,
            path: head.path,
            title: head.title,
            similar: head.similar,
            tags: head.tags,
            audience: Audience::from_rank(rest.audience),
            answer: rest.author_answer.map(Cow::into_owned),
            lang: head.lang,
            products: head.products,
            pinned: head.pinned,
            related: head.related,
            owner: rest.owner.map(Cow::into_owned),
            review_by: rest.review_by.map(|day| day.parse()).transpose()?,
            publish_at: instant(rest.publish_at)?,
            expire_at: instant(rest.expire_at)?,
            status: match rest.status {
                StatusRecord::Published => Status::Published,
                StatusRecord::Draft => Status::Draft,
                StatusRecord::Archived => Status::Archived,
            },
            aliases: head.aliases,
            category: head.category,
            order: head.order,
            updated: head.updated,
            extra: head.extra,
            parts: rest.parts.into_iter().map(part).collect(),
        },
        passages: rest.passages.into_iter().map(passage).collect(),
        answer: rest.answer.into_owned(),
        category_titles: rest.category_titles.into_owned(),
        files: head.files,
    })
}
