//! A condition of Falco as a tree. No judgement.
//!
//! The grammar is that of falcosecurity/libs, `userspace/libsinsp/filter/parser.cpp`: `or` of `and` of terms; a term is
//! `not` and a term, a pair of parentheses, a field with an operator, or a name that stands for a macro. Bare values
//! end at blanks, quotes, parentheses, commas and `=` only, so that `evt.dir=<` compares with `<`.

/// How deep parentheses are followed.
const DEPTH: usize = 100;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Each of them.
    And(Vec<Condition>),
    /// One of them.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// A field, its operator and the values it is compared with.
    Compare(String, String, Vec<String>),
    /// What a macro of this name says.
    Macro(String),
}

/// A condition's text as a tree; `None` where it is none.
pub fn condition(text: &str) -> Option<Condition> {
    let mut reader = Reader { rest: text };
    let out = reader.any(0)?;
    reader.blank();
    reader.rest.is_empty().then_some(out)
}

impl Condition {
    /// Itself and all conditions within it.
    pub fn parts(&self) -> Vec<&Self> {
        let mut out = vec![self];
        let mut next = 0;
        while let Some(part) = out.get(next).copied() {
            match part {
                Self::And(parts) | Self::Or(parts) => out.extend(parts),
                Self::Not(part) => out.push(part),
                Self::Compare(..) | Self::Macro(_) => {}
            }
            next += 1;
        }
        out
    }
}

/// Operators of one value, those that begin like another first.
const SIGNS: [&str; 7] = ["<=", ">=", "==", "!=", "<", ">", "="];
/// Operators of one value that are words.
const WORDS: [&str; 9] =
    ["glob", "iglob", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith", "regex"];
/// Operators of a list.
const LISTS: [&str; 3] = ["intersects", "in", "pmatch"];

struct Reader<'s> {
    rest: &'s str,
}

impl<'s> Reader<'s> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A word that a blank, a parenthesis or the end follows.
    fn takes_word(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        let rest = rest.filter(|r| r.is_empty() || r.starts_with(|c: char| c.is_whitespace() || c == '('));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What stands before the first character that `ends` it; `None` where that is nothing.
    fn until(&mut self, ends: impl Fn(char) -> bool) -> Option<&'s str> {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        self.joined("or", Condition::Or, &|reader| {
            reader.joined("and", Condition::And, &|reader| reader.term(depth))
        })
    }

    fn joined(
        &mut self,
        joint: &str,
        make: fn(Vec<Condition>) -> Condition,
        part: &dyn Fn(&mut Self) -> Option<Condition>,
    ) -> Option<Condition> {
        let mut parts = vec![part(self)?];
        self.blank();
        while self.takes_word(joint) {
            parts.push(part(self)?);
            self.blank();
        }
        if parts.len() == 1 { parts.pop() } else { Some(make(parts)) }
    }

    fn term(&mut self, depth: usize) -> Option<Condition> {
        if depth > DEPTH {
            return None;
        }
        self.blank();
        if self.takes_word("not") {
            return Some(Condition::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            self.blank();
            return self.takes(")").then_some(inner);
        }
        let name = self.name()?;
        let field = if self.takes("(") {
            self.transformed(depth + 1)?
        } else if name.contains('.') {
            self.argument(name)?
        } else {
            let joint = matches!(name, "and" | "or" | "not");
            return (!joint).then(|| Condition::Macro(name.to_owned()));
        };
        self.comparison(field)
    }

    /// `evt.type`, or the name of a macro.
    fn name(&mut self) -> Option<&'s str> {
        self.rest.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        self.until(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
    }

    /// What stands in brackets behind a field, `proc.aname[2]`, is a part of it.
    fn argument(&mut self, name: &str) -> Option<String> {
        if !self.rest.starts_with('[') {
            return Some(name.to_owned());
        }
        let inner = self.until(|c| c == ']')?;
        self.takes("]").then(|| format!("{name}{inner}]"))
    }

    /// A transformer, `tolower(proc.name)`, is its first field.
    fn transformed(&mut self, depth: usize) -> Option<String> {
        if depth > DEPTH {
            return None;
        }
        self.blank();
        let name = self.name()?;
        let field = if self.takes("(") { self.transformed(depth + 1)? } else { self.argument(name)? };
        self.until(|c| c == ')');
        self.takes(")").then_some(field)
    }

    fn comparison(&mut self, field: String) -> Option<Condition> {
        self.blank();
        if self.takes_word("exists") {
            return Some(Condition::Compare(field, "exists".to_owned(), Vec::new()));
        }
        if let Some(list) = LISTS.into_iter().find(|o| self.takes_word(o)) {
            let values = self.values()?;
            return Some(Condition::Compare(field, list.to_owned(), values));
        }
        let signs = SIGNS.into_iter().find(|o| self.takes(o));
        let operator = signs.or_else(|| WORDS.into_iter().find(|o| self.takes_word(o)))?;
        let value = self.value()?;
        Some(Condition::Compare(field, operator.to_owned(), vec![value]))
    }

    fn values(&mut self) -> Option<Vec<String>> {
        self.blank();
        if !self.takes("(") {
            return self.value().map(|v| vec![v]);
        }
        let mut out = Vec::new();
        self.blank();
        if self.takes(")") {
            return Some(out);
        }
        loop {
            out.push(self.value()?);
            self.blank();
            if self.takes(")") {
                return Some(out);
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    fn value(&mut self) -> Option<String> {
        self.blank();
        for quote in ['"', '\''] {
            if let Some(rest) = self.rest.strip_prefix(quote) {
                return self.quoted(rest, quote);
            }
        }
        let bare = self.until(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '=' | ','))?;
        if self.takes("(") {
            return self.transformed(0);
        }
        Some(bare.to_owned())
    }

    fn quoted(&mut self, rest: &'s str, quote: char) -> Option<String> {
        let mut out = String::new();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = rest.get(at + c.len_utf8()..)?;
                return Some(out);
            }
            out.push(if c == '\\' { chars.next()?.1 } else { c });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(field: &str, operator: &str, values: &[&str]) -> Condition {
        Condition::Compare(field.into(), operator.into(), values.iter().map(|v| (*v).into()).collect())
    }

    #[test]
    fn and_binds_closer_than_or() {
        let text = "container and proc.name in (nc, \"a (b\", 'or') or not(evt.type in (execve))";
        let wanted = Condition::Or(vec![
            Condition::And(vec![
                Condition::Macro("container".into()),
                compare("proc.name", "in", &["nc", "a (b", "or"]),
            ]),
            Condition::Not(Box::new(compare("evt.type", "in", &["execve"]))),
        ]);
        assert_eq!(condition(text), Some(wanted));
        for broken in
            ["", "and", "a and", "(a", "a b", "proc.name in (a", "\"a\" = b", "proc.name = 'a", "proc.name"]
        {
            assert_eq!(condition(broken), None, "{broken}");
        }
        assert_eq!(condition(&"(".repeat(100_000)), None);
        assert_eq!(condition(&"not ".repeat(100_000)), None);
    }

    #[test]
    fn values_and_transformers_are_read_as_upstream_does() {
        let cases = [
            ("evt.dir=<", compare("evt.dir", "=", &["<"])),
            ("evt.rawres >= 0", compare("evt.rawres", ">=", &["0"])),
            ("proc.name!=<NA>", compare("proc.name", "!=", &["<NA>"])),
            ("proc.aname[2]=sh", compare("proc.aname[2]", "=", &["sh"])),
            ("tolower(basename(proc.exe)) = x", compare("proc.exe", "=", &["x"])),
            ("proc.name = val(proc.pname)", compare("proc.name", "=", &["proc.pname"])),
            ("fd.snet in (\"10.0.0.0/8\")", compare("fd.snet", "in", &["10.0.0.0/8"])),
            ("proc.name in ()", compare("proc.name", "in", &[])),
            ("proc.name in shells", compare("proc.name", "in", &["shells"])),
            ("fd.name startswith /proc/self", compare("fd.name", "startswith", &["/proc/self"])),
        ];
        for (text, wanted) in cases {
            assert_eq!(condition(text), Some(wanted), "{text}");
        }
    }
}
