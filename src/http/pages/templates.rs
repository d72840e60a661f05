//! How does a page come about? A template, the frame that all pages share, and the view of one.

use super::frame::Frame;
use super::messages;
use super::stretches::{Stretch, stretches};
use crate::error::{Error, Result};
use crate::http::assets;
use crate::model::Lang;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use minijinja::value::{Kwargs, Serde};
use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, context, escape_formatter,
};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Steps that one page may take; the largest takes a hundredth. A template that loops for ever is stopped.
const FUEL: u64 = 10_000_000;

const TEMPLATES: &[(&str, &str)] = &[
    ("accept.html", include_str!("../templates/accept.html")),
    ("api.html", include_str!("../templates/api.html")),
    ("article.html", include_str!("../templates/article.html")),
    ("ask.html", include_str!("../templates/ask.html")),
    ("base.html", include_str!("../templates/base.html")),
    ("case.html", include_str!("../templates/case.html")),
    ("category.html", include_str!("../templates/category.html")),
    ("demo.html", include_str!("../templates/demo.html")),
    (
        "desk/accounts.html",
        include_str!("../templates/desk/accounts.html"),
    ),
    (
        "desk/outbox.html",
        include_str!("../templates/desk/outbox.html"),
    ),
    (
        "desk/bare.html",
        include_str!("../templates/desk/bare.html"),
    ),
    (
        "desk/base.html",
        include_str!("../templates/desk/base.html"),
    ),
    (
        "desk/canned.html",
        include_str!("../templates/desk/canned.html"),
    ),
    (
        "desk/case.html",
        include_str!("../templates/desk/case.html"),
    ),
    (
        "desk/macros.html",
        include_str!("../templates/desk/macros.html"),
    ),
    ("desk/me.html", include_str!("../templates/desk/me.html")),
    (
        "desk/publish.html",
        include_str!("../templates/desk/publish.html"),
    ),
    (
        "desk/question.html",
        include_str!("../templates/desk/question.html"),
    ),
    (
        "desk/questions.html",
        include_str!("../templates/desk/questions.html"),
    ),
    (
        "desk/queue.html",
        include_str!("../templates/desk/queue.html"),
    ),
    (
        "desk/refused.html",
        include_str!("../templates/desk/refused.html"),
    ),
    (
        "desk/sign_in.html",
        include_str!("../templates/desk/sign_in.html"),
    ),
    (
        "desk/audit.html",
        include_str!("../templates/desk/audit.html"),
    ),
    (
        "desk/keys.html",
        include_str!("../templates/desk/keys.html"),
    ),
    (
        "desk/letter.html",
        include_str!("../templates/desk/letter.html"),
    ),
    (
        "desk/second_step.html",
        include_str!("../templates/desk/second_step.html"),
    ),
    (
        "desk/sessions.html",
        include_str!("../templates/desk/sessions.html"),
    ),
    (
        "desk/sign_in_code.html",
        include_str!("../templates/desk/sign_in_code.html"),
    ),
    (
        "desk/timeline.html",
        include_str!("../templates/desk/timeline.html"),
    ),
    ("error.html", include_str!("../templates/error.html")),
    ("follow.html", include_str!("../templates/follow.html")),
    ("forum.html", include_str!("../templates/forum.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("me.html", include_str!("../templates/me.html")),
    ("me/cases.html", include_str!("../templates/me/cases.html")),
    ("me/data.html", include_str!("../templates/me/data.html")),
    ("me/erase.html", include_str!("../templates/me/erase.html")),
    (
        "me/follows.html",
        include_str!("../templates/me/follows.html"),
    ),
    (
        "me/reading.html",
        include_str!("../templates/me/reading.html"),
    ),
    ("sign_in.html", include_str!("../templates/sign_in.html")),
    ("macros.html", include_str!("../templates/macros.html")),
    ("narrow.html", include_str!("../templates/narrow.html")),
    ("question.html", include_str!("../templates/question.html")),
    ("resend.html", include_str!("../templates/resend.html")),
    ("results.html", include_str!("../templates/results.html")),
    ("solved.html", include_str!("../templates/solved.html")),
    ("tap.html", include_str!("../templates/tap.html")),
];

/// The largest template that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

static SHIPPED: LazyLock<Templates> = LazyLock::new(|| {
    let environments = Lang::ALL.map(|lang| (lang, environment(lang)));
    Templates(Arc::new((environments, String::new())))
});

/// What pages are made of: one environment a language, since macros see no more than their arguments and `t` must know the
/// language; and what tells these templates from others. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Templates(Arc<([(Lang, Environment<'static>); 3], String)>);

impl Default for Templates {
    /// Those that are in the program.
    fn default() -> Self {
        SHIPPED.clone()
    }
}

impl Templates {
    /// Those in the program, and in the place of those of the same name the ones in `folder`. A file whose name begins with `_`
    /// is a part that others include.
    ///
    /// # Errors
    /// `InvalidRequest` when the folder or a file cannot be read, is no page, or is no template: with its path and line.
    pub fn load(folder: &Path) -> Result<Self> {
        let own = own_templates(folder)?;
        let mut environments = Lang::ALL.map(|lang| (lang, environment(lang)));
        let mut hasher = blake3::Hasher::new();
        for (path, name, source) in own {
            hasher.update(source.as_bytes());
            for (_, environment) in &mut environments {
                let added = environment.add_template_owned(name.clone(), source.clone());
                added.map_err(|error| refused(&path, &error))?;
            }
        }
        let mark = hasher.finalize().to_hex().to_string();
        Ok(Self(Arc::new((environments, mark))))
    }

    /// What tells these templates from others.
    pub(in crate::http) fn fingerprint(&self) -> &str {
        &self.0.1
    }
}

/// The templates in a folder: paths, names, sources. Other kinds of file are passed over.
fn own_templates(folder: &Path) -> Result<Vec<(PathBuf, String, String)>> {
    let unreadable = |path: &Path, why: std::io::Error| {
        Error::invalid(format!("{} cannot be read", path.display())).because(why)
    };
    let mut own = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|why| unreadable(folder, why))? {
        let path = entry.map_err(|why| unreadable(folder, why))?.path();
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if !name.ends_with(".html") || name.starts_with('.') {
            continue;
        }
        if !name.starts_with('_') && TEMPLATES.iter().all(|(known, _)| *known != name) {
            let known: Vec<&str> = TEMPLATES.iter().map(|(known, _)| *known).collect();
            let what = format!("{} stands in the place of no page", path.display());
            let help = format!(
                "pages are {}; a part of one's own begins with `_`",
                known.join(", ")
            );
            return Err(Error::invalid(what).help(help));
        }
        let bytes = std::fs::metadata(&path)
            .map_err(|why| unreadable(&path, why))?
            .len();
        if bytes > MAX_BYTES {
            return Err(Error::invalid(format!(
                "{} is larger than 1 MB",
                path.display()
            )));
        }
        let source = std::fs::read_to_string(&path).map_err(|why| unreadable(&path, why))?;
        own.push((path, name, source));
    }
    own.sort();
    Ok(own)
}

fn refused(path: &Path, error: &minijinja::Error) -> Error {
    let line = error.line().unwrap_or(1);
    let why = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    Error::invalid(format!("{}:{line}: {why}", path.display()))
        .help("templates are written in Jinja, as those that are shipped")
}

fn environment(lang: Lang) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(write);
    environment.add_function("asset", assets::address);
    environment.add_filter("stretches", |text: &str| {
        let value = |part: Stretch| context! { text => part.text, code => part.code };
        stretches(text)
            .into_iter()
            .map(value)
            .collect::<Vec<Value>>()
    });
    environment.add_function("t", move |key: &str, values: Kwargs| {
        message(lang, key, &values)
    });
    for &(name, source) in TEMPLATES {
        // One that does not compile is missing, and says so when it is asked for; a test asks for all.
        drop(environment.add_template(name, source));
    }
    environment
}

/// Writes a value into HTML. The engine's own escaping writes each slash of an address as five characters more.
fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = value.as_str().filter(|_| !value.is_safe());
    match (state.auto_escape(), text) {
        (AutoEscape::Html, Some(text)) => escape(out, text),
        _ => escape_formatter(out, state, value),
    }
}

fn escape(out: &mut Output<'_>, text: &str) -> Result<(), minijinja::Error> {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    Ok(out.write_str(rest)?)
}

fn message(lang: Lang, key: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
    let mut texts = Vec::new();
    for name in values.args() {
        let value: Value = values.get(name)?;
        texts.push((name, value.to_string()));
    }
    let values: Vec<_> = texts.iter().map(|(n, v)| (*n, v.as_str())).collect();
    Ok(messages::fill(lang, key, &values))
}

/// The text of template `name` of the site's `templates` in `lang`, which sees `frame` and `view` as its `frame` and `page`.
pub(in crate::http) fn render<F: Serialize, V: Serialize>(
    templates: &Templates,
    name: &str,
    lang: Lang,
    frame: &F,
    view: &V,
) -> Result<String> {
    let (environments, _) = &*templates.0;
    let environment = environments.iter().find(|(own, _)| *own == lang);
    let (_, environment) = environment.unwrap_or(&environments[0]);
    let context = context! { frame => Serde(frame), page => Serde(view) };
    let template = environment.get_template(name);
    template
        .and_then(|template| template.render(context))
        .map_err(|error| Error::internal("a page could not be made", error))
}

/// The page of template `name` with `view` as its `page`.
pub(super) fn page<V: Serialize>(name: &str, frame: &Frame, view: &V) -> Result<Response> {
    let html = render(frame.templates(), name, frame.language(), frame, view)?;
    let head = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(frame.language().tag()),
        ),
    ];
    Ok((head, html).into_response())
}

#[cfg(test)]
mod tests {
    use super::{TEMPLATES, Templates, environment};
    use crate::http::pages::messages;
    use crate::model::Lang;

    #[test]
    fn whatever_is_not_safe_is_escaped() {
        let hostile = "<script>\"'&</script>";
        let page = environment(Lang::En)
            .render_named_str(
                "a.html",
                "{{ a }} {{ a|safe }} {{ [a] }} {{ 1 }}",
                minijinja::context! { a => hostile },
            )
            .expect("a page");
        let (escaped, rest) = page.split_once(' ').expect("four values");
        assert_eq!(escaped, "&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;");
        let rest = rest.strip_prefix(hostile).expect("the safe one as it is");
        assert!(!rest.contains('<') && rest.ends_with(" 1"), "{rest}");
    }

    #[test]
    fn every_template_compiles() {
        for &(name, source) in TEMPLATES {
            let compiled = environment(Lang::En)
                .template_from_named_str(name, source)
                .err();
            assert!(compiled.is_none(), "{name}: {compiled:?}");
            assert!(Templates::default().0.0[0].1.get_template(name).is_ok());
        }
    }

    #[test]
    fn every_message_that_a_template_asks_for_exists() {
        for &(name, source) in TEMPLATES {
            let calls = source
                .match_indices("t(\"")
                .filter(|(at, _)| !source[..*at].ends_with(|c: char| c.is_alphanumeric()));
            let keys = calls.filter_map(|(at, call)| source[at + call.len()..].split('"').next());
            for key in keys {
                assert_ne!(
                    messages::text(Lang::ZhCn, key),
                    key,
                    "{name} asks for {key}"
                );
            }
        }
    }
}
