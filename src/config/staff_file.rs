//! What does `kb.toml` say of people of the desk, of programs that call, and of a site that is in earnest?

use super::outward_file::secret;
use super::reader::{Complaint, Reader, Verdict};
use super::rules::{self, optional, web_address, within};
use super::settings::{Settings, Site};
use super::settings_file::any;
use super::staff::{Admission, Api, Oidc, RoleRule, Staff};
use super::value::Setting;
use crate::model::account::Role;
use std::path::Path;
use toml::Value;
use toml::de::DeValue;
use url::{Host, Url};

/// The shortest key that seals, in bytes.
const MIN_SEAL_BYTES: usize = 32;
/// Secrets that stand in guides and examples, and what is too short to be one.
const EXAMPLES: [&str; 9] = [
    "secret",
    "password",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "postgres",
    "kb",
    "test",
];

/// `[staff]`
pub(super) fn staff(reader: &mut Reader<'_>, folder: &Path) -> Staff {
    let default = Staff::default();
    let seal_key = secret(reader, "staff.seal_key", folder);
    let short = |key: &super::Secret| key.reveal().len() < MIN_SEAL_BYTES;
    if seal_key.as_ref().is_some_and(short) {
        let complaint = Complaint::new(
            "a key that seals has 32 letters or more",
            "make one with: openssl rand -hex 32",
        );
        reader.complain_of_secret("staff.seal_key", complaint);
    }
    Staff {
        require_totp: reader.list("staff.require_totp", default.require_totp, any),
        seal_key,
        oidc: oidc(reader, folder),
    }
}

fn oidc(reader: &mut Reader<'_>, folder: &Path) -> Option<Oidc> {
    let issuer: Option<String> = reader.get("staff.oidc.issuer", None, |url| {
        optional(url, |url: &String| issuer_address(url))
    });
    let client_id: Option<String> = reader.get("staff.oidc.client_id", None, any);
    let client_secret = secret(reader, "staff.oidc.client_secret", folder);
    let words = |text: &String| rules::short(text);
    let rest = |issuer: String, client_id: String, reader: &mut Reader<'_>| Oidc {
        issuer,
        client_id,
        client_secret,
        button: reader.get("staff.oidc.button", String::new(), words),
        scopes: reader.list("staff.oidc.scopes", Vec::new(), words),
        role_claim: reader.get("staff.oidc.role_claim", "groups".to_owned(), words),
        roles: reader.list("staff.oidc.roles", Vec::new(), any),
        default_role: reader.get("staff.oidc.default_role", None, any),
        domains: reader.list("staff.oidc.domains", Vec::new(), |text: &String| {
            domain(text)
        }),
        accounts: reader.get("staff.oidc.accounts", Admission::default(), any),
    };
    let read = rest(
        issuer.clone().unwrap_or_default(),
        client_id.clone().unwrap_or_default(),
        reader,
    );
    match (issuer, client_id) {
        (Some(_), Some(_)) => Some(read),
        (Some(_), None) => {
            let complaint = Complaint::new(
                "without staff.oidc.client_id nobody can sign in there",
                "register this help centre at the provider; it names the id",
            );
            reader.complain("staff.oidc.issuer", complaint);
            None
        }
        _ => None,
    }
}

fn issuer_address(text: &str) -> Verdict {
    let help = "write it as the provider's tokens do, as in \"https://id.example.com\"";
    rules::service(text, help)?;
    let own = web_address(text).is_some_and(|url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    });
    match text.starts_with("https://") || own {
        true => Ok(()),
        false => Err(Complaint::new(
            "a provider is asked by https only, but for one on this machine",
            help,
        )),
    }
}

fn domain(text: &str) -> Verdict {
    let fine = text
        .chars()
        .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
        && !text.is_empty();
    match fine {
        true => Ok(()),
        false => Err(Complaint::new(
            format!("`{text}` is no domain of mail addresses"),
            "write it as in \"example.com\"",
        )),
    }
}

/// `[api]`
pub(super) fn api(reader: &mut Reader<'_>) -> Api {
    let default = Api::default();
    Api {
        require_key: reader.get("api.require_key", default.require_key, any),
        key_per_minute: reader.get("api.key_per_minute", default.key_per_minute, |n| {
            within(n, 1, 1_000_000)
        }),
    }
}

/// Says what a site that is in earnest must not be: without https, with secrets of a guide, with secrets that others can read.
pub(super) fn in_earnest(reader: &mut Reader<'_>, settings: &Settings) {
    if !settings.site.production {
        return;
    }
    if let Err(complaint) = encrypted(&settings.site) {
        reader.complain_about(&["site.base_url", "site.production"], complaint);
    }
    for (key, text) in reader.secrets() {
        if is_example(&text) {
            let complaint = Complaint::new(
                "this secret stands in a guide, or is too short to be one",
                "make one with: openssl rand -hex 32",
            );
            reader.complain_of_secret(&key, complaint);
        }
    }
    for (key, path) in reader.secret_files() {
        if let Some(mode) = open_to_others(&path) {
            let message = format!(
                "others on this machine can read {} ({mode:03o})",
                path.display()
            );
            let help = format!("chmod 600 {}", path.display());
            reader.complain_of_secret(&key, Complaint::new(message, help));
        }
    }
}

fn encrypted(site: &Site) -> Verdict {
    let help =
        "set site.base_url to the https address that visitors use; a proxy in front ends TLS";
    match site.base_url.as_deref() {
        Some(url) if url.starts_with("https://") => Ok(()),
        Some(_) => Err(Complaint::new(
            "with site.production the address must be https: cookies of the desk are sent encrypted only",
            help,
        )),
        None => Err(Complaint::new(
            "with site.production there must be a site.base_url",
            help,
        )),
    }
}

/// Whether a secret, or the password within an address, is one that everybody knows.
fn is_example(text: &str) -> bool {
    let password = Url::parse(text)
        .ok()
        .and_then(|url| url.password().map(str::to_owned));
    let is_address = text.contains("://");
    let Some(checked) = password.or_else(|| (!is_address).then(|| text.to_owned())) else {
        return false;
    };
    let plain = checked.to_ascii_lowercase();
    checked.len() < 8
        || EXAMPLES.contains(&plain.as_str())
        || ["changeme", "change-me", "example", "your-"]
            .iter()
            .any(|word| plain.contains(word))
}

/// The rights on a file when others than its owner have any.
#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}

impl Setting for RoleRule {
    const EXPECTED: &'static str = "a value and a role, as in \"kb-admins = admin\"";

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (value, role) = text.rsplit_once('=')?;
        Some(Self {
            value: value.trim().to_owned(),
            role: Role::parse(role.trim()).ok()?,
        })
    }

    fn shown(&self) -> Option<Value> {
        Some(Value::from(format!("{} = {}", self.value, self.role)))
    }
}

#[cfg(test)]
mod tests {
    use super::is_example;
    use crate::config::file::File;
    use crate::config::settings_file::read;
    use crate::config::{Environment, Settings};
    use crate::model::Problem;
    use crate::model::account::Role;
    use std::path::PathBuf;

    fn load(folder: &std::path::Path, text: &str) -> (Settings, Vec<Problem>) {
        let file = File::new("kb.toml", folder, text);
        let loaded = read(Some(&file), &Environment::default(), PathBuf::new());
        (loaded.value, loaded.problems)
    }

    #[test]
    fn a_provider_is_read_with_its_rules() {
        let text = "[staff]\nrequire_totp = [\"admin\"]\n[staff.oidc]\nissuer = \"https://id.example.com\"\nclient_id = \"kb\"\n\
                    roles = [\"cn=admins,dc=example = admin\", \"help=agent\"]\ndomains = [\"example.com\"]\naccounts = \"everybody\"\n";
        let (settings, problems) = load(&PathBuf::new(), text);
        assert_eq!(problems, []);
        assert_eq!(settings.staff.require_totp, [Role::Admin]);
        let oidc = settings.staff.oidc.expect("a provider");
        assert_eq!(oidc.roles[0].value, "cn=admins,dc=example");
        assert_eq!(oidc.roles[1].role, Role::Agent);
        for (text, said) in [
            (
                "issuer = \"http://id.example.com\"\nclient_id = \"kb\"\n",
                "https only",
            ),
            ("issuer = \"https://id.example.com\"\n", "client_id"),
            (
                "issuer = \"https://id.example.com\"\nclient_id = \"kb\"\nroles = [\"x = king\"]\n",
                "a value and a role",
            ),
        ] {
            let (_, problems) = load(&PathBuf::new(), &format!("[staff.oidc]\n{text}"));
            assert!(
                format!("{problems:?}").contains(said),
                "{text}: {problems:?}"
            );
        }
    }

    #[test]
    fn s56_a_site_in_earnest_refuses_http_example_secrets_and_open_files() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let secret = folder.path().join("smtp");
        std::fs::write(&secret, "a long and unguessable secret").expect("written");
        let open = |mode: u32| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).expect("set");
        };
        let earnest = "[site]\nproduction = true\nbase_url = \"https://help.example.com\"\n[mail]\nsmtp_password_file = \"smtp\"\n";
        open(0o600);
        assert_eq!(load(folder.path(), earnest).1, []);
        open(0o640);
        let told = format!("{:?}", load(folder.path(), earnest).1);
        assert!(
            told.contains("others on this machine can read") && told.contains("chmod 600"),
            "{told}"
        );
        for (change, said) in [
            (
                earnest.replace("https://help", "http://help"),
                "must be https",
            ),
            (
                earnest.replace("base_url = \"https://help.example.com\"\n", ""),
                "there must be a site.base_url",
            ),
            (
                earnest.replace(
                    "smtp_password_file = \"smtp\"",
                    "smtp_password = \"secret\"",
                ),
                "stands in a guide",
            ),
            (
                format!("{earnest}[database]\nurl = \"postgres://kb:changeme@db/kb\"\n"),
                "stands in a guide",
            ),
        ] {
            open(0o600);
            let (_, problems) = load(folder.path(), &change);
            let told = format!("{problems:?}");
            assert!(
                told.contains(said) && !told.contains("changeme@"),
                "{change}: {told}"
            );
            let trial = change.replace("production = true", "production = false");
            assert_eq!(load(folder.path(), &trial).1, [], "a trial may");
        }
        assert!(
            !is_example("postgres://db/kb"),
            "no password is no weak one"
        );
    }
}
