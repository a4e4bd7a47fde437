//! What krew asks of an archive, and what is asked of one that two machines should make alike.

use std::path::Path;
use std::process::Command;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// As tar has it: `0` a file, `5` a directory, `2` a symbolic link.
    pub kind: char,
    pub mode: u64,
    pub owners: (u64, u64),
    /// In seconds since 1970.
    pub modified: u64,
}

const BLOCK: usize = 512;
const LICENCES: [&str; 8] = [
    "license",
    "license.txt",
    "license.md",
    "licenses",
    "licenses.txt",
    "licenses.md",
    "copying",
    "copying.txt",
];

/// The entries of a `.tar.gz`, as they stand in the headers of the format ustar.
pub fn entries(path: &Path) -> Vec<Entry> {
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    let mut rest = &unpacked.stdout[..];
    let mut entries = Vec::new();
    while let Some((header, behind)) = rest.split_at_checked(BLOCK)
        && header[0] != 0
    {
        let text = |from: usize, length: usize| {
            let field = &header[from..from + length];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
            String::from_utf8(field[..end].to_vec()).unwrap()
        };
        let number = |from, length| u64::from_str_radix(text(from, length).trim(), 8).unwrap();
        assert_eq!((text(257, 5).as_str(), text(345, 155).as_str()), ("ustar", ""));
        entries.push(Entry {
            name: text(0, 100),
            kind: header[156].into(),
            mode: number(100, 8),
            owners: (number(108, 8), number(116, 8)),
            modified: number(136, 12),
        });
        let size = usize::try_from(number(124, 12)).unwrap();
        rest = &behind[size.next_multiple_of(BLOCK)..];
    }
    entries
}

/// What is wrong with an archive of which krew links the program `bin`.
pub fn complaints(entries: &[Entry], bin: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for Entry { name, kind, .. } in entries {
        if !matches!(kind, '0' | '5') {
            complaints.push(format!("{name} is of kind {kind}"));
        }
        if name.contains("..") || name.starts_with(['/', '\\']) {
            complaints.push(format!("{name} is not below the archive"));
        }
    }
    let files = || entries.iter().filter(|entry| entry.kind == '0');
    let is_licence = |entry: &Entry| {
        let name = entry.name.rsplit('/').next().unwrap_or_default();
        LICENCES.contains(&name.to_lowercase().as_str())
    };
    if !files().any(is_licence) {
        complaints.push("no licence".to_owned());
    }
    if !files().any(|entry| entry.name == bin && entry.mode & 0o111 == 0o111) {
        complaints.push(format!("no program {bin}"));
    }
    complaints
}

#[test]
fn an_archive_that_breaks_a_rule_is_not_taken() {
    let file = |name: &str| Entry {
        name: name.to_owned(),
        kind: '0',
        mode: 0o755,
        owners: (0, 0),
        modified: 0,
    };
    let good = [file("LICENSE"), file("kubectl-sts"), Entry { kind: '5', ..file("man/") }];
    assert_eq!(complaints(&good, "kubectl-sts"), [""; 0]);
    let with = |entry: Entry| complaints(&[&good[..], &[entry]].concat(), "kubectl-sts");
    assert_eq!(with(Entry { kind: '2', ..file("link") }), ["link is of kind 2"]);
    assert_eq!(with(Entry { kind: '1', ..file("hard") }), ["hard is of kind 1"]);
    assert_eq!(with(file("man/../../x")), ["man/../../x is not below the archive"]);
    assert_eq!(with(file("/etc/x")), ["/etc/x is not below the archive"]);

    let without = |entries: &[Entry]| complaints(entries, "kubectl-sts");
    assert_eq!(without(&good[1..]), ["no licence"]);
    assert_eq!(without(&[file("LICENSE-APACHE"), file("kubectl-sts")]), ["no licence"]);
    assert_eq!(without(&good[..1]), ["no program kubectl-sts"]);
    let plain = Entry { mode: 0o644, ..file("kubectl-sts") };
    assert_eq!(without(&[file("LICENSE"), plain]), ["no program kubectl-sts"]);
}

#[test]
fn links_are_seen_in_a_real_archive() {
    let scratch = crate::scratch::Scratch::new();
    scratch.write("LICENSE", "do what you like");
    std::os::unix::fs::symlink("LICENSE", scratch.dir().join("kubectl-sts")).unwrap();
    let script = "tar -c --format=ustar LICENSE kubectl-sts | gzip >a.tar.gz";
    let ran =
        Command::new("bash").args(["-c", script]).current_dir(scratch.dir()).status().unwrap();
    assert!(ran.success());
    let found = complaints(&entries(&scratch.dir().join("a.tar.gz")), "kubectl-sts");
    assert_eq!(found, ["kubectl-sts is of kind 2", "no program kubectl-sts"]);
}
