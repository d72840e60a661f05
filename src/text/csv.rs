//! How does a list leave as a file for spreadsheets? Quoted, and with nothing in it that one would take for a formula.

/// A line as RFC 4180 has it, with its end.
pub fn csv_line<const N: usize>(fields: [String; N]) -> String {
    fields.map(|field| quoted(&field)).join(",") + "\r\n"
}

/// A field in quotes. What a spreadsheet would take for a formula gets a mark before it that makes it text.
fn quoted(text: &str) -> String {
    let formula = text
        .trim_start_matches([' ', '\u{3000}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let mark = if formula || text.starts_with(['\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn s11_no_field_is_a_formula() {
        for (text, field) in [
            (
                "=HYPERLINK(\"http://evil\")",
                "\"'=HYPERLINK(\"\"http://evil\"\")\"",
            ),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("\r=1", "\"'\r=1\""),
            (" =1", "\"' =1\""),
            ("＝1", "\"'＝1\""),
            ("a, \"b\"\nc", "\"a, \"\"b\"\"\nc\""),
            ("退款 2-1", "\"退款 2-1\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(text), field, "{text:?}");
        }
    }
}
