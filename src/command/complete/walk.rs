//! From the words before the cursor to what is to be offered there: along the tree of commands and flags, and nowhere else.

use clap::{Arg, ArgAction, Command};

/// Where the cursor is.
pub(super) struct Place<'a> {
    pub command: &'a Command,
    pub wanted: Wanted<'a>,
    /// What is there of the word, without the flag that it is a value of.
    pub begun: &'a str,
    /// The name of each argument that was given before, with its value, in order.
    pub given: Vec<(&'a str, &'a str)>,
}

pub(super) enum Wanted<'a> {
    Subcommands,
    Flags,
    /// Of this argument.
    Value(&'a Arg),
    /// Nothing may stand there.
    Nothing,
}

impl<'a> Place<'a> {
    /// The last value of an argument that was given.
    pub(super) fn given(&self, name: &str) -> Option<&'a str> {
        self.given.iter().rev().find(|(id, _)| *id == name).map(|(_, value)| *value)
    }
}

/// `root` has been built; the last of the words is the one that is completed, and may be empty.
pub(super) fn place<'a>(root: &'a Command, words: &'a [String]) -> Place<'a> {
    let (begun, before) =
        words.split_last().map_or(("", words), |(last, rest)| (last.as_str(), rest));
    let mut walk = Walk { command: root, given: Vec::new(), positionals: 0, is_plain: false };
    let mut awaited = None;
    for word in before {
        awaited = match awaited {
            Some(arg) => walk.give(arg, word),
            None => walk.step(word),
        };
    }
    let (wanted, begun) = match awaited {
        Some(arg) => (Wanted::Value(arg), begun),
        None => walk.wanted(begun),
    };
    Place { command: walk.command, wanted, begun, given: walk.given }
}

struct Walk<'a> {
    command: &'a Command,
    given: Vec<(&'a str, &'a str)>,
    /// So many words that were no flags.
    positionals: usize,
    /// After `--` nothing is a flag.
    is_plain: bool,
}

impl<'a> Walk<'a> {
    /// Notes a value; nothing is awaited any more.
    fn give(&mut self, arg: &'a Arg, value: &'a str) -> Option<&'a Arg> {
        self.given.push((arg.get_id().as_str(), value));
        None
    }

    /// Goes on by one whole word; gives the flag that awaits the next one as its value.
    fn step(&mut self, word: &'a str) -> Option<&'a Arg> {
        if self.is_plain || !word.starts_with('-') || word == "-" {
            let below = self.command.find_subcommand(word);
            if let Some(below) = below.filter(|_| !self.is_plain && self.positionals == 0) {
                self.command = below;
            } else if let Some(arg) = self.positional() {
                self.positionals += 1;
                self.give(arg, word);
            }
            return None;
        }
        if word == "--" {
            self.is_plain = true;
            return None;
        }
        let Some(long) = word.strip_prefix("--") else { return self.shorts(&word[1..]) };
        let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
        let arg = self.flag(name)?;
        match value {
            Some(value) => self.give(arg, value),
            None if arg.get_action().takes_values() => Some(arg),
            None => self.give(arg, ""),
        }
    }

    /// `-wA`, `-nshop`, `-n=shop`, or `-n` with its value still to come.
    fn shorts(&mut self, letters: &'a str) -> Option<&'a Arg> {
        for (at, letter) in letters.char_indices() {
            let is_it = |arg: &&Arg| arg.get_short() == Some(letter);
            let arg = self.command.get_arguments().find(is_it)?;
            let rest = &letters[at + letter.len_utf8()..];
            if !arg.get_action().takes_values() {
                self.give(arg, "");
            } else if rest.is_empty() {
                return Some(arg);
            } else {
                return self.give(arg, rest.strip_prefix('=').unwrap_or(rest));
            }
        }
        None
    }

    fn wanted(&self, begun: &'a str) -> (Wanted<'a>, &'a str) {
        if begun.starts_with('-') && !self.is_plain {
            let Some((flag, value)) = begun.split_once('=') else { return (Wanted::Flags, begun) };
            let arg = match flag.strip_prefix("--") {
                Some(name) => self.flag(name),
                None => self.command.get_arguments().find(|arg| {
                    arg.get_short().is_some_and(|letter| flag[1..] == letter.to_string())
                }),
            };
            let arg = arg.filter(|arg| arg.get_action().takes_values());
            return (arg.map_or(Wanted::Nothing, Wanted::Value), value);
        }
        let is_subcommand = self.command.has_subcommands() && !self.is_plain;
        let wanted = match self.positional() {
            _ if is_subcommand => Wanted::Subcommands,
            Some(arg) => Wanted::Value(arg),
            None => Wanted::Nothing,
        };
        (wanted, begun)
    }

    fn flag(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| arg.get_long() == Some(name))
    }

    /// The one whose turn it is; the last one may take more than one word.
    fn positional(&self) -> Option<&'a Arg> {
        let own = self.command.get_positionals().nth(self.positionals);
        let is_many = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
        own.or_else(|| self.command.get_positionals().last().filter(is_many))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::program::Program;

    /// What is wanted, what is begun, and what was given.
    fn walked(line: &str) -> String {
        let root = Program::started_as(None).command();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let place = place(&root, &words);
        let wanted = match place.wanted {
            Wanted::Subcommands => format!("below {}", place.command.get_name()),
            Wanted::Flags => format!("flags of {}", place.command.get_name()),
            Wanted::Value(arg) => arg.get_id().to_string(),
            Wanted::Nothing => "nothing".to_owned(),
        };
        let given = place.given.iter().map(|(id, value)| format!(" {id}={value}"));
        format!("{wanted} {:?}{}", place.begun, given.collect::<String>())
    }

    #[test]
    fn commands_and_flags() {
        assert_eq!(walked(""), r#"below kubectl-sts """#);
        assert_eq!(walked("ch"), r#"below kubectl-sts "ch""#);
        assert_eq!(walked("rollout "), r#"below rollout """#);
        assert_eq!(walked("-n shop rollout im"), r#"below rollout "im" namespace=shop"#);
        assert_eq!(walked("check -"), r#"flags of check "-""#);
        assert_eq!(walked("rollout undo --to"), r#"flags of undo "--to""#);
    }

    #[test]
    fn values_of_flags() {
        assert_eq!(walked("check -n "), r#"namespace """#);
        assert_eq!(walked("check -wn sh"), r#"namespace "sh" watch="#);
        assert_eq!(walked("check --namespace=sh"), r#"namespace "sh""#);
        assert_eq!(walked("check -n=sh"), r#"namespace "sh""#);
        assert_eq!(walked("check --for=scale="), r#"intent "scale=""#);
        assert_eq!(walked("check --watch=x"), r#"nothing "x""#);
        assert_eq!(walked("check --nonsense=x"), r#"nothing "x""#);
        assert_eq!(
            walked("scale web --allow pod-image --allow "),
            r#"allow "" name=web allow=pod-image"#
        );
        assert_eq!(walked("check --from -"), r#"from "-""#);
    }

    #[test]
    fn words_that_are_no_flags() {
        assert_eq!(walked("check "), r#"names """#);
        assert_eq!(walked("check a b"), r#"names "b" names=a"#);
        assert_eq!(walked("check --unknown a -nshop w"), r#"names "w" names=a namespace=shop"#);
        assert_eq!(walked("check -- -x "), r#"names "" names=-x"#);
        assert_eq!(walked("check -- -x"), r#"names "-x""#);
        assert_eq!(walked("check check"), r#"names "check""#);
        assert_eq!(walked("scale web "), r#"nothing "" name=web"#);
        assert_eq!(walked("rollout image "), r#"name """#);
        assert_eq!(walked("rollout image web "), r#"images "" name=web"#);
        assert_eq!(walked("rollout image web a=b c"), r#"images "c" name=web images=a=b"#);
        assert_eq!(
            walked("check -n shop --context=lab --kubeconfig f "),
            r#"names "" namespace=shop context=lab kubeconfig=f"#
        );
        assert_eq!(walked("nonsense "), r#"below kubectl-sts """#);
    }

    #[test]
    fn no_words_harm_it() {
        for line in
            ["-", "--", "-- ", "-=", "--=", "--=x", "-é", "-é=x", "=", "check -n= -", "check -né"]
        {
            walked(line);
        }
        let root = Program::started_as(None).command();
        assert!(matches!(place(&root, &[]).wanted, Wanted::Subcommands));
    }
}
