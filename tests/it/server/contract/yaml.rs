//! Scalars that YAML 1.1, which many generators still read, takes for something else than YAML 1.2 does.

/// The words of YAML 1.1 that are no texts, in lower case (<https://yaml.org/type/>).
const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="];

/// Whether a plain scalar may be something else than a text.
fn is_other(plain: &str) -> bool {
    let lower = plain.to_lowercase();
    let unsigned = lower.trim_start_matches(['+', '-']);
    let only = |more: &str| unsigned.chars().all(|c| c.is_ascii_digit() || more.contains(c));
    // A number, also with an exponent or of base 60 (`18:00`), a hexadecimal one, a day.
    let is_base_60 = only("_.:") && !unsigned.starts_with('0');
    let is_number = unsigned.contains(|c: char| c.is_ascii_digit())
        && (only("_.") || is_base_60 || only("_.e+-") && unsigned.contains('e'));
    let parts: Vec<_> = unsigned.split(['-', 't', ' ']).take(3).collect();
    let is_day = parts.len() == 3 && parts[0].len() == 4 && parts.iter().all(|part| part.parse::<u32>().is_ok());
    WORDS.contains(&lower.as_str())
        || is_number
        || is_day
        || unsigned.starts_with("0x")
        || [".inf", ".nan"].contains(&unsigned)
}

/// Whether a plain scalar is the same to every reader: a text, or a JSON number, `true` or `false`.
fn is_plain_everywhere(plain: &str) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_str(plain).ok();
    let is_json = json.map(|value| value.to_string()).as_deref() == Some(plain);
    !is_other(plain) || is_json
}

/// The lines of a block-style YAML file with a key or a value that some reader takes for something else.
pub fn ambiguous_lines(file: &str) -> Vec<&str> {
    let mut block = None;
    let is_quoted = |scalar: &str| scalar.starts_with(['"', '\'']);
    let is_ambiguous = |line: &&str| {
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        if line.trim().is_empty() || block.is_some_and(|depth| line.len() - line.trim_start().len() > depth) {
            return false;
        }
        block = None;
        let content = &line[indent..];
        let (key, value) = match content.split_once(": ") {
            Some((key, value)) if !is_quoted(content) || key.ends_with(['"', '\'']) => (key, value),
            _ => content.strip_suffix(':').map_or(("", content), |key| (key, "")),
        };
        if value.starts_with(['>', '|']) {
            block = Some(line.len() - line.trim_start().len());
            return is_other(key);
        }
        !is_quoted(key) && is_other(key) || !value.is_empty() && !is_quoted(value) && !is_plain_everywhere(value)
    };
    file.lines().filter(is_ambiguous).collect()
}
