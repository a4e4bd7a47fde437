//! Numbers, sizes, spans of time and lists as a person reads them.

use jiff::Timestamp;

use crate::model::Value;

/// `1 pod`, `2 pods`, `353,429 keys`.
pub fn plural(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count as u64), if count == 1 { "" } else { "s" })
}

/// With thousands separators.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `0 B`, `14.2 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths, rounded: 1,048,575 B are 1.0 MiB and not 1024.0 KiB.
    let (mut unit, mut size) = (0, u128::from(bytes));
    let tenths = loop {
        let tenths = (size * 10 + 512) / 1024;
        if tenths < 10_240 || unit == UNITS.len() - 1 {
            break tenths;
        }
        size = u128::from(bytes) >> (10 * (unit + 1));
        unit += 1;
    };
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A size as Kubernetes writes it: exactly where it is whole in some unit, otherwise rounded (`1Gi`, `500M`, `212Mi`).
pub fn quantity(bytes: u64) -> String {
    const BINARY: [(&str, u64); 4] =
        [("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
    const DECIMAL: [(&str, u64); 3] = [("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)];
    let is_whole = |(_, unit): &&(&str, u64)| bytes > 0 && bytes.is_multiple_of(*unit);
    if let Some((suffix, unit)) = BINARY.iter().chain(&DECIMAL).find(is_whole) {
        return format!("{}{suffix}", bytes / unit);
    }
    match BINARY.iter().find(|(_, unit)| bytes >= *unit) {
        Some((suffix, unit)) => format!("{}{suffix}", (bytes + unit / 2) / unit),
        None => bytes.to_string(),
    }
}

/// A span as kubectl writes it (apimachinery `duration.HumanDuration`).
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let s = seconds.unsigned_abs();
    let (m, h, d) = (s / 60, s / 3600, s / 86_400);
    let both = |big: u64, unit: char, small: u64, part: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{part}"),
    };
    let words = match () {
        () if s < 120 => format!("{s}s"),
        () if m < 10 => both(m, 'm', s % 60, 's'),
        () if m < 180 => format!("{m}m"),
        () if h < 8 => both(h, 'h', m % 60, 'm'),
        () if h < 48 => format!("{h}h"),
        () if d < 8 => both(d, 'd', h % 24, 'h'),
        () if d < 730 => format!("{d}d"),
        () if d < 8 * 365 => both(d / 365, 'y', d % 365, 'd'),
        () => format!("{}y", d / 365),
    };
    format!("{sign}{words}")
}

/// How long ago it was; a moment that is still to come is 0 s ago.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    duration(now.duration_since(then).as_secs().max(0))
}

/// A value in a sentence.
pub fn words(value: &Value, now: Timestamp) -> String {
    match value {
        Value::Count(count) => number(*count),
        Value::Bytes(size) => bytes(*size),
        Value::Seconds(seconds) => duration(*seconds),
        Value::Time(time) if *time > now => {
            format!("in {}", duration(time.duration_since(now).as_secs()))
        }
        Value::Time(time) => format!("{} ago", age(now, *time)),
        Value::Text(text) => text.clone(),
        Value::List(items) if items.is_empty() => "none".to_owned(),
        Value::List(items) => items.join(", "),
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Port(port) => port.to_string(),
    }
}

/// A value in a table: no empty cell, and a list is one word, cut after three items.
pub(super) fn cell(value: &Value, now: Timestamp) -> String {
    match value {
        Value::Text(text) if text.is_empty() => "-".to_owned(),
        Value::List(items) if items.is_empty() => "-".to_owned(),
        Value::List(items) => match items.get(..3) {
            Some(first) if items.len() > 3 => format!("{}…(+{})", first.join(","), items.len() - 3),
            _ => items.join(","),
        },
        _ => words(value, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_follows_its_number() {
        assert_eq!(plural(0, "pod"), "0 pods");
        assert_eq!(plural(1, "pod"), "1 pod");
        assert_eq!(plural(1_234_567, "key"), "1,234,567 keys");
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(number(999), "999");
    }

    #[test]
    fn sizes_have_one_decimal_and_never_four_digits() {
        for (size, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (14_889_779, "14.2 MiB"),
            ((1 << 20) - 1, "1.0 MiB"),
            (1 << 30, "1.0 GiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(bytes(size), expected, "{size}");
        }
    }

    #[test]
    fn quantities_are_exact_where_they_can_be() {
        for (size, expected) in [
            (0, "0"),
            (512, "512"),
            (1 << 30, "1Gi"),
            (1536 << 20, "1536Mi"),
            (500_000_000, "500M"),
            ((212 << 20) + 7, "212Mi"),
            ((3 << 40) + (1 << 39) + 1, "4Ti"),
        ] {
            assert_eq!(quantity(size), expected, "{size}");
        }
    }

    #[test]
    fn spans_read_as_in_kubectl() {
        for (seconds, expected) in [
            (0, "0s"),
            (94, "94s"),
            (120, "2m"),
            (192, "3m12s"),
            (3600, "60m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (30 * 3600, "30h"),
            (72 * 3600, "3d"),
            (75 * 3600, "3d3h"),
            (400 * 86_400, "400d"),
            (800 * 86_400, "2y70d"),
            (-5, "-5s"),
        ] {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }
}
