//! Pages for reading and printing, in the reader's language: their frame, their look and their texts (SYS-04).

use chrono::NaiveDate;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::language::{Language, PageTexts, date, filled};

const STYLE: &str = "body{font:11pt/1.4 system-ui,sans-serif;color:#1a1a1a;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #888}h3{font-size:1rem;margin:1.2rem 0 .3rem}\
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}\
th{background:#eef2f5;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr.sum td{font-weight:600}\
td.d{white-space:nowrap}\
.bad{color:#9b1c1c;font-weight:600}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem}dt{color:#555}dd{margin:0}\
ul{margin:.3rem 0;padding-left:1.2rem}.how{font-size:.92em}.how small{color:#666}footer{margin-top:2rem;color:#555;font-size:.88em}\
@media print{body{margin:0;max-width:none;font-size:9.5pt}h2,h3{break-after:avoid}tr,li{break-inside:avoid}}";

/// The reader's language and the texts of a page in it.
#[derive(Clone, Copy)]
pub struct Speech<'a> {
    /// The language.
    pub language: Language,
    /// The texts.
    pub texts: &'a PageTexts,
}

impl Speech<'_> {
    /// A text.
    pub fn text(&self, key: &str) -> String {
        self.filled(key, &[])
    }

    /// A text with its placeholders filled.
    pub fn filled(&self, key: &str, values: &[(&str, String)]) -> String {
        filled(self.texts.get(key), values)
    }

    /// A day.
    pub fn day(&self, day: NaiveDate) -> String {
        date(self.language, day)
    }

    /// A whole page of this title.
    pub fn page(&self, title: &str, body: &Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.name()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body { h1 { (title) } (body) }
            }
        };
        page.into_string()
    }
}
