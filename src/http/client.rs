//! Who is at the other end? The network address of the connection, or the one that a trusted proxy names.

use super::state::AppState;
use super::visitor::Visitor;
use crate::cases::Source;
use crate::model::api_key::Scope;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;
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
        // A program that may write is counted by its key.
        let visitor = parts.extensions.get::<Visitor>();
        let key = visitor.and_then(|visitor| visitor.key.as_ref());
        if key.is_some_and(|pass| pass.key.permits(&Scope::CasesWrite)) {
            return Ok(Self(Source::OWN));
        }
        Ok(Self(source_of(state, &parts.extensions, &parts.headers)))
    }
}

/// Where a request comes from.
pub(super) fn source_of(state: &AppState, extensions: &Extensions, headers: &HeaderMap) -> Source {
    let trusted = &state.settings().proxies.trusted;
    let peer = extensions.get::<Peer>();
    peer.map_or(Source::OWN, |Peer(address)| {
        Source::of(behind(*address, headers, trusted))
    })
}

/// Whether a request comes from this machine itself, and no proxy says that it is somebody else's.
pub(super) fn is_from_here(extensions: &Extensions, headers: &HeaderMap) -> bool {
    let is_local = |Peer(address): &Peer| address.to_canonical().is_loopback();
    let forwarded = [
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "via",
        "x-forwarded-host",
    ];
    extensions.get::<Peer>().is_none_or(is_local)
        && !forwarded.iter().any(|name| headers.contains_key(*name))
}

/// The first address, from the near end on, that is no trusted proxy. What a client writes itself stands further away and is
/// never reached, unless it comes through such a proxy.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|network| network.contains(&address))
    };
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
        let trusted = ["10.0.0.0/30", "2001:db8:1::/48"].map(|net| net.parse().expect("a network"));
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
