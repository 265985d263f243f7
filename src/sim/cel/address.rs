//! Addresses and networks. k8s.io/apiserver `pkg/cel/library/ip.go`, `cidr.go`; Go's `net/netip`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::value::Value;

/// Reads an address: neither a zone nor an IPv4 address in IPv6 clothes is taken.
pub fn ip(text: &str) -> Result<IpAddr, String> {
    if text.contains('%') {
        return Err(format!("IP address {text:?} with zone value is not allowed"));
    }
    let ip: IpAddr = text.parse().map_err(|_| {
        format!("IP Address {text:?} parse error during conversion from string: unable to parse IP")
    })?;
    match ip {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            Err(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
        }
        ip => Ok(ip),
    }
}

/// What a member function says of an address.
pub fn question(ip: IpAddr, name: &str) -> Option<Value> {
    let link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    Some(match name {
        "family" => Value::Int(if ip.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Value::Bool(ip.is_unspecified()),
        "isLoopback" => Value::Bool(ip.is_loopback()),
        "isLinkLocalUnicast" => Value::Bool(link_local),
        "isLinkLocalMulticast" => Value::Bool(match ip {
            IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
            IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
        }),
        "isGlobalUnicast" => Value::Bool(
            !ip.is_unspecified() && !ip.is_loopback() && !ip.is_multicast() && !link_local && !broadcast,
        ),
        "string" => Value::text(ip.to_string()),
        _ => return None,
    })
}

/// A network: an address, which may have bits behind the prefix, and the prefix's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The address as written.
    pub address: IpAddr,
    /// The length of the prefix.
    pub bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("network address parse error during conversion from string: {text:?}");
        let (address, bits) = text.rsplit_once('/').ok_or_else(bad)?;
        let plain = bits == "0" || (!bits.starts_with('0') && bits.bytes().all(|b| b.is_ascii_digit()));
        let bits: u8 = bits.parse().ok().filter(|_| plain).ok_or_else(bad)?;
        let address = ip(address)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if bits > most { Err(bad()) } else { Ok(Self { address, bits }) }
    }

    fn number(self) -> u128 {
        match self.address {
            IpAddr::V4(v4) => u128::from(u32::from(v4)) << 96,
            IpAddr::V6(v6) => u128::from(v6),
        }
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0)
    }

    /// The network itself, without bits behind the prefix.
    #[must_use]
    pub fn masked(self) -> Self {
        let number = self.number() & self.mask();
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::V4(((number >> 96) as u32).into()),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(number)),
        };
        Self { address, bits: self.bits }
    }

    /// Whether an address lies in it.
    pub fn holds(self, ip: IpAddr) -> bool {
        let other = Self { address: ip, bits: self.bits };
        ip.is_ipv4() == self.address.is_ipv4() && other.number() & self.mask() == self.number() & self.mask()
    }

    /// Whether another network lies in it; `None` where releases differ: `cidrContainsCIDR` has compared the other's
    /// address without masking it, against its own documentation.
    pub fn covers(self, other: Self) -> Option<bool> {
        let inside = self.bits <= other.bits && self.holds(other.address);
        (!inside || other.address == self.masked().address).then_some(inside)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}
