//! A way to the API server on which requests are held until a case lets them go: what happens between a look and a write is
//! placed from outside, and needs no luck.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::case::Case;

/// A run drains for a while before it comes to what is held.
const PATIENCE: Duration = Duration::from_secs(240);

pub struct Held {
    pub server: String,
    /// The first line of each request that is held.
    held: Receiver<String>,
    go: Sender<()>,
    proxy: Child,
}

/// Given the first line of a request: whether it is held.
type Holds = fn(&str) -> bool;

impl Held {
    /// Through `kubectl proxy`, which has the credentials and speaks plain HTTP on this machine.
    pub fn start(case: &Case, holds: Holds) -> Result<Self> {
        let mut command = case.cluster.command("kubectl");
        command.args(["proxy", "--port=0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut proxy = command.spawn()?;
        let stdout = proxy.stdout.take().context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let upstream = line.trim().rsplit(' ').next().context("no address")?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = format!("http://{}", listener.local_addr()?);
        let (tell, held) = channel();
        let (go, gone) = channel();
        let gate = Arc::new((std::sync::Mutex::new(gone), tell));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (gate, upstream) = (Arc::clone(&gate), upstream.clone());
                std::thread::spawn(move || {
                    let _ = serve(client, &upstream, holds, &gate);
                });
            }
        });
        Ok(Self { server, held, go, proxy })
    }

    /// Waits until a request is held; its first line.
    pub fn wait(&self) -> Result<String> {
        self.held.recv_timeout(PATIENCE).context("no request was held in time")
    }

    /// Lets the request go that is held.
    pub fn release(&self) {
        let _ = self.go.send(());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

type Gate = (std::sync::Mutex<Receiver<()>>, Sender<String>);

fn serve(mut client: TcpStream, upstream: &str, holds: Holds, gate: &Gate) -> Result<()> {
    let mut server = TcpStream::connect(upstream)?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(std::net::Shutdown::Both);
    });
    let mut bytes = [0; 1 << 16];
    loop {
        let read = client.read(&mut bytes)?;
        if read == 0 {
            return Ok(server.shutdown(std::net::Shutdown::Write)?);
        }
        let text = String::from_utf8_lossy(&bytes[..read]);
        let line = text.lines().next().unwrap_or_default().to_owned();
        if line.ends_with("HTTP/1.1") && holds(&line) {
            gate.1.send(line)?;
            // A case that has ended holds nothing back.
            let _ = gate.0.lock().map(|gone| gone.recv());
        }
        server.write_all(&bytes[..read])?;
    }
}
