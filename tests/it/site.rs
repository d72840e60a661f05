//! A help centre within the test: the real router over a real index, asked without a socket in between.

use crate::sync::Folder;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use kb::config::Settings;
use kb::http::{AppState, app};
use kb::search::Engine;
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;

/// A folder of articles and the settings that it will be served with.
pub(crate) struct Site {
    pub(crate) folder: Folder,
    pub(crate) settings: Settings,
}

/// A help centre that answers.
pub(crate) struct Open {
    pub(crate) folder: Folder,
    pub(crate) state: AppState,
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// What was answered.
pub(crate) struct Answer {
    asked: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            folder: Folder::new(),
            settings: Settings::default(),
        }
    }

    /// A few articles in three categories, one of them for customers, with a stretch that is internal and a file.
    pub(crate) fn usual() -> Self {
        let site = Self::new();
        site.folder.write(
            "account/_index.md",
            "+++\ntitle = \"账号\"\ndescription = \"登录与安全\"\n+++\n",
        );
        let forgot = "similar = [\"密码忘了\"]\ntags = [\"密码\", \"登录\"]\naliases = [\"/a/old/forgot\"]\nrelated = [\"pay/refund\"]\nanswer = \"用手机验证码重设。\"";
        let text = "点“忘记密码”。\n\n## 步骤\n\n见[退款](../pay/refund.md)，[内部](../secret.md)，![图](login.png)，[页](evil.svg)，[包](tool.exe)。\n\n::: internal\n内部口令暗号\n:::\n";
        site.folder
            .article("account/forgot.md", "忘记密码怎么办？", forgot, text);
        site.folder.article(
            "pay/refund.md",
            "退款多久到账？",
            "tags = [\"退款\"]\nlang = \"zh-CN\"",
            "三个工作日。",
        );
        site.folder.article(
            "pay/deep/fees.md",
            "What are the fees?",
            "lang = \"en\"",
            "None at all.",
        );
        site.folder.article(
            "secret.md",
            "暗门",
            "audience = \"customer\"",
            "只有客户知道。",
        );
        site.folder
            .write("account/login.png", b"\x89PNG\r\n\x1a\n0123456789");
        site.folder.write(
            "account/evil.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        );
        site.folder.write("account/tool.exe", "MZ");
        site.folder
            .write("account/unlinked.txt", "nobody links here");
        site
    }

    pub(crate) fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Serves what is there now.
    pub(crate) fn open(self) -> Open {
        let open = self.not_ready();
        open.publish();
        open
    }

    /// Serves before there is an index.
    pub(crate) fn not_ready(self) -> Open {
        let state = AppState::new(
            Arc::new(self.settings),
            &self.folder.root(),
            self.folder.clock.clone(),
        );
        Open {
            router: app(state.clone()),
            state,
            folder: self.folder,
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
        }
    }
}

impl Open {
    /// Brings the index up to date and serves it.
    pub(crate) fn publish(&self) {
        let sources = self.folder.sources();
        let snapshot = self.folder.open().snapshot;
        let schema = Arc::clone(sources.schema());
        let engine = Engine::new(snapshot, schema, Arc::clone(sources.lexicon()));
        self.state.publish(Arc::new(engine));
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers)
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(encoded(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        self.runtime.block_on(async {
            let answer = self
                .router
                .clone()
                .oneshot(request)
                .await
                .expect("an answer");
            let (head, body) = answer.into_parts();
            Answer {
                asked: format!("{method} {path}"),
                status: head.status,
                headers: head.headers,
                body: to_bytes(body, 64 << 20).await.expect("a body").to_vec(),
            }
        })
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn status(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}\n{}",
            self.asked,
            self.text()
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        assert!(parsed.is_ok(), "{}: no JSON: {}", self.asked, self.text());
        parsed.unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The values of a header, joined.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        values.join(", ")
    }

    /// The names of the parameters that a problem complains of.
    #[track_caller]
    pub(crate) fn refused(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().expect("errors");
        let names = errors.iter().filter_map(|e| e["parameter"].as_str());
        names.map(str::to_owned).collect()
    }
}

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
