//! `sprintf` as Go's `fmt` does it, and values as OPA writes them.
//!
//! OPA v1 `topdown/strings.go` (`builtinSprintf`: whole numbers become integers, other numbers floats, everything but strings
//! its OPA text) and Go `fmt/print.go`, `fmt/format.go`. What is not known here is an error, not a guess.

use regorus::Value;

/// The most bytes that a policy may build at once.
pub(super) const MOST: usize = 1 << 20;

/// The value as OPA's `ast.Term.String()` writes it.
pub(super) fn opa(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String, depth: usize) -> Result<(), String> {
    if out.len() > MOST || depth > 64 {
        return Err("a value is too large to write".to_owned());
    }
    let list = |items: &mut dyn Iterator<Item = &Value>, open: &str, close: &str, out: &mut String| {
        out.push_str(open);
        for (at, item) in items.enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            write(item, out, depth + 1)?;
        }
        out.push_str(close);
        Ok(())
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&n.format_decimal()),
        Value::String(s) => out.push_str(&quoted(s)?),
        Value::Array(items) => return list(&mut items.iter(), "[", "]", out),
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => return list(&mut items.iter(), "{", "}", out),
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter_sorted().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write(key, out, depth + 1)?;
                out.push_str(": ");
                write(value, out, depth + 1)?;
            }
            out.push('}');
        }
        Value::Undefined => return Err("an undefined value is written".to_owned()),
    }
    Ok(())
}

/// A text between quotes, as `strconv.Quote`; characters that may not be printable are not known here.
fn quoted(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() => out.push(c),
            _ => return Err("an unusual character is put between quotes".to_owned()),
        }
    }
    out.push('"');
    Ok(out)
}

/// What Go's `fmt` sees.
enum Argument {
    Int(i128),
    Float(f64),
    Text(String),
}

impl Argument {
    fn of(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::Number(n) => match n.as_i128() {
                Some(int) => Self::Int(int),
                None => Self::Float(n.as_f64().ok_or("a number is too large")?),
            },
            Value::String(s) => Self::Text(s.to_string()),
            other => Self::Text(opa(other)?),
        })
    }

    /// As `%v` writes it.
    fn plain(&self) -> Result<String, String> {
        match self {
            Self::Int(n) => Ok(n.to_string()),
            Self::Float(f) => general(*f),
            Self::Text(text) => Ok(text.clone()),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Int(n) if i64::try_from(*n).is_err() => "*big.Int",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    /// As Go complains about a verb that does not fit.
    fn wrong(&self, verb: char) -> Result<String, String> {
        Ok(format!("%!{verb}({}={})", self.type_name(), self.plain()?))
    }
}

/// `%g` without a precision: the shortest digits, an exponent below -4 and from 21 on.
fn general(f: f64) -> Result<String, String> {
    let size = f.abs();
    if f.is_finite() && (f == 0.0 || (1e-4..1e21).contains(&size)) {
        Ok(format!("{f}"))
    } else {
        Err("a number that Go writes with an exponent".to_owned())
    }
}

/// `sprintf(format, args)`.
pub(super) fn sprintf(format: &str, args: &[Value]) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    let mut used = 0;
    while let Some(c) = chars.next() {
        if out.len() > MOST {
            return Err("sprintf builds too long a text".to_owned());
        }
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut left, mut plus, mut zero) = (false, false, false);
        while let Some(flag) = chars.next_if(|c| "+-# 0".contains(*c)) {
            match flag {
                '-' => left = true,
                '+' => plus = true,
                '0' => zero = true,
                _ => return Err(format!("the flag {flag:?} of sprintf is not modelled")),
            }
        }
        let mut number = || {
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            digits
        };
        let width: usize = number().parse().unwrap_or(0);
        let precision = chars.next_if_eq(&'.').map(|_| {
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            digits.parse::<usize>().unwrap_or(0)
        });
        if width > 1000 || precision.is_some_and(|p| p > 300) {
            return Err("sprintf pads too far".to_owned());
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        if matches!(verb, '*' | '[') {
            return Err(format!("the verb %{verb} of sprintf is not modelled"));
        }
        let Some(value) = args.get(used) else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        used += 1;
        let text = one(&Argument::of(value)?, verb, precision, plus)?;
        let missing = width.saturating_sub(text.chars().count());
        let number = matches!(value, Value::Number(_));
        match (left, zero && number) {
            (true, _) => out.push_str(&format!("{text}{}", " ".repeat(missing))),
            (false, true) => {
                let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
                out.push_str(&format!("{sign}{}{digits}", "0".repeat(missing)));
            }
            (false, false) if zero && missing > 0 => return Err("a text is padded with zeros".to_owned()),
            (false, false) => out.push_str(&format!("{}{text}", " ".repeat(missing))),
        }
    }
    if used < args.len() {
        let extra = args[used..].iter().map(|value| {
            let argument = Argument::of(value)?;
            Ok(format!("{}={}", argument.type_name(), argument.plain()?))
        });
        let extra = extra.collect::<Result<Vec<_>, String>>()?.join(", ");
        out.push_str(&format!("%!(EXTRA {extra})"));
    }
    if out.len() > MOST { Err("sprintf builds too long a text".to_owned()) } else { Ok(out) }
}

fn one(argument: &Argument, verb: char, precision: Option<usize>, plus: bool) -> Result<String, String> {
    let sign = |text: String, negative: bool| if plus && !negative { format!("+{text}") } else { text };
    match (verb, argument) {
        ('v' | 's', Argument::Text(text)) => Ok(match precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.clone(),
        }),
        ('q', Argument::Text(text)) if precision.is_none() && !plus => quoted(text),
        ('v' | 'd', Argument::Int(n)) if precision.is_none() => Ok(sign(n.to_string(), *n < 0)),
        ('v' | 'g', Argument::Float(f)) if precision.is_none() => Ok(sign(general(*f)?, *f < 0.0)),
        ('f' | 'F', Argument::Float(f)) => Ok(sign(format!("{f:.0$}", precision.unwrap_or(6)), *f < 0.0)),
        ('x', Argument::Int(n)) if *n >= 0 && precision.is_none() => Ok(format!("{n:x}")),
        ('t', _)
        | ('d', Argument::Float(_) | Argument::Text(_))
        | ('s', Argument::Int(_) | Argument::Float(_)) => argument.wrong(verb),
        ('f' | 'g' | 'e', Argument::Int(_) | Argument::Text(_)) => argument.wrong(verb),
        ('T', _) => Ok(argument.type_name().to_owned()),
        _ => Err(format!("the verb %{verb} of sprintf is not modelled here")),
    }
}
