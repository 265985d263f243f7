//! Blocks of addresses, as Kubernetes' validation takes them.
//!
//! kubernetes `pkg/apis/core/validation` (`IsValidCIDRForLegacyField`) reads them with `netutils.ParseCIDRSloppy`: leading
//! zeros of an IPv4 octet are decimal, and the bits behind the mask need not be zero.

use std::net::IpAddr;

/// A block: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `fd00::/8`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let address = address_of(address)?;
        let plain = bits.bytes().all(|b| b.is_ascii_digit()) && !bits.is_empty() && bits.len() <= 3;
        let bits: u8 = bits.parse().ok().filter(|_| plain)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Self { address, bits })
    }

    /// The block that holds this address alone.
    pub fn of(address: IpAddr) -> Self {
        Self { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Whether no bit behind the mask is set.
    pub fn is_masked(self) -> bool {
        match self.address {
            IpAddr::V4(address) => {
                address.to_bits() & u32::MAX.checked_shr(self.bits.into()).unwrap_or(0) == 0
            }
            IpAddr::V6(address) => {
                address.to_bits() & u128::MAX.checked_shr(self.bits.into()).unwrap_or(0) == 0
            }
        }
    }

    /// Whether an address lies in it; one of the other family does not.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(block), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                (block.to_bits() ^ address.to_bits()) & mask == 0
            }
            (IpAddr::V6(block), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                (block.to_bits() ^ address.to_bits()) & mask == 0
            }
            _ => false,
        }
    }

    /// Whether every address of `other` lies in it.
    pub fn contains(self, other: Self) -> bool {
        self.bits <= other.bits && self.holds(other.address)
    }
}

/// An address; leading zeros of an IPv4 octet are taken as decimal (`netutils.ParseIPSloppy`).
pub fn address_of(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let octet = |part: &str| {
        let digits = part.trim_start_matches('0');
        let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| if digits.is_empty() { Some(0) } else { digits.parse::<u8>().ok() }).flatten()
    };
    let octets: Vec<u8> = text.split('.').map(octet).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(octets).ok().map(IpAddr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_the_api_server_reads_them() {
        for (text, address, holds) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("010.0.0.0/8", "10.0.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "fd00::1", false),
            ("fd00::/8", "fdff::1", true),
            ("::/0", "10.0.0.1", false),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("192.0.2.7/32", "192.0.2.6", false),
        ] {
            assert_eq!(Cidr::parse(text).unwrap().holds(address.parse().unwrap()), holds, "{text} {address}");
        }
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "300.0.0.0/8",
            "::/129",
            "a/8",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn bits_behind_the_mask_are_seen() {
        let masked = |text| Cidr::parse(text).unwrap().is_masked();
        assert!(masked("10.0.0.0/8") && masked("0.0.0.0/0") && masked("192.0.2.7/32") && masked("fd00::/8"));
        assert!(!masked("10.0.0.1/8") && !masked("10.0.0.1/0") && !masked("fd00::1/8"));
    }

    #[test]
    fn a_block_contains_what_is_narrower_and_lies_in_it() {
        let contains = |a, b| Cidr::parse(a).unwrap().contains(Cidr::parse(b).unwrap());
        assert!(contains("10.0.0.0/8", "10.1.0.0/16") && contains("10.0.0.0/8", "10.0.0.0/8"));
        assert!(!contains("10.1.0.0/16", "10.0.0.0/8") && !contains("10.0.0.0/8", "11.0.0.0/16"));
    }
}
