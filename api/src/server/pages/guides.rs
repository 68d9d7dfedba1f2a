//! The guides: `docs/*.md` as pages.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{HttpResponse, web};
use maud::{PreEscaped, html};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

use super::frame::{answered, framed};
use crate::http::problem::ApiError;

macro_rules! guides {
    ($($readers:literal: [$($name:literal),* $(,)?]),* $(,)?) => {
        [$(($readers, &[$(($name, include_str!(concat!("../../../../docs/", $name, ".md")))),*])),*]
    };
}

/// The guides by their readers: the name and the text of each.
const GUIDES: [(&str, &[(&str, &str)]); 3] = guides! {
    "For those who write a client": ["webhooks", "bulk-import", "billing", "problems", "deprecation", "healthdata"],
    "For those who run it": ["operations", "security", "vault-and-keys"],
    "For those who change it": [
        "architecture", "adding-an-operation", "establishments", "coded-data", "emails", "imports-internals",
        "webhooks-internals", "quirks",
    ],
};

/// A guide as a page.
struct Guide {
    title: String,
    page: String,
}

static PAGES: LazyLock<BTreeMap<&str, Guide>> = LazyLock::new(|| {
    let all = GUIDES.iter().flat_map(|(_, guides)| *guides);
    all.map(|(name, text)| (*name, guide(text))).collect()
});

/// Name and title of each guide, by readers.
pub fn list() -> impl Iterator<Item = (&'static str, Vec<(&'static str, &'static str)>)> {
    let title = |name: &str| PAGES.get(name).map(|guide| guide.title.as_str()).unwrap_or_default();
    GUIDES
        .iter()
        .map(move |(readers, guides)| (*readers, guides.iter().map(|(name, _)| (*name, title(name))).collect()))
}

/// Serves a guide.
pub async fn serve(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let guide = PAGES.get(name.trim_end_matches(".md")).ok_or(ApiError::NotFound)?;
    Ok(answered(guide.page.clone()))
}

fn guide(text: &str) -> Guide {
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned();
    let body = html! { article { (PreEscaped(rendered(text))) } };
    let page = framed(&format!("{title} – Insula"), &html! {}, &body);
    Guide { title, page }
}

/// Markdown as HTML: headings can be linked to, links lead to the pages of other guides, and what is wide can be
/// scrolled by itself.
fn rendered(text: &str) -> String {
    let events: Vec<Event> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut shown = Vec::with_capacity(events.len());
    let (mut in_link, mut is_kept) = (false, false);
    for (at, event) in events.iter().enumerate() {
        let markup = |html: &'static str| Event::Html(CowStr::Borrowed(html));
        match event.clone() {
            Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                let id = Some(anchor(&events[at + 1..]).into());
                shown.push(Event::Start(Tag::Heading { level, id, classes, attrs }));
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = target(&dest_url);
                (in_link, is_kept) = (true, target.is_some());
                shown.extend(target.map(|to| Event::Start(Tag::Link { link_type, dest_url: to.into(), title, id })));
            }
            Event::End(TagEnd::Link) => {
                shown.extend(is_kept.then_some(Event::End(TagEnd::Link)));
                in_link = false;
            }
            Event::Code(code) if !in_link => match code.strip_prefix("docs/").and_then(target) {
                Some(to) => shown.push(Event::Html(html! { a href=(to) { code { (code) } } }.into_string().into())),
                None => shown.push(Event::Code(code)),
            },
            Event::Start(Tag::CodeBlock(_)) => shown.push(markup("<pre tabindex=\"0\"><code>")),
            Event::End(TagEnd::CodeBlock) => shown.push(markup("</code></pre>\n")),
            start @ Event::Start(Tag::Table(_)) => shown.extend([markup("<div class=\"wide\" tabindex=\"0\">"), start]),
            end @ Event::End(TagEnd::Table) => shown.extend([end, markup("</div>")]),
            // The guides hold text alone: what looks like HTML is meant to be read.
            Event::Html(text) | Event::InlineHtml(text) => shown.push(Event::Text(text)),
            other => shown.push(other),
        }
    }
    let mut html = String::new();
    push_html(&mut html, shown.into_iter());
    html
}

/// Where a link of a guide leads on the pages; none if that is not served.
fn target(link: &str) -> Option<String> {
    if link.starts_with('#') || link.contains("://") {
        return Some(link.to_owned());
    }
    let (file, fragment) =
        link.split_once('#').map_or((link, String::new()), |(file, rest)| (file, format!("#{rest}")));
    let name = file.strip_suffix(".md")?;
    let is_served = GUIDES.iter().flat_map(|(_, guides)| *guides).any(|(known, _)| *known == name);
    is_served.then(|| format!("{name}{fragment}"))
}

/// The name of a heading in links, from what follows its start: its words in lower case, joined by hyphens.
fn anchor(events: &[Event]) -> String {
    let of_heading = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let text: String = of_heading
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.to_lowercase()),
            _ => None,
        })
        .collect();
    let kept = text.chars().filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'));
    kept.map(|one| if one == ' ' { '-' } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// SYS-04: what a message refers to can be read: every guide of `docs/` is a page.
    #[test]
    fn every_guide_is_a_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let written: BTreeSet<_> = names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned)).collect();
        let served: BTreeSet<_> = PAGES.keys().map(|name| (*name).to_owned()).collect();
        assert_eq!(served, written, "GUIDES lists every file of docs/");
    }

    /// SYS-04: links between guides lead to pages; those to files that are not served are plain text.
    #[test]
    fn links_lead_to_pages() {
        let html =
            rendered("# A *b* `c`\n[x](emails.md#top) [y](decisions/0001-a.md) `docs/quirks.md` `docs/none.md` <b>");
        assert!(html.contains("<h1 id=\"a-b-c\">"), "{html}");
        assert!(
            html.contains("<a href=\"emails#top\">x</a> y <a href=\"quirks\"><code>docs/quirks.md</code></a>"),
            "{html}"
        );
        assert!(html.contains("<code>docs/none.md</code> &lt;b&gt;"), "{html}");
    }
}
