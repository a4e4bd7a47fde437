//! What `make dist` packs is what krew takes, and comes out the same each time. A script stands in for the binaries.

mod archive;
mod manifest;

use std::path::Path;
use std::process::{Command, Output};

use crate::scratch::Scratch;
use manifest::Manifest;

const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
];
const DATE: u64 = 1_700_000_000;

/// A copy of what is packed, so that neither the checkout nor its `dist/` is touched.
struct Site(Scratch);

impl Site {
    fn new() -> Self {
        let site = Self(Scratch::new());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let stand_in = root.join("tests/it/krew/kubectl-sts");
        for file in ["krew/dist.sh", "krew/sts.yaml", "LICENSE", "Cargo.toml"] {
            site.0.write(file, &std::fs::read_to_string(root.join(file)).unwrap());
        }
        for shim in ["kubectl_complete-sts", "kubectl_complete-sts.cmd"] {
            site.0.write(&format!("completions/{shim}"), "");
        }
        for target in TARGETS {
            let exe = if target.contains("windows") { ".exe" } else { "" };
            let folder = site.0.dir().join("binaries").join(target);
            std::fs::create_dir_all(&folder).unwrap();
            // A link: what is packed is what it leads to.
            std::os::unix::fs::symlink(&stand_in, folder.join(format!("kubectl-sts{exe}")))
                .unwrap();
        }
        site
    }

    fn run(&self, targets: &[&str], dist: &str, umask: &str) -> Output {
        let mut command = Command::new("bash");
        command.args(["-c", "umask $0; exec bash krew/dist.sh", umask]).current_dir(self.0.dir());
        command.env("TARGETS", targets.join(" ")).env("BINARIES", "binaries").env("DIST", dist);
        command.env("REPOSITORY", "https://example.com/kubectl-sts");
        command.env("SOURCE_DATE_EPOCH", DATE.to_string());
        command.output().unwrap()
    }

    fn pack(&self, targets: &[&str], dist: &str, umask: &str) {
        let ran = self.run(targets, dist, umask);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The manifest, which follows every rule of krew.
    fn manifest(&self, dist: &str) -> Manifest {
        let text = self.0.read(&format!("{dist}/sts.yaml"));
        assert_eq!(manifest::complaints("sts", &text), [""; 0]);
        serde_saphyr::from_str(&text).unwrap()
    }
}

#[test]
fn krew_takes_what_is_packed() {
    let site = Site::new();
    site.pack(&TARGETS, "dist", "022");
    let manifest = site.manifest("dist");
    assert_eq!(manifest.spec.version, format!("v{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(manifest.spec.platforms.len(), TARGETS.len());
    let mut sums = Vec::new();
    for platform in &manifest.spec.platforms {
        let name = platform.archive();
        let releases = "https://example.com/kubectl-sts/releases/download";
        assert_eq!(platform.uri, format!("{releases}/{}/{name}", manifest.spec.version));
        let entries = archive::entries(&site.0.dir().join("dist").join(name));
        assert_eq!(archive::complaints(&entries, &platform.bin), [""; 0], "{name}");
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let expected: &[&str] = if name.contains("windows") {
            &["LICENSE", "kubectl-sts.exe", "kubectl_complete-sts.cmd"]
        } else {
            let man = ["man/", "man/man1/", "man/man1/kubectl-sts.1"];
            &[&["LICENSE", "kubectl-sts", "kubectl_complete-sts"], &man[..]].concat()
        };
        assert_eq!(names, expected, "{name}");
        sums.push(format!("{}  {name}\n", platform.sha256));
    }
    sums.sort_by_key(|line| line[64..].to_owned());
    assert_eq!(site.0.read("dist/SHA256SUMS"), sums.concat());
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(site.0.dir().join("dist"));
    assert!(check.output().unwrap().status.success());
}

#[test]
fn the_same_binaries_give_the_same_archives() {
    let site = Site::new();
    site.pack(&TARGETS, "once", "022");
    // As if it were another checkout, of somebody else.
    std::fs::remove_file(site.0.dir().join("LICENSE")).unwrap();
    let licence = Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSE");
    site.0.write("LICENSE", &std::fs::read_to_string(licence).unwrap());
    site.pack(&TARGETS, "again", "077");
    assert_eq!(site.0.read("once/SHA256SUMS"), site.0.read("again/SHA256SUMS"));
    for platform in site.manifest("again").spec.platforms {
        for entry in archive::entries(&site.0.dir().join("again").join(platform.archive())) {
            assert_eq!((entry.owners, entry.modified), ((0, 0), DATE), "{entry:?}");
            assert!([0o644, 0o755].contains(&entry.mode), "{entry:?}");
        }
    }
}

#[test]
fn a_platform_that_is_not_packed_is_not_offered() {
    let site = Site::new();
    let here = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    site.pack(&TARGETS, "dist", "022");
    site.pack(&[&here], "dist", "022");
    let platforms = site.manifest("dist").spec.platforms;
    assert_eq!(platforms.len(), 1);
    assert!(platforms[0].archive().contains("linux"), "{}", platforms[0].uri);
    assert_eq!(site.0.read("dist/SHA256SUMS").lines().count(), 1);
    let packed = std::fs::read_dir(site.0.dir().join("dist")).unwrap().count();
    assert_eq!(packed, 3, "nothing of the run before is left");
}

#[test]
fn what_cannot_be_packed_is_said() {
    let site = Site::new();
    let here = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let glibc = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    std::fs::create_dir(site.0.dir().join("binaries").join(&glibc)).unwrap();
    for (targets, says) in [
        (&[here.as_str(), "riscv64gc-unknown-linux-gnu"][..], "no archive is made for riscv64gc-"),
        (&["aarch64-apple-darwin"], "there is none among: aarch64-apple-darwin"),
        (&[&here, &glibc], "two targets for one platform"),
    ] {
        let ran = site.run(targets, "dist", "022");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && stderr.contains(says), "{says}: {stderr}");
        assert!(!site.0.dir().join("dist/sts.yaml").exists());
    }
}
