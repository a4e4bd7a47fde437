//! Runs a program to its end, or to its deadline.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::wait::until;

#[derive(Clone, Debug)]
pub struct Output {
    pub line: String,
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Output {
    /// A question that cannot be answered: exit 2, one sentence, and nothing on stdout.
    pub fn is_refused(&self, sentence: &str) -> Result<()> {
        ensure!(self.code == Some(2), "exit {:?} instead of 2", self.code);
        ensure!(self.stdout.is_empty(), "stdout: {}", self.stdout);
        let lines = self.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        ensure!(lines == 1, "not one sentence: {}", self.stderr);
        ensure!(self.stderr.contains(sentence), "no {sentence:?} in: {}", self.stderr);
        Ok(())
    }

    /// Exit 2 with one sentence, after whatever was shown.
    pub fn is_not_begun(&self, sentence: &str) -> Result<()> {
        ensure!(self.code == Some(2), "exit {:?} instead of 2", self.code);
        ensure!(self.stderr.contains(sentence), "no {sentence:?} in: {}", self.stderr);
        Ok(())
    }

    /// What it printed, if it exited with 0.
    pub fn ok(self) -> Result<String> {
        match self.code {
            Some(0) => Ok(self.stdout),
            _ => bail!("{}: {:?}\n{}{}", self.line, self.code, self.stdout, self.stderr),
        }
    }
}

/// What is printed, line by line, so that no more than a while is waited for the next one.
pub fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|it| tell.send(it))
    });
    lines
}

/// # Errors
/// When it cannot be started, or does not end in time: then it is killed.
pub fn run(command: &mut Command, patience: Duration) -> Result<Output> {
    run_with_input(command, "", patience)
}

pub fn run_with_input(command: &mut Command, input: &str, patience: Duration) -> Result<Output> {
    let line = line(command);
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {line}"))?;
    let stdout = read(child.stdout.take());
    let stderr = read(child.stderr.take());
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read its input may end before we have written all of it.
        let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
    }
    let status = until(&line, patience, || Ok(child.try_wait()?));
    let Ok(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        bail!("{line}: still running after {} s", patience.as_secs());
    };
    Ok(Output {
        line,
        code: status.code(),
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
        took: began.elapsed(),
    })
}

fn read(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}
