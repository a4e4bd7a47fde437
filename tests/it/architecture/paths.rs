//! The modules at the top of the crate that a file names: `crate::name`, or `super::name` where that leaves its own.

use std::collections::BTreeSet;

use super::source::{Source, without_comment};

pub fn top_level_modules(source: &Source) -> BTreeSet<String> {
    let path = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    named(&source.text, path.split('/').count())
}

/// `depth` is how many modules deep the file is: 1 for `src/name.rs`.
fn named(text: &str, depth: usize) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().map(without_comment).collect();
    let mut names = BTreeSet::new();
    // Indentation of the inline modules around a line; rustfmt closes each where it opened.
    let mut around: Vec<usize> = Vec::new();
    for (index, line) in code.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if around.last() == Some(&indent) && line.trim() == "}" {
            around.pop();
        }
        for root in ["crate::".to_owned(), "super::".repeat(depth + around.len())] {
            for (at, _) in line.match_indices(&root) {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                let rest =
                    [&line[at + root.len()..]].into_iter().chain(code[index + 1..].iter().copied());
                names.extend(first_names(&rest.collect::<Vec<_>>()));
            }
        }
        if line.trim_end().ends_with('{')
            && line.trim_start().trim_start_matches("pub ").starts_with("mod ")
        {
            around.push(indent);
        }
    }
    names
}

/// `a` of `a::b;`, and `a`, `c` of `{a::b, c::{d, e}}`, which may go on over lines.
fn first_names(lines: &[&str]) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    if !lines[0].starts_with('{') {
        return vec![name(lines[0])];
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut item = String::new();
    for letter in lines.iter().flat_map(|line| line.chars().chain([' '])) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(name(&std::mem::take(&mut item))),
            letter if depth == 1 => item.push(letter),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.push(name(&item));
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn names_are_found_wherever_they_stand() {
    let names = |text: &str, depth| named(text, depth).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("use crate::a::B;\nfn f() { crate::c::d(); my_crate::x(); }", 1), "a c");
    assert_eq!(names("use crate::{a::{B, C}, d,\n    e::F};", 1), "a d e");
    assert_eq!(names("// crate::a\n//! crate::b\n/// [`crate::c`]", 1), "");
    assert_eq!(names("use super::a::B;", 1), "a");
    assert_eq!(names("use super::a::B;\nuse super::super::c;", 2), "c");
    let inline = "mod tests {\n    use super::a;\n    use super::super::b;\n}\nuse super::c;";
    assert_eq!(names(inline, 1), "b c");
}
