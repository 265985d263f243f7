//! Kubernetes' own types and their functions: quantities, URLs, addresses, formats, versions, images.
//!
//! k8s.io/apiserver `pkg/cel/library/{quantity,urls,ip,cidr,format,semverlib,image}.go`.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::address::{self, Cidr};
use super::amount::Amount;
use super::authorizer::Asks;
use super::eval::Machine;
use super::format::Format;
use super::reference::Image;
use super::semver::Semver;
use super::trouble::{Outcome, Trouble};
use super::url::Url;
use super::value::Value;

/// A value of one of Kubernetes' types.
#[derive(Clone, Debug, PartialEq)]
pub enum Opaque {
    /// A quantity.
    Quantity(Amount),
    /// A URL.
    Url(Url),
    /// An address.
    Ip(IpAddr),
    /// A network.
    Cidr(Cidr),
    /// A named format.
    Format(Format),
    /// A semantic version.
    Semver(Semver),
    /// An image's reference.
    Image(Image),
    /// What is asked of the authorizer.
    Authorizer(Asks),
}

impl Opaque {
    /// The type's name.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Url(_) => "kubernetes.URL",
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Format(_) => "kubernetes.NamedFormat",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Image(_) => "kubernetes.Image",
            Self::Authorizer(asks) => asks.type_name(),
        }
    }

    /// What `string(x)` makes of it, where it makes anything.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Ip(ip) => Some(ip.to_string()),
            Self::Cidr(cidr) => Some(cidr.to_string()),
            _ => None,
        }
    }
}

/// Calls a function of these libraries; `None` where it is none.
pub fn call(machine: &mut Machine, name: &str, args: &[Value]) -> Outcome<Option<Value>> {
    machine.charge(1)?;
    match args.first() {
        Some(Value::Text(text)) => of_text(machine, name, text, &args[1..]),
        Some(Value::Opaque(one)) => of_opaque(machine, name, one, &args[1..]).map(Some),
        None => {
            Ok(name.strip_prefix("format.").and_then(Format::named).map(|f| Value::opaque(Opaque::Format(f))))
        }
        _ => Ok(None),
    }
}

fn of_text(machine: &mut Machine, name: &str, text: &str, rest: &[Value]) -> Outcome<Option<Value>> {
    machine.charge(text.len() / 10)?;
    let lenient = match rest {
        [] => false,
        [Value::Bool(normalise)] => *normalise,
        _ => return Err(Trouble::overload()),
    };
    let made = |made: Result<Opaque, String>| made.map(Value::opaque).map_err(Trouble::Error);
    let value = match name {
        "quantity" => made(Amount::parse(text).map(Opaque::Quantity).ok_or_else(|| {
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned()
        }))?,
        "isQuantity" => Value::Bool(Amount::parse(text).is_some()),
        "url" => made(Url::parse(text).map(Opaque::Url))?,
        "isURL" => Value::Bool(Url::parse(text).is_ok()),
        "ip" => made(address::ip(text).map(Opaque::Ip))?,
        "isIP" => Value::Bool(address::ip(text).is_ok()),
        "ip.isCanonical" => Value::Bool(address::ip(text).map_err(Trouble::Error)?.to_string() == text),
        "cidr" => made(Cidr::parse(text).map(Opaque::Cidr))?,
        "isCIDR" => Value::Bool(Cidr::parse(text).is_ok()),
        "format.named" => match Format::named(text) {
            Some(format) => Value::some(Value::opaque(Opaque::Format(format))),
            None => Value::Optional(None),
        },
        "semver" => made(Semver::parse(text, lenient).map(Opaque::Semver))?,
        "isSemver" => Value::Bool(Semver::parse(text, lenient).is_ok()),
        "image" => made(Image::parse(text).map(Opaque::Image))?,
        "isImage" => Value::Bool(Image::parse(text).is_ok()),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn of_opaque(machine: &mut Machine, name: &str, one: &Opaque, rest: &[Value]) -> Outcome<Value> {
    if let Opaque::Authorizer(asks) = one {
        return asks.call(machine, name, rest);
    }
    let other = match rest.first() {
        Some(Value::Opaque(other)) => Some(other.as_ref()),
        _ => None,
    };
    match (one, other) {
        (Opaque::Quantity(one), _) => one.call(name, rest)?,
        (Opaque::Semver(a), Some(Opaque::Semver(b))) => compared(name, a.cmp(b)),
        (Opaque::Cidr(cidr), Some(Opaque::Ip(ip))) if name == "containsIP" => {
            Some(Value::Bool(cidr.holds(*ip)))
        }
        (Opaque::Cidr(cidr), Some(Opaque::Cidr(other))) if name == "containsCIDR" => {
            Some(covers(*cidr, *other)?)
        }
        (_, Some(_)) => None,
        (Opaque::Url(url), None) if rest.is_empty() => url.part(name),
        (Opaque::Ip(ip), None) if rest.is_empty() => address::question(*ip, name),
        (Opaque::Cidr(cidr), None) => match (name, rest) {
            ("containsIP", [Value::Text(text)]) => {
                Some(Value::Bool(cidr.holds(address::ip(text).map_err(Trouble::Error)?)))
            }
            ("containsCIDR", [Value::Text(text)]) => {
                Some(covers(*cidr, Cidr::parse(text).map_err(Trouble::Error)?)?)
            }
            ("ip", []) => Some(Value::opaque(Opaque::Ip(cidr.address))),
            ("masked", []) => Some(Value::opaque(Opaque::Cidr(cidr.masked()))),
            ("prefixLength", []) => Some(Value::Int(i64::from(cidr.bits))),
            ("string", []) => Some(Value::text(cidr.to_string())),
            _ => None,
        },
        (Opaque::Format(format), None) => match (name, rest) {
            ("validate", [Value::Text(text)]) => {
                machine.charge(text.len() / 10)?;
                let faults = format.faults(text);
                Some(if faults.is_empty() {
                    Value::Optional(None)
                } else {
                    Value::some(Value::list(faults.iter().map(Value::text).collect()))
                })
            }
            _ => None,
        },
        (Opaque::Semver(version), None) => version.part(name).map(Value::Int),
        (Opaque::Image(image), None) if rest.is_empty() => image.part(name),
        _ => None,
    }
    .ok_or_else(Trouble::overload)
}

fn covers(all: Cidr, one: Cidr) -> Outcome<Value> {
    let unknown = || Trouble::Unmodelled(format!("whether {all} contains {one}: releases differ"));
    all.covers(one).map(Value::Bool).ok_or_else(unknown)
}

fn compared(name: &str, order: Ordering) -> Option<Value> {
    Some(match name {
        "isLessThan" => Value::Bool(order == Ordering::Less),
        "isGreaterThan" => Value::Bool(order == Ordering::Greater),
        "compareTo" => Value::Int(order as i64),
        _ => return None,
    })
}
