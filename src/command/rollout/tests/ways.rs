//! By other ways than one pod at a time and a partition.

use std::time::Duration;

use super::site::Site;
use super::{Guarded, NEW, OLD, goes, is_done, restart, rollout, run};
use crate::command::allowed::Allowed;
use crate::execute::End;
use crate::model::Update;
use crate::plan::rollout::{Gate, Gates, NewTemplate, Rollout};

#[tokio::test]
async fn on_delete_each_is_deleted_from_the_top() {
    let site = Site::new(3, None);
    site.world.borrow_mut().set.update = Update::OnDelete;
    assert!(is_done(restart(&site).await));
    assert_eq!(site.revisions(), [NEW; 3]);
    let log = site.log.borrow().join(", ");
    assert_eq!(log, "remember, template redis-new, delete redis-2, delete redis-1, delete redis-0");
}

#[tokio::test]
async fn two_at_once_where_budgets_allow_it() {
    let two = |site: &Site| {
        let rollout =
            Rollout { together: 2, ..rollout(site, Some(site.template(NEW, false)), None) };
        Guarded::new(rollout, None, Allowed::default(), &site.snapshot())
    };
    let mut site = Site::new(5, Some(0));
    site.at_most = 2;
    site.world.borrow_mut().budgets[0].disruptions_allowed = 2;
    assert!(is_done(goes(&site, two(&site)).await));
    assert_eq!((site.revisions(), site.partition()), (vec![NEW.to_owned(); 5], Some(0)));
    let log = site.log.borrow().join(", ");
    assert!(log.contains("partition 5, partition 3, delete redis-3"), "{log}");
}

#[tokio::test]
async fn a_gate_is_asked_after_each_and_stops_what_does_not_pass() {
    let gated = |site: &Site, template: Option<NewTemplate>| {
        let all = vec!["exec:true".parse::<Gate>().expect("a gate")];
        let gates = Gates { all, patience: Duration::from_secs(60) };
        let rollout = Rollout { gates, ..rollout(site, template, None) };
        Guarded::new(rollout, None, Allowed::default(), &site.snapshot())
    };
    let site = Site::new(3, Some(0));
    site.codes.borrow_mut().extend([0, 1, 0]);
    assert!(is_done(goes(&site, gated(&site, Some(site.template(NEW, false)))).await));
    let log = site.log.borrow().join(", ");
    let asked = "partition 2, exec in redis-2, remember, partition 1, exec in redis-1, exec in redis-1, remember, partition 0, \
                 exec in redis-0, remember";
    assert!(log.ends_with(asked), "{log}");
    let site = Site::new(3, Some(0));
    site.codes.borrow_mut().extend([1; 20]);
    let outcome = goes(&site, gated(&site, Some(site.template(NEW, false)))).await.expect("ends");
    let End::Failed(words) = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!(words, "the gate exec:true is not passed: it exited with code 1");
    assert_eq!(
        (site.revisions(), site.partition()),
        (vec![OLD.into(), OLD.into(), NEW.into()], Some(2))
    );
    site.codes.borrow_mut().clear();
    assert!(is_done(goes(&site, gated(&site, None)).await));
    assert_eq!(site.revisions(), [NEW; 3]);
}

#[tokio::test]
async fn paused_it_stops_before_the_next_ordinal() {
    let site = Site::new(3, Some(0));
    assert!(is_done(run(&site, Some(site.template(NEW, false)), Some(1)).await));
    let pause = |by: Option<&str>| {
        let mut record = site.record.borrow_mut();
        record.as_mut().expect("unfinished").paused_by = by.map(str::to_owned);
    };
    pause(Some("ann@desk"));
    let outcome = run(&site, None, None).await.expect("it ends");
    let End::Refused(findings) = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!((findings[0].rule, outcome.writes), ("paused", 0));
    assert_eq!(site.revisions(), [OLD, OLD, NEW]);
    // Whoever takes the lease clears it.
    pause(None);
    assert!(is_done(run(&site, None, None).await));
}
