//! What does `kb.toml` say? Every key of it, with its limits.

use super::environment::Environment;
use super::file::File;
use super::outward_file::secret;
use super::reader::{Complaint, Reader, Verdict};
use super::settings::{Colours, Embed, Figures, Log, RequestLimits, Server, Settings, Site, Texts};
use super::{Loaded, desk_file, embeddings, identity, outward_file, personal, rules, staff_file};
use std::path::{Path, PathBuf};

/// The longest time that can be set, in milliseconds: an hour.
const MAX_MS: u64 = 3_600_000;

/// The shortest token for figures, in characters.
const MIN_TOKEN_CHARS: usize = 16;

/// Reads the settings; `folder` is where they keep data unless they say otherwise.
pub(super) fn read(
    file: Option<&File>,
    environment: &Environment,
    data_dir: PathBuf,
) -> Loaded<Settings> {
    let mut reader = Reader::new(file, environment);
    let folder = file.map_or(PathBuf::new(), |file| file.folder.clone());
    let default = Settings {
        data_dir,
        ..Settings::default()
    };
    let mut value = Settings {
        site: site(&mut reader, &folder, default.site),
        server: server(&mut reader, &default.server),
        data_dir: path(&mut reader, "data_dir", default.data_dir, &folder),
        embed: Embed {
            origins: reader.list("embed.origins", default.embed.origins, |text| {
                rules::origin(text)
            }),
        },
        limits: limits(&mut reader, default.limits),
        embeddings: embeddings::read(&mut reader, &folder),
        log: log(&mut reader, default.log),
        metrics: metrics(&mut reader, &folder),
        proxies: desk_file::proxies(&mut reader),
        database: desk_file::database(&mut reader, &folder),
        cases: desk_file::cases(&mut reader),
        ask: desk_file::ask(&mut reader),
        uploads: desk_file::uploads(&mut reader),
        service: desk_file::service(&mut reader),
        groups: desk_file::groups(&mut reader),
        mail: outward_file::mail(&mut reader, &folder),
        hooks: outward_file::hooks(&mut reader, &folder),
        forum: outward_file::forum(&mut reader),
        retention: personal::retention(&mut reader),
        follow: personal::follow(&mut reader),
        rewards: outward_file::rewards(&mut reader),
        identity: default.identity,
        staff: staff_file::staff(&mut reader, &folder),
        api: staff_file::api(&mut reader),
    };
    let sends_mail = value.mail.smtp_url.is_some();
    value.identity = identity::read(&mut reader, &folder, sends_mail);
    staff_file::in_earnest(&mut reader, &value);
    desk_file::check_hooks(&mut reader, &value.groups, &value.hooks);
    let (entries, mut problems) = reader.finish();
    problems.extend(environment.unknown(entries.iter().map(|entry| entry.key.as_str())));
    Loaded {
        value,
        entries,
        problems,
    }
}

/// Every value of its kind is fine.
pub(super) fn any<T>(_: &T) -> Verdict {
    Ok(())
}

fn site(reader: &mut Reader<'_>, folder: &Path, default: Site) -> Site {
    Site {
        name: texts(reader, "site.name", &default.name),
        welcome: texts(reader, "site.welcome", &default.welcome),
        base_url: reader.get("site.base_url", default.base_url, |url| {
            rules::optional(url, rules::base_url)
        }),
        logo: own_path(reader, "site.logo", folder, rules::picture),
        templates: own_path(reader, "site.templates", folder, rules::folder),
        colours: Colours {
            accent: reader.get("site.colours.accent", default.colours.accent, |c| {
                rules::colour(c)
            }),
            accent_dark: reader.get(
                "site.colours.accent_dark",
                default.colours.accent_dark,
                |c| rules::colour(c),
            ),
        },
        contact: reader.get("site.contact", default.contact, |text| {
            rules::optional(text, rules::contact)
        }),
        security_contact: reader.get("site.security_contact", default.security_contact, |text| {
            rules::optional(text, rules::contact)
        }),
        default_lang: reader.get("site.default_lang", default.default_lang, any),
        production: reader.get("site.production", default.production, any),
    }
}

/// A text in each language.
pub(super) fn texts(reader: &mut Reader<'_>, key: &str, default: &Texts) -> Texts {
    let mut text = |lang: &str, default: &String| {
        reader.get(&format!("{key}.{lang}"), default.clone(), |t| {
            rules::short(t)
        })
    };
    Texts {
        zh_cn: text("zh-CN", &default.zh_cn),
        zh_tw: text("zh-TW", &default.zh_tw),
        en: text("en", &default.en),
    }
}

/// A path that need not be set, and must be what `rule` says.
fn own_path(
    reader: &mut Reader<'_>,
    key: &str,
    folder: &Path,
    rule: fn(&Path) -> Verdict,
) -> Option<PathBuf> {
    let written: PathBuf = reader.get::<Option<PathBuf>>(key, None, any)?;
    let path = from_folder(reader, key, written, folder);
    match rule(&path) {
        Ok(()) => Some(path),
        Err(complaint) => {
            reader.complain(key, complaint);
            None
        }
    }
}

fn path(reader: &mut Reader<'_>, key: &str, default: PathBuf, folder: &Path) -> PathBuf {
    let written = reader.get(key, default, any);
    from_folder(reader, key, written, folder)
}

/// A path in the file starts at the file's folder, one in a variable at the working directory.
pub(super) fn from_folder(
    reader: &mut Reader<'_>,
    key: &str,
    written: PathBuf,
    folder: &Path,
) -> PathBuf {
    if !reader.is_from_file(key) {
        return written;
    }
    let path = folder.join(written);
    reader.show(key, &path);
    path
}

fn server(reader: &mut Reader<'_>, default: &Server) -> Server {
    Server {
        listen: reader.get("server.listen", default.listen, any),
        max_connections: reader.get("server.max_connections", default.max_connections, |n| {
            rules::within(n, 1, 1_000_000)
        }),
        header_timeout_ms: milliseconds(
            reader,
            "server.header_timeout_ms",
            default.header_timeout_ms,
        ),
        request_timeout_ms: milliseconds(
            reader,
            "server.request_timeout_ms",
            default.request_timeout_ms,
        ),
        drain_ms: reader.get("server.drain_ms", default.drain_ms, |n| {
            rules::within(n, 0, MAX_MS)
        }),
        shutdown_timeout_ms: milliseconds(
            reader,
            "server.shutdown_timeout_ms",
            default.shutdown_timeout_ms,
        ),
    }
}

fn milliseconds(reader: &mut Reader<'_>, key: &str, default: u64) -> u64 {
    reader.get(key, default, |n| rules::within(n, 1, MAX_MS))
}

fn limits(reader: &mut Reader<'_>, default: RequestLimits) -> RequestLimits {
    RequestLimits {
        query_chars: reader.get("limits.query_chars", default.query_chars, |n| {
            rules::within(n, 1, 10_000)
        }),
        page_hits: reader.get("limits.page_hits", default.page_hits, |n| {
            rules::within(n, 1, 1_000)
        }),
        max_offset: reader.get("limits.max_offset", default.max_offset, |n| {
            rules::within(n, 0, 100_000)
        }),
        query_terms: reader.get("limits.query_terms", default.query_terms, |n| {
            rules::within(n, 1, 1_024)
        }),
        searches_per_minute: per_minute(
            reader,
            "limits.searches_per_minute",
            default.searches_per_minute,
        ),
        pages_per_minute: per_minute(reader, "limits.pages_per_minute", default.pages_per_minute),
    }
}

fn per_minute(reader: &mut Reader<'_>, key: &str, default: u32) -> u32 {
    reader.get(key, default, |n| rules::within(n, 0, 1_000_000))
}

fn metrics(reader: &mut Reader<'_>, folder: &Path) -> Figures {
    let token = secret(reader, "metrics.token", folder);
    if let Some(token) = &token
        && token.reveal().len() < MIN_TOKEN_CHARS
    {
        let complaint = Complaint::new(
            format!("it is shorter than {MIN_TOKEN_CHARS} characters"),
            "make one that nobody guesses, as with `openssl rand -base64 32`",
        );
        reader.complain_of_secret("metrics.token", complaint);
    }
    Figures {
        listen: reader.get("metrics.listen", None, any),
        token,
    }
}

fn log(reader: &mut Reader<'_>, default: Log) -> Log {
    Log {
        format: reader.get("log.format", default.format, any),
        filter: reader.get("log.filter", default.filter, |text: &String| {
            match tracing_subscriber::EnvFilter::try_new(text) {
                Ok(_) => Ok(()),
                Err(e) => Err(Complaint::new(
                    format!("`{text}` is no filter: {e}"),
                    "write it as in \"info\" or \"kb=debug\"",
                )),
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::file::File;
    use crate::config::{Environment, Origin, Settings};
    use std::path::{Path, PathBuf};

    const EXAMPLE: &str = include_str!("../../kb.toml.example");

    #[test]
    fn the_example_shows_every_key_with_its_default() {
        let file = File::new("kb.toml", Path::new(""), EXAMPLE);
        let loaded = read(
            Some(&file),
            &Environment::default(),
            PathBuf::from("elsewhere"),
        );
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.value, Settings::default());
        for entry in &loaded.entries {
            let name = entry.key.rsplit('.').next().unwrap_or_default();
            let shown = match entry.origin {
                Origin::File(..) => true,
                _ => entry.value.is_none() && EXAMPLE.contains(&format!("# {name} = ")),
            };
            assert!(shown, "kb.toml.example lacks {}", entry.key);
        }
    }

    #[test]
    fn what_the_example_leaves_out_is_acceptable_too() {
        let written = EXAMPLE
            .replace("# base_url", "base_url")
            .replace("# contact", "contact");
        let file = File::new("kb.toml", Path::new(""), &written);
        let loaded = read(Some(&file), &Environment::default(), PathBuf::new());
        assert_eq!(loaded.problems, []);
        assert_eq!(
            loaded.value.site.contact.as_deref(),
            Some("help@example.com")
        );
    }

    #[test]
    fn hooks_and_secrets_are_read_with_their_places() {
        let text = r#"
[groups.billing]
hooks = ["wecom", "feisu"]
[[hooks]]
name = "wecom"
form = "wecom"
url = "https://example.com/robot?key=geheim"
events = ["case.*"]
[[hooks]]
name = "wecom"
asign = 1
[[hooks]]
url = "ftp://example.com/geheim"
events = ["opened"]
[mail]
smtp_url = "smtp://user:geheim@mail.example.com"
from = "help@example.com\r\nBcc: x"
[[forum]]
enabled = true
"#;
        let file = File::new("kb.toml", Path::new(""), text);
        let loaded = read(Some(&file), &Environment::default(), PathBuf::new());
        let said = loaded.problems.iter().map(|p| {
            let line = p.place.as_ref().map_or(0, |place| place.line);
            let help = p.help.as_deref().unwrap_or_default();
            format!(
                "{line}: {} ({help})
",
                p.message
            )
        });
        let all: String = said.collect();
        for expected in [
            "3: there is no hook `feisu` (known here: wecom, hook-3)",
            "10: there are two with the name `wecom`",
            "10: this hook has no url",
            "11: there is no setting `hooks.1.asign` (known here: ",
            "12: this one of [[hooks]] has no name",
            "13: the url of this hook is no http or https address",
            "14: `opened` is no event",
            "16: this address holds a user or a password (set mail.smtp_user",
            "17: expected a mail address",
            "`forum` is a table, not a",
        ] {
            assert!(
                all.contains(expected),
                "{expected} in
{all}"
            );
        }
        let value = format!("{:?} {:?}", loaded.value, loaded.entries);
        assert!(
            !all.contains("geheim") && !value.contains("geheim"),
            "{all} {value}"
        );
        assert!(value.contains("(hidden)"));
        let hook = &loaded.value.hooks[0];
        assert!(hook.hears("case.opened") && !hook.hears("reward.granted"));
    }

    #[test]
    fn secrets_come_from_files_and_variables() {
        let folder = tempfile::TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("url"), "postgres://u:geheim@h/kb\n").expect("written");
        let file = File::new("kb.toml", folder.path(), "[database]\nurl_file = \"url\"\n");
        let url = |environment: &Environment| {
            let loaded = read(Some(&file), environment, PathBuf::new());
            assert_eq!(loaded.problems, []);
            loaded.value.database.url.map(|url| url.reveal().to_owned())
        };
        assert_eq!(
            url(&Environment::default()).as_deref(),
            Some("postgres://u:geheim@h/kb")
        );
        let variable = (
            "KB_DATABASE_URL".to_owned(),
            "sqlite:/x/kb.sqlite".to_owned(),
        );
        assert_eq!(
            url(&Environment::new([variable])).as_deref(),
            Some("sqlite:/x/kb.sqlite")
        );
        let missing = File::new(
            "kb.toml",
            folder.path(),
            "[database]\nurl_file = \"nowhere\"\n",
        );
        let loaded = read(Some(&missing), &Environment::default(), PathBuf::new());
        assert!(
            loaded.problems[0]
                .message
                .contains("nowhere cannot be read"),
            "{:?}",
            loaded.problems
        );
    }
}
