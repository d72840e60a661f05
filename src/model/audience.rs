//! Who may read what? An ordered list of audiences; each sees what is for it and for all before it.

use std::fmt;

/// A place in the ordered list of audiences: 0 is the public.
///
/// As a viewer's audience it says how far he sees; as a text's audience, how far one must see to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Audience(u8);

impl Audience {
    /// Everybody, signed in or not.
    pub const PUBLIC: Self = Self(0);

    /// Whether a viewer of this audience may read what is for `audience`.
    pub fn may_read(self, audience: Self) -> bool {
        self >= audience
    }

    /// The audience at a place in the list, from 0.
    pub fn from_rank(rank: u8) -> Self {
        Self(rank)
    }

    /// The place in the list, from 0.
    pub fn rank(self) -> usize {
        usize::from(self.0)
    }
}

/// The names of the audiences in order, the least privileged first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audiences(Vec<String>);

impl Audiences {
    /// A list of audiences from their names.
    ///
    /// # Errors
    /// When the list is empty, longer than 16, or has an empty or repeated name.
    pub fn parse(names: Vec<String>) -> Result<Self, String> {
        if names.is_empty() || names.len() > 16 {
            return Err("there must be 1 to 16 audiences".to_owned());
        }
        for (i, name) in names.iter().enumerate() {
            let well_formed = !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
            if !well_formed {
                return Err(format!(
                    "`{name}` is no name for an audience: use letters, digits, `-` and `_`"
                ));
            }
            if names[..i].contains(name) {
                return Err(format!("the audience `{name}` is listed twice"));
            }
        }
        Ok(Self(names))
    }

    /// The audience of that name.
    pub fn get(&self, name: &str) -> Option<Audience> {
        self.all().find(|audience| self.name(*audience) == name)
    }

    /// The name of an audience; the last one's for an audience beyond the list.
    pub fn name(&self, audience: Audience) -> &str {
        let last = self.0.len() - 1;
        &self.0[audience.rank().min(last)]
    }

    /// All audiences, the public first.
    pub fn all(&self) -> impl Iterator<Item = Audience> + use<> {
        (0..u8::try_from(self.0.len()).unwrap_or(u8::MAX)).map(Audience)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Default for Audiences {
    fn default() -> Self {
        Self(
            ["public", "customer", "internal"]
                .map(str::to_owned)
                .to_vec(),
        )
    }
}

impl fmt::Display for Audiences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" < "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, Audiences};

    #[test]
    fn each_audience_reads_its_own_and_what_is_below() {
        let audiences = Audiences::default();
        let [public, customer, internal] =
            ["public", "customer", "internal"].map(|n| audiences.get(n).expect(n));
        assert_eq!(public, Audience::PUBLIC);
        assert!(
            internal.may_read(customer) && customer.may_read(public) && public.may_read(public)
        );
        assert!(!public.may_read(customer) && !customer.may_read(internal));
        assert_eq!(audiences.get("secret"), None);
    }

    #[test]
    fn a_list_without_a_first_or_with_doubles_is_refused() {
        for bad in [vec![], vec!["a", "a"], vec![""], vec!["a b"]] {
            assert!(Audiences::parse(bad.into_iter().map(str::to_owned).collect()).is_err());
        }
    }
}
