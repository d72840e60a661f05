//! How does a letter become a mail? With the site's words, in its name, and with a place in its conversation.

use super::letter::Letter;
use super::message::{Mail, Sender};
use super::templates::Templates;
use super::threads::Threads;
use crate::model::OutboxId;
use jiff::Timestamp;

/// Writes letters as mails.
#[derive(Debug)]
pub struct Post {
    /// In which words.
    pub templates: Templates,
    /// In which conversations.
    pub threads: Threads,
    /// From whom.
    pub sender: Sender,
    /// Whether what is sent to the signed addresses arrives here, as by `kb mail-in`.
    pub takes_replies: bool,
}

impl Post {
    /// The mail of outbox entry `entry`, which was made at `made`. The same letter makes the same mail.
    ///
    /// # Errors
    /// If a shipped template fails, which a test rules out.
    pub fn write(&self, entry: OutboxId, made: Timestamp, letter: &Letter) -> anyhow::Result<Mail> {
        let content = self.templates.write(letter)?;
        let reply_to = letter
            .case
            .filter(|_| self.takes_replies && letter.news.takes_replies());
        let root = letter.case.map(|case| self.threads.root(case));
        Ok(Mail {
            id: self.threads.message_id(entry, letter.case),
            at: made,
            from: self.sender.clone(),
            to: letter.to.clone(),
            reply_to: reply_to.map(|case| self.threads.reply_address(case)),
            lang: letter.lang,
            subject: content.subject,
            text: content.text,
            html: content.html,
            in_reply_to: letter.in_reply_to.clone().or_else(|| root.clone()),
            references: root.into_iter().chain(letter.in_reply_to.clone()).collect(),
            unsubscribe: letter.unsubscribe.clone(),
        })
    }
}
