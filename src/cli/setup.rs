//! With which settings? Reads both files, the variables and the options, and refuses what cannot be used.

use super::args::Global;
use super::problems;
use super::progress::{Shown, say_report};
use super::questions::Stored;
use super::terminal::Terminal;
use crate::clock::Clock;
use crate::config::{
    Environment, Loaded, Locations, Options, Refused, Schema, Settings, unknown_audiences,
};
use crate::embed::{Figures, Filler};
use crate::error::{Error, Result};
use crate::index::{Generations, Snapshot};
use crate::model::Severity;
use crate::search::Engine;
use crate::store::Location;
use crate::sync::{self, Sources};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Settings as they were found, acceptable or not.
pub(super) struct Found {
    pub(super) locations: Locations,
    pub(super) settings: Loaded<Settings>,
    pub(super) schema: Loaded<Schema>,
}

/// Settings that can be used.
pub(super) struct Setup {
    pub(super) locations: Locations,
    pub(super) settings: Settings,
    pub(super) schema: Schema,
}

impl Found {
    /// Reads the settings.
    pub(super) fn read(global: &Global, listen: Option<SocketAddr>) -> Self {
        let environment = Environment::of_process();
        let options = Options {
            kb: global.kb.clone(),
            schema: global.schema.clone(),
            config: global.config.clone(),
            data_dir: global.data_dir.clone(),
            listen,
        };
        let locations = Locations::find(&options, &environment);
        let settings = locations.load_settings(&options, &environment);
        let schema = locations.load_schema();
        Self {
            locations,
            settings,
            schema,
        }
    }

    /// The settings, after their warnings have been said.
    ///
    /// # Errors
    /// With everything that is wrong in either file or in the environment.
    pub(super) fn accepted(self, terminal: &Terminal) -> anyhow::Result<Setup> {
        let mut problems = [self.settings.problems.as_slice(), &self.schema.problems].concat();
        problems.extend(unknown_audiences(&self.settings.value, &self.schema.value));
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return Err(Refused { problems }.into());
        }
        if !terminal.quiet {
            // Whoever cannot hear of them is served all the same.
            let _ = problems::write_human(&mut terminal.err(), &problems, terminal.width());
        }
        Ok(Setup {
            locations: self.locations,
            settings: self.settings.value,
            schema: self.schema.value,
        })
    }
}

impl Setup {
    /// Reads the settings and makes sure that there is a folder of articles.
    pub(super) fn read(
        global: &Global,
        listen: Option<SocketAddr>,
        terminal: &Terminal,
    ) -> anyhow::Result<Self> {
        let setup = Found::read(global, listen).accepted(terminal)?;
        folder_exists(&setup.locations.kb)?;
        Ok(setup)
    }

    /// What an index is made from, with the questions of the store.
    pub(super) fn sources(&self) -> Result<Sources> {
        let questions = Stored::of(&self.settings)?;
        Ok(self
            .counted_sources(Arc::default())?
            .with_questions(Some(questions)))
    }

    /// The same without questions; what is done for search by meaning is counted in `figures`.
    pub(super) fn counted_sources(&self, figures: Arc<Figures>) -> Result<Sources> {
        let settings = &self.settings;
        let filler = settings.embeddings.url.is_some().then(|| {
            let filler = Filler::new(&settings.embeddings, &settings.data_dir, figures);
            Arc::new(filler)
        });
        let sources = Sources::new(&self.locations.kb, Arc::new(self.schema.clone()))?;
        Ok(sources.with_filler(filler))
    }

    /// Where what people write is kept.
    ///
    /// # Errors
    /// When the setting names no database that is known.
    pub(super) fn location(&self) -> Result<Location> {
        super::database::location(&self.settings)
    }

    /// Where indexes are kept.
    pub(super) fn generations(&self) -> Generations {
        Generations::new(&self.settings.data_dir)
    }

    /// The index, brought up to date, with progress shown to a person at a terminal.
    pub(super) fn open(
        &self,
        sources: &Sources,
        terminal: &Terminal,
    ) -> anyhow::Result<Arc<Snapshot>> {
        self.open_as(sources, terminal, false)
    }

    /// The same with the vectors of all articles, where kb.toml names a service that makes them.
    pub(super) fn open_with_meaning(
        &self,
        sources: &Sources,
        terminal: &Terminal,
    ) -> anyhow::Result<Arc<Snapshot>> {
        self.open_as(sources, terminal, true)
    }

    fn open_as(
        &self,
        sources: &Sources,
        terminal: &Terminal,
        embeds: bool,
    ) -> anyhow::Result<Arc<Snapshot>> {
        let mut shown = terminal.is_watched().then(|| Shown::new(terminal));
        let mut show = |step| shown.iter_mut().for_each(|shown| shown.step(step));
        let generations = self.generations();
        let mut opened = sync::open_or_build(sources, &generations, &Clock::System, &mut show)?;
        if embeds {
            opened = sync::embed(sources, &generations, opened, &mut show)?;
        }
        drop(shown);
        say_report(&opened.report, terminal)?;
        Ok(opened.snapshot)
    }
}

/// The search over one state of the index.
pub(super) fn engine(snapshot: Arc<Snapshot>, sources: &Sources) -> Engine {
    Engine::new(
        snapshot,
        Arc::clone(sources.schema()),
        Arc::clone(sources.lexicon()),
    )
}

/// Makes sure that there is a folder of articles.
///
/// # Errors
/// `NotFound` when there is none, with what to do.
pub(super) fn folder_exists(kb: &Path) -> Result<()> {
    let shown = kb.display();
    match std::fs::read_dir(kb) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let help = format!(
                "name the folder of articles with --kb, or begin one: kb new 忘记密码怎么办 --kb {shown}"
            );
            Err(Error::not_found(format!("there is no folder {shown}")).help(help))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Err(Error::invalid(format!(
            "{shown} is a file, not a folder of articles"
        ))
        .help("name its folder with --kb")),
        Err(e) => {
            let help = "make it readable for this user";
            Err(Error::internal(format!("the folder {shown} cannot be read"), e).help(help))
        }
    }
}
