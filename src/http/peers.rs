//! Who holds how many connections? No address may hold so many that others cannot get in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The least share that any limit leaves to one address.
const MIN_SHARE: usize = 16;

/// Open connections by address. The map has no more entries than there are connections.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    share: usize,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Peer {
    peers: Peers,
    address: IpAddr,
}

impl Peers {
    /// At most `share` connections for each address.
    pub(super) fn new(share: usize) -> Self {
        Self {
            open: Arc::default(),
            share: share.max(MIN_SHARE),
        }
    }

    /// A place for a connection from `address`; `None` when it has its share. This machine itself has no limit: what comes
    /// from here is a proxy in front, or a test.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Peer> {
        let network = network_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= self.share && !network.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Peer {
            peers: self.clone(),
            address: network,
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut open = self
            .peers
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// What one customer of a network provider has: one address of IPv4, 2⁶⁴ of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Peers;
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn s47_an_address_has_its_share_of_connections_and_gets_it_back() {
        let peers = Peers::new(16);
        let mut held: Vec<_> = (0..16).map(|_| peers.admit(ip("192.0.2.1"))).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(peers.admit(ip("192.0.2.1")).is_none());
        assert!(peers.admit(ip("192.0.2.2")).is_some());
        assert!(peers.admit(ip("::ffff:192.0.2.1")).is_none());
        held.pop();
        assert!(peers.admit(ip("192.0.2.1")).is_some());
        drop(held);
        assert!(peers.open.lock().expect("open").is_empty());
    }

    #[test]
    fn ipv6_is_counted_by_network_and_this_machine_not_at_all() {
        let peers = Peers::new(16);
        let held: Vec<_> = (0..16)
            .map(|i| peers.admit(ip(&format!("2001:db8::{i:x}"))))
            .collect();
        assert!(held.iter().all(Option::is_some) && peers.admit(ip("2001:db8::ff")).is_none());
        let local: Vec<_> = (0..100).map(|_| peers.admit(ip("127.0.0.1"))).collect();
        assert!(local.iter().all(Option::is_some));
    }
}
