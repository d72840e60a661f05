//! Who is at the other end? The network address of the connection, or the one that a trusted proxy names.

use super::state::AppState;
use crate::cases::Source;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::IpAddr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The most proxies in a row that are looked through.
const MAX_HOPS: usize = 16;

/// The address of the connection's other end; the server puts it into each request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// Where a request comes from, as far as limits want to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client(pub(super) Source);

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let trusted = &state.settings().proxies.trusted;
        let peer = parts.extensions.get::<Peer>().copied();
        Ok(Self(peer.map_or(Source::OWN, |Peer(address)| {
            Source::of(behind(address, &parts.headers, trusted))
        })))
    }
}

/// The first address, from the near end on, that is no trusted proxy. What a client writes itself stands further away and is
/// never reached, unless it comes through such a proxy.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.contains(&address.to_canonical());
    if !is_trusted(&peer) {
        return peer;
    }
    let lists = headers.get_all(FORWARDED_FOR).iter().rev();
    let texts = lists.filter_map(|list| list.to_str().ok());
    let hops = texts.flat_map(|list| list.rsplit(',')).take(MAX_HOPS);
    let mut nearest = peer;
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address;
        if !is_trusted(&address) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::behind;
    use axum::http::{HeaderMap, HeaderValue};
    use std::net::IpAddr;

    #[test]
    fn s48_only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, forwarded, found) in [
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
            (
                "10.0.0.1",
                "6.6.6.6, 198.51.100.7, 10.0.0.2",
                "198.51.100.7",
            ),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
            assert_eq!(
                behind(ip(peer), &headers, &trusted),
                ip(found),
                "{peer} {forwarded}"
            );
        }
    }
}
