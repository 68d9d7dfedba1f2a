//! Content negotiation: which of an operation's media types the caller gets (RFC 9110 §12.5.1).

/// The offered media type with the highest quality in `Accept`; the first offer wins a tie and is the default. A
/// caller who accepts problems accepts JSON. `None`: 406.
pub fn chosen<'a>(accept: Option<&str>, offers: &'a [String]) -> Option<&'a str> {
    let first = offers.first()?;
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty());
    let Some(accept) = accept else { return Some(first) };
    let ranges: Vec<_> = accept.split(',').map(range).collect();
    let mut best: Option<(u16, &str)> = None;
    for offer in offers {
        let quality = quality(&ranges, offer);
        if quality > 0 && best.is_none_or(|(known, _)| quality > known) {
            best = Some((quality, offer));
        }
    }
    best.map(|(_, offer)| offer).or_else(|| {
        let takes_problems = ranges.iter().any(|(name, quality)| name == "application/problem+json" && *quality > 0);
        offers.iter().find(|offer| takes_problems && *offer == "application/json").map(String::as_str)
    })
}

/// A media range and its quality in thousandths; an unreadable quality counts as 0.
fn range(text: &str) -> (String, u16) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().to_owned())
    });
    (name, quality.map_or(1000, |text| thousandths(&text).unwrap_or(0)))
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = whole.parse().ok()?;
    let decimals: u16 = format!("{decimals:0<3}").get(..3)?.parse().ok()?;
    Some((whole.min(1) * 1000 + decimals).min(1000))
}

/// The quality of an offer: that of the most specific matching range.
fn quality(ranges: &[(String, u16)], offer: &str) -> u16 {
    let family = offer.split('/').next().unwrap_or_default();
    let under = [offer.to_owned(), format!("{family}/*"), "*/*".to_owned()];
    let found = under.iter().find_map(|name| ranges.iter().find(|(range, _)| range == name));
    found.map_or(0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-04: the best offer is chosen, or none.
    #[test]
    fn the_best_form_is_chosen() {
        let offers = ["application/json", "application/x-ndjson", "text/csv"].map(str::to_owned);
        for (accept, form) in [
            (None, Some("application/json")),
            (Some(""), Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("text/csv"), Some("text/csv")),
            (Some("TEXT/CSV"), Some("text/csv")),
            (Some("text/*"), Some("text/csv")),
            (Some("application/*"), Some("application/json")),
            (Some("text/csv; charset=utf-8"), Some("text/csv")),
            (Some("application/x-ndjson, application/problem+json"), Some("application/x-ndjson")),
            (Some("text/csv;q=0.5, application/x-ndjson;q=0.9"), Some("application/x-ndjson")),
            (Some("text/csv;q=0.5, */*;q=0.1"), Some("text/csv")),
            (Some("application/json;q=0, */*"), Some("application/x-ndjson")),
            (Some("application/json;q=0"), None),
            (Some("application/problem+json"), Some("application/json")),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some("application/json")),
            (Some("text/html"), None),
            (Some("text/csv;q=x"), None),
            (Some(",;,"), None),
        ] {
            assert_eq!(chosen(accept, &offers), form, "{accept:?}");
        }
        assert_eq!(chosen(None, &[]), None);
    }
}
