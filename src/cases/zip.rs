//! What would this archive become? Its directory says how much it holds; what is far more than it weighs is a trap for whoever
//! opens it. Nothing is ever unpacked here.

/// The largest that an archive may become, in bytes.
const MAX_UNPACKED: u64 = 1 << 30;
/// How much larger it may become, once that is more than a little.
const MAX_RATIO: u64 = 200;
/// From which size on the ratio counts, in bytes.
const RATIO_FROM: u64 = 50 << 20;
/// The most files in it.
const MAX_FILES: u64 = 10_000;
/// The longest end of an archive that is looked through for its last record, in bytes.
const MAX_TAIL: usize = 22 + 65_535;

/// Whether an archive, an office document among them, can be given to a person. `false` also for one whose directory cannot be read.
pub(super) fn is_harmless(bytes: &[u8]) -> bool {
    let Some((mut at, count)) = directory(bytes) else {
        return false;
    };
    if count > MAX_FILES {
        return false;
    }
    let mut unpacked = 0_u64;
    for _ in 0..count {
        let Some((size, next)) = entry(bytes, at) else {
            return false;
        };
        unpacked = unpacked.saturating_add(size);
        at = next;
    }
    let weight = u64::try_from(bytes.len()).unwrap_or(u64::MAX).max(1);
    unpacked <= MAX_UNPACKED && (unpacked <= RATIO_FROM || unpacked / weight <= MAX_RATIO)
}

/// Where the directory begins, and how many entries it has.
fn directory(bytes: &[u8]) -> Option<(usize, u64)> {
    let from = bytes.len().saturating_sub(MAX_TAIL);
    let tail = &bytes[from..];
    let end = from + tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count = number(bytes, end + 10, 2)?;
    let begins = usize::try_from(number(bytes, end + 16, 4)?).ok()?;
    // 0xffff stands for an archive so large that its numbers are elsewhere.
    (count != 0xffff && begins < bytes.len().max(1)).then_some((begins, count))
}

/// The size that an entry unpacks to, and where the next one is.
fn entry(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    if bytes.get(at..at + 4)? != b"PK\x01\x02" {
        return None;
    }
    let size = number(bytes, at + 24, 4)?;
    let mut next = at + 46;
    for field in [28, 30, 32] {
        next += usize::try_from(number(bytes, at + field, 2)?).ok()?;
    }
    Some((size, next))
}

/// The number in `len` bytes, the lowest first.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    /// An archive of one file that says it unpacks to `size`.
    fn archive(size: u32, entries: u16) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([0; 100]);
        let begins = u32::try_from(bytes.len()).expect("short");
        for _ in 0..entries {
            bytes.extend(b"PK\x01\x02");
            bytes.extend([0; 20]);
            bytes.extend(size.to_le_bytes());
            bytes.extend([0; 18]);
        }
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([entries.to_le_bytes(), entries.to_le_bytes()].concat());
        bytes.extend([0; 4]);
        bytes.extend(begins.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    #[test]
    fn s46_bombs_are_known_by_what_they_say_of_themselves() {
        assert!(is_harmless(&archive(1_000, 3)));
        assert!(is_harmless(&archive(0, 0)));
        assert!(!is_harmless(&archive(u32::MAX, 1)));
        assert!(!is_harmless(&archive(100 << 20, 1)));
        assert!(!is_harmless(&archive(0, 10_001)));
        assert!(!is_harmless(&archive(0, 0xffff)));
        assert!(!is_harmless(b"PK\x03\x04 and nothing more"));
        assert!(!is_harmless(b""));
        let cut = archive(1_000, 3);
        assert!((0..cut.len() - 2).all(|i| !is_harmless(&cut[..i])));
    }
}
