//! How does a test speak? `Kb::new().article("退款", "…").run(["check"]).code(0)`: a folder in the temporary
//! directory and the real binary in it. `.serve()` starts the real server on a free port and ends it when dropped.

#![allow(
    dead_code,
    reason = "each word of the language is here before the first test that needs it"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a fact is waited for. Far longer than any takes, as many tests share few processors.
const PATIENCE: Duration = Duration::from_secs(60);

/// A knowledge base in a folder of its own, being set up.
#[must_use]
#[derive(Clone)]
pub(crate) struct Kb {
    folder: Arc<TempDir>,
    env: BTreeMap<String, String>,
}

impl Kb {
    /// An empty `kb/` in a new folder.
    pub(crate) fn new() -> Self {
        let kb = Self::bare();
        std::fs::create_dir(kb.path("kb")).expect("kb/ can be made");
        kb
    }

    /// A new folder without `kb/`.
    pub(crate) fn bare() -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().expect("a temporary folder")),
            env: BTreeMap::new(),
        }
    }

    /// An article `kb/<title>.md` with that title and Markdown. Its id is the title.
    #[track_caller]
    pub(crate) fn article(self, title: &str, markdown: &str) -> Self {
        let front_matter = toml::Value::from(title);
        let text = format!("+++\ntitle = {front_matter}\n+++\n{markdown}\n");
        self.write(&format!("kb/{title}.md"), text)
    }

    /// A file at a path below the folder, with the folders that it needs.
    #[track_caller]
    pub(crate) fn write(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.put(path, contents);
        self
    }

    /// `schema.toml`.
    #[track_caller]
    pub(crate) fn schema(self, toml: &str) -> Self {
        self.write("schema.toml", toml)
    }

    /// `kb.toml`.
    #[track_caller]
    pub(crate) fn config(self, toml: &str) -> Self {
        self.write("kb.toml", toml)
    }

    /// An environment variable for every command.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes a file now, as an editor would while the server runs.
    #[track_caller]
    pub(crate) fn put(&self, path: &str, contents: impl AsRef<[u8]>) {
        let file = self.path(path);
        let folder = file.parent().expect("a file has a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(&file, contents).expect("the file can be written");
    }

    /// Removes a file now.
    #[track_caller]
    pub(crate) fn delete(&self, path: &str) {
        std::fs::remove_file(self.path(path)).expect("the file can be removed");
    }

    /// The file at a path below the folder, as text.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).expect("the file can be read")
    }

    /// A path below the folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The binary with these arguments, not yet started: in the folder, without colours, with no `KB_…` of the outside.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kb"));
        command.args(args).current_dir(self.root());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("KB_") {
                command.env_remove(name);
            }
        }
        command
            .env_remove("RUST_LOG")
            .env_remove("COLUMNS")
            .env("NO_COLOR", "1");
        command.envs(&self.env).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    #[must_use]
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        let output = self.command(args).output();
        Run(output.expect("the binary can be started"))
    }

    /// Starts `kb serve` on a free port and waits until it is ready.
    #[track_caller]
    pub(crate) fn serve(&self) -> Server {
        self.serve_with::<&str>([])
    }

    /// Starts `kb serve` with more arguments on a free port and waits until it is ready.
    #[track_caller]
    pub(crate) fn serve_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Server {
        let mut command = self.command(["serve", "--listen", "127.0.0.1:0"]);
        command.args(args);
        let server = Server::start(self.clone(), command);
        server.eventually("it is ready", |s| {
            s.try_get("/readyz")?.is(200).then_some(())
        });
        server
    }
}

#[cfg(unix)]
impl Kb {
    /// Starts `kb serve` from a shell that has done `limit` (as in `ulimit -n 64`) and waits until it is ready.
    #[track_caller]
    pub(crate) fn serve_limited(&self, limit: &str) -> Server {
        self.serve_within(&["sh"], limit)
    }

    /// Like [`Self::serve_limited`], by a shell that is started by other words, as in `unshare -m sh`.
    #[track_caller]
    pub(crate) fn serve_within(&self, shell: &[&str], before: &str) -> Server {
        let server = Server::start(self.clone(), self.shell(shell, before));
        server.eventually("it is ready", |s| s.probe("/readyz").then_some(()));
        server
    }

    /// A shell that does `before` and then becomes `kb serve` on a free port.
    pub(crate) fn shell(&self, shell: &[&str], before: &str) -> Command {
        let command = self.command::<&str>([]);
        let inner = format!("{before}; exec \"$0\" serve --listen 127.0.0.1:0");
        let mut outer = Command::new(shell[0]);
        outer.args(&shell[1..]);
        outer.args(["-c", &inner]).arg(command.get_program());
        outer.current_dir(self.root()).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        outer
    }
}

/// What a command printed, and how it ended. Every assertion shows both when it fails.
pub(crate) struct Run(Output);

impl Run {
    /// It ended with this code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(
            self.0.status.code(),
            Some(code),
            "exit code\n{}",
            self.shown()
        );
        self
    }

    /// It printed exactly this.
    #[track_caller]
    pub(crate) fn stdout(self, text: &str) -> Self {
        assert_eq!(self.out(), text, "stdout\n{}", self.shown());
        self
    }

    /// Its messages were exactly this.
    #[track_caller]
    pub(crate) fn stderr(self, text: &str) -> Self {
        assert_eq!(self.err(), text, "stderr\n{}", self.shown());
        self
    }

    /// It printed this, among other things.
    #[track_caller]
    pub(crate) fn stdout_has(self, text: &str) -> Self {
        assert!(
            self.out().contains(text),
            "stdout lacks {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// Its messages had this, among other things.
    #[track_caller]
    pub(crate) fn stderr_has(self, text: &str) -> Self {
        assert!(
            self.err().contains(text),
            "stderr lacks {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// It did not print this.
    #[track_caller]
    pub(crate) fn stdout_lacks(self, text: &str) -> Self {
        assert!(
            !self.out().contains(text),
            "stdout has {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// Its messages did not have this.
    #[track_caller]
    pub(crate) fn stderr_lacks(self, text: &str) -> Self {
        assert!(
            !self.err().contains(text),
            "stderr has {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// It said nothing at all.
    #[track_caller]
    pub(crate) fn quiet(self) -> Self {
        self.stdout("").stderr("")
    }

    /// What it printed.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Its messages.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.0.stdout);
        assert!(parsed.is_ok(), "stdout is no JSON\n{}", self.shown());
        parsed.unwrap_or_default()
    }

    fn shown(&self) -> String {
        let status = self.0.status;
        format!(
            "--- {status}\n--- stdout\n{}\n--- stderr\n{}",
            self.out(),
            self.err()
        )
    }
}

/// A running `kb serve`. Ended when dropped.
#[must_use]
pub(crate) struct Server {
    kb: Kb,
    child: Child,
    address: String,
    messages: Arc<Mutex<String>>,
    agent: ureq::Agent,
}

impl Server {
    /// Starts a command that becomes `kb serve`, and waits for its address.
    #[track_caller]
    pub(crate) fn start(kb: Kb, mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary can be started");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let messages = Arc::new(Mutex::new(String::new()));
        let log = Arc::clone(&messages);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                log.lock().expect("the log").push_str(&(line + "\n"));
            }
        });
        let (found, address) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("listening on http://") {
                    let _ = found.send(address.trim().to_owned());
                }
            }
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut server = Self {
            kb,
            child,
            address: String::new(),
            messages,
            agent,
        };
        let found = address.recv_timeout(PATIENCE);
        assert!(found.is_ok(), "the server did not start:\n{}", server.log());
        server.address = found.unwrap_or_default();
        server
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder that it serves.
    pub(crate) fn kb(&self) -> &Kb {
        &self.kb
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.messages.lock().expect("the log").clone()
    }

    /// GET, without following redirects.
    #[must_use]
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    /// GET with headers.
    #[must_use]
    #[track_caller]
    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send("GET", path, headers, "")
    }

    /// Any request. A `path` with characters that no address may have is percent-encoded.
    #[must_use]
    #[track_caller]
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let response = self.try_send(method, path, headers, body);
        assert!(
            response.is_ok(),
            "{method} {path}: {:?}\n{}",
            response.err(),
            self.log()
        );
        response.unwrap_or_default()
    }

    /// POST of a form, without following redirects.
    #[must_use]
    #[track_caller]
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("hl", "")
            .finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &kind, &body)
    }

    /// POST of JSON.
    #[must_use]
    #[track_caller]
    pub(crate) fn post_json(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Response {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", path, &all, &body.to_string())
    }

    /// POST of a form with files: fields, then name and bytes of each file in the field `files`.
    #[must_use]
    #[track_caller]
    pub(crate) fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Response {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!(
                "--kbtest\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(head.as_bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--kbtest\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
            );
            body.extend(head.as_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--kbtest--\r\n");
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(self.url() + &encoded(path))
            .header("content-type", "multipart/form-data; boundary=kbtest");
        let answer = self.agent.run(request.body(body).expect("a request"));
        let answer = answer.and_then(|response| Self::read(format!("POST {path}"), response));
        assert!(
            answer.is_ok(),
            "POST {path}: {:?}\n{}",
            answer.err(),
            self.log()
        );
        answer.unwrap_or_default()
    }

    /// Whether an address answers with 200, on a connection of its own.
    pub(crate) fn probe(&self, path: &str) -> bool {
        let request = format!("GET {path} HTTP/1.1\r\nhost: kb\r\nconnection: close\r\n\r\n");
        let answer = TcpStream::connect(&self.address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(request.as_bytes())?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        });
        answer.is_ok_and(|text| text.starts_with("HTTP/1.1 200"))
    }

    fn try_get(&self, path: &str) -> Option<Response> {
        self.try_send("GET", path, &[], "").ok()
    }

    /// Any request, to a server that may be gone by now.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Response, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url() + &encoded(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            "" => self.agent.run(request.body(())?)?,
            body => self.agent.run(request.body(body.to_owned())?)?,
        };
        Self::read(format!("{method} {path}"), response)
    }

    fn read(
        request: String,
        mut response: ureq::http::Response<ureq::Body>,
    ) -> Result<Response, ureq::Error> {
        let mut bytes = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut bytes)?;
        let headers = response.headers().iter();
        Ok(Response {
            request,
            status: response.status().as_u16(),
            headers: headers
                .map(|(n, v)| {
                    (
                        n.to_string(),
                        String::from_utf8_lossy(v.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            bytes,
        })
    }

    /// Sends bytes as they are and returns all that comes back until the server closes or `PATIENCE` is over.
    #[track_caller]
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let _ = stream.write_all(bytes.as_ref());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Waits until `fact` gives something, and returns it; fails with the server's log after a long while.
    #[track_caller]
    pub(crate) fn eventually<T>(&self, what: &str, mut fact: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        let mut found = fact(self);
        while found.is_none() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
            found = fact(self);
        }
        assert!(found.is_some(), "never true: {what}\n{}", self.log());
        found.expect("just checked")
    }

    /// Asks it to end (SIGTERM), waits, and returns how it ended and all that it logged.
    #[track_caller]
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let status = self.child.wait().expect("the server ends");
        (status.code(), self.log())
    }

    /// Sends it a signal by name, as in `KILL`.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(
            sent.is_ok_and(|s| s.success()),
            "signal {name} cannot be sent"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server answered.
#[derive(Debug, Default, Clone)]
pub(crate) struct Response {
    request: String,
    status: u16,
    headers: Vec<(String, String)>,
    bytes: Vec<u8>,
}

impl Response {
    /// It has this status.
    #[track_caller]
    pub(crate) fn status(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n{:?}\n{}",
            self.request,
            self.headers,
            self.text()
        );
        self
    }

    /// Whether it has this status.
    pub(crate) fn is(&self, status: u16) -> bool {
        self.status == status
    }

    /// The status.
    pub(crate) fn status_code(&self) -> u16 {
        self.status
    }

    /// The value of a header (named in lower case), or empty.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of a header (named in lower case), in order.
    pub(crate) fn all_headers(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// It has this header.
    #[track_caller]
    pub(crate) fn has_header(self, name: &str, value: &str) -> Self {
        assert_eq!(
            self.header(name),
            value,
            "{}: {name}\n{:?}",
            self.request,
            self.headers
        );
        self
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.bytes);
        assert!(parsed.is_ok(), "{}: no JSON\n{}", self.request, self.text());
        parsed.unwrap_or_default()
    }

    /// The body has this text.
    #[track_caller]
    pub(crate) fn has(self, text: &str) -> Self {
        assert!(
            self.text().contains(text),
            "{} lacks {text:?}\n{}",
            self.request,
            self.text()
        );
        self
    }

    /// The body does not have this text.
    #[track_caller]
    pub(crate) fn lacks(self, text: &str) -> Self {
        assert!(
            !self.text().contains(text),
            "{} has {text:?}\n{}",
            self.request,
            self.text()
        );
        self
    }
}

/// A path as it can stand in a request: what is neither ASCII nor allowed there, percent-encoded; `%` stays as it is.
fn encoded(path: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const FORBIDDEN: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'`')
        .add(b'{')
        .add(b'}')
        .add(b'|')
        .add(b'\\')
        .add(b'^');
    utf8_percent_encode(path, FORBIDDEN).to_string()
}
