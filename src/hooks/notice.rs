//! What is told? An event with its data for programs, and the same in a few lines for the people who read a robot's messages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Something that happened, as it is told to all hooks. As JSON it can wait in an outbox and be sent without asking anything else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// What happened, as in `case.opened`: what a receiver decides by.
    pub event: String,
    /// When it happened.
    #[serde(with = "as_text")]
    pub at: Timestamp,
    /// For people: what happened, in a few words of their language.
    pub title: String,
    /// For people: what they need to decide whether to act.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// For people: where to act.
    #[serde(default)]
    pub link: Option<Line>,
    /// For programs: the `data` of the event.
    #[serde(default)]
    pub data: Value,
}

/// A label and what belongs to it: of a link, its wording and its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// What it is, as in `优先级`.
    pub label: String,
    /// The text, which a visitor may have typed; or the address.
    pub text: String,
}

impl Line {
    /// A line of a label and a text.
    pub fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            text: text.into(),
        }
    }
}

impl Notice {
    /// The body for programs, after Standard Webhooks: `type`, `timestamp` and `data`.
    pub fn body(&self) -> String {
        json!({ "type": self.event, "timestamp": self.at.to_string(), "data": self.data })
            .to_string()
    }
}

mod as_text {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Notice};
    use jiff::Timestamp;
    use serde_json::json;

    #[test]
    fn survives_the_outbox() {
        let notice = Notice {
            event: "case.opened".into(),
            at: Timestamp::from_millisecond(1_234).expect("a time"),
            title: "新问题".into(),
            lines: vec![Line::new("优先级", "P1")],
            link: Some(Line::new("打开", "https://help.example.com/desk")),
            data: json!({ "number": "KB-2611-0042" }),
        };
        let kept = serde_json::to_string(&notice).expect("JSON");
        let read: Notice = serde_json::from_str(&kept).expect("the notice");
        assert_eq!(read, notice);
        let body: serde_json::Value = serde_json::from_str(&notice.body()).expect("JSON");
        let expected = json!({
            "type": "case.opened",
            "timestamp": "1970-01-01T00:00:01.234Z",
            "data": { "number": "KB-2611-0042" },
        });
        assert_eq!(body, expected);
    }
}
