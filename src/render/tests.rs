//! Layout as people see it.

use proptest::prelude::*;

use super::*;
use crate::ids::HeadingId;
use crate::parse::markdown::{self, Document};
use crate::text::Source;

fn parsed(text: &str) -> Document {
    markdown::parse(&Source::lone("t.md", text), 0).0
}

fn shown(text: &str, width: u16) -> Vec<String> {
    texts(&page(&parsed(text), width, Glyphs::Unicode, &Plain))
}

fn texts(page: &Page) -> Vec<String> {
    page.lines.iter().map(Line::text).collect()
}

/// The role of the piece that holds `word`.
fn role_of(page: &Page, word: &str) -> Role {
    let pieces = page.lines.iter().flat_map(|l| &l.pieces);
    pieces.filter(|p| p.text.contains(word)).map(|p| p.role).next().unwrap()
}

#[test]
fn headings_have_blank_lines_around() {
    let text = "before\n## A *long* heading here {#a}\nafter\n";
    assert_eq!(shown(text, 80), ["before", "", "A long heading here", "", "after"]);
    assert_eq!(shown(text, 11), ["before", "", "A long", "heading", "here", "", "after"]);
}

#[test]
fn lists_hang_and_nest() {
    let text = "- one two three\n  - inner words here\n- four\n\nThen\n\n9. nine\n10. ten is\n    longer\n";
    assert_eq!(
        shown(text, 13),
        [
            "• one two",
            "  three",
            "  ◦ inner",
            "    words",
            "    here",
            "• four",
            "",
            "Then",
            "",
            " 9. nine",
            "10. ten is",
            "    longer",
        ]
    );
}

#[test]
fn items_of_several_blocks_stand_apart() {
    let text = "1. one\n\n   more\n2. two\n";
    assert_eq!(shown(text, 40), ["1. one", "", "   more", "", "2. two"]);
}

#[test]
fn quotes_and_call_outs_have_a_bar() {
    assert_eq!(shown("> said by\n> somebody\n", 11), ["│ said by", "│ somebody"]);
    let text = "> [!CAUTION]\n> It broke.\n>\n> - twice\n";
    assert_eq!(shown(text, 40), ["▌ Incident", "▌ It broke.", "▌", "▌ • twice"]);
    for (mark, title, role) in [
        ("NOTE", "Try it", Role::CalloutTry),
        ("TIP", "Interview", Role::CalloutInterview),
        ("WARNING", "Pitfall", Role::CalloutPitfall),
        ("CAUTION", "Incident", Role::CalloutIncident),
    ] {
        let page = page(&parsed(&format!("> [!{mark}]\n> text\n")), 40, Glyphs::Unicode, &Plain);
        assert_eq!((role_of(&page, title), role_of(&page, "▌")), (role, role));
    }
}

#[test]
fn links_are_numbered_and_keep_their_targets() {
    let text = "See [the *long* way](lesson:01-a#b), `x` and [y](https://example.org/).\n";
    let page = page(&parsed(text), 12, Glyphs::Unicode, &Plain);
    assert_eq!(texts(&page), ["See the long", "way, x and", "y."]);
    assert_eq!(page.links, ["lesson:01-a#b", "https://example.org/"]);
    let of_first: Vec<_> = page.lines.iter().flat_map(|l| &l.pieces).filter(|p| p.link == Some(0)).collect();
    assert_eq!(of_first.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["the long", "way"]);
    assert!(of_first.iter().all(|p| p.role == Role::Link));
    assert_eq!((page.line_of_link(1), role_of(&page, "x")), (Some(2), Role::Code));
}

#[test]
fn tables_wrap_their_cells_and_then_become_records() {
    let text =
        "| Name | What it does | N |\n|:--|---|--:|\n| `a` | keeps the root out | 1 |\n| b | no | 22 |\n";
    assert_eq!(
        shown(text, 60),
        [
            "Name │ What it does       │  N",
            "─────┼────────────────────┼───",
            "a    │ keeps the root out │  1",
            "b    │ no                 │ 22",
        ]
    );
    assert_eq!(
        shown(text, 22),
        [
            "Name │ What it    │  N",
            "     │ does       │",
            "─────┼────────────┼───",
            "a    │ keeps the  │  1",
            "     │ root out   │",
            "─────┼────────────┼───",
            "b    │ no         │ 22",
        ]
    );
    assert_eq!(
        shown(text, 14),
        [
            "Name: a",
            "What it does:",
            "keeps the root",
            "out",
            "N: 1",
            "",
            "Name: b",
            "What it does:",
            "no",
            "N: 22"
        ]
    );
}

#[test]
fn code_is_kept_whole_with_a_head_and_notes() {
    let text = "```yaml fail\nspec:\n  hostPID: true  #~ host-pid, host-ipc\n```\n";
    let page = page(&parsed(text), 20, Glyphs::Unicode, &Plain);
    assert_eq!(
        texts(&page),
        ["  yaml · wrong", "  spec:", "    hostPID: true  ◂ host-pid, host-ipc"],
        "longer than the page, moved sideways by the screen"
    );
    assert_eq!(
        page.codes,
        [CodeBlock { language: Some("yaml".into()), text: "spec:\n  hostPID: true\n".into() }]
    );
    assert_eq!(page.links, ["finding:host-pid", "finding:host-ipc"]);
    assert!(page.lines.iter().all(|l| l.code == Some(0) && l.lead == 2));
    assert_eq!(role_of(&page, "wrong"), Role::CodeFail);
    for (tag, word) in [("pass", "right"), ("fragment", "part of a file")] {
        assert_eq!(shown(&format!("```yaml {tag}\na: 1\n```\n"), 40)[0], format!("  yaml · {word}"));
    }
}

#[test]
fn code_may_be_wrapped() {
    let layout = Layout { wrap_code: true, ..Layout::new(14, Glyphs::Unicode) };
    let page = layout.page(&parsed("```sh\nkubectl get pods\n\nls\n```\n"), &Plain);
    assert_eq!(texts(&page), ["  sh", "  kubectl ge", "  ↪ t pods", "", "  ls"]);
}

#[test]
fn diagrams_are_verbatim() {
    let text = "    ┌──┐   x\n    └──┘\n";
    assert_eq!(shown(text, 4), ["┌──┐   x", "└──┘"]);
    assert_eq!(shown(text, 40), ["  ┌──┐   x", "  └──┘"]);
    let ascii = page(&parsed(text), 40, Glyphs::Ascii, &Plain);
    assert_eq!(texts(&ascii), ["  +--+   x", "  +--+"]);
}

#[test]
fn what_is_drawn_can_be_ascii() {
    let text = "- a\n\n> b\n\n| c | d |\n|---|---|\n| e | f |\n\n---\n";
    let page = page(&parsed(text), 12, Glyphs::Ascii, &Plain);
    assert_eq!(texts(&page), ["- a", "", "| b", "", "c | d", "--+--", "e | f", "", "------------"]);
}

#[test]
fn every_line_knows_its_heading() {
    let page = page(&parsed("zero\n\n## A {#a}\n\none\n\n## B {#b}\n\ntwo\n"), 40, Glyphs::Unicode, &Plain);
    let (a, b) = (HeadingId::new("a").unwrap(), HeadingId::new("b").unwrap());
    let of = |text: &str| page.lines.iter().find(|l| l.text() == text).unwrap().heading.clone();
    assert_eq!(
        [of("zero"), of("A"), of("one"), of("B"), of("two")],
        [None, Some(a.clone()), Some(a.clone()), Some(b.clone()), Some(b.clone())]
    );
    assert_eq!((page.line_of(&a), page.line_of(&b)), (Some(2), Some(6)));
}

#[test]
fn numbered_code_hides_no_end_of_a_line() {
    let code = "a: 1\nname: 漢字漢字漢字漢字漢字漢字, and more\n";
    for width in [14, 20, 31] {
        let rows = code_rows(Some("yaml"), code, width, Glyphs::Unicode, &Plain);
        assert_eq!(rows.len(), 2, "one entry a line");
        assert!(rows.iter().flatten().all(|row| row.width() <= usize::from(width)), "{width}");
        let text: String = rows[1].iter().map(|row| row.text()[3..].replace("↪ ", "")).collect();
        assert_eq!(text, "name: 漢字漢字漢字漢字漢字漢字, and more");
    }
}

#[test]
fn numbered_code_has_a_gutter() {
    let lines = code_lines(Some("yaml"), &"a: 1\n".repeat(10), Glyphs::Unicode, &Syntect::new());
    assert_eq!((lines.len(), lines[0].text(), lines[9].text()), (10, " 1  a: 1".into(), "10  a: 1".into()));
    assert_eq!(lines[0].pieces[1], Piece::new("a", Role::Key));
    assert_eq!(lines[0].lead, 4);
}

#[test]
fn plain_text_underlines_headings_and_writes_addresses_out() {
    let text = "# Title {#t}\n\n## Part {#p}\n\nSee [it](https://example.org/), `x` and [that](term:uid).\n";
    assert_eq!(
        plain(&parsed(text), 60),
        "Title\n═════\n\nPart\n────\n\nSee it <https://example.org/>, `x` and that.\n"
    );
}

#[test]
fn linear_text_has_words_where_a_screen_has_bars() {
    let text = "## Part {#p}\n\n- one\n  - two\n\n> [!TIP]\n> Say [it](term:uid).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```yaml fail\nhostPID: true #~ host-pid\n```\n\n    ┌─┐\n";
    assert_eq!(
        linear(&parsed(text)),
        "Heading 2: Part\n\n- one\n  - two\n\nInterview:\nSay it (term:uid).\nEnd of interview.\n\n\
         Table, rows: 1\nRow 1:\na: 1\nb: 2\nEnd of table.\n\n\
         Code, yaml, wrong:\nhostPID: true (wrong here: host-pid)\nEnd of code.\n\n\
         Diagram or message:\n+-+\nEnd of diagram or message.\n"
    );
}

#[test]
fn linear_text_keeps_code_within_items() {
    let text = "1. do\n\n   ```sh\n   a\n\n   b\n   ```\n";
    assert_eq!(linear(&parsed(text)), "1. do\n\n  Code, sh:\n  a\n\n  b\n  End of code.\n");
}

#[test]
fn control_characters_never_come_through() {
    let text = "a\u{1b}[2Jb `c\u{7}` [d](\u{202e}x)\n\n```sh\ne\u{1b}]0;x\u{7}\n```\n";
    let page = page(&parsed(text), 40, Glyphs::Unicode, &Plain);
    let all = texts(&page).join("") + &page.links.join("") + &page.codes[0].text + &linear(&parsed(text));
    assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{all:?}");
}

#[test]
fn deep_nesting_ends_in_an_ellipsis() {
    let text = format!("{}deep\n", "> ".repeat(200));
    assert!(shown(&text, 80).join("").ends_with('…'));
    assert!(linear(&parsed(&text)).contains("..."));
    // No depth of the source may exhaust the stack here.
    let text = format!("{}deep {}", "[*".repeat(500), "*](a)".repeat(500));
    plain(&parsed(&text), 80);
}

/// Words and marks from which texts are made that look like lessons, and break in every place.
fn lesson() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("- ".to_owned()),
        Just("  ".to_owned()),
        Just("1. ".to_owned()),
        Just("> ".to_owned()),
        Just("> [!TIP]\n> ".to_owned()),
        Just("## ".to_owned()),
        Just("| a | b |\n|---|--:|\n| ".to_owned()),
        Just(" | ".to_owned()),
        Just("```yaml fail\n".to_owned()),
        Just("```\n".to_owned()),
        Just("`".to_owned()),
        Just("**".to_owned()),
        Just("*".to_owned()),
        Just("[x](term:y)".to_owned()),
        Just("#~ id".to_owned()),
        Just("漢字かな ".to_owned()),
        Just("👩‍👩‍👧 ".to_owned()),
        "[a-z]{1,20} ?",
        "\\PC{0,8}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_line_but_code_is_wider_than_the_page(text in lesson(), width in 1u16..100, ascii: bool) {
        let glyphs = if ascii { Glyphs::Ascii } else { Glyphs::Unicode };
        let doc = parsed(&text);
        for line in page(&doc, width, glyphs, &Plain).lines {
            prop_assert!(line.code.is_some() || line.width() <= usize::from(width), "{:?}", line.text());
            let window: String = line.window(3, width).into_iter().map(|p| p.text).collect();
            prop_assert!(super::width(&window) <= usize::from(width), "{window:?}");
        }
        let wrapped = Layout { wrap_code: true, ..Layout::new(width, glyphs) }.page(&doc, &Plain);
        for line in wrapped.lines {
            prop_assert!(line.width() <= usize::from(width), "{:?}", line.text());
        }
        linear(&doc);
        plain(&doc, width);
    }
}
