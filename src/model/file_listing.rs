//! A listing of files of a node with their modes and owners, as `stat -c '%a %U:%G %n' FILES` prints it.
//!
//! A line is a mode in octal digits, owner and group, and an absolute path, which may hold blanks. `find -printf '%m
//! %u:%g %p\n'` prints the same. Lines that begin with `#` are comments; anything else makes it another text.

use crate::text::{Source, Span};

/// One file of the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'t> {
    /// The bits of its mode.
    pub mode: u32,
    /// Its mode as it was written.
    pub digits: &'t str,
    /// Owner and group, by name or number.
    pub owner: &'t str,
    /// Its path, without a slash at the end.
    pub path: &'t str,
    /// Where the mode stands.
    pub mode_span: Span,
    /// Where owner and group stand.
    pub owner_span: Span,
}

/// Whether a text is such a listing: each line that is neither empty nor a comment, and there is one.
pub fn is_listing(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|l| said(l)).peekable();
    lines.peek().is_some() && lines.all(|line| parts(line).is_some())
}

/// The files of a listing, in order.
pub fn listed(source: &Source) -> impl Iterator<Item = Listed<'_>> {
    (1..=source.lines()).filter_map(|number| {
        let line = source.line(number).trim_start_matches('\u{feff}');
        let (digits, owner, path) = parts(line.trim()).filter(|_| said(line.trim()))?;
        let whole = source.line(number);
        let start = source.line_span(number).start as usize;
        let span = |part: &str| {
            let at = start + whole.find(part).unwrap_or(0);
            source.span(at, at + part.len())
        };
        let mode = u32::from_str_radix(digits, 8).ok()?;
        let path = if path == "/" { path } else { path.trim_end_matches('/') };
        Some(Listed { mode, digits, owner, path, mode_span: span(digits), owner_span: span(owner) })
    })
}

fn said(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (digits, rest) = line.split_once([' ', '\t'])?;
    let (owner, path) = rest.trim_start().split_once([' ', '\t'])?;
    let path = path.trim_start();
    let is_mode = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| matches!(b, b'0'..=b'7'));
    let is_owner = owner.split_once(':').is_some_and(|(user, group)| !user.is_empty() && !group.is_empty());
    (is_mode && is_owner && path.starts_with('/')).then_some((digits, owner, path))
}

impl Listed<'_> {
    /// Whether its mode gives something that `limit` does not: other bits of reading, writing and running.
    pub fn is_wider_than(self, limit: u32) -> bool {
        self.mode & 0o777 & !limit != 0
    }

    /// Whether user and group are both this name; `root` is number 0 as well.
    pub fn belongs_to(self, name: &str) -> bool {
        let is = |part: &str| part == name || name == "root" && part == "0";
        self.owner.split_once(':').is_some_and(|(user, group)| is(user) && is(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_known_by_each_of_its_lines() {
        assert!(is_listing("600 root:root /etc/kubernetes/admin.conf\n"));
        assert!(is_listing("\u{feff}# node-1\n\n0755 0:0 /a b/c\r\n1777\troot:root\t/tmp\n"));
        for text in [
            "",
            "# nothing\n",
            "600 root:root relative\n",
            "800 root:root /a\n",
            "600 root /a\n",
            "600 root: /a\n",
            "600 root:root /a\nkind: Pod\n",
            "66600 root:root /a\n",
            "-rw------- root:root /a\n",
        ] {
            assert!(!is_listing(text), "{text:?}");
        }
    }

    #[test]
    fn files_have_modes_owners_and_places() {
        let source = Source::lone("t", "# x\n  0644 root:etcd /var/lib/etcd/\n");
        let files: Vec<_> = listed(&source).collect();
        assert_eq!(files.len(), 1);
        let file = files[0];
        assert_eq!((file.mode, file.owner, file.path), (0o644, "root:etcd", "/var/lib/etcd"));
        assert_eq!(source.slice(file.mode_span), "0644");
        assert_eq!(source.slice(file.owner_span), "root:etcd");
        assert!(file.is_wider_than(0o600) && !file.is_wider_than(0o644) && !file.belongs_to("root"));
        let of = |mode: &str, owner: &str| {
            let source = Source::lone("t", format!("{mode} {owner} /a\n"));
            let file = listed(&source).next().unwrap();
            (file.is_wider_than(0o600), file.belongs_to("root"), file.belongs_to("etcd"))
        };
        assert_eq!(of("400", "root:root"), (false, true, false));
        assert_eq!(of("4600", "0:0"), (false, true, false));
        assert_eq!(of("601", "etcd:etcd"), (true, false, true));
        assert_eq!(of("0", "etcd:root"), (false, false, false));
    }
}
