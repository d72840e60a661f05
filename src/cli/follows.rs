//! When are followers told? Whenever the index or a question is another one, and now and then for what had to settle.

use crate::cases::{Articles, Cases};
use crate::http::{AppState, seen_article};
use crate::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often is looked whether anything is another one.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long what had to settle waits at most for the next round.
const ROUND_EVERY: Duration = Duration::from_secs(60);

/// Tells followers of what changed, again and again until `ends` becomes true.
pub(super) async fn tell(cases: Cases, state: AppState, mut ends: watch::Receiver<bool>) {
    let Ok(name) = Store::new_token() else {
        return tracing::error!("followers are not told: this machine gives no random numbers");
    };
    let holder = name.hash().hex()[..16].to_owned();
    let looked_up = state.clone();
    let articles: Articles = Arc::new(move |id, audience| {
        let engine = looked_up.engine()?;
        seen_article(&engine, id, audience)
    });
    let mut last = (String::new(), 0);
    let mut told_at: Option<Instant> = None;
    while !*ends.borrow() {
        let present = present(&cases, &state).await;
        let is_time = told_at.is_none_or(|at| at.elapsed() >= ROUND_EVERY);
        // Without an index nothing would be seen, and nothing is what is gone.
        if let Some(present) = present.filter(|present| *present != last || is_time) {
            last = present;
            told_at = Some(Instant::now());
            match cases.tell_followers(&holder, &articles).await {
                Ok(0) => {}
                Ok(letters) => tracing::info!(letters, "followers are told of changes"),
                Err(error) => tracing::warn!(%error, "followers wait for the database"),
            }
        }
        let _ = tokio::time::timeout(LOOK_EVERY, ends.changed()).await;
    }
}

/// The generation that is served, and the last change of what people wrote; `None` while either is not there.
async fn present(cases: &Cases, state: &AppState) -> Option<(String, i64)> {
    let generation = state.engine()?.snapshot().generation().to_owned();
    let last = cases.store().read().await.ok()?.last_change().await.ok()?;
    Some((generation, last))
}
