//! What in a text says who somebody is? Personal data is proposed for redaction; somebody at the desk confirms each, or puts it
//! back.
//!
//! A proposal that is too many costs a click, one that is missing costs somebody's privacy: in doubt, it is proposed. What was
//! confirmed is replaced wherever it stands, also where it was not recognised.

mod labels;
mod numbers;
mod places;
mod scan;
mod web;

use crate::model::Lang;
use scan::Scanned;

/// What sort of personal data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// Somebody's name.
    Name,
    /// A telephone number.
    Phone,
    /// A mail address.
    Email,
    /// A number that the state gave: identity card, passport, number plate.
    Id,
    /// A bank card.
    Card,
    /// The number of an order, a parcel, a payment or a case.
    Order,
    /// Where somebody lives.
    Address,
    /// A link that opens something to who has it.
    Link,
    /// An account at some service.
    Account,
    /// A password or code.
    Secret,
}

impl Personal {
    /// A name for it, as in message catalogues.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Id => "id",
            Self::Card => "card",
            Self::Order => "order",
            Self::Address => "address",
            Self::Link => "link",
            Self::Account => "account",
            Self::Secret => "secret",
        }
    }

    /// What stands in its place in a text of this language. Nothing in it means anything in Markdown.
    pub fn mark(self, lang: Lang) -> &'static str {
        let marks = match self {
            Self::Name => ["【姓名】", "【姓名】", "(name)"],
            Self::Phone => ["【电话】", "【電話】", "(phone number)"],
            Self::Email => ["【邮箱】", "【電子郵件】", "(e-mail address)"],
            Self::Id => ["【证件号】", "【證件號碼】", "(ID number)"],
            Self::Card => ["【银行卡号】", "【銀行卡號】", "(card number)"],
            Self::Order => ["【单号】", "【單號】", "(order number)"],
            Self::Address => ["【地址】", "【地址】", "(address)"],
            Self::Link => ["【链接】", "【連結】", "(link)"],
            Self::Account => ["【账号】", "【帳號】", "(account)"],
            Self::Secret => ["【密码】", "【密碼】", "(secret)"],
        };
        match lang {
            Lang::ZhCn => marks[0],
            Lang::ZhTw => marks[1],
            Lang::En => marks[2],
        }
    }
}

/// Personal data as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is.
    pub sort: Personal,
    /// As it was written.
    pub text: String,
}

impl Finding {
    /// A short name for it in forms: the same for the same text.
    pub fn key(&self) -> String {
        blake3::hash(self.text.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// What is known of who asked, and would not be recognised by its form.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Names of people.
    pub names: Vec<String>,
    /// Numbers, as of the case.
    pub numbers: Vec<String>,
}

/// A place in a text, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: usize,
    to: usize,
    sort: Personal,
}

/// The personal data in some texts, each once, in the order in which it stands there.
pub fn findings(texts: &[&str], known: &Known) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for text in texts {
        let scanned = Scanned::of(text);
        for span in spans(&scanned, known) {
            let text = scanned.original(span.from, span.to);
            if found.iter().all(|finding| finding.text != text) {
                let sort = span.sort;
                found.push(Finding { sort, text });
            }
        }
    }
    found
}

/// Places that do not overlap; of two that would, the longer one.
fn spans(text: &Scanned, known: &Known) -> Vec<Span> {
    let mut all = web::spans(text);
    all.extend(labels::spans(text, known));
    all.extend(numbers::spans(text));
    all.extend(places::spans(text));
    all.retain(|span| span.to > span.from);
    all.sort_by_key(|span| (std::cmp::Reverse(span.to - span.from), span.from, span.sort));
    let mut kept: Vec<Span> = Vec::new();
    for span in all {
        if kept
            .iter()
            .all(|other| span.to <= other.from || other.to <= span.from)
        {
            kept.push(span);
        }
    }
    kept.sort_by_key(|span| span.from);
    kept
}

/// A text without what was confirmed: each place of it has the mark of its sort instead.
pub fn redact(text: &str, confirmed: &[Finding], lang: Lang) -> String {
    let mut confirmed: Vec<&Finding> = confirmed
        .iter()
        .filter(|finding| !finding.text.is_empty())
        .collect();
    confirmed.sort_by_key(|finding| std::cmp::Reverse(finding.text.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = confirmed
            .iter()
            .find(|finding| rest.starts_with(&finding.text));
        match found {
            Some(finding) => {
                out.push_str(finding.sort.mark(lang));
                rest = &rest[finding.text.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Finding, Known, Personal, findings, redact};
    use crate::model::Lang;
    use proptest::prelude::*;

    fn known() -> Known {
        Known {
            names: vec!["李雷".to_owned()],
            numbers: vec!["KB-2611-0042".to_owned()],
        }
    }

    fn found(text: &str) -> Vec<(Personal, String)> {
        let all = findings(&[text], &known());
        all.into_iter().map(|f| (f.sort, f.text)).collect()
    }

    #[test]
    fn each_sort_is_recognised_as_people_write_it() {
        use Personal::*;
        let rows: &[(&str, Personal, &str)] = &[
            ("我是李雷，退款没到", Name, "李雷"),
            ("我叫韩梅梅，退款没到", Name, "韩梅梅"),
            ("收货人：王小明 今天", Name, "王小明"),
            ("麻烦联系李先生", Name, "李先生"),
            ("电话13800138000谢谢", Phone, "13800138000"),
            ("+86 138 0013 8000", Phone, "+86 138 0013 8000"),
            ("手机138-0013-8000。", Phone, "138-0013-8000"),
            (
                "手机１３８００１３８０００",
                Phone,
                "１３８００１３８０００",
            ),
            ("座机010-62345678转801", Phone, "010-62345678转801"),
            ("（0755）8234 5678", Phone, "（0755）8234 5678"),
            ("0571 87654321", Phone, "0571 87654321"),
            ("我的是0912-345-678", Phone, "0912-345-678"),
            ("call +44 20 7946 0958 now", Phone, "+44 20 7946 0958"),
            ("+852 9123 4567", Phone, "+852 9123 4567"),
            (
                "写信到 li.lei+a@example.com.cn。",
                Email,
                "li.lei+a@example.com.cn",
            ),
            ("发到lilei＠qq．com吧", Email, "lilei＠qq．com"),
            ("身份证11010519491231002X的", Id, "11010519491231002X"),
            ("身份证 110105 19491231 002x", Id, "110105 19491231 002x"),
            ("号码 130503670401001", Id, "130503670401001"),
            ("护照号E12345678", Id, "E12345678"),
            ("车牌京A12345", Id, "京A12345"),
            (
                "卡号6222 0212 3456 7890 128",
                Card,
                "6222 0212 3456 7890 128",
            ),
            ("4111111111111111", Card, "4111111111111111"),
            ("订单号：TB20261122-8891", Order, "TB20261122-8891"),
            (
                "订单 202611220000123456 没发货",
                Order,
                "202611220000123456",
            ),
            ("快递单号SF1234567890123", Order, "SF1234567890123"),
            ("order no. A-1234567", Order, "A-1234567"),
            ("我的问题是KB-2611-0042", Order, "KB-2611-0042"),
            (
                "寄到浙江省杭州市西湖区文三路478号华星时代广场3栋1202室，谢谢",
                Address,
                "浙江省杭州市西湖区文三路478号华星时代广场3栋1202室",
            ),
            ("我住在朝阳区建国路88号。", Address, "朝阳区建国路88号"),
            (
                "地址：上海市静安区南京西路1266弄5号",
                Address,
                "上海市静安区南京西路1266弄5号",
            ),
            (
                "台北市信義區市府路45號8樓",
                Address,
                "台北市信義區市府路45號8樓",
            ),
            ("at 221 Baker Street, London", Address, "221 Baker Street"),
            (
                "打开https://a.example/case/k3v9x2m8q1z7w5t4r6 看",
                Link,
                "https://a.example/case/k3v9x2m8q1z7w5t4r6",
            ),
            ("http://x.cn/p?token=abc", Link, "http://x.cn/p?token=abc"),
            ("微信号：lilei_2026", Account, "lilei_2026"),
            ("加我QQ 12345678", Account, "12345678"),
            ("密码是Abc@12345，", Secret, "Abc@12345"),
            ("验证码：392817", Secret, "392817"),
            ("password: hunter2!", Secret, "hunter2!"),
        ];
        for (text, sort, secret) in rows {
            let all = found(text);
            assert!(
                all.contains(&(*sort, (*secret).to_owned())),
                "{text}: {all:?}"
            );
            let confirmed = findings(&[text], &known());
            let shown = redact(text, &confirmed, Lang::ZhCn);
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn what_is_nobodys_is_left_alone() {
        for text in [
            "请在 2026-11-22 07:10:33 之前付款 12,800.00 元",
            "拨打400-820-8820或95588",
            "版本 2.10.1，端口 8080，地址 192.168.1.1",
            "打开 https://help.example.com/a/account/password?from=mail 看看",
            "三个工作日内到账，第2步点“退款”",
            "在设置里打开账号安全，忘记密码点这里",
            "错误码 E1024，重启 3 次",
            "我们在市区有3家店",
            "路由器重启后等2分钟",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_put_back_stays() {
        let text = "李雷的电话13800138000，李雷";
        let all = findings(&[text], &known());
        assert_eq!(all.len(), 2);
        assert_eq!(
            redact(text, &all, Lang::ZhCn),
            "【姓名】的电话【电话】，【姓名】"
        );
        assert_eq!(
            redact(text, &all[1..], Lang::En),
            "李雷的电话(phone number)，李雷"
        );
        assert_eq!(redact(text, &[], Lang::ZhCn), text);
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("李雷".to_owned()),
            Just("【姓名】".to_owned()),
            "1[3-9][0-9]{9}",
            "[a-z]{1,6}@[a-z]{1,5}\\.(com|cn)",
            "0[1-9][0-9]{1,2}-[0-9]{7,8}",
            "[1-9][0-9]{14,18}",
            "https?://[a-z]{1,5}\\.cn/[a-z0-9=?&/]{0,30}",
            "(浙江省|杭州市|西湖区|文三路|[0-9]{1,3}号|[0-9]{1,2}室){1,6}",
            "(密码|验证码|订单号|微信)[:： ]?[A-Za-z0-9_-]{1,20}",
            "\\PC{0,6}",
            "[ ，。:\\n-]{0,3}",
        ];
        prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_that_was_confirmed_stays(text in pieces()) {
            let all = findings(&[&text], &known());
            for lang in Lang::ALL {
                let shown = redact(&text, &all, lang);
                for Finding { text: secret, sort } in &all {
                    // A mark is the only text that may look like a secret that it stands for.
                    let marks = Lang::ALL.iter().any(|lang| {
                        all.iter().any(|f| f.sort.mark(*lang).contains(secret.as_str()))
                    });
                    prop_assert!(marks || !shown.contains(secret.as_str()), "{sort:?} {secret:?} in {shown:?}");
                }
            }
            if all.is_empty() {
                prop_assert_eq!(redact(&text, &all, Lang::ZhCn), text);
            }
        }
    }
}
