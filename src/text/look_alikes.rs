//! Which characters are taken for each other by eye? For what was mistyped by shape, misread or scanned.

use std::collections::HashMap;
use std::sync::LazyLock;

static ALIKE: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut alike: HashMap<char, Vec<char>> = HashMap::new();
    let lines = include_str!("lexicon/look_alikes.txt").lines();
    for group in lines.filter(|line| !line.starts_with('#')) {
        for c in group.chars() {
            let known = alike.entry(c).or_default();
            let others: Vec<char> = group
                .chars()
                .filter(|other| *other != c && !known.contains(other))
                .collect();
            known.extend(others);
        }
    }
    alike
});

/// The characters that look like `c` (a normal form): few, most often none.
pub fn look_alikes(c: char) -> &'static [char] {
    ALIKE.get(&c).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ALIKE, look_alikes};
    use crate::text::normalize;

    #[test]
    fn looks_go_both_ways() {
        assert!(look_alikes('账').contains(&'帐') && look_alikes('帐').contains(&'账'));
        assert!(look_alikes('😀').is_empty());
    }

    #[test]
    fn the_table_is_large_and_in_normal_form() {
        let pairs: usize = ALIKE.values().map(Vec::len).sum::<usize>() / 2;
        assert!(pairs >= 500, "{pairs}");
        for (c, others) in ALIKE.iter() {
            assert!(others.len() <= 12, "{c} {others:?}");
            assert_eq!(normalize(&c.to_string(), true).chars, [*c]);
        }
    }
}
