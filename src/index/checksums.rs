//! Are the files those that were written? One BLAKE3 hash a file, in the form that `b3sum --check` reads.

use anyhow::{Context, Result};
use blake3::Hash;
use std::collections::BTreeMap;

/// The hash of each file, by path relative to the generation.
pub(super) type Checksums = BTreeMap<String, Hash>;

/// The bytes of `CHECKSUMS`.
pub(super) fn encode(checksums: &Checksums) -> Vec<u8> {
    let line = |(path, hash): (&String, &Hash)| format!("{hash}  {path}\n");
    checksums.iter().map(line).collect::<String>().into_bytes()
}

/// Reads `CHECKSUMS`.
pub(super) fn decode(bytes: &[u8]) -> Result<Checksums> {
    let text = std::str::from_utf8(bytes).context("not UTF-8")?;
    let whole = text.is_empty() || text.ends_with('\n');
    let text = whole.then_some(text).context("cut short")?;
    text.lines().map(entry).collect()
}

fn entry(line: &str) -> Result<(String, Hash)> {
    let (hash, path) = line.split_once("  ").context("a line without a path")?;
    Ok((path.to_owned(), Hash::from_hex(hash)?))
}

#[cfg(test)]
mod tests {
    use super::{Checksums, decode, encode};

    #[test]
    fn reads_what_it_writes_and_nothing_that_was_cut() {
        let mut sums = Checksums::new();
        sums.insert("audience-0/a.idx".to_owned(), blake3::hash(b"a"));
        sums.insert("manifest.json".to_owned(), blake3::hash(b"m"));
        let bytes = encode(&sums);
        assert_eq!(decode(&bytes).expect("whole"), sums);
        assert!(decode(&bytes[..bytes.len() - 1]).is_err());
        assert!(decode(&bytes[1..]).is_err());
    }
}
