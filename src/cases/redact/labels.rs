//! What do people say of themselves? Names that are known or introduced, and what stands behind a label.

use super::scan::Scanned;
use super::{Known, Personal, Span};
use crate::text::is_han;

/// What is followed by a number or word of the sort, and how many characters it has at least.
const LABELS: &[(Personal, usize, &[&str])] = &[
    (
        Personal::Order,
        6,
        &[
            "订单编号",
            "订单号",
            "订单",
            "訂單編號",
            "訂單號碼",
            "訂單",
            "快递单号",
            "运单号",
            "物流单号",
            "单号",
            "單號",
            "流水号",
            "交易号",
            "发票号",
            "合同号",
            "order number",
            "order no",
            "order id",
            "order",
            "tracking number",
            "invoice",
        ],
    ),
    (
        Personal::Id,
        6,
        &[
            "身份证号",
            "身份证",
            "身分證",
            "护照号",
            "护照",
            "護照",
            "通行证",
            "证件号",
            "证件号码",
            "学号",
            "工号",
            "passport",
            "ID number",
        ],
    ),
    (
        Personal::Account,
        5,
        &[
            "微信号",
            "微信",
            "QQ号",
            "QQ",
            "支付宝账号",
            "支付宝",
            "用户名",
            "账号",
            "帳號",
            "LINE ID",
            "wechat",
            "username",
            "skype",
        ],
    ),
    (
        Personal::Secret,
        4,
        &[
            "密码",
            "密碼",
            "验证码",
            "驗證碼",
            "校验码",
            "口令",
            "password",
            "passcode",
            "pin",
            "token",
            "secret",
        ],
    ),
];

/// What a name is introduced by.
const INTRODUCED: &[&str] = &[
    "我叫",
    "我是叫",
    "名叫",
    "姓名",
    "名字是",
    "名字叫",
    "收货人",
    "收件人",
    "寄件人",
    "联系人",
    "聯絡人",
    "收貨人",
    "收件者",
    "开户名",
    "户名",
];
/// What follows somebody's family name.
const TITLES: &[&str] = &[
    "先生", "女士", "小姐", "太太", "老师", "老師", "经理", "經理", "师傅",
];
/// Family names of two characters, and the most frequent ones of one.
const DOUBLE: &[&str] = &[
    "欧阳", "歐陽", "司马", "上官", "诸葛", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容",
];
const SINGLE: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉蘇魏呂盧鐘譚陸賈鄒龍賀顧龔萬錢嚴湯";

pub(super) fn spans(text: &Scanned<'_>, known: &Known) -> Vec<Span> {
    let mut spans = Vec::new();
    for at in 0..text.len() {
        spans.extend(literal(text, at, &known.names, Personal::Name));
        spans.extend(literal(text, at, &known.numbers, Personal::Order));
        spans.extend(introduced(text, at));
        spans.extend(titled(text, at));
        spans.extend(labelled(text, at));
        spans.extend(plate(text, at));
    }
    spans
}

fn literal(text: &Scanned<'_>, at: usize, words: &[String], sort: Personal) -> Option<Span> {
    let standing = |word: &&String| {
        let chars = word.chars().count();
        // A Latin name within a longer word is another word.
        let latin = |place: Option<char>| place.is_some_and(|c| c.is_ascii_alphanumeric());
        let ascii = word.is_ascii();
        let cut = ascii && (at > 0 && latin(text.at(at - 1)) || latin(text.at(at + chars)));
        chars >= 2 && !cut && text.has(at, word)
    };
    let word = words
        .iter()
        .filter(standing)
        .max_by_key(|word| word.len())?;
    let to = at + word.chars().count();
    Some(Span { from: at, to, sort })
}

/// The place behind a label, its colon, `是` and spaces.
fn behind(text: &Scanned<'_>, at: usize) -> (usize, bool) {
    let is_joint = |c: char| {
        matches!(
            c,
            ' ' | ':'
                | '是'
                | '为'
                | '為'
                | '#'
                | '='
                | '.'
                | '“'
                | '"'
                | '号'
                | '號'
                | '码'
                | '碼'
        )
    };
    let to = text.while_(at, is_joint);
    (to, to > at)
}

fn introduced(text: &Scanned<'_>, at: usize) -> Option<Span> {
    let word = INTRODUCED.iter().find(|word| text.has(at, word))?;
    let (from, _) = behind(text, at + word.chars().count());
    let end = text.while_(from, |c| is_han(c) || c == '·');
    let name = (end - from).min(4);
    let begins = is_family_name(text, from);
    // Of a longer run only a family name says where the name ends: mostly after three characters.
    let name = if end - from > 4 { 3 } else { name };
    (begins && name >= 2).then_some(Span {
        from,
        to: from + name,
        sort: Personal::Name,
    })
}

fn is_family_name(text: &Scanned<'_>, at: usize) -> bool {
    DOUBLE.iter().any(|name| text.has(at, name)) || text.at(at).is_some_and(|c| SINGLE.contains(c))
}

fn titled(text: &Scanned<'_>, at: usize) -> Option<Span> {
    let double = DOUBLE.iter().any(|name| text.has(at, name));
    let single = text.at(at).is_some_and(|c| SINGLE.contains(c));
    let chars = match (double, single) {
        (true, _) => 2,
        (_, true) => 1,
        _ => return None,
    };
    let title = TITLES.iter().find(|title| text.has(at + chars, title))?;
    Some(Span {
        from: at,
        to: at + chars + title.chars().count(),
        sort: Personal::Name,
    })
}

fn labelled(text: &Scanned<'_>, at: usize) -> Option<Span> {
    for (sort, least, labels) in LABELS {
        let Some(label) = labels.iter().find(|label| text.has(at, label)) else {
            continue;
        };
        let within = label.is_ascii()
            && at > 0
            && text.at(at - 1).is_some_and(|c| c.is_ascii_alphanumeric());
        let (from, parted) = behind(text, at + label.chars().count());
        let wide = *sort == Personal::Secret;
        let is_part = |c: char| match wide {
            true => c.is_ascii_graphic() && !matches!(c, ',' | ';' | '"' | '<' | '>' | ')' | '('),
            false => c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'),
        };
        let mut to = text.while_(from, is_part);
        while to > from && matches!(text.at(to - 1), Some('.' | '-' | ':' | '?')) {
            to -= 1;
        }
        let value = text.narrow(from, to);
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        // A word behind a label is no secret unless something says that it follows.
        let fits = match sort {
            Personal::Order | Personal::Id => digits >= 4,
            Personal::Account => digits >= 2 || (parted && value.len() > 5 && !label.is_ascii()),
            _ => digits >= 1 && (parted || digits >= 4),
        };
        let glued = label.is_ascii() && !parted && *sort != Personal::Account;
        if !within && !glued && fits && to - from >= *least {
            let sort = *sort;
            return Some(Span { from, to, sort });
        }
    }
    None
}

/// 京A12345
fn plate(text: &Scanned<'_>, at: usize) -> Option<Span> {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    let begins = text.at(at).is_some_and(|c| PROVINCES.contains(c));
    if !begins || !text.at(at + 1).is_some_and(|c| c.is_ascii_uppercase()) {
        return None;
    }
    let from = text.while_(at + 2, |c| matches!(c, '·' | '.' | ' '));
    let to = text.while_(from, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    ((5..=6).contains(&(to - from))).then_some(Span {
        from: at,
        to,
        sort: Personal::Id,
    })
}
