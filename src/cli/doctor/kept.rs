//! Is what is kept whole? Articles, index, and what people wrote.

use super::Finding;
use crate::cli::setup::{Setup, folder_exists};
use crate::clock::Clock;
use crate::content::list_files;
use crate::error::{Error, Result};
use crate::index::{Generations, LoadError};
use crate::store::{Examined, Store};
use crate::sync;
use jiff::{SignedDuration, Timestamp};

/// How far the clock of the database may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Looks at the folder of articles.
pub(super) fn articles(setup: &Setup) -> Vec<Finding> {
    let kb = &setup.locations.kb;
    if let Err(error) = folder_exists(kb) {
        return vec![Finding::of_error(
            "articles",
            &error,
            "name the folder with --kb",
        )];
    }
    let listing = list_files(kb);
    let shown = kb.display();
    let mut findings = vec![match listing.files.len() {
        0 => Finding::warn(
            "articles",
            format!("there are none in {shown}"),
            "kb new begins one",
        ),
        count => Finding::ok(
            "articles",
            format!("{count} files in {shown}; kb check looks into them"),
        ),
    }];
    let unreadable = listing.problems.iter().take(5);
    findings.extend(unreadable.map(|problem| {
        Finding::warn(
            "articles",
            format!("{}: {}", problem.path, problem.message),
            problem
                .help
                .as_deref()
                .unwrap_or("make it readable for this user"),
        )
    }));
    findings
}

/// Looks at the index, and builds a bad one anew if `repair` says so.
pub(super) fn index(setup: &Setup, repair: bool) -> Vec<Finding> {
    let generations = setup.generations();
    let mut findings = vec![state_of(&generations, setup)];
    if repair && !is_good(&generations, setup) {
        match rebuild(setup) {
            // What was mended is no failure any more.
            Ok(says) => {
                findings.iter_mut().for_each(Finding::settle);
                findings.push(Finding::ok("index", says));
            }
            Err(error) => findings.push(Finding::of_error("index", &error, "kb reindex says more")),
        }
    }
    findings.extend(
        generations
            .writer()
            .map(|who| Finding::ok("index", format!("{who} is writing it at this moment"))),
    );
    findings
}

fn state_of(generations: &Generations, setup: &Setup) -> Finding {
    let name = generations.current().unwrap_or_default();
    match generations
        .verify()
        .and_then(|()| is_ours(generations, setup))
    {
        Ok(()) => Finding::ok("index", format!("generation {name} is whole")),
        Err(LoadError::Missing) => Finding::warn(
            "index",
            "none has been built",
            "kb serve builds it at its start; so does kb doctor --repair",
        ),
        Err(LoadError::Foreign) => Finding::warn(
            "index",
            format!("generation {name} was built by another schema or version"),
            "kb serve builds it anew at its start; so does kb doctor --repair",
        ),
        Err(LoadError::Corrupt(why)) => Finding::fail(
            "index",
            format!("it is damaged: {why}"),
            "a running server answers from memory and mends it; kb doctor --repair builds it anew. Look at the disk",
        ),
    }
}

fn is_good(generations: &Generations, setup: &Setup) -> bool {
    generations
        .verify()
        .and_then(|()| is_ours(generations, setup))
        .is_ok()
}

/// Whether the current generation was built from this schema by this program.
fn is_ours(generations: &Generations, setup: &Setup) -> Result<(), LoadError> {
    // Word lists that cannot be read are said elsewhere; whose index it is cannot be told then.
    let Ok(sources) = setup.counted_sources(std::sync::Arc::default()) else {
        return Ok(());
    };
    generations.load(sources.fingerprint(), None).map(drop)
}

fn rebuild(setup: &Setup) -> Result<String> {
    let sources = setup.sources()?;
    let mut silent = |_| ();
    let built = sync::reindex(&sources, &setup.generations(), &Clock::System, &mut silent)?;
    Ok(format!(
        "built anew: generation {} with {} articles",
        built.snapshot.generation(),
        built.report.articles
    ))
}

/// Looks at the database.
pub(super) async fn store(setup: &Setup) -> Vec<Finding> {
    let location = match setup.location() {
        Ok(location) => location,
        Err(error) => return vec![Finding::of_error("database", &error, "set database.url")],
    };
    match Store::examine(&location).await {
        Ok(None) => vec![Finding::ok(
            "database",
            format!("{location} is not there yet; kb serve makes it"),
        )],
        Ok(Some(found)) => examined(&location.to_string(), &found),
        Err(error) => {
            let error = Error::from(error);
            vec![Finding::of_error(
                "database",
                &error,
                "is the server running, and is database.url right?",
            )]
        }
    }
}

fn examined(location: &str, found: &Examined) -> Vec<Finding> {
    let (version, latest) = (found.version, found.latest);
    let mut findings = vec![match version == latest {
        true => Finding::ok(
            "database",
            format!("{location} is whole, version {version}"),
        ),
        false => Finding::warn(
            "database",
            format!(
                "{location} is whole; its tables have version {version}, this program's {latest}"
            ),
            "kb serve and kb migrate bring it up to date: make a backup first",
        ),
    }];
    findings.extend(found.their_time.map(|theirs| {
        let apart = theirs.duration_since(Timestamp::now());
        match apart.abs() > SKEW {
            true => Finding::warn(
                "clock",
                format!("the database's clock is {apart:#} from this machine's"),
                "synchronise both with a time server",
            ),
            false => Finding::ok("clock", "the database agrees about the time"),
        }
    }));
    findings
}
