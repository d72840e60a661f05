//! How does mail leave and arrive?
//!
//! Out: a [`Mail`] is data for one receiver; [`Transport::send`] makes one attempt to send it and says what came of it. In:
//! [`read`] makes an [`Incoming`] of raw bytes, and [`Threads`] say which case it belongs to. There is no store here and no
//! case: who is told what, and when it is tried again, is decided above.
//!
//! A [`Letter`] says what is told to whom, and waits in the outbox; [`Post`] writes it with [`Templates`].

mod blocks;
mod files;
mod incoming;
mod letter;
mod look;
mod message;
mod message_id;
mod own;
mod post;
mod samples;
mod server;
mod settings;
mod smtp;
mod templates;
mod threads;
mod transport;
mod when;
mod wire;

pub use files::{folder_of, remove_files_naming};
pub use incoming::{Attachment, Automatic, Incoming, Limits, Unreadable, read};
pub use letter::{
    AccountChanged, Acknowledged, CaseView, Changed, ChangedPage, CodeMail, FollowAsked, FollowUp,
    Invited, Letter, Links, Message, News, Page, PasswordLink, Published, Refused, Reopened, Reply,
    Solved, Task, Thanked,
};
pub use look::Look;
pub use message::{Mail, Sender, Unsendable};
pub use message_id::MessageId;
pub use post::Post;
pub use samples::samples;
pub use server::{InvalidServer, Security, Server};
pub use settings::Unusable;
pub use smtp::Smtp;
pub use templates::{Content, Templates};
pub use threads::{About, AddressTooLong, Threads};
pub use transport::Transport;
pub use when::When;
