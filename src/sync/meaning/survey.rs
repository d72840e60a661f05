//! What is known of the meaning of an index, and what is not? Each view by itself: a view's vectors are made of what its
//! audience may read, and of nothing else.

use super::texts::texts;
use crate::embed::{Filler, Store, Text};
use crate::error::Result;
use crate::index::{ArticleVectors, MAX_VECTORS, Snapshot, Vectors, View};
use crate::model::ArticleId;
use std::collections::{HashMap, HashSet};

/// The most texts that are asked for before it is looked again.
const ROUND: usize = 4096;

/// What was found.
#[derive(Debug, Default)]
pub(in crate::sync) struct Survey {
    /// For each view, the vectors that are known.
    pub(in crate::sync) views: Vec<Vec<ArticleVectors>>,
    /// Whether there is one among them that the index does not have, or much in the index that is not needed any more.
    pub(in crate::sync) has_news: bool,
    /// Some of the texts that have none, each once; those of the newest articles first.
    pub(in crate::sync) missing: Vec<Text>,
    /// How many texts have none.
    pub(in crate::sync) lacking: usize,
    /// How many have one.
    pub(in crate::sync) known: usize,
    seen: HashSet<Text>,
}

/// Looks at every article that does not have all its vectors yet.
///
/// # Errors
/// `Internal` when the index is damaged in memory.
pub(in crate::sync) fn survey(filler: &Filler, snapshot: &Snapshot) -> Result<Survey> {
    let mut found = Survey::default();
    let made_by = filler.settings().fingerprint();
    let views: Vec<&View> = snapshot.audiences().map(|a| snapshot.view(a)).collect();
    let of_view = |view: &View| view.vectors().is_some_and(|v| is_whole(view, v, &made_by));
    if views.iter().all(|view| of_view(view)) {
        found.known = views
            .iter()
            .filter_map(|v| v.vectors())
            .map(Vectors::len)
            .sum();
        return Ok(found);
    }
    for view in views {
        let files = |id: &ArticleId| {
            let path = &view.head(id)?.path;
            Some(snapshot.contents().files.get(path)?.hash.clone())
        };
        filler.with_store(|store| found.look_at(view, &files, filler, store, &made_by))?;
    }
    found.seen = HashSet::new();
    Ok(found)
}

/// Whether each article has all its vectors, and they are most of what is kept.
fn is_whole(view: &View, vectors: &Vectors, made_by: &str) -> bool {
    vectors.fingerprint() == made_by
        && vectors.articles() == view.len()
        && vectors.former() <= vectors.len() / 2
}

impl Survey {
    fn look_at(
        &mut self,
        view: &View,
        hash: &dyn Fn(&ArticleId) -> Option<String>,
        filler: &Filler,
        store: &Store,
        made_by: &str,
    ) -> Result<()> {
        let comparable = |v: &&Vectors| {
            v.fingerprint() == made_by && store.dimensions().is_none_or(|d| d == v.dimensions())
        };
        let kept = view.vectors().filter(comparable);
        self.has_news |= kept.is_some_and(|v| v.former() > v.len() / 2);
        let entries = kept.into_iter().flat_map(Vectors::entries);
        let mut before: HashMap<ArticleId, ArticleVectors> =
            entries.map(|entry| (entry.id.clone(), entry)).collect();
        let (mut articles, mut count) = (Vec::new(), 0);
        for head in view.newest(view.len()) {
            let source = hash(&head.id).unwrap_or_default();
            let before = before.remove(&head.id).filter(|b| b.source == source);
            let article = match before {
                Some(whole) if whole.complete => {
                    self.known += whole.vectors.len();
                    whole
                }
                before => {
                    let now = self.article(view, &head.id, source, filler, store)?;
                    self.has_news |= before.is_none_or(|b| {
                        b.complete != now.complete || b.vectors.len() < now.vectors.len()
                    }) && (now.complete || !now.vectors.is_empty());
                    now
                }
            };
            count += article.vectors.len();
            if count > MAX_VECTORS {
                tracing::warn!(
                    "there are more than {MAX_VECTORS} texts: older articles are found by words alone"
                );
                break;
            }
            articles.push(article);
        }
        self.views.push(articles);
        Ok(())
    }

    fn article(
        &mut self,
        view: &View,
        id: &ArticleId,
        source: String,
        filler: &Filler,
        store: &Store,
    ) -> Result<ArticleVectors> {
        let document = view.document(id)?;
        let texts = document.map_or_else(Vec::new, |d| texts(&d, filler.settings()));
        let (mut vectors, mut complete) = (Vec::new(), true);
        for (place, text) in texts {
            if let Some(vector) = store.get(&text) {
                vectors.push((place, vector.clone()));
                self.known += 1;
            } else if !filler.has_refused(&text) {
                complete = false;
                self.lack(text);
            }
        }
        Ok(ArticleVectors {
            id: id.clone(),
            source,
            complete,
            vectors,
        })
    }

    fn lack(&mut self, text: Text) {
        if self.missing.len() < ROUND && !self.seen.contains(&text) {
            self.seen.insert(text.clone());
            self.missing.push(text);
            self.lacking += 1;
        } else if self.missing.len() >= ROUND {
            self.lacking += 1;
        }
    }
}
