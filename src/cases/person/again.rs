//! What if a backup brings somebody back? Whoever was erased after it was made is erased again, by the tombstones that the database
//! had before.

use crate::cases::Cases;
use crate::error::Result;
use crate::model::{Email, Person};
use crate::store::Tombstone;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How many people are looked at at once.
const PAGE: u32 = 500;

impl Cases {
    /// Erases again all those whose tombstones were only heard of, and who were there before they were erased. Returns how many
    /// addresses.
    ///
    /// # Errors
    /// As the store has it; what is not done is still to be done then.
    pub async fn erase_again(&self) -> Result<u64> {
        let mut read = self.store().read().await?;
        let stones = read.tombstones(true).await?;
        if stones.is_empty() {
            return Ok(0);
        }
        let stones: BTreeMap<String, Timestamp> = stones
            .into_iter()
            .map(|stone| (stone.hash, stone.erased_at))
            .collect();
        let mut meant: BTreeMap<String, (Email, Timestamp)> = BTreeMap::new();
        let mut last = None;
        loop {
            let page = read.people_after(last, PAGE).await?;
            let Some(person) = page.last() else { break };
            last = Some(person.id);
            for person in page {
                if let Some(at) = self.erased_since(&stones, &person) {
                    meant.insert(person.email.key(), (person.email, at));
                }
            }
        }
        drop(read);
        let mut tx = self.store().begin_patiently().await?;
        for (email, at) in meant.values() {
            self.erase_in(&mut tx, email, "restore", *at).await?;
        }
        for hash in stones.keys() {
            // Follows need no person.
            tx.remove_follows(hash).await?;
        }
        tx.tombstones_applied().await?;
        tx.commit().await?;
        self.store().wipe().await?;
        Ok(u64::try_from(meant.len()).unwrap_or_default())
    }

    /// Takes over who was erased elsewhere, as written under our key, and erases them here too. Returns how many addresses were
    /// still here.
    ///
    /// # Errors
    /// As the store has it.
    pub async fn erase_those(&self, stones: &[Tombstone]) -> Result<u64> {
        let mut tx = self.store().begin().await?;
        for stone in stones {
            tx.add_tombstone(stone, false).await?;
        }
        tx.commit().await?;
        self.erase_again().await
    }

    /// When somebody was erased, if he is the one who was and not one who came later.
    fn erased_since(
        &self,
        stones: &BTreeMap<String, Timestamp>,
        person: &Person,
    ) -> Option<Timestamp> {
        let at = stones.get(&self.address_hash(&person.email))?;
        (person.created_at <= *at).then_some(*at)
    }
}
