//! Which value does a setting have, and who says so? Asks the file and the environment for one key after another, keeps
//! where each value came from, and collects everything that is wrong; what nobody asked for is an unknown key.

use super::environment::{Environment, variable_names};
use super::file::{File, find, problem};
use super::value::Setting;
use super::{Code, Secret, unknown};
use crate::model::Problem;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A settings file, at this line (from 1).
    File(String, usize),
    /// An environment variable.
    Variable(String),
    /// An option of the command line.
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name, line) => write!(f, "{name}:{line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Option(name) => f.write_str(name),
        }
    }
}

/// One setting as it is in effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its dotted path, as in `server.listen`.
    pub key: String,
    /// Its value; `None` when it is not set and stands for nothing.
    pub value: Option<toml::Value>,
    /// Who says so.
    pub origin: Origin,
}

/// Why a value is not accepted, and what to write in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    /// A complaint with help.
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// Whether a value is accepted.
pub(super) type Verdict = Result<(), Complaint>;

/// Reads the settings of one file and of the environment.
pub(super) struct Reader<'f> {
    file: Option<&'f File>,
    tree: Option<Spanned<DeTable<'f>>>,
    environment: &'f Environment,
    known: BTreeSet<String>,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    secrets: Vec<(String, String)>,
    secret_files: Vec<(String, PathBuf)>,
}

impl<'f> Reader<'f> {
    /// A reader of a file, if there is one, below the environment.
    pub(super) fn new(file: Option<&'f File>, environment: &'f Environment) -> Self {
        let (tree, problems) = file.map(File::parse).unzip();
        Self {
            file,
            tree,
            environment,
            known: BTreeSet::new(),
            entries: Vec::new(),
            problems: problems.unwrap_or_default(),
            secrets: Vec::new(),
            secret_files: Vec::new(),
        }
    }

    /// Remembers a secret and the key that set it, until all is read.
    pub(super) fn note_secret(&mut self, key: &str, secret: Option<&Secret>) {
        let text = secret.map(|secret| secret.reveal().to_owned());
        self.secrets.extend(text.map(|text| (key.to_owned(), text)));
    }

    /// Remembers a file that holds a secret.
    pub(super) fn note_secret_file(&mut self, key: &str, path: &Path) {
        self.secret_files.push((key.to_owned(), path.to_owned()));
    }

    /// The secrets that were read, each with its key.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        self.secrets.clone()
    }

    /// The files that hold secrets, each with its key.
    pub(super) fn secret_files(&self) -> Vec<(String, PathBuf)> {
        self.secret_files.clone()
    }

    /// The value of `key`, where it is of the right kind and `check` accepts it, else `default`.
    pub(super) fn get<T: Setting>(
        &mut self,
        key: &str,
        default: T,
        check: impl Fn(&T) -> Verdict,
    ) -> T {
        self.layered(key, default, &check, |value| {
            let refused = |complaint| vec![(value.span(), complaint)];
            let read = T::from_toml(value.get_ref());
            let read = read.ok_or_else(|| refused(expected::<T>(&found(value.get_ref()))))?;
            check(&read).map_err(refused)?;
            Ok(read)
        })
    }

    /// Like [`Self::get`] for a list; `check` looks at each item.
    pub(super) fn list<T: Setting>(
        &mut self,
        key: &str,
        default: Vec<T>,
        check: impl Fn(&T) -> Verdict,
    ) -> Vec<T> {
        let check_all = |items: &Vec<T>| items.iter().try_for_each(&check);
        self.layered(key, default, check_all, |value| {
            let not_a_list = || expected::<Vec<T>>(&found(value.get_ref()));
            let array = value.get_ref().as_array();
            let array = array.ok_or_else(|| vec![(value.span(), not_a_list())])?;
            let mut refused = Vec::new();
            let mut items = Vec::new();
            for item in array {
                let read = T::from_toml(item.get_ref());
                let read = read.ok_or_else(|| expected::<T>(&found(item.get_ref())));
                match read.and_then(|read| check(&read).map(|()| read)) {
                    Ok(read) => items.push(read),
                    Err(complaint) => refused.push((item.span(), complaint)),
                }
            }
            if refused.is_empty() {
                Ok(items)
            } else {
                Err(refused)
            }
        })
    }

    /// Whether the file says anything for `key`, acceptable or not.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Whether the value of `key` that is in effect stands in the file.
    pub(super) fn is_from_file(&self, key: &str) -> bool {
        let found = self.entries.iter().find(|entry| entry.key == key);
        found.is_some_and(|entry| matches!(entry.origin, Origin::File(..)))
    }

    /// Shows `value` as what is in effect for `key`, in place of what was written.
    pub(super) fn show<T: Setting>(&mut self, key: &str, value: &T) {
        for entry in self.entries.iter_mut().filter(|entry| entry.key == key) {
            entry.value = value.shown();
        }
    }

    /// The names in a table of which the site chooses the keys, as in `[fields.level]`, each with its span.
    pub(super) fn names(&mut self, key: &str) -> Vec<(String, Range<usize>)> {
        self.known.insert(format!("{key}."));
        let table = self
            .find(key)
            .and_then(|(_, value)| value.get_ref().as_table());
        let names = table.into_iter().flat_map(|table| table.keys());
        names
            .map(|name| (name.get_ref().to_string(), name.span()))
            .collect()
    }

    /// How many tables `[[key]]` there are; their keys are `key.0.…`, `key.1.…`.
    pub(super) fn tables(&mut self, key: &str) -> usize {
        self.known.insert(format!("{key}.[]"));
        let Some((at, value)) = self.find(key) else {
            return 0;
        };
        if let Some(array) = value.get_ref().as_array()
            && array.iter().all(|item| item.get_ref().is_table())
        {
            return array.len();
        }
        self.pass_over(key);
        let message = format!("`{key}` is a list of tables");
        let help = format!("write each as a section of its own: `[[{key}]]`");
        self.report(at, Complaint::new(message, help));
        0
    }

    /// Reports something about the first of these keys that is in effect or written; else about the table of the last one.
    pub(super) fn complain_about(&mut self, keys: &[&str], complaint: Complaint) {
        if let Some(key) = keys.iter().find(|key| self.is_written(key)) {
            return self.complain(key, complaint);
        }
        let table = keys.last().and_then(|key| key.rsplit_once('.'));
        let span = table
            .and_then(|(table, _)| self.find(table))
            .map_or(0..0, |(at, _)| at);
        self.report(span, complaint);
    }

    /// The whole of `key` is known, whatever stands in it: it has been reported already.
    pub(super) fn pass_over(&mut self, key: &str) {
        self.known.insert(key.to_owned());
    }

    /// Reports something about the bytes `span` of the file.
    pub(super) fn report(&mut self, span: Range<usize>, complaint: Complaint) {
        self.problems
            .extend(self.file.map(|file| in_file(file, span, complaint)));
    }

    /// Reports something about the value of `key` that is in effect, wherever it comes from.
    pub(super) fn complain(&mut self, key: &str, complaint: Complaint) {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        if let Some(Origin::Variable(name)) = entry.map(|entry| &entry.origin) {
            let text = self.environment.get(name).unwrap_or_default();
            self.problems.push(in_variable(name, text, complaint));
            return;
        }
        let span = self.find(key).map_or(0..0, |(_, value)| value.span());
        self.report(span, complaint);
    }

    /// Reports something about a setting whose value must not be shown.
    pub(super) fn complain_of_secret(&mut self, key: &str, complaint: Complaint) {
        self.problems
            .push(super::embeddings::secret_problem(key, complaint));
    }

    /// What was in effect and what was wrong, unknown keys and variables included.
    pub(super) fn finish(mut self) -> (Vec<Entry>, Vec<Problem>) {
        if let (Some(file), Some(tree)) = (self.file, &self.tree) {
            self.problems
                .extend(unknown::keys(file, tree.get_ref(), &self.known));
        }
        self.problems
            .sort_by_key(|p| p.place.as_ref().map(|place| (place.line, place.column)));
        (self.entries, self.problems)
    }

    fn find(&self, key: &str) -> Option<(Range<usize>, &Spanned<DeValue<'f>>)> {
        find(self.tree.as_ref()?.get_ref(), key)
    }

    fn layered<T: Setting>(
        &mut self,
        key: &str,
        default: T,
        check: impl Fn(&T) -> Verdict,
        from_toml: impl Fn(&Spanned<DeValue<'f>>) -> Result<T, Vec<(Range<usize>, Complaint)>>,
    ) -> T {
        self.known.insert(key.to_owned());
        let mut effective = (default, Origin::Default);
        let read = self.find(key).map(|(at, value)| (at, from_toml(value)));
        match (self.file, read) {
            (Some(file), Some((at, Ok(value)))) => {
                effective = (value, Origin::File(file.name.clone(), file.line(at.start)));
            }
            (Some(file), Some((_, Err(refused)))) => {
                let problems = refused
                    .into_iter()
                    .map(|(span, why)| in_file(file, span, why));
                self.problems.extend(problems);
            }
            _ => {}
        }
        for name in variable_names(key) {
            let Some(text) = self.environment.get(&name) else {
                continue;
            };
            let read = T::from_text(text).ok_or_else(|| expected::<T>(""));
            match read.and_then(|value| check(&value).map(|()| value)) {
                Ok(value) => effective = (value, Origin::Variable(name)),
                Err(why) => self.problems.push(in_variable(&name, text, why)),
            }
        }
        let (value, origin) = effective;
        self.entries.push(Entry {
            key: key.to_owned(),
            value: value.shown(),
            origin,
        });
        value
    }
}

fn expected<T: Setting>(found: &str) -> Complaint {
    Complaint {
        message: format!("expected {}{found}", T::EXPECTED),
        help: None,
    }
}

/// How a value that was not expected is called: by itself where it is short, else by its kind.
fn found(value: &DeValue<'_>) -> String {
    let shown = match value {
        DeValue::String(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    format!(", found {shown}")
}

fn in_file(file: &File, span: Range<usize>, complaint: Complaint) -> Problem {
    let found = file.problem(span, Code::Value, complaint.message);
    Problem {
        help: complaint.help,
        ..found
    }
}

fn in_variable(name: &str, text: &str, complaint: Complaint) -> Problem {
    let message = format!(
        "the environment variable {name} is `{text}`: {}",
        complaint.message
    );
    let found = problem(name, None, Code::Value, message);
    Problem {
        help: complaint.help,
        ..found
    }
}
