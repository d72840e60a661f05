//! How much room is left where the database is? A disk that is full stops everything that is written to it, so whoever adds much asks
//! before.

use super::location::Location;
use super::open::Store;
use std::path::Path;

/// How many bytes this user may still write to the disk of a place, which need not exist yet. `None` where the system does not say.
pub fn free_bytes(place: &Path) -> Option<u64> {
    let place = std::path::absolute(place).ok()?;
    let there = place.ancestors().find(|place| place.exists())?;
    fs4::available_space(there).ok()
}

impl Store {
    /// How many bytes are free on the disk of a database that is a file. `None` for one that is a server, whose disk is its own
    /// affair, and where the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        match &self.inner.location {
            Location::Sqlite(path) => free_bytes(path),
            Location::Postgres(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::free_bytes;
    use std::path::Path;

    #[test]
    fn the_disk_of_what_is_not_there_yet_is_that_of_the_folder_around_it() {
        let there = free_bytes(Path::new(".")).expect("a disk");
        let not_there = free_bytes(Path::new("./no/such/folder")).expect("the same disk");
        assert!(there > 0 && not_there > 0);
    }
}
