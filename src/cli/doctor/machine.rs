//! Does the machine give what it needs? A private place to write, room there, secrets that nobody else reads, enough files, and the
//! right time.

use super::Finding;
use crate::cli::setup::Setup;
use crate::config::{Entry, Origin, Settings};
use crate::store::free_bytes;
use jiff::{SignedDuration, Timestamp};
use std::fs::Metadata;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

/// With less room than this, in MiB, something is to be done soon.
const ROOM_MIB: u64 = 1024;

/// How far the clock of a disk may be from ours: network disks have one of their own.
const DISK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// No machine that runs this has an earlier date.
const EARLIEST: i64 = 1_767_225_600;

/// Files that a server has open beside its connections: index, database, log.
const OWN_FILES: u64 = 100;

/// Looks at the machine.
pub(super) fn look(setup: &Setup, entries: &[Entry]) -> Vec<Finding> {
    let data_dir = &setup.settings.data_dir;
    let mut findings = vec![written(data_dir)];
    findings.extend(private(data_dir, "data"));
    findings.extend(private(&data_dir.join("kb.sqlite"), "data"));
    findings.extend(room(&setup.settings));
    findings.extend(secrets(entries));
    findings.extend(files(setup.settings.server.max_connections));
    findings.push(clock());
    findings
}

/// Whether the data directory can be written, and its clock is ours.
fn written(folder: &Path) -> Finding {
    let shown = folder.display();
    if !folder.exists() {
        let parent = folder.ancestors().skip(1).find(|parent| parent.exists());
        let says = format!("{shown} is not there yet; kb serve makes it");
        return match parent.or(Some(Path::new("."))).map(try_to_write) {
            Some(Ok(_)) | None => Finding::ok("data", says),
            Some(Err(why)) => Finding::fail(
                "data",
                format!("{shown} is not there and cannot be made: {why}"),
                "make it for this user, or choose another with data_dir in kb.toml or KB_DATA_DIR",
            ),
        };
    }
    let (at, begun) = match try_to_write(folder) {
        Ok(times) => times,
        Err(why) => {
            return Finding::fail(
                "data",
                format!("{shown} cannot be written: {why}"),
                "give it to the user that kb runs as, free some space, or choose another with data_dir",
            );
        }
    };
    let apart = at.duration_since(begun).abs();
    if apart > DISK_SKEW {
        let says = format!("the clock of the disk of {shown} is {apart:#} from this machine's");
        return Finding::warn("data", says, "synchronise both with a time server");
    }
    Finding::ok("data", format!("{shown} can be written"))
}

/// Writes and removes a file. When the disk says it was written, and when we began.
fn try_to_write(folder: &Path) -> io::Result<(Timestamp, Timestamp)> {
    let path = folder.join(format!(".kb-doctor-{}", std::process::id()));
    let begun = Timestamp::now();
    let written = (|| {
        let mut file = std::fs::File::options()
            .write(true)
            .create_new(true)
            .open(&path)?;
        file.write_all(b"kb doctor\n")?;
        file.sync_all()?;
        file.metadata()?.modified()
    })();
    // Whatever came of it, nothing stays.
    let _ = std::fs::remove_file(&path);
    let at = written.map(|at: SystemTime| Timestamp::try_from(at).unwrap_or(begun))?;
    Ok((at, begun))
}

/// Says when others on this machine may read what they should not.
fn private(path: &Path, what: &'static str) -> Option<Finding> {
    let mode = open_to_others(&std::fs::metadata(path).ok()?)?;
    let shown = path.display();
    Some(Finding::warn(
        what,
        format!(
            "{shown} has mode {mode:o}: other users of this machine may look into what people wrote"
        ),
        format!("chmod go= {shown}"),
    ))
}

/// The mode, if it lets anybody but the owner in.
#[cfg(unix)]
fn open_to_others(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Metadata) -> Option<u32> {
    None
}

/// How much room is left on the disk of the data directory.
fn room(settings: &Settings) -> Option<Finding> {
    let folder = &settings.data_dir;
    let mib = free_bytes(folder)? >> 20;
    let help =
        "free some space, or move data_dir; uploads.total_mib bounds what visitors' files take";
    let says = format!("{mib} MiB are free on the disk of {}", folder.display());
    let kept = settings.uploads.min_free_mib;
    Some(match mib {
        mib if mib < kept => Finding::fail(
            "disk",
            format!("{says}: less than uploads.min_free_mib, so no files are taken"),
            help,
        ),
        mib if mib < ROOM_MIB => Finding::warn("disk", says, help),
        _ => Finding::ok("disk", says),
    })
}

/// Files with secrets, and files that a secret is written into, are for the user of kb alone.
fn secrets(entries: &[Entry]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut looked_at = 0;
    for entry in entries {
        let name = entry.key.rsplit('.').next().unwrap_or_default();
        let file = match (&entry.value, &entry.origin) {
            (Some(toml::Value::String(path)), _)
                if name.ends_with("_file") && !name.contains("public") =>
            {
                path.clone()
            }
            (Some(_), Origin::File(file, _)) if is_secret(&entry.key, name) => file.clone(),
            _ => continue,
        };
        looked_at += 1;
        findings.extend(secret(&entry.key, Path::new(&file)));
    }
    if findings.is_empty() && looked_at > 0 {
        findings.push(Finding::ok(
            "secrets",
            format!("{looked_at} are readable for this user alone"),
        ));
    }
    findings
}

fn is_secret(key: &str, name: &str) -> bool {
    matches!(
        name,
        "secret" | "smtp_password" | "totp_key" | "client_secret"
    ) || matches!(key, "embeddings.key" | "database.url")
}

fn secret(key: &str, file: &Path) -> Option<Finding> {
    let shown = file.display();
    match std::fs::metadata(file) {
        Err(why) => Some(Finding::fail(
            "secrets",
            format!("{shown} of {key} cannot be read: {why}"),
            "make the file, for the user that kb runs as",
        )),
        Ok(metadata) => open_to_others(&metadata).map(|mode| {
            Finding::fail(
                "secrets",
                format!("{shown} holds the secret of {key} and has mode {mode:o}"),
                format!("chmod 600 {shown}, and choose a new secret if others may have read it"),
            )
        }),
    }
}

/// Whether a server started from here may open a file for each connection.
fn files(max_connections: usize) -> Option<Finding> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    let limit: u64 = line.split_ascii_whitespace().nth(3)?.parse().ok()?;
    let wanted = u64::try_from(max_connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OWN_FILES);
    Some(match limit < wanted {
        true => Finding::warn(
            "files",
            format!(
                "{limit} files may be open here, and {max_connections} connections are allowed"
            ),
            "raise it where the server is started (LimitNOFILE=65536 in a unit, ulimit -n), or lower server.max_connections",
        ),
        false => Finding::ok("files", format!("{limit} may be open here")),
    })
}

fn clock() -> Finding {
    let now = Timestamp::now();
    match now.as_second() < EARLIEST {
        true => Finding::fail(
            "clock",
            format!("it is {now:.0}, says this machine"),
            "set the clock and let a time server keep it: links, sessions and promised times follow it",
        ),
        false => Finding::ok("clock", format!("it is {now:.0}")),
    }
}
