//! What does the request say? Everything that comes in is read here, strictly, and all mistakes are told at once.

use super::article_view::Shelf;
use super::error::{Failure, InvalidParameter};
use super::opened::Opened;
use super::state::AppState;
use super::visitor::Visitor;
use crate::error::{Code, Error};
use crate::index::Head;
use crate::model::{Audience, Lang};
use crate::search::Engine;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What a request reads from: one engine from its beginning to its end, as one viewer.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Everything that can be looked up.
    pub(super) engine: Arc<Engine>,
    /// Rendered articles of this engine.
    pub(super) shelf: Arc<Shelf>,
    /// The generation since which he reads the same.
    pub(super) since: Arc<str>,
    /// How far he sees who asks.
    pub(super) viewer: Audience,
    /// What he has: articles about it come first.
    pub(super) products: Arc<[String]>,
    /// What visitors open most.
    pub(super) opened: Arc<Opened>,
}

impl FromRequestParts<AppState> for Reading {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let reading = parts.extensions.get::<Self>().cloned();
        reading
            .or_else(|| Self::begin(state, &Visitor::default()))
            .ok_or_else(|| {
                Error::new(Code::Unavailable, "the index is still being built")
                    .help("try again in a few seconds")
                    .into()
            })
    }
}

impl Reading {
    /// A reading of what is served at this moment, as this visitor; `None` while nothing is.
    pub(super) fn begin(state: &AppState, visitor: &Visitor) -> Option<Self> {
        state.served().map(|served| Self {
            engine: Arc::clone(&served.engine),
            shelf: Arc::clone(&served.shelf),
            since: served.since(visitor.audience),
            viewer: visitor.audience,
            products: visitor.products().into(),
            opened: state.opened(),
        })
    }
}

impl Reading {
    /// `heads` with those about what the visitor has first, else as they were.
    pub(super) fn own_first<'h>(&self, mut heads: Vec<&'h Head>) -> Vec<&'h Head> {
        heads.sort_by_key(|head| !head.is_about(&self.products));
        heads
    }
}

/// The rest of the address after a route's prefix, percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tail(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Tail {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(tail)) if !tail.contains('\0') => Ok(Self(tail)),
            _ => Err(Error::not_found("there is nothing at this address").into()),
        }
    }
}

/// The parameters of a request, taken one by one. Mistakes are collected and told by [`Params::finish`].
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    asked: Vec<String>,
    invalid: Vec<InvalidParameter>,
    lenient: bool,
}

/// The most parameters that are read.
const MAX_PARAMETERS: usize = 100;

/// The most values that one filter may have.
const MAX_VALUES: usize = 20;

/// The longest value of a filter, in characters.
const MAX_VALUE_CHARS: usize = 200;

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Self::read(parts.uri.query().unwrap_or_default())
    }
}

impl Params {
    /// Reads a query string: `a=1&b=2`, with `+` for a space.
    pub(super) fn read(query: &str) -> Result<Self, Failure> {
        let mut params = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if params.pairs.len() == MAX_PARAMETERS {
                return Err(Error::invalid(format!(
                    "there are more than {MAX_PARAMETERS} parameters"
                ))
                .into());
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Ok(name) = decode(name) else {
                return Err(Error::invalid("a parameter's name is not valid UTF-8").into());
            };
            match decode(value) {
                Ok(value) => params.pairs.push((name, value)),
                Err(why) => {
                    params.refuse(&name, why);
                    params.asked.push(name);
                }
            }
        }
        Ok(params)
    }

    /// For pages, whose addresses are typed, shared and shortened by people: what cannot be used is passed over or brought
    /// within its limits, instead of being told.
    pub(super) fn leniently(mut self) -> Self {
        self.lenient = true;
        self.invalid.clear();
        self
    }

    /// Whether `name` is given with this value.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.pairs
            .iter()
            .any(|pair| pair.0 == name && pair.1 == value)
    }

    /// The only value of `name`; `None` when it is not given.
    pub(super) fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.all(name);
        if values.len() > 1 {
            self.refuse(name, "is given more than once");
        }
        values.pop()
    }

    /// All values of `name`, in order, empty ones left out. Each may have [`MAX_VALUE_CHARS`], and there may be [`MAX_VALUES`].
    pub(super) fn many(&mut self, name: &str) -> Vec<String> {
        let values = self.all(name);
        if values.len() > MAX_VALUES {
            self.refuse(name, format!("is given more than {MAX_VALUES} times"));
        }
        if values
            .iter()
            .any(|value| value.chars().nth(MAX_VALUE_CHARS).is_some())
        {
            self.refuse(
                name,
                format!("must not be longer than {MAX_VALUE_CHARS} characters"),
            );
        }
        values
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        self.asked.push(name.to_owned());
        let values = self.pairs.iter().filter(|(key, _)| key == name);
        values
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// The only value of `name`, of at most `max` characters.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.one(name)?;
        if let Some((end, _)) = text.char_indices().nth(max) {
            if self.lenient {
                return Some(text[..end].to_owned());
            }
            self.refuse(name, format!("must not be longer than {max} characters"));
            return None;
        }
        Some(text)
    }

    /// The only value of `name`, which must be given but may be empty, of at most `max` characters.
    pub(super) fn required_text(&mut self, name: &str, max: usize) -> String {
        let is_given = self.pairs.iter().any(|(given, _)| given == name);
        if !is_given && !self.invalid.iter().any(|i| i.parameter == name) {
            self.refuse(name, "is missing");
        }
        self.text(name, max).unwrap_or_default()
    }

    /// All values of `name` as languages.
    pub(super) fn langs(&mut self, name: &str) -> Vec<Lang> {
        let mut langs = Vec::new();
        for value in self.many(name) {
            match Lang::parse(&value) {
                Some(lang) => langs.push(lang),
                None => self.refuse(name, "must be zh-CN, zh-TW or en"),
            }
        }
        langs
    }

    /// A whole number within `range`.
    pub(super) fn number(
        &mut self,
        name: &str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> usize {
        let Some(text) = self.one(name) else {
            return default;
        };
        match text.parse::<usize>() {
            Ok(number) if range.contains(&number) => number,
            Ok(number) if self.lenient => number.clamp(*range.start(), *range.end()),
            _ => {
                let (low, high) = range.into_inner();
                self.refuse(name, format!("must be a whole number from {low} to {high}"));
                default
            }
        }
    }

    /// One of several words; `None` when it is not given.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.one(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.refuse(name, format!("must be one of: {}", words.join(", ")));
        }
        chosen.map(|(_, choice)| *choice)
    }

    /// A switch: `1` or `true`, `0` or `false`; off when it is not given.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.one(name).as_deref() {
            None | Some("0" | "false") => false,
            Some("1" | "true") => true,
            Some(_) => {
                self.refuse(name, "must be 1 or 0");
                false
            }
        }
    }

    /// Notes that `name` is not acceptable; `why` completes the sentence “`name` …”.
    pub(super) fn refuse(&mut self, name: &str, why: impl Into<String>) {
        if self.lenient {
            return;
        }
        self.invalid.push(InvalidParameter {
            parameter: name.to_owned(),
            detail: why.into(),
        });
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All mistakes, a parameter that nobody asked for among them.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let mut unknown: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        unknown.retain(|name| !self.asked.iter().any(|asked| asked == name));
        unknown.dedup();
        let unknown: Vec<String> = unknown.into_iter().map(str::to_owned).collect();
        for name in unknown {
            let near = self.nearest(&name);
            self.refuse(&name, near);
        }
        if self.invalid.is_empty() {
            return Ok(());
        }
        Err(Failure::parameters(self.invalid))
    }

    /// Ends the reading of a page's address: what nobody asked for passes, since links are shared with marks of where.
    ///
    /// # Errors
    /// All mistakes in what was asked for.
    pub(super) fn finish_lenient(self) -> Result<(), Failure> {
        match self.invalid.is_empty() {
            true => Ok(()),
            false => Err(Failure::parameters(self.invalid)),
        }
    }

    fn nearest(&self, name: &str) -> String {
        let near = self
            .asked
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        match near {
            Some(near) if strsim::jaro_winkler(near, name) > 0.75 => {
                format!("is not known here; did you mean `{near}`?")
            }
            _ => format!("is not known here; known are {}", self.asked.join(", ")),
        }
    }
}

fn decode(text: &str) -> Result<String, &'static str> {
    let spaced = text.replace('+', " ");
    let bytes = percent_encoding::percent_decode_str(&spaced).collect::<Vec<u8>>();
    let text = String::from_utf8(bytes).map_err(|_| "is not valid UTF-8")?;
    match text.contains('\0') {
        true => Err("must not contain a NUL character"),
        false => Ok(text),
    }
}
