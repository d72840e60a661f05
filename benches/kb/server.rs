//! How does the real program do? `kb serve`, started as anybody would, with its log written to nowhere.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running `kb serve`. Ended when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it on a free port over `kb/` in `folder` and waits until it says that it is ready.
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let built = env!("CARGO_BIN_EXE_kb").to_owned();
        let program = std::env::var("KB_BENCH_PROGRAM").unwrap_or(built);
        let mut command = Command::new(program);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KB_"))
        {
            command.env_remove(name);
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().context("kb cannot be started")?;
        let stdout = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .map(str::parse);
        let address = address.with_context(|| format!("kb serve did not start: {line:?}"))??;
        Ok(Self { child, address })
    }

    /// How many entries a folder of `/proc` has for it: `fd` for open files, `map_files` for mappings.
    pub(crate) fn count(&self, what: &str) -> Result<usize> {
        let folder = format!("/proc/{}/{what}", self.child.id());
        Ok(std::fs::read_dir(folder)?.count())
    }

    /// Its resident memory now, in megabytes (10⁶ bytes); without what it could give back at any time, files it maps.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib: f64 = line
            .and_then(|line| line.split_whitespace().next())
            .context("no RssAnon")?
            .parse()?;
        Ok(kib * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bytes of all files below a folder, and how long reading and hashing them takes, in milliseconds.
pub(crate) fn read_all(folder: &Path) -> Result<(u64, f64)> {
    let began = std::time::Instant::now();
    let (mut bytes, mut folders) = (0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let contents = std::fs::read(path)?;
                std::hint::black_box(blake3::hash(&contents));
                bytes += contents.len() as u64;
            }
        }
    }
    ensure!(bytes > 0, "there is no index");
    Ok((bytes, began.elapsed().as_secs_f64() * 1e3))
}
