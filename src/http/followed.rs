//! What does somebody who follows an article see of it? Its title and state, as his audience reads it.

use super::address;
use crate::cases::{Seen, short_hash};
use crate::model::{ArticleId, Audience};
use crate::search::Engine;

/// An article as an audience sees it now; `None` when it may not, or there is none. Questions are looked up where they are kept.
pub fn seen_article(engine: &Engine, id: &ArticleId, audience: Audience) -> Option<Seen> {
    let article = engine.view(audience).article(id).ok().flatten()?;
    let texts = [
        article.title.clone(),
        article.answer.clone().unwrap_or_default(),
        article.markdown(),
    ];
    Some(Seen {
        mark: format!("text:{}", short_hash(&texts)),
        path: address::article(id),
        title: article.title,
    })
}
