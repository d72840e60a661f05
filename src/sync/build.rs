//! How does an index come up to date? What changed is read, in the order of paths, and put into a copy of the last
//! generation, or everything into an empty one.

use super::document;
use super::folders::{Folders, is_index};
use super::owners::Owners;
use super::parallel::in_parallel;
use super::plan::{Plan, plan};
use super::questions::look;
use super::read::{Read, hash_of, read};
use super::report::{Progress, Report};
use super::saved::last_good;
use super::scan::{Scan, Seen, scan};
use super::sources::Sources;
use crate::content::duplicate_id;
use crate::error::Result;
use crate::index::{Contents, Draft, FileRecord, Generations, Snapshot};
use crate::model::{Article, ArticleId, Audience, Severity};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

/// How many files are in memory at a time.
const CHUNK: usize = 256;

/// What a build starts from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<'a> {
    /// What is read.
    pub(super) sources: &'a Sources,
    /// Where generations are named.
    pub(super) generations: &'a Generations,
    /// Which articles are live is decided as of this instant.
    pub(super) now: Timestamp,
    /// The generation to bring up to date; `None` to build everything anew.
    pub(super) base: Option<&'a Snapshot>,
    /// Where articles are taken from whose files cannot be read any more.
    pub(super) last_good: Option<&'a Snapshot>,
}

/// A finished build, in memory.
#[derive(Debug)]
pub(super) struct Built {
    /// What can be served now.
    pub(super) snapshot: Snapshot,
    /// What was done.
    pub(super) report: Report,
}

/// Brings an index up to date. `None` when it is already.
///
/// # Errors
/// `NotFound` when there is no folder of articles; `Internal` when the engine fails.
pub(super) fn build(start: Start<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Option<Built>> {
    let began = Instant::now();
    progress(Progress::Listing);
    let contents = |snapshot: Option<&Snapshot>| snapshot.map(Snapshot::contents).cloned();
    let before = contents(start.base).unwrap_or_default();
    let known = contents(start.last_good).unwrap_or_default();
    let mut scan = scan(start.sources.root(), &known.files)?;
    let listed = start.sources.questions().and_then(|q| look(q.as_ref()));
    scan.add_questions(listed, &known.files);
    let plan = decide(&start, &before, &scan);
    if start.base.is_some() && plan.is_empty() {
        return Ok(None);
    }
    let mut built = Round::begin(start, &scan, &plan, before)?.run(progress)?;
    built.report.took = began.elapsed();
    Ok(Some(built))
}

/// The plan, with every doubt settled.
fn decide(start: &Start<'_>, before: &Contents, scan: &Scan) -> Plan {
    let mut plan = plan(before, scan, start.now);
    let doubtful: Vec<String> = std::mem::take(&mut plan.doubtful).into_iter().collect();
    let limit = start.sources.schema().limits.article_bytes;
    let differs = in_parallel(&doubtful, |path| {
        let hash = hash_of(&start.sources.root().join(path), limit);
        before
            .files
            .get(path)
            .is_some_and(|record| record.hash != hash)
    });
    let changed = doubtful
        .into_iter()
        .zip(differs)
        .filter(|(_, differs)| *differs);
    plan.changed.extend(changed.map(|(path, _)| path));
    plan
}

struct Round<'a> {
    start: Start<'a>,
    seen: HashMap<&'a str, &'a Seen>,
    to_read: Vec<&'a Seen>,
    /// The paths of those.
    reading: HashSet<&'a str>,
    folders: Folders,
    draft: Draft,
    contents: Contents,
    owners: Owners,
    /// Ids of which this round has decided what is shown, with the file that has them.
    decided: HashMap<ArticleId, String>,
    /// Ids that a file gave up.
    released: BTreeSet<ArticleId>,
    report: Report,
}

impl<'a> Round<'a> {
    fn begin(start: Start<'a>, scan: &'a Scan, plan: &Plan, before: Contents) -> Result<Self> {
        let known = start
            .last_good
            .filter(|s| same_audiences(s.contents(), start.sources));
        let categories = known.map_or(&[][..], |s| &s.contents().categories);
        let folders = Folders::read(start.sources, scan, plan, &before.categories, categories);
        let must_read = |seen: &&Seen| {
            plan.added.contains(&seen.path)
                || plan.changed.contains(&seen.path)
                || plan.due.contains(&seen.path)
                || !is_index(&seen.path) && folders.has_changed_above(&seen.path)
        };
        let to_read: Vec<&Seen> = scan.files.iter().filter(must_read).collect();
        let (sources, generations) = (start.sources, start.generations);
        let draft = generations.begin(sources.analyzer(), sources.fingerprint(), start.base)?;
        let mut round = Self {
            start,
            seen: scan.files.iter().map(|s| (s.path.as_str(), s)).collect(),
            reading: to_read.iter().map(|s| s.path.as_str()).collect(),
            to_read,
            draft,
            owners: Owners::of(&before.files),
            contents: before,
            folders,
            decided: HashMap::new(),
            released: BTreeSet::new(),
            report: Report::default(),
        };
        round.contents.audiences = names(sources);
        round.contents.listed_ns = scan.listed_ns;
        round.contents.categories = round.folders.list();
        round.forget(plan);
        Ok(round)
    }

    /// Forgets the files that are gone, and counts what happened to whom.
    fn forget(&mut self, plan: &Plan) {
        let mut gone: HashSet<String> = HashSet::new();
        for path in &plan.removed {
            let Some(record) = self.contents.files.remove(path) else {
                continue;
            };
            if let Some(id) = record.id {
                self.owners.remove(&id, path);
                self.released.insert(id);
            }
            gone.insert(record.hash);
            self.report.looked_at.push(path.clone());
        }
        self.report.removed = plan.removed.len();
        self.report.changed = plan.changed.len();
        self.report.added = plan.added.len();
        if !gone.is_empty() {
            self.report.moved = self.count_moved(plan, &gone);
            self.report.added -= self.report.moved;
            self.report.removed = self.report.removed.saturating_sub(self.report.moved);
        }
    }

    fn count_moved(&self, plan: &Plan, gone: &HashSet<String>) -> usize {
        let added: Vec<&String> = plan.added.iter().collect();
        let limit = self.start.sources.schema().limits.article_bytes;
        let root = self.start.sources.root();
        let hashes: HashSet<String> = in_parallel(&added, |path| hash_of(&root.join(path), limit))
            .into_iter()
            .collect();
        hashes.intersection(gone).count()
    }

    fn run(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Built> {
        let to_read = std::mem::take(&mut self.to_read);
        let total = to_read.len();
        for (at, chunk) in to_read.chunks(CHUNK).enumerate() {
            progress(Progress::Reading {
                done: at * CHUNK,
                total,
            });
            self.take(chunk)?;
        }
        progress(Progress::Reading { done: total, total });
        self.settle()?;
        progress(Progress::Writing);
        self.report.broken = self.contents.files.values().filter(|f| f.broken).count();
        let snapshot = self.draft.finish(self.contents, self.start.base)?;
        self.report.articles = snapshot.whole().len();
        self.report.problems.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Built {
            snapshot,
            report: self.report,
        })
    }

    /// Reads some files, in the order of their paths, and indexes what is to be shown.
    fn take(&mut self, files: &[&Seen]) -> Result<()> {
        let reads = in_parallel(files, |seen| read(self.start.sources, seen));
        let articles: Vec<Article> = reads
            .into_iter()
            .filter_map(|read| self.accept(read).transpose())
            .collect::<Result<_>>()?;
        let highest = articles.iter().map(Article::highest_audience).max();
        self.draft.reach(highest.unwrap_or_default())?;
        let (draft, folders) = (&self.draft, &self.folders);
        in_parallel(&articles, |article| document::put(draft, article, folders))
            .into_iter()
            .collect()
    }

    /// Notes what a file holds now. Returns its article if that must be put into the index.
    fn accept(&mut self, read: Read) -> Result<Option<Article>> {
        let path = read.path.clone();
        let broken = read.article.is_none() && !is_index(&path);
        let mut article = read.article;
        // What can be parsed but not accepted, as `audience = "intern"`, may be meant to withdraw the article.
        if broken && !read.understood {
            let audiences = &self.start.sources.schema().audiences;
            article = last_good(self.start.last_good, &path, self.start.sources)?
                .filter(|article| !read.claims.withdraw(article, audiences));
        }
        if let Some(article) = &mut article {
            self.folders.restrict(article);
        }
        let mut problems = read.problems;
        problems.extend(self.folders.problems.remove(&path).unwrap_or_default());
        let index_failed =
            is_index(&path) && problems.iter().any(|p| p.severity == Severity::Error);
        let id = article.as_ref().map(|article| article.id.clone());
        self.claim(&path, id.as_ref());
        let record = FileRecord {
            size: read.size,
            modified_ns: read.modified_ns,
            mark: read.mark,
            hash: read.hash,
            highest_audience: Audience::PUBLIC,
            broken: broken || index_failed,
            flawed: !problems.is_empty(),
            next_change: article.as_ref().and_then(|a| a.next_change(self.start.now)),
            id,
        };
        self.contents.files.insert(path.clone(), record);
        self.report.problems.extend(problems);
        self.report.looked_at.push(path);
        article.map_or(Ok(None), |article| self.decide(article))
    }

    fn claim(&mut self, path: &str, id: Option<&ArticleId>) {
        let before = self.contents.files.get(path).and_then(|r| r.id.clone());
        if let Some(before) = before.filter(|before| Some(before) != id) {
            self.owners.remove(&before, path);
            self.released.insert(before);
        }
        if let Some(id) = id {
            self.owners.add(id, path);
        }
    }

    /// Whether an article that was read is shown, and whether the index must change for it.
    fn decide(&mut self, article: Article) -> Result<Option<Article>> {
        if self.owners.first(&article.id) != Some(article.path.as_str()) {
            self.note_duplicate(&article.id, &article.path);
            return Ok(None);
        }
        self.decided
            .insert(article.id.clone(), article.path.clone());
        let others = self.owners.others(&article.id);
        let unread = others.filter(|path| !self.reading.contains(*path));
        for path in unread.map(str::to_owned).collect::<Vec<_>>() {
            self.note_duplicate(&article.id, &path);
        }
        if !article.is_live(self.start.now) {
            if self.start.base.is_some() {
                document::remove(&self.draft, &article.id)?;
            }
            return Ok(None);
        }
        if let Some(record) = self.contents.files.get_mut(&article.path) {
            record.highest_audience = article.highest_audience();
        }
        Ok((!self.is_indexed(&article)?).then_some(article))
    }

    /// Whether the index to start from shows exactly this already.
    fn is_indexed(&self, article: &Article) -> Result<bool> {
        let Some(base) = self.start.base else {
            return Ok(false);
        };
        if self.folders.has_changed_above(&article.path) {
            return Ok(false);
        }
        Ok(base.whole().article(&article.id)?.as_ref() == Some(article))
    }

    fn note_duplicate(&mut self, id: &ArticleId, path: &str) {
        let first = self.owners.first(id).unwrap_or_default();
        self.report.problems.push(duplicate_id(path, id, first));
        if let Some(record) = self.contents.files.get_mut(path) {
            record.flawed = true;
            record.highest_audience = Audience::PUBLIC;
        }
    }

    /// Decides what is shown under the ids that were given up: another file's article, or none.
    fn settle(&mut self) -> Result<()> {
        while let Some(id) = self.released.pop_first() {
            let heir = self.owners.first(&id).map(str::to_owned);
            let Some(heir) = heir else {
                document::remove(&self.draft, &id)?;
                continue;
            };
            if self.decided.get(&id) == Some(&heir) || self.was_shown(&id, &heir) {
                continue;
            }
            if let Some(seen) = self.seen.get(heir.as_str()).copied() {
                self.take(&[seen])?;
            }
        }
        Ok(())
    }

    fn was_shown(&self, id: &ArticleId, path: &str) -> bool {
        let head = self.start.base.and_then(|base| base.whole().head(id));
        head.is_some_and(|head| head.path == path)
    }
}

fn names(sources: &Sources) -> Vec<String> {
    let names = sources.schema().audiences.names();
    names.map(str::to_owned).collect()
}

/// Whether places in the list of audiences mean the same.
fn same_audiences(contents: &Contents, sources: &Sources) -> bool {
    contents.audiences == names(sources)
}
