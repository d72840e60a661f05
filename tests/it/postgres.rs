//! Where is a PostgreSQL to test with? The one that `scripts/test` started (`KB_TEST_POSTGRES`), else a private cluster of this
//! process, from Debian's packages, that ends with it. Each test has a database of its own. Without either, tests fail.

#![expect(
    clippy::panic,
    clippy::zombie_processes,
    reason = "a test without its database fails, and the watcher outlives the tests"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use tempfile::TempDir;

/// The variable that names a server on which databases may be made: `postgres://user@host:port`, without a database.
const VARIABLE: &str = "KB_TEST_POSTGRES";

/// How to get one.
const HELP: &str = "apt-get install postgresql, or set KB_TEST_POSTGRES=postgres://user@host:port to a server on which \
                    databases may be made";

/// A cluster that only this process knows.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    pub(crate) programs: PathBuf,
    pub(crate) port: u16,
}

/// An empty database of one's own, as `database.url` wants it.
pub(crate) fn database() -> String {
    static SERVER: LazyLock<String> = LazyLock::new(server);
    static MADE: Mutex<u32> = Mutex::new(0);
    let mut made = MADE.lock().expect("no test broke it");
    *made += 1;
    let name = format!("kb_{}_{made}", std::process::id());
    create(&SERVER, &name);
    format!("{}/{name}", *SERVER)
}

fn server() -> String {
    match std::env::var(VARIABLE) {
        Ok(url) => url.trim_end_matches('/').to_owned(),
        Err(_) => {
            let cluster = Cluster::start();
            let url = cluster.url();
            // The tests of this process share it; a watcher ends it, whatever becomes of this process.
            cluster.end_with_this_process();
            url
        }
    }
}

fn create(server: &str, name: &str) {
    let made = Command::new("psql")
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-d"])
        .arg(format!("{server}/postgres"))
        .args([
            "-c",
            &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        ])
        .output()
        .unwrap_or_else(|e| panic!("psql cannot be started: {e}\nhelp: {HELP}"));
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{said}\nhelp: {HELP}");
}

impl Cluster {
    /// Makes and starts a cluster on a free port, without the safety on disk that tests do not need.
    pub(crate) fn start() -> Self {
        let programs = programs().unwrap_or_else(|| panic!("there is no PostgreSQL\nhelp: {HELP}"));
        let folder = tempfile::Builder::new()
            .prefix("kb-pg")
            .tempdir_in("/tmp")
            .expect("a temporary folder");
        let port = free_port();
        let cluster = Self {
            folder,
            programs,
            port,
        };
        cluster.give_away();
        let data = cluster.data();
        let data = data.to_str().expect("UTF-8");
        cluster.run(
            "initdb",
            &[
                "-D",
                data,
                "-U",
                "kb",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        cluster.up();
        cluster
    }

    /// Starts it, again.
    pub(crate) fn up(&self) {
        let folder = self.folder.path().display();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200",
            self.port
        );
        let log = self.folder.path().join("log");
        let data = self.data();
        let (log, data) = (log.to_str().expect("UTF-8"), data.to_str().expect("UTF-8"));
        self.run(
            "pg_ctl",
            &[
                "-D", data, "-l", log, "-o", &options, "-w", "-t", "60", "start",
            ],
        );
    }

    /// Stops it at once, cutting off everybody.
    pub(crate) fn down(&self) {
        let data = self.data();
        self.run(
            "pg_ctl",
            &[
                "-D",
                data.to_str().expect("UTF-8"),
                "-m",
                "immediate",
                "-w",
                "stop",
            ],
        );
    }

    /// Its address, without a database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://kb@127.0.0.1:{}", self.port)
    }

    /// An empty database in it.
    pub(crate) fn database(&self, name: &str) -> String {
        create(&self.url(), name);
        format!("{}/{name}", self.url())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to be run by root.
    pub(crate) fn give_away(&self) {
        if is_root() {
            let given = Command::new("chown")
                .arg("postgres")
                .arg(self.folder.path())
                .status();
            assert!(
                given.is_ok_and(|status| status.success()),
                "there is a user postgres\nhelp: {HELP}"
            );
        }
    }

    pub(crate) fn run(&self, program: &str, args: &[&str]) {
        let program = self.programs.join(program);
        let mut command = as_nobody_special(&program);
        let done = command
            .args(args)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "{} {args:?} failed",
            program.display()
        );
    }

    fn end_with_this_process(self) {
        let script = format!(
            "while [ -d /proc/{} ]; do sleep 0.5; done; \"$0\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1\"",
            std::process::id()
        );
        let mut watcher = as_nobody_special(Path::new("/bin/sh"));
        watcher
            .args(["-c", &script])
            .arg(self.programs.join("pg_ctl"))
            .arg(self.folder.path());
        let started = watcher
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        started.expect("a shell can be started");
        std::mem::forget(self);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let _ = as_nobody_special(&self.programs.join("pg_ctl"))
            .args(["-m", "immediate", "-w", "stop", "-D"])
            .arg(data)
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

pub(crate) fn as_nobody_special(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id")
        .arg("-u")
        .output()
        .expect("id can be asked");
    id.stdout.trim_ascii() == b"0"
}

/// The folder of `initdb` and `pg_ctl`, the newest version's.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|programs| programs.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
