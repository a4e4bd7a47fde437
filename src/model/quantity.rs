//! Kubernetes quantities of storage and memory (apimachinery `resource.Quantity`).

/// Bytes of a quantity such as `1Gi`, `500M`, `1.5Gi`, `1e9`; None when it is not one.
pub fn bytes(text: &str) -> Option<u64> {
    whole(value(text)?)
}

/// Thousandths of a quantity: `250m` of a CPU is 250.
pub fn millis(text: &str) -> Option<u64> {
    whole(value(text)? * 1000.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and a float cast saturates"
)]
fn whole(value: f64) -> Option<u64> {
    // A sum such as 0.1 * 1000 must not become 101.
    Some((value - 1e-6).ceil() as u64)
}

fn value(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 13] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("m", 0.001),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let (number, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| text.strip_suffix(suffix).map(|number| (number, *factor)))
        .unwrap_or((text, 1.0));
    Some(number.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0)? * factor)
}

#[cfg(test)]
mod tests {
    use super::{bytes, millis};

    #[test]
    fn thousandths_are_exact() {
        for (text, expected) in
            [("250m", Some(250)), ("1", Some(1000)), ("0.1", Some(100)), ("x", None)]
        {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn quantities_are_bytes() {
        for (text, expected) in [
            ("1Gi", Some(1_073_741_824)),
            ("1.5Ki", Some(1536)),
            ("500M", Some(500_000_000)),
            ("1e3", Some(1000)),
            ("12", Some(12)),
            ("1500m", Some(2)),
            ("", None),
            ("Gi", None),
            ("-1", None),
            ("ten", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
