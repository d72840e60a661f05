//! Are files what they say, bounded, and seen by their own requester alone?

use crate::asking::{Kept, QUICK, ask, attributes, page, site, stamp, texts};
use image::{DynamicImage, ImageFormat};
use kb::model::case::Reach;
use std::io::Cursor;

fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(8, 8)
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("a picture");
    bytes.into_inner()
}

#[test]
fn s06_s07_a_picture_is_shown_and_all_else_is_saved_in_a_sandbox() {
    let server = site(QUICK);
    let stamp = stamp(&server);
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
    let fields = [
        ("stamp", stamp.as_str()),
        ("email", "a@b.cn"),
        ("text", "见截图"),
    ];
    let files: [(&str, &[u8]); 3] = [
        ("截图.png", &png()),
        ("logo.svg", svg),
        ("页面.html", b"<!doctype html><script>alert(1)</script>"),
    ];
    let place = server
        .upload("/ask", &fields, &files)
        .status(303)
        .header("location")
        .to_owned();
    let html = page(&server.get(&place).status(200));
    let (links, shown) = (
        attributes(&html, ".files a", "href"),
        attributes(&html, ".files img", "src"),
    );
    assert_eq!((links.len(), shown.len()), (3, 1));
    for (i, link) in links.iter().enumerate() {
        let file = server.get(link).status(200);
        let file = file
            .has_header("content-security-policy", "sandbox; default-src 'none'")
            .has_header("x-content-type-options", "nosniff")
            .has_header("cache-control", "no-store");
        let (kind, how) = (
            file.header("content-type").to_owned(),
            file.header("content-disposition").to_owned(),
        );
        let expected = if i == 0 {
            ("image/png", "inline;")
        } else {
            ("application/octet-stream", "attachment;")
        };
        assert!(
            kind == expected.0 && how.starts_with(expected.1),
            "{kind} {how}"
        );
    }
}

#[test]
fn s07_s46_what_lies_or_harms_is_refused_and_nothing_is_opened() {
    let server = site(QUICK);
    let mut bomb = png();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let half = png()[..40].to_vec();
    for (name, bytes, said) in [
        ("a.png", &b"<script>alert(1)</script>"[..], "不符"),
        ("a.jpg", &png(), "不符"),
        ("a.png", &bomb, "不能接收"),
        ("a.png", &half, "不能接收"),
        ("setup.exe", b"MZ\x90\0\x03", "不能接收"),
        ("a.docx", b"PK\x03\x04 no archive", "不能接收"),
        ("a.txt", b"", "是空的"),
    ] {
        let stamp = stamp(&server);
        let fields = [
            ("stamp", stamp.as_str()),
            ("email", "a@b.cn"),
            ("text", "这是我写的问题"),
        ];
        let answer = server
            .upload("/ask", &fields, &[(name, bytes)])
            .status(422)
            .has("这是我写的问题");
        let faults = texts(&page(&answer), "#faults").concat();
        assert!(
            faults.contains(said) && faults.contains("请重新选择附件"),
            "{name}: {faults}"
        );
    }
    assert!(Kept::of(&server).cases("a@b.cn").is_empty());
}

#[test]
fn s08_names_of_files_are_no_paths_headers_or_markup() {
    let server = site(QUICK);
    let path = ask(&server, "a@b.cn", "附件在后面");
    for (name, shown) in [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("gpj.\u{202e}exe.txt", "gpj.exe.txt"),
        (
            "<img src=x onerror=alert(1)>.txt",
            "img src=x onerror=alert(1).txt",
        ),
    ] {
        let _ = server
            .upload(
                &format!("{path}/messages"),
                &[("text", "")],
                &[(name, b"text")],
            )
            .status(303);
        let html = page(&server.get(&path).status(200));
        assert_eq!(texts(&html, ".files a").pop().as_deref(), Some(shown));
        let link = attributes(&html, ".files a", "href").pop().expect("a link");
        let how = server
            .get(&link)
            .status(200)
            .header("content-disposition")
            .to_owned();
        assert!(
            how.starts_with("attachment; filename*=UTF-8''")
                && how.is_ascii()
                && !how.contains(['<', '"', '/']),
            "{how}"
        );
    }
}

#[test]
fn s19_a_file_of_one_case_is_no_file_of_another() {
    let server = site(QUICK);
    let (first, second) = (
        ask(&server, "a@b.cn", "第一个问题"),
        ask(&server, "c@b.cn", "第二个问题"),
    );
    let _ = server
        .upload(
            &format!("{first}/messages"),
            &[("text", "见附件")],
            &[("a.txt", b"secret")],
        )
        .status(303);
    let kept = Kept::of(&server);
    let case = kept.case("a@b.cn").id;
    let id =
        kept.read(async |read| read.attachments(case, Reach::Public).await.expect("read")[0].id);
    let _ = server
        .get(&format!("{first}/files/{id}/a.txt"))
        .status(200)
        .has("secret");
    let _ = server
        .get(&format!("{second}/files/{id}/a.txt"))
        .status(404)
        .lacks("secret");
    let _ = server.get(&format!("{first}/files/1/a.txt")).status(404);
}

#[test]
fn s50_files_are_bounded_by_number_by_size_and_by_case() {
    let server = site(&format!(
        "{QUICK}[uploads]\nfiles = 2\nfile_mib = 1\ncase_mib = 1\n"
    ));
    let path = ask(&server, "a@b.cn", "附件在后面");
    let send = |files: &[(&str, &[u8])]| {
        server.upload(&format!("{path}/messages"), &[("text", "")], files)
    };
    let small: &[u8] = b"x";
    let _ = send(&[("1.txt", small), ("2.txt", small), ("3.txt", small)])
        .status(422)
        .has("最多 2 个");
    let empty: Vec<(&str, &[u8])> = vec![("a.txt", b""); 60];
    assert!([413, 422].contains(&send(&empty).status_code()));
    let large = vec![b'a'; (1 << 20) + 1];
    let _ = send(&[("l.txt", &large)]).status(422).has("超过了 1 MB");
    let half = vec![b'a'; 600 << 10];
    let _ = send(&[("1.txt", &half)]).status(303);
    let _ = send(&[("2.txt", &half)]).status(422);
    let huge = vec![b'a'; 4 << 20];
    assert!([413, 422].contains(&send(&[("h.txt", &huge)]).status_code()));
    let _ = server.get(&path).status(200);
}
