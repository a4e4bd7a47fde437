//! No secret leaves: not into a capture, not onto a screen.

use crate::workstation::{TOKEN, Workstation};
use crate::world::{CANARY, World};

#[test]
fn a_capture_holds_no_secret() {
    for world in [World::healthy(), World::healthy().with_a_crash_loop(), World::redis()] {
        let at = Workstation::of(&world);
        let served = format!("{:?}", world.answers());
        assert!(served.matches(CANARY).count() > 30, "the server does serve it");
        let ran = at.run("check ledger --request-timeout=2s --save ledger.yaml");
        let capture = at.home.read("ledger.yaml");
        assert!(capture.contains("ledger-2"), "{ran}");
        for secret in [CANARY, TOKEN] {
            let told: Vec<&str> = capture.lines().filter(|line| line.contains(secret)).collect();
            assert!(told.is_empty(), "in the capture: {told:?}");
            assert!(!ran.to_string().contains(secret), "{ran}");
        }
        for place in ["last-applied-configuration", "managedFields", "requirepass="] {
            assert!(!capture.contains(place), "{place}");
        }
    }
}

#[test]
fn no_output_holds_one() {
    let at = Workstation::of(&World::redis());
    for format in ["table", "wide", "json", "yaml"] {
        let ran = at.run(&format!("check ledger --request-timeout=2s -o {format}"));
        assert!(ran.stdout.contains("ledger"), "{ran}");
        assert!(!ran.to_string().contains(CANARY), "{ran}");
        assert!(!ran.to_string().contains(TOKEN), "{ran}");
    }
}

#[test]
fn a_password_file_is_not_quoted() {
    let at = Workstation::of(&World::healthy());
    at.home.write("password", &format!("\n{CANARY}\n"));
    let ran = at.run("check ledger --password-file password");
    assert_eq!(ran.code(), Some(2), "{ran}");
    assert!(!ran.to_string().contains(CANARY), "{ran}");
    assert_eq!(at.requests(), 0);
}
