//! What do the `KB_…` variables say? Every setting has one: `server.listen` is `KB_SERVER_LISTEN`. The few that are set
//! every day have a short name as well.

use super::Code;
use super::file::{Say, problem};
use crate::model::{Problem, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Short names beside the regular ones.
const SHORT: [(&str, &str); 4] = [
    ("server.listen", "KB_LISTEN"),
    ("site.base_url", "KB_BASE_URL"),
    ("log.filter", "KB_LOG"),
    ("site.production", "KB_PRODUCTION"),
];

/// Variables that say where things are, read before any file is.
pub(super) const LOCATIONS: [&str; 3] = ["KB_DIR", "KB_SCHEMA", "KB_CONFIG"];

/// The `KB_…` variables that are set to something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process. A variable that is empty counts as not set, as in `KB_LISTEN= kb serve`.
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((
                name.into_string().ok()?,
                value.to_string_lossy().into_owned(),
            ))
        }))
    }

    /// The `KB_…` variables among these.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter();
        Self(
            variables
                .filter(|(name, value)| name.starts_with("KB_") && !value.is_empty())
                .collect(),
        )
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A warning for each variable that belongs to none of these keys.
    pub(super) fn unknown<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Vec<Problem> {
        let mut known: BTreeSet<String> = keys.flat_map(variable_names).collect();
        known.extend(LOCATIONS.map(str::to_owned));
        let unknown = self
            .0
            .keys()
            .filter(|name| !known.contains(*name) && !is_service_link(name));
        unknown.map(|name| warning(name, &known)).collect()
    }
}

/// The variables of a key, from the weakest: the regular one wins over the short one.
pub(super) fn variable_names(key: &str) -> Vec<String> {
    let short = SHORT
        .iter()
        .find(|(of, _)| *of == key)
        .map(|(_, name)| (*name).to_owned());
    let regular = format!("KB_{}", key.to_ascii_uppercase().replace(['.', '-'], "_"));
    short.into_iter().chain([regular]).collect()
}

/// Whether Kubernetes sets the variable by itself, for a service that is called `kb`.
fn is_service_link(name: &str) -> bool {
    name == "KB_PORT" || name.starts_with("KB_PORT_") || name.starts_with("KB_SERVICE_")
}

fn warning(name: &str, known: &BTreeSet<String>) -> Problem {
    let message = format!("there is no setting for the environment variable {name}");
    let found = problem(name, None, Code::Variable, message);
    let found = Problem {
        severity: Severity::Warning,
        ..found
    };
    match super::unknown::closest(name, known.iter().map(String::as_str)) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")),
        None => found.help("`kb config` shows all settings"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, variable_names};

    #[test]
    fn every_key_has_a_regular_name() {
        assert_eq!(variable_names("site.name.zh-CN"), ["KB_SITE_NAME_ZH_CN"]);
        assert_eq!(variable_names("data_dir"), ["KB_DATA_DIR"]);
        assert_eq!(
            variable_names("server.listen"),
            ["KB_LISTEN", "KB_SERVER_LISTEN"]
        );
    }

    #[test]
    fn warns_of_a_slip_but_not_of_what_kubernetes_sets() {
        let names = [
            "KB_LISTN",
            "KB_PORT",
            "KB_SERVICE_HOST",
            "KB_DIR",
            "KB_EMPTY",
            "HOME",
        ];
        let variables = names.map(|n| {
            (
                n.to_owned(),
                if n == "KB_EMPTY" { "" } else { "x" }.to_owned(),
            )
        });
        let problems = Environment::new(variables).unknown(["server.listen"].into_iter());
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].help.as_deref(),
            Some("did you mean `KB_LISTEN`?")
        );
    }
}
