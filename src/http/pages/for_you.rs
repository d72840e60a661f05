//! What is there for this reader alone? What he read lately, and what he may want to read next, with the reason.

use super::lists::{self, Item, Link};
use super::reader::Reader;
use super::{addresses, messages};
use crate::error::Result;
use crate::http::extract::Reading;
use crate::model::ArticleId;
use crate::search::{Because, recommend};
use serde::Serialize;

/// How many pages each list has.
const LISTED: usize = 6;

/// Two lists, which may be empty.
#[derive(Debug, Default, Serialize)]
pub(super) struct ForYou {
    /// What was read lately.
    pub(super) read: Vec<Link>,
    /// What may be read next.
    recommended: Vec<Recommended>,
}

#[derive(Debug, Serialize)]
struct Recommended {
    #[serde(flatten)]
    item: Item,
    /// Why it is here.
    because: String,
}

impl ForYou {
    /// For who read these lately, as `reading` lets him see.
    pub(super) fn of(reader: &Reader, reading: &Reading, read: &[ArticleId]) -> Result<Self> {
        let view = reading.view();
        let heads = read.iter().filter_map(|id| view.head(id));
        let found = recommend(
            &reading.engine,
            reading.viewer,
            read,
            &reading.products,
            4 * LISTED,
        )?;
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(head, _)| reader.distance(head.lang));
        Ok(Self {
            read: heads
                .take(LISTED)
                .map(|head| Link {
                    title: head.title.clone(),
                    url: reader.link(&addresses::article(&head.id)),
                })
                .collect(),
            recommended: found
                .into_iter()
                .take(LISTED)
                .map(|(head, because)| Recommended {
                    item: lists::item(reader, head, false),
                    because: reason(reader, because),
                })
                .collect(),
        })
    }
}

fn reason(reader: &Reader, because: Because<'_>) -> String {
    match because {
        Because::Read(head) => {
            messages::fill(reader.lang, "because_read", &[("title", &head.title)])
        }
        Because::Product(product) => {
            messages::fill(reader.lang, "because_product", &[("product", product)])
        }
    }
}
