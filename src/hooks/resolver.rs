//! Which machine is that name? Every address that it has is looked at before one is connected to, and no other is asked for
//! later: a name that is public now and private a moment after gains nothing.

use super::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The most addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 32;

/// Who knows names.
#[derive(Debug, Clone, Default)]
pub enum Lookup {
    /// The machine's resolver.
    #[default]
    System,
    /// A fixed table, for tests.
    Table(Arc<HashMap<String, Vec<SocketAddr>>>),
}

impl Lookup {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.take(MAX_ADDRESSES).collect())
            }
            Self::Table(table) => Ok(table.get(name).cloned().unwrap_or_default()),
        }
    }
}

/// A name had an address that is not public.
#[derive(Debug)]
pub(super) struct PrivateAddress;

impl fmt::Display for PrivateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(super::target::PRIVATE)
    }
}

impl std::error::Error for PrivateAddress {}

/// A resolver for the HTTP client that gives out checked addresses only.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) lookup: Lookup,
    pub(super) allow_private: bool,
}

impl Guard {
    /// One private address among public ones is a trick, so it spoils them all.
    fn check(&self, addresses: &[SocketAddr]) -> Result<(), PrivateAddress> {
        let public = |address: &SocketAddr| is_public(IpAddr::to_canonical(&address.ip()));
        if self.allow_private || addresses.iter().all(public) {
            Ok(())
        } else {
            Err(PrivateAddress)
        }
    }
}

impl Guard {
    /// The addresses of a name, all of them checked.
    pub(super) async fn addresses(&self, name: &str) -> Result<Vec<SocketAddr>, String> {
        let found = self.lookup.addresses(name).await;
        let found = found.map_err(|error| format!("the name is not known: {error}"))?;
        if found.is_empty() {
            return Err("the name has no address".to_owned());
        }
        self.check(&found).map_err(|private| private.to_string())?;
        Ok(found)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.lookup.addresses(name.as_str()).await?;
            if found.is_empty() {
                return Err("the name has no address".into());
            }
            guard.check(&found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, Lookup};

    #[test]
    fn one_private_address_spoils_a_name() {
        let guard = |allow_private| Guard {
            lookup: Lookup::System,
            allow_private,
        };
        for (addresses, taken) in [
            (&["8.8.8.8:0"][..], true),
            (&["8.8.8.8:0", "10.0.0.1:0"], false),
            (&["[::1]:0"], false),
            (&["[::ffff:10.0.0.1]:0"], false),
            (&["[2400:3200::1]:0", "8.8.8.8:0"], true),
        ] {
            let read: Vec<_> = addresses
                .iter()
                .map(|a| a.parse().expect("an address"))
                .collect();
            assert_eq!(guard(false).check(&read).is_ok(), taken, "{addresses:?}");
            assert!(guard(true).check(&read).is_ok());
        }
    }
}
