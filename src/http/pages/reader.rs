//! Who reads, and in which language? The language asked for by address (`?hl=`), else by `Accept-Language`, else the site's.

use crate::config::Settings;
use crate::http::extract::Params;
use crate::http::state::AppState;
use crate::http::visitor::Visitor;
use crate::model::Lang;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::convert::Infallible;

/// One reader's request, as far as every page wants to know it.
#[derive(Debug, Clone)]
pub(in crate::http) struct Reader {
    /// The language of the interface.
    pub(in crate::http) lang: Lang,
    /// The language that the address names; links carry it on.
    chosen: Option<Lang>,
    /// The path and query of the address, without `hl`.
    address: String,
    /// Who it is, as far as that is known.
    pub(in crate::http) visitor: Visitor,
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let reader = Self::of(parts.uri.path(), query, &parts.headers, state.settings());
        Ok(reader.known_as(Visitor::from_request_parts(parts, state).await?))
    }
}

impl Reader {
    /// The reader who asks for `path?query` with these headers.
    pub(in crate::http) fn of(
        path: &str,
        query: &str,
        headers: &HeaderMap,
        settings: &Settings,
    ) -> Self {
        let chosen = Params::read(query)
            .ok()
            .and_then(|mut params| params.many("hl").first().and_then(|tag| Lang::parse(tag)));
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok());
        let preferred = || accepted.and_then(preferred);
        Self {
            lang: chosen
                .or_else(preferred)
                .unwrap_or(settings.site.default_lang),
            chosen,
            address: without_language(path, query),
            visitor: Visitor::default(),
        }
    }

    /// The same reader, who is this visitor.
    #[must_use]
    pub(in crate::http) fn known_as(mut self, visitor: Visitor) -> Self {
        self.visitor = visitor;
        self
    }

    /// The path and query of the present page, without the language.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The language that the address names, if it names one.
    pub(in crate::http) fn chosen(&self) -> Option<&'static str> {
        self.chosen.map(Lang::tag)
    }

    /// `address` (a path with or without query and fragment) in the language that this reader chose.
    pub(in crate::http) fn link(&self, address: &str) -> String {
        self.chosen
            .map_or_else(|| address.to_owned(), |lang| in_language(address, lang))
    }

    /// `html` with its links to articles and categories in the language that this reader chose.
    pub(super) fn carry(&self, html: &str) -> String {
        if self.chosen.is_none() {
            return html.to_owned();
        }
        let mut links = html.split("href=\"/");
        let mut carried = links.next().unwrap_or_default().to_owned();
        for rest in links {
            let (address, after) = rest.split_once('"').unwrap_or((rest, ""));
            let page = ["a/", "c/"].iter().any(|room| address.starts_with(room));
            let address = format!("/{address}");
            let address = if page { self.link(&address) } else { address };
            carried.push_str(&format!("href=\"{address}\"{after}"));
        }
        carried
    }

    /// The present page in `lang`.
    pub(in crate::http) fn switched(&self, lang: Lang) -> String {
        in_language(&self.address, lang)
    }

    /// How far a text in `lang` is from what this reader reads: 0 his own, 1 the other script, 2 another language.
    pub(super) fn distance(&self, lang: Lang) -> u8 {
        match (self.lang, lang) {
            (own, other) if own == other => 0,
            (Lang::En, _) | (_, Lang::En) => 2,
            _ => 1,
        }
    }
}

/// `address` with `hl` set to `lang`.
pub(super) fn in_language(address: &str, lang: Lang) -> String {
    let (address, fragment) = match address.find('#') {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}hl={lang}{fragment}")
}

fn without_language(path: &str, query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && *pair != "hl" && !pair.starts_with("hl="))
        .collect();
    match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    }
}

/// The most languages of one header that are looked at.
const MAX_ACCEPTED: usize = 20;

/// The language that an `Accept-Language` header wants most among those of the interface.
fn preferred(header: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for item in header.split(',').take(MAX_ACCEPTED) {
        let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.parse().ok());
        let (Some(lang), Some(weight)) = (Lang::parse(tag), weight) else {
            continue;
        };
        if weight > best.map_or(0.0, |(most, _)| most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::{Reader, preferred};
    use crate::config::Settings;
    use crate::model::Lang;
    use axum::http::HeaderMap;

    #[test]
    fn takes_the_language_that_is_wanted_most() {
        for (header, lang) in [
            ("zh-TW,zh;q=0.9,en;q=0.8", Some(Lang::ZhTw)),
            ("fr, en;q=0.5, zh-CN;q=0.7", Some(Lang::ZhCn)),
            ("zh-HK", Some(Lang::ZhTw)),
            ("en;q=0, *", None),
            ("en;q=high, zh-Hant;q=0.1", Some(Lang::ZhTw)),
            ("", None),
        ] {
            assert_eq!(preferred(header), lang, "{header}");
        }
    }

    #[test]
    fn carries_a_chosen_language_in_links_and_switches_it() {
        let settings = Settings::default();
        let read = |query| Reader::of("/search", query, &HeaderMap::new(), &settings);
        let chosen = read("q=a&hl=en&page=2");
        assert_eq!(chosen.lang, Lang::En);
        assert_eq!(chosen.link("/a/x#y"), "/a/x?hl=en#y");
        assert_eq!(chosen.switched(Lang::ZhTw), "/search?q=a&page=2&hl=zh-TW");
        assert_eq!(
            chosen.carry(r#"<a href="/a/x#y">x</a><a href="/files/z">z</a>"#),
            r#"<a href="/a/x?hl=en#y">x</a><a href="/files/z">z</a>"#
        );
        assert_eq!(read("q=a").link("/a/x"), "/a/x");
        assert_eq!(read("hl=xx").lang, Lang::ZhCn);
    }
}
