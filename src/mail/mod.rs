//! How does mail leave and arrive?
//!
//! Out: a [`Mail`] is data for one receiver; [`Transport::send`] makes one attempt to send it and says what came of it. In:
//! [`read`] makes an [`Incoming`] of raw bytes, and [`Threads`] say which case it belongs to. There is no store here and no
//! case: who is told what, and when it is tried again, is decided above.

mod incoming;
mod letter;
mod message;
mod message_id;
mod server;
mod smtp;
mod threads;
mod transport;
mod when;
mod wire;

pub use incoming::{Attachment, Automatic, Incoming, Limits, Unreadable, read};
pub use letter::*;
pub use message::{Mail, Sender, Unsendable};
pub use message_id::MessageId;
pub use server::{InvalidServer, Security, Server};
pub use smtp::Smtp;
pub use threads::{About, AddressTooLong, Threads};
pub use transport::Transport;
pub use when::When;
