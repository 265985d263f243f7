//! Which values of settings are weak: cipher suites, addresses, durations. It knows no program.

use std::net::IpAddr;

/// Whether a cipher suite, by its Go name, is weak: RC4, 3DES, CBC without an authenticated mode, or a key exchange
/// without forward secrecy.
pub(super) fn weak_suite(name: &str) -> bool {
    let name = name.trim();
    ["_RC4_", "_3DES_", "_CBC_"].iter().any(|part| name.contains(part)) || name.starts_with("TLS_RSA_")
}

/// Whether only TLS 1.3 is spoken, whose suites cannot be chosen and are all strong (Go's `crypto/tls`).
pub(super) fn is_tls13_only(version: &str) -> bool {
    version.trim() == "VersionTLS13"
}

/// Whether an address can be reached from its own machine only.
pub(super) fn is_local(address: &str) -> bool {
    let address = address.trim();
    address == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

/// The same of an address that may have a port (`127.0.0.1:10249`, `[::1]:10249`); empty it is the default.
pub(super) fn is_local_door(address: &str) -> bool {
    let address = address.trim();
    let host = || match address.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => address.rsplit_once(':').map_or(address, |(host, _)| host),
    };
    address.is_empty() || is_local(address) || is_local(host())
}

/// Whether an address of the form `http://host:port` is spoken to in clear text over a network.
pub(super) fn is_clear(url: &str) -> bool {
    let Some(rest) = url.trim().strip_prefix("http://") else { return false };
    let host = rest.split('/').next().unwrap_or(rest);
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        None => host.split(':').next().unwrap_or(host),
    };
    !host.contains("$(") && !is_local(host)
}

/// The seconds of a Go duration: `1h30m`, `500ms`, `0`; `None` for anything else.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if text == "0" {
        return Some(0.0);
    }
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * factor;
        rest = tail;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, wanted) in [
            ("0", Some(0.0)),
            ("0s", Some(0.0)),
            ("1h30m", Some(5400.0)),
            ("1.5m", Some(90.0)),
            ("500ms", Some(0.5)),
            ("60", None),
            ("", None),
            ("s", None),
            ("1é", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }

    #[test]
    fn local_addresses_and_weak_suites() {
        assert!(is_local("127.0.0.1") && is_local("::1") && is_local("127.3.2.1") && !is_local("0.0.0.0"));
        assert!(!is_local("::") && !is_local("10.0.0.5") && !is_local("") && is_local("::ffff:127.0.0.1"));
        assert!(
            is_clear("http://10.0.0.5:2379") && is_clear("http://0.0.0.0:2379") && is_clear("http://[::]:1")
        );
        assert!(!is_clear("https://10.0.0.5:2379") && !is_clear("http://127.0.0.1:2379"));
        assert!(!is_clear("http://[::1]:2379") && !is_clear("http://localhost:1") && !is_clear("unix://a"));
        assert!(weak_suite("TLS_RSA_WITH_AES_128_GCM_SHA256"));
        assert!(weak_suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
        assert!(
            !weak_suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") && !weak_suite("TLS_AES_128_GCM_SHA256")
        );
    }
}
