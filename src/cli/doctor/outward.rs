//! Does what it sends get out? Mail server, web hooks, and the service that makes vectors.

use super::Finding;
use crate::config::{Hook, Settings};
use crate::embed::Asker;
use crate::hooks::{Hooks, Lookup, Target};
use crate::mail::{Mail, MessageId, Sender, Transport};
use crate::model::{Email, Outcome};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long one address is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at all ways out; with `receiver`, one mail is sent there.
pub(super) async fn look(settings: &Settings, receiver: Option<&Email>) -> Vec<Finding> {
    let mut findings = vec![mail(settings, receiver).await];
    for hook in &settings.hooks {
        findings.push(web_hook(hook).await);
    }
    if settings.embeddings.url.is_some() {
        findings.push(embeddings(settings).await);
    }
    findings
}

async fn mail(settings: &Settings, receiver: Option<&Email>) -> Finding {
    let base = settings.site.base_url.as_deref();
    let host = base.and_then(|url| Url::parse(url).ok());
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("localhost");
    let transport = match Transport::of(settings, host) {
        Ok(transport) => transport,
        Err(why) => return Finding::fail("mail", why.to_string(), "see [mail] of kb.toml"),
    };
    if let Some(receiver) = receiver {
        return send(&transport, settings, receiver, host).await;
    }
    let Transport::Smtp(smtp) = &transport else {
        return Finding::warn(
            "mail",
            "mail.smtp_url is not set: mails become files, and nobody gets them",
            "set mail.smtp_url and mail.from in kb.toml; --send-mail ADDRESS then tries them",
        );
    };
    match tokio::time::timeout(PATIENCE, smtp.try_out()).await {
        Ok(Ok(())) => Finding::ok("mail", "the mail server greets, and takes our sign-in"),
        Ok(Err(why)) => Finding::fail("mail", why, MAIL_HELP),
        Err(_) => Finding::fail("mail", "the mail server does not answer", MAIL_HELP),
    }
}

const MAIL_HELP: &str = "check mail.smtp_url, smtp_user and the password, and whether a firewall is in between; mails wait meanwhile";

async fn send(transport: &Transport, settings: &Settings, to: &Email, host: &str) -> Finding {
    let now = Timestamp::now();
    let id = MessageId::parse(&format!("<doctor.{}@{host}>", now.as_millisecond()));
    let (Some(id), Some(from)) = (id, settings.mail.from.clone()) else {
        return Finding::fail(
            "mail",
            "mail.from is not set",
            "set it to the address that mails are from",
        );
    };
    let text = "This mail was sent by `kb doctor`: the help centre can send mail.\n".to_owned();
    let mail = Mail {
        id,
        at: now,
        from: Sender {
            name: String::new(),
            address: from,
        },
        to: to.clone(),
        reply_to: None,
        lang: settings.site.default_lang,
        subject: "kb doctor".to_owned(),
        html: format!("<p>{}</p>", text.trim().replace('`', "")),
        text,
        in_reply_to: None,
        references: Vec::new(),
        unsubscribe: None,
    };
    match transport.send(&mail).await {
        Outcome::Sent(said) => Finding::ok("mail", format!("sent to {to}: {said}")),
        Outcome::Retry { why, .. } | Outcome::Refused(why) => {
            Finding::fail("mail", format!("not sent: {why}"), MAIL_HELP)
        }
    }
}

async fn web_hook(hook: &Hook) -> Finding {
    let name = &hook.name;
    let help = "check its url and secret in kb.toml, and that this machine may connect there";
    let target = match Target::try_from(hook) {
        Ok(target) => target,
        Err(why) => return Finding::fail("hook", format!("{name}: {why}"), help),
    };
    let tried = match Hooks::with(Lookup::System, PATIENCE) {
        Ok(hooks) => hooks.try_out(&target).await,
        Err(error) => Err(format!("{error:#}")),
    };
    match tried {
        Ok(()) => Finding::ok("hook", format!("{name} can be reached; nothing was sent")),
        Err(why) => Finding::fail("hook", format!("{name}: {why}"), help),
    }
}

async fn embeddings(settings: &Settings) -> Finding {
    let help =
        "search goes on by words alone; check [embeddings] of kb.toml and that the service runs";
    let asked = match Asker::new(&settings.embeddings, Arc::default()) {
        Ok(asker) => tokio::time::timeout(PATIENCE, asker.ask_patiently("kb doctor")).await,
        Err(why) => return Finding::fail("embeddings", why, help),
    };
    match asked {
        Ok(Ok(vector)) => Finding::ok(
            "embeddings",
            format!("the service answers with {} dimensions", vector.len()),
        ),
        Ok(Err(why)) => Finding::fail("embeddings", why, help),
        Err(_) => Finding::fail("embeddings", "the service does not answer", help),
    }
}
