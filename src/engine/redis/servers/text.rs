//! The wire protocol, as far as a model needs it (RESP2).

/// One command and how long it is; None while it is not complete.
pub fn command(input: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    let (count, mut rest) = number(input, b'*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, after) = number(rest, b'$')?;
        words.push(after.get(..length)?.to_vec());
        rest = after.get(length + 2..)?;
    }
    Some((words, input.len() - rest.len()))
}

fn number(input: &[u8], kind: u8) -> Option<(usize, &[u8])> {
    let end = input.windows(2).position(|pair| pair == b"\r\n")?;
    let digits = input.get(..end)?.strip_prefix(&[kind])?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, input.get(end + 2..)?))
}

pub fn ok() -> Vec<u8> {
    b"+OK\r\n".to_vec()
}

pub fn error(words: &str) -> Vec<u8> {
    format!("-{words}\r\n").into_bytes()
}

pub fn integer(number: usize) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

pub fn nil() -> Vec<u8> {
    b"$-1\r\n".to_vec()
}

pub fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

pub fn list<'a>(items: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut text = format!("*{}\r\n", items.len()).into_bytes();
    items.for_each(|item| text.extend(bulk(item)));
    text
}
