//! The landing page, at `/` and at the base path.

use actix_web::{HttpResponse, web};
use maud::{Markup, html};

use super::{
    frame::{answered, framed},
    guides,
};
use crate::{config::BASE_PATH, http::state::AppState, server::contract};

/// Serves the landing page, with commands for the address of this instance.
pub async fn serve(state: web::Data<AppState>) -> HttpResponse {
    let base = format!("{}{BASE_PATH}", state.public_url);
    let version = contract::document()["info"]["version"].as_str().unwrap_or_default();
    let main = html! {
        h1 { "Insula" }
        p.lead {
            "Insula is the registry of implantable glucose sensors in Belgium, and of the establishments that offer \
             insulin pump therapy. Hospitals register over HTTP, insurers check the codes that they are billed with, \
             and INAMI keeps the national counters and the conventions."
        }
        h2 id="start" { "Five steps" }
        p {
            "They work as pasted on a development instance (" code { "make run" } "), from the folder of the checkout, in \
             one terminal. Elsewhere, take the token from the issuer that the instance trusts."
        }
        ol.steps { @for step in steps(&base) { li { (step) } } }
        h2 id="look-up" { "To look up" }
        ul.links {
            li { (link("/doc/ui/", "API reference")) ": every operation, with its roles, and a button that tries it" }
            li {
                "The contract, version " (version) ": " (link("/doc/openapi.yaml", "YAML")) ", "
                (link("/doc/openapi.json", "JSON")) ", " (link("/doc/openapi.progenitor.json", "for progenitor"))
            }
            li { (link("/rules", "Rules")) ": what each decides and where it comes from" }
            li { (link("/problems", "Problems")) ": every type of refusal" }
            li { (link("/health", "Health")) ": whether this instance works" }
        }
        h2 id="guides" { "Guides" }
        @for (readers, guides) in guides::list() {
            h3 { (readers) }
            ul.links { @for (name, title) in guides { li { (link(&format!("/doc/pages/{name}"), title)) } } }
        }
    };
    answered(framed("Insula", &html! {}, &main))
}

fn link(path: &str, text: &str) -> Markup {
    html! { a href={ (BASE_PATH) (path) } { (text) } }
}

/// What to do first, each with commands.
fn steps(base: &str) -> [Markup; 5] {
    let step = |title: &str, text: &str, commands: &str| {
        html! {
            h3 { (title) }
            p { (text) }
            pre tabindex="0" { code { (commands) } }
        }
    };
    let first_id = "grep -o '\"id\":\"[^\"]*\"' | head -1 | cut -d '\"' -f 4";
    let created = "\\\n  -H 'Content-Type: application/json' -H \"Idempotency-Key: \\\"$(date +%s%N)\\\"\"";
    [
        step(
            "Get a token",
            "It says who you are: here the study lead of an invented hospital. Each operation names the roles that may \
             call it.",
            &format!(
                "API='{base}'\nTOKEN=$(target/debug/insula token --hospital 71000436 --role studyLead)\n\
                 curl \"$API/registrations\" -H \"Authorization: Bearer $TOKEN\""
            ),
        ),
        step(
            "Save a draft",
            "A draft may be as incomplete as you like. Every POST that creates something carries a key of your own, so \
             that a retry creates nothing twice.",
            &format!(
                "DRAFT=$(curl -s \"$API/registrations\" -H \"Authorization: Bearer $TOKEN\" {created} \\\n  \
                 -d '{{\"type\": \"firstImplantation\"}}' | {first_id})"
            ),
        ),
        step(
            "Ask what is missing",
            "All faults come at once, each with its field, a stable code and the rule behind it, in fr, nl, de or en.",
            "curl \"$API/registrations/$DRAFT/check\" -H \"Authorization: Bearer $TOKEN\" \\\n  \
             -H 'Accept-Language: en'",
        ),
        step(
            "Change it",
            "A change names the version that it is based on; if somebody was faster, it is refused.",
            "curl -X PATCH \"$API/registrations/$DRAFT\" -H \"Authorization: Bearer $TOKEN\" \\\n  \
             -H 'If-Match: \"1\"' -H 'Content-Type: application/merge-patch+json' \\\n  \
             -d '{\"content\": {\"eventDate\": \"2026-06-01\"}}'",
        ),
        step(
            "See the whole story",
            "Beneficiaries, codes, the insurer's check, the nights over the national counters, conventions and staffing, \
             each step explained as it is played.",
            "make demo",
        ),
    ]
}
