//! Where are the settings, and may they be used? Finds the files, reads both, and says everything that is wrong at once.

use super::environment::Environment;
use super::file::File;
use super::reader::{Entry, Origin};
use super::{Schema, Settings, schema_file, settings_file};
use crate::model::{Problem, Severity};
use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A value that was read, whatever is wrong with it: what is not acceptable has its default.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The value.
    pub value: T,
    /// Every setting with its origin, in the order of the file as documented.
    pub entries: Vec<Entry>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

/// What the options of the command line say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `--kb`
    pub kb: Option<PathBuf>,
    /// `--schema`
    pub schema: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
}

/// Where the articles and the settings are.
#[derive(Debug, Clone, PartialEq)]
pub struct Locations {
    /// The folder of articles.
    pub kb: PathBuf,
    /// `schema.toml`; `None` for the built-in one.
    pub schema: Option<PathBuf>,
    /// `kb.toml`; `None` for the defaults.
    pub config: Option<PathBuf>,
    /// Who says so.
    pub entries: Vec<Entry>,
}

/// Settings that cannot be used, with everything that is wrong with them.
#[derive(Debug)]
pub struct Refused {
    /// All of it.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self
            .problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .count();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "the settings cannot be used: {errors} error{plural}")
    }
}

impl std::error::Error for Refused {}

impl<T> Loaded<T> {
    /// The value, if nothing is wrong but warnings.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn accepted(self) -> Result<T, Refused> {
        if self
            .problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return Err(Refused {
                problems: self.problems,
            });
        }
        Ok(self.value)
    }
}

impl Locations {
    /// Finds the files: as the options say, else the variables, else beside the folder of articles if they are there.
    pub fn find(options: &Options, environment: &Environment) -> Self {
        let mut entries = Vec::new();
        let mut said = |key: &str, option: &Option<PathBuf>, flag: &'static str, variable: &str| {
            let from_option = option.clone().map(|path| (path, Origin::Option(flag)));
            let from_variable = || {
                Some((
                    PathBuf::from(environment.get(variable)?),
                    Origin::Variable(variable.to_owned()),
                ))
            };
            let (path, origin) = from_option
                .or_else(from_variable)
                .map_or((None, Origin::Default), |(p, o)| (Some(p), o));
            entries.push((key.to_owned(), origin));
            path
        };
        let kb = said("kb", &options.kb, "--kb", "KB_DIR").unwrap_or_else(|| PathBuf::from("kb"));
        let beside = |name: &str| Some(beside(&kb, name)).filter(|path| path.is_file());
        let schema = said("schema", &options.schema, "--schema", "KB_SCHEMA")
            .or_else(|| beside("schema.toml"));
        let config =
            said("config", &options.config, "--config", "KB_CONFIG").or_else(|| beside("kb.toml"));
        let shown = |path: &Path| Some(toml::Value::from(path.display().to_string()));
        let values = [
            shown(&kb),
            schema.as_deref().and_then(shown),
            config.as_deref().and_then(shown),
        ];
        let entries = entries.into_iter().zip(values);
        let entries = entries
            .map(|((key, origin), value)| Entry { key, value, origin })
            .collect();
        Self {
            kb,
            schema,
            config,
            entries,
        }
    }

    /// Reads `schema.toml`, or the built-in one.
    pub fn load_schema(&self) -> Loaded<Schema> {
        match self.schema.as_deref().map(File::read) {
            None => built_in_schema(),
            Some(Ok(file)) => schema_file::read(&file),
            Some(Err(problem)) => Loaded {
                value: Schema::default(),
                entries: Vec::new(),
                problems: vec![*problem],
            },
        }
    }

    /// Reads `kb.toml` below the environment and the options.
    pub fn load_settings(&self, options: &Options, environment: &Environment) -> Loaded<Settings> {
        let file = self.config.as_deref().map(File::read).transpose();
        let (file, unreadable) =
            file.map_or_else(|problem| (None, Some(*problem)), |file| (file, None));
        let mut loaded = settings_file::read(file.as_ref(), environment, self.default_data_dir());
        loaded.problems.splice(0..0, unreadable);
        if let Some(listen) = options.listen {
            loaded.value.server.listen = listen;
            loaded.overrule("server.listen", "--listen", listen.to_string());
        }
        if let Some(data_dir) = &options.data_dir {
            loaded.value.data_dir.clone_from(data_dir);
            loaded.overrule("data_dir", "--data-dir", data_dir.display().to_string());
        }
        loaded
    }

    /// A hidden folder beside the articles, with their folder's name, so that two of them do not share an index: `.kb`.
    fn default_data_dir(&self) -> PathBuf {
        let kb = named(&self.kb);
        let name = kb
            .file_name()
            .map_or_else(|| "kb".into(), |name| name.to_string_lossy());
        beside(&kb, &format!(".{name}"))
    }
}

/// Reads `kb.toml` from a text, with neither variables nor options. Relative paths stay as they are. Never fails: what is wrong is
/// among the problems.
pub fn parse_settings(text: &str) -> Loaded<Settings> {
    let file = File::new("kb.toml", Path::new(""), text);
    settings_file::read(Some(&file), &Environment::default(), PathBuf::from(".kb"))
}

/// Reads `schema.toml` from a text, as [`parse_settings`] does.
pub fn parse_schema(text: &str) -> Loaded<Schema> {
    schema_file::read(&File::new("schema.toml", Path::new(""), text))
}

impl Loaded<Settings> {
    fn overrule(&mut self, key: &str, option: &'static str, value: String) {
        for entry in self.entries.iter_mut().filter(|entry| entry.key == key) {
            entry.value = Some(toml::Value::from(value.as_str()));
            entry.origin = Origin::Option(option);
        }
    }
}

fn built_in_schema() -> Loaded<Schema> {
    let file = File::new("built-in schema.toml", Path::new(""), schema_file::SHIPPED);
    let mut loaded = schema_file::read(&file);
    for entry in &mut loaded.entries {
        entry.origin = Origin::Default;
    }
    loaded
}

/// The path of `name` in the folder that contains `folder`.
fn beside(folder: &Path, name: &str) -> PathBuf {
    named(folder).parent().unwrap_or(Path::new("")).join(name)
}

/// The folder by a path that has a name: `.` and `..` have none.
fn named(folder: &Path) -> Cow<'_, Path> {
    match folder.file_name() {
        Some(_) => Cow::Borrowed(folder),
        None => folder
            .canonicalize()
            .map_or(Cow::Borrowed(folder), Cow::Owned),
    }
}
