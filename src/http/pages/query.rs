//! What was asked on the page of results? The words and filters of its address, and the addresses that change them.

use super::addresses;
use crate::config::{RequestLimits, Schema};
use crate::http::extract::Params;
use crate::http::extract::Reading;
use crate::model::{CategoryPath, Lang};
use crate::search::{Filter, Request};

/// How many hits stand on one page.
const PAGE_HITS: usize = 10;

/// The most values of filters that are carried along.
const MAX_FILTERS: usize = 32;

/// What one address of the page of results asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    /// The words, trimmed.
    pub(super) text: String,
    /// The page, from 1.
    pub(super) page: usize,
    /// The last page that can be turned to.
    last_page: usize,
    /// How many hits stand on one page.
    page_hits: usize,
    filters: Vec<(String, String)>,
}

impl Query {
    /// Reads the parameters as they can be understood: a page is brought within those that there are, a language that is none
    /// of the three is passed over, words are cut at four times the limit, and what is not known does not matter.
    pub(super) fn read(params: Params, schema: &Schema, limits: &RequestLimits) -> Self {
        let mut params = params.leniently();
        let page_hits = PAGE_HITS.min(limits.page_hits).max(1);
        let last_page = limits.max_offset / page_hits + 1;
        let text = params.text("q", limits.query_chars * 4).unwrap_or_default();
        let page = params.number("page", 1, 1..=last_page);
        let langs = params.langs("lang");
        let mut filters = Vec::new();
        let own = ["category", "product", "tag"].map(str::to_owned).to_vec();
        let extra = schema
            .fields
            .iter()
            .filter(|(_, field)| field.filter)
            .map(|(name, _)| name.clone());
        for name in own.into_iter().chain(extra) {
            filters.extend(
                params
                    .many(&name)
                    .into_iter()
                    .map(|value| (name.clone(), value)),
            );
        }
        filters.extend(
            langs
                .iter()
                .map(|lang| ("lang".to_owned(), lang.to_string())),
        );
        filters.truncate(MAX_FILTERS);
        Self {
            text: text.trim().to_owned(),
            page,
            last_page,
            page_hits,
            filters,
        }
    }

    /// How many pages `total` hits fill, of those that can be turned to; at least one.
    pub(super) fn pages(&self, total: usize) -> usize {
        total.div_ceil(self.page_hits).clamp(1, self.last_page)
    }

    /// The last page that has hits, when this one is beyond it.
    pub(super) fn turned_back(&self, total: usize) -> Option<Self> {
        let page = self.pages(total);
        (self.page > page).then(|| Self {
            page,
            ..self.clone()
        })
    }

    /// Whether nothing is asked for at all.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.filters.is_empty()
    }

    /// Whether hits must be something.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.filters.is_empty()
    }

    /// What hits must be: names with values.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        let filters = self.filters.iter();
        filters.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many hits stand on the pages before.
    pub(super) fn offset(&self) -> usize {
        (self.page - 1) * self.page_hits
    }

    /// The values that hits must have one of.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let own = self.filters.iter().filter(|(key, _)| key == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// The search that this page shows.
    pub(super) fn request(&self, reading: &Reading) -> Request {
        let texts = |name: &str| self.values(name).into_iter().map(str::to_owned).collect();
        let mut filter = Filter {
            categories: self
                .values("category")
                .into_iter()
                .map(CategoryPath::new)
                .collect(),
            tags: texts("tag"),
            langs: self
                .values("lang")
                .into_iter()
                .filter_map(Lang::parse)
                .collect(),
            products: texts("product"),
            ..Filter::default()
        };
        let own = ["category", "tag", "lang", "product"];
        for (name, value) in self
            .filters
            .iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
        {
            filter
                .extra
                .entry(name.clone())
                .or_default()
                .push(value.clone());
        }
        Request {
            query: self.text.clone(),
            viewer: reading.viewer,
            own: reading.products.to_vec(),
            filter,
            limit: self.page_hits,
            offset: self.offset(),
            explain: false,
        }
    }

    /// The same with one more value to choose from; on the first page.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let mut filters = self.filters.clone();
        filters.push((name.to_owned(), value.to_owned()));
        address(&self.text, &filters, 1)
    }

    /// The same without one value; on the first page.
    pub(super) fn without(&self, name: &str, value: &str) -> String {
        let mut filters = self.filters.clone();
        filters.retain(|(key, own)| key != name || own != value);
        address(&self.text, &filters, 1)
    }

    /// The words alone.
    pub(super) fn without_filters(&self) -> String {
        address(&self.text, &[], 1)
    }

    /// The same at another page.
    pub(super) fn at_page(&self, page: usize) -> String {
        address(&self.text, &self.filters, page)
    }
}

fn address(text: &str, filters: &[(String, String)], page: usize) -> String {
    let mut address = addresses::search(text);
    for (name, value) in filters {
        address.push_str(&format!(
            "&{}={}",
            addresses::encode(name),
            addresses::encode(value)
        ));
    }
    if page > 1 {
        address.push_str(&format!("&page={page}"));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::config::{RequestLimits, Schema};
    use crate::http::extract::Params;

    fn read(query: &str) -> Query {
        let params = Params::read(query).expect("parameters");
        Query::read(params, &Schema::default(), &RequestLimits::default())
    }

    #[test]
    fn addresses_lead_to_and_from_every_filter() {
        let query = read("q=%E9%80%80%E6%AC%BE&tag=a%26b&page=2&utm_source=x");
        assert_eq!(
            (query.text.as_str(), query.page, query.offset()),
            ("退款", 2, 10)
        );
        assert_eq!(
            query.with("category", "a/b"),
            "/search?q=%E9%80%80%E6%AC%BE&tag=a%26b&category=a%2Fb"
        );
        assert_eq!(query.without("tag", "a&b"), "/search?q=%E9%80%80%E6%AC%BE");
        assert_eq!(
            query.at_page(3),
            "/search?q=%E9%80%80%E6%AC%BE&tag=a%26b&page=3"
        );
    }

    #[test]
    fn what_cannot_be_used_is_brought_within_its_limits_or_passed_over() {
        for (odd, page, text) in [
            ("q=a&page=0", 1, "a"),
            ("q=a&page=-1", 1, "a"),
            ("q=a&page=x&limit=abc", 1, "a"),
            ("q=a&page=99999", 101, "a"),
            ("q=a&page=2&page=3", 3, "a"),
            ("q=a&lang=xx", 1, "a"),
            ("q=%ff&page=2", 2, ""),
            ("q=a&q=b", 1, "b"),
        ] {
            let query = read(odd);
            assert_eq!((query.page, query.text.as_str()), (page, text), "{odd}");
            assert!(!query.is_narrowed(), "{odd}");
        }
        assert_eq!(read(&format!("q={}", "x".repeat(5_000))).text.len(), 800);
        let beyond = read("q=a&page=99999").turned_back(25).expect("too far");
        assert_eq!(beyond.page, 3);
        assert!(beyond.turned_back(25).is_none() && read("q=a").turned_back(0).is_none());
    }
}
