use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::rc::Rc;

use super::*;

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("text")
    }
}

/// Fails every write in one way.
struct Failing(ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn results_and_remarks_do_not_mix() {
    let (out, err) = (Sink::default(), Sink::default());
    let ui = Ui::on(out.clone(), err.clone());
    let spinner = ui.spinner("reading");
    ui.result("a table\n").expect("a sink");
    ui.status("asking 6 members");
    ui.warn("an old\nserver");
    ui.hint("try \x1b[31m");
    drop(spinner);
    ui.error(&anyhow::anyhow!("no route to host").context("cannot list pods"));
    assert_eq!(out.text(), "a table\n");
    assert_eq!(
        err.text(),
        "asking 6 members\nwarning: an old server\nhint: try \\x1b[31m\n\
         error: cannot list pods: no route to host\n"
    );
}

#[test]
fn a_reader_that_has_gone_is_not_an_error_and_a_full_disk_is() {
    let to = |kind| Ui::on(Failing(kind), Sink::default()).result("x");
    assert!(to(ErrorKind::BrokenPipe).is_ok());
    assert!(to(ErrorKind::StorageFull).is_err());
    Ui::on(Sink::default(), Failing(ErrorKind::BrokenPipe)).warn("nobody reads this");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let plain = Environment { no_color: false, is_dumb: false };
    assert!(plain.colours(ColorChoice::Auto, true));
    assert!(!plain.colours(ColorChoice::Auto, false));
    assert!(plain.colours(ColorChoice::Always, false));
    assert!(!plain.colours(ColorChoice::Never, true));
    let unwanted = Environment { no_color: true, ..plain };
    assert!(!unwanted.colours(ColorChoice::Auto, true));
    assert!(unwanted.colours(ColorChoice::Always, true));
    assert!(!Environment { is_dumb: true, ..plain }.colours(ColorChoice::Auto, true));
}
