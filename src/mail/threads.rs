//! Which case does a mail belong to? What we send carries signed names; what comes back shows one of them, in the address that
//! it was sent to or in the mails that it answers.

use super::incoming::Incoming;
use super::message_id::MessageId;
use crate::model::{CaseId, Email, OutboxId};
use crate::signature::{Purpose, Signer};
use std::fmt;

/// The longest part before the `@` of the address that replies go to, in bytes: what is added leaves that much of 64.
const MAX_LOCAL_BYTES: usize = 20;
/// The most names of one mail that are looked at.
const MAX_NAMES: usize = 100;

/// Makes and knows again the addresses and names of mails about cases.
#[derive(Debug, Clone)]
pub struct Threads {
    signer: Signer,
    address: Email,
}

/// The address for replies is too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressTooLong;

impl fmt::Display for AddressTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the address for replies has at most {MAX_LOCAL_BYTES} characters before the @, as in support@example.com"
        )
    }
}

impl std::error::Error for AddressTooLong {}

/// What a mail that came in is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// It is one of our own that came back: nothing may answer it.
    Ourselves,
    /// It answers a mail about this case, with a signature of ours. Who sent it is not proved by that.
    Case(CaseId),
    /// It begins something new.
    New,
}

impl Threads {
    /// Threads whose replies go to `address`, as in `support+….…@example.com`: the mail server must deliver what stands behind a `+`.
    ///
    /// # Errors
    /// When the part before the `@` is longer than 20 bytes.
    pub fn new(signer: Signer, address: Email) -> Result<Self, AddressTooLong> {
        match address.as_str().split_once('@') {
            Some((local, _)) if local.len() <= MAX_LOCAL_BYTES => Ok(Self { signer, address }),
            _ => Err(AddressTooLong),
        }
    }

    /// Where replies about `case` go.
    ///
    /// It is an address by construction; were it none, replies go where all mail goes.
    pub fn reply_address(&self, case: CaseId) -> Email {
        let (local, domain) = self.parts();
        let signed = self.signed(case);
        Email::parse(&format!("{local}+{signed}@{domain}")).unwrap_or_else(|_| self.address.clone())
    }

    /// The name of the mail of outbox entry `entry` about `case`.
    pub fn message_id(&self, entry: OutboxId, case: Option<CaseId>) -> MessageId {
        let about = case.map_or_else(|| self.signed_entry(entry), |case| self.signed(case));
        self.named(&format!("{entry}.{about}"))
    }

    /// The name that all mails about `case` refer to, so that programs show them as one conversation.
    pub fn root(&self, case: CaseId) -> MessageId {
        self.named(&format!("case.{}", self.signed(case)))
    }

    /// What `mail` is about: whether it is one of our own, then whom it is addressed to, then what it answers.
    pub fn about(&self, mail: &Incoming) -> About {
        let own = mail.message_id.as_ref().is_some_and(|id| self.is_ours(id));
        let ours = self.named("x").mark();
        if own || mail.loops.contains(&ours) {
            return About::Ourselves;
        }
        let addressed = mail
            .to
            .iter()
            .take(MAX_NAMES)
            .find_map(|to| self.case_of_address(to));
        let answered = mail.answers().rev().take(MAX_NAMES);
        addressed
            .or_else(|| answered.filter_map(|id| self.case_of_id(id)).next())
            .map_or(About::New, About::Case)
    }

    fn case_of_address(&self, to: &Email) -> Option<CaseId> {
        let (_, detail) = to.as_str().split_once('@')?.0.split_once('+')?;
        self.read(detail)
    }

    fn case_of_id(&self, id: &MessageId) -> Option<CaseId> {
        let (_, signed) = id.local().split_once('.')?;
        self.read(signed)
    }

    /// Whether a name is one that we gave.
    pub fn is_ours(&self, id: &MessageId) -> bool {
        let by_entry = |(entry, tag): (&str, &str)| self.signer.is_tag(Purpose::Reply, entry, tag);
        self.case_of_id(id).is_some() || id.local().split_once('.').is_some_and(by_entry)
    }

    fn signed(&self, case: CaseId) -> String {
        let case = short(case);
        let tag = self.signer.tag(Purpose::Reply, &case);
        format!("{case}.{tag}")
    }

    fn signed_entry(&self, entry: OutboxId) -> String {
        self.signer.tag(Purpose::Reply, &entry.to_string())
    }

    /// The case of `<26 digits>.<tag>`, if the tag is ours.
    fn read(&self, signed: &str) -> Option<CaseId> {
        let signed = signed.to_ascii_lowercase();
        let (case, tag) = signed.split_once('.')?;
        let is_ours = self.signer.is_tag(Purpose::Reply, case, tag);
        is_ours.then(|| long(case))?
    }

    fn named(&self, local: &str) -> MessageId {
        let domain = url::Host::parse(self.parts().1)
            .map_or_else(|_| "localhost".to_owned(), |d| d.to_string());
        // Short and of ASCII letters, digits, `-` and `.` by construction.
        MessageId::parse(&format!("{local}@{domain}"))
            .or_else(|| MessageId::parse(&format!("{local}@localhost")))
            .unwrap_or_else(|| unreachable!("letters, digits and dots"))
    }

    fn parts(&self) -> (&str, &str) {
        self.address.as_str().split_once('@').unwrap_or_default()
    }
}

/// Digits of cases in addresses: they survive when a mail server changes upper into lower case.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many: 128 bits, five a digit.
const LENGTH: u32 = 26;

/// A case in 26 digits: the part before an `@` has room for 64 in all.
fn short(case: CaseId) -> String {
    let number = u128::from_str_radix(&case.to_string().replace('-', ""), 16).unwrap_or_default();
    let digit = |i: u32| usize::try_from(number >> (i * 5) & 31).unwrap_or_default();
    (0..LENGTH)
        .rev()
        .map(|i| char::from(DIGITS[digit(i)]))
        .collect()
}

fn long(short: &str) -> Option<CaseId> {
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    let number = short.bytes().try_fold(0_u128, |number, byte| {
        let digit = u128::try_from(digit(byte)?).ok()?;
        number.checked_mul(32)?.checked_add(digit)
    })?;
    let hex = format!("{number:032x}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &hex[range]);
    CaseId::parse(&groups.join("-")).ok()
}

#[cfg(test)]
mod tests {
    use super::{About, Threads};
    use crate::mail::incoming::Incoming;
    use crate::mail::message_id::MessageId;
    use crate::model::{CaseId, Email, OutboxId};
    use crate::signature::Signer;
    use jiff::Timestamp;

    fn threads(key: u8) -> Threads {
        let address = Email::parse("support@例子.中国").expect("an address");
        Threads::new(Signer::new([key; 32]), address).expect("threads")
    }

    fn to(address: Email) -> Incoming {
        Incoming {
            to: vec![address],
            ..Incoming::default()
        }
    }

    #[test]
    fn replies_find_their_case_by_address_or_by_what_they_answer() {
        let (threads, now) = (threads(1), Timestamp::UNIX_EPOCH);
        let case = CaseId::generate(now);
        let address = threads.reply_address(case);
        assert!(address.as_str().starts_with("support+"), "{address}");
        let upper = Email::parse(&address.as_str().to_uppercase()).expect("an address");
        assert_eq!(threads.about(&to(upper)), About::Case(case));
        let sent = threads.message_id(OutboxId::generate(now), Some(case));
        assert!(sent.as_str().ends_with("@xn--fsqu00a.xn--fiqs8s"), "{sent}");
        for id in [sent.clone(), threads.root(case)] {
            let answer = Incoming {
                references: vec![MessageId::parse("other@x.cn").expect("an id"), id],
                ..Incoming::default()
            };
            assert_eq!(threads.about(&answer), About::Case(case));
        }
    }

    #[test]
    fn our_own_mails_are_known_when_they_come_back() {
        let (threads, now) = (threads(1), Timestamp::UNIX_EPOCH);
        let (case, entry) = (CaseId::generate(now), OutboxId::generate(now));
        for case in [Some(case), None] {
            let back = Incoming {
                message_id: Some(threads.message_id(entry, case)),
                ..to(threads.reply_address(CaseId::generate(now)))
            };
            assert_eq!(threads.about(&back), About::Ourselves);
        }
        let forwarded = Incoming {
            loops: vec!["kb@xn--fsqu00a.xn--fiqs8s".into()],
            ..Incoming::default()
        };
        assert_eq!(threads.about(&forwarded), About::Ourselves);
    }

    #[test]
    fn forged_names_belong_to_nothing() {
        let (ours, theirs) = (threads(1), threads(2));
        let case = CaseId::generate(Timestamp::UNIX_EPOCH);
        assert_eq!(ours.about(&to(theirs.reply_address(case))), About::New);
        for address in [
            "support@例子.中国",
            "support+@例子.中国",
            "support+1.2@例子.中国",
            "support+00000000000000000000000000.0000000000000000@x.cn",
        ] {
            let address = Email::parse(address).expect("an address");
            assert_eq!(ours.about(&to(address)), About::New);
        }
    }

    #[test]
    fn long_addresses_are_refused_at_the_start() {
        let address = |text| Email::parse(text).expect("an address");
        let new = |text| Threads::new(Signer::new([0; 32]), address(text)).is_ok();
        assert!(new("customer-service-cn1@x.cn"));
        assert!(!new("customer-service-cn12@x.cn"));
    }
}
