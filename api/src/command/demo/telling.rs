//! How the story is printed: numbered headings, a few sentences, one line per request, and the relevant part of each
//! answer.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    DemoError,
    service::{Person, Reply, Request, Service},
};

const WIDTH: usize = 100;
/// The interval of polling.
const PAUSE: Duration = Duration::from_millis(200);

/// Sends the requests of the story and prints it.
pub struct Teller<'a> {
    /// The running service.
    pub service: Service,
    out: &'a mut dyn Write,
    chapter: u32,
}

impl<'a> Teller<'a> {
    /// A teller that has printed nothing yet.
    pub fn new(service: Service, out: &'a mut dyn Write) -> Teller<'a> {
        Teller { service, out, chapter: 0 }
    }

    /// The introduction.
    pub fn opening(&mut self) -> Result<(), DemoError> {
        writeln!(
            self.out,
            "From an implanted glucose sensor to a billable registration code, to the end of the counters, and to a team that is assessed"
        )?;
        self.say(&format!(
            "Told by the service at {}. Everyone in it is invented; each run invents new people. Identifiers in paths are \
             shortened to their last digits.",
            self.service.base
        ))
    }

    /// The end, and what to try next.
    pub fn closing(&mut self) -> Result<(), DemoError> {
        writeln!(self.out)?;
        self.say(&format!(
            "That was the story so far. Try it yourself: {}/doc/ui/ (a token: `insula token --hospital 71000436 --role \
             studyLead`). Every rule named above can be read at {}/rules.",
            self.service.base, self.service.base
        ))
    }

    /// A numbered heading and what it is about.
    pub fn chapter(&mut self, title: &str, text: &str) -> Result<(), DemoError> {
        self.chapter += 1;
        let heading = format!("{}. {title}", self.chapter);
        writeln!(self.out, "\n{heading}\n{}", "─".repeat(heading.chars().count()))?;
        self.say(text)
    }

    /// Plain sentences.
    pub fn say(&mut self, text: &str) -> Result<(), DemoError> {
        self.wrapped(text, "")
    }

    /// Sends a request, and prints it with the first line of the answer.
    pub async fn ask(&mut self, request: Request<'_>) -> Result<Reply, DemoError> {
        let line = format!("{} {}{}", request.method, shortened(&request.path), request.conditions());
        writeln!(self.out, "\n  {line}    ({})", request.who.name)?;
        if let Some(words) = &request.words {
            self.wrapped(words, "    ")?;
        }
        let reply = self.service.send(request).await?;
        self.outcome(&reply)?;
        Ok(reply)
    }

    /// Polls silently until the answer satisfies a condition, for at most `patience`.
    pub async fn until(
        &mut self,
        who: &Person,
        path: &str,
        patience: Duration,
        holds: impl Fn(&Reply) -> bool,
    ) -> Result<Reply, DemoError> {
        let began = Instant::now();
        while began.elapsed() < patience {
            let reply = self.service.send(Request::get(who, path)).await?.expect(200)?;
            if holds(&reply) {
                return Ok(reply);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(DemoError::NotDelivered(patience.as_secs()))
    }

    fn outcome(&mut self, reply: &Reply) -> Result<(), DemoError> {
        let (status, kind) = (reply.status.as_u16(), reply.text("type"));
        let problem = kind.starts_with("urn:problem-type:");
        let phrase = if problem {
            kind.rsplit(':').next().unwrap_or_default()
        } else {
            reply.status.canonical_reason().unwrap_or_default()
        };
        writeln!(self.out, "  → {status} {phrase}{}", rule_of(&reply.body))?;
        if !problem {
            return Ok(());
        }
        if reply.list("issues").is_empty() {
            self.wrapped(&format!("“{}”", reply.text("detail")), "    ")?;
        }
        self.issues(reply.list("issues"))
    }

    /// Faults or warnings: where, what, and by which rule.
    pub fn issues(&mut self, issues: &[Value]) -> Result<(), DemoError> {
        for issue in issues {
            let text = |name: &str| issue[name].as_str().unwrap_or_default().to_owned();
            let name = if text("name").is_empty() { text("code") } else { text("name") };
            self.wrapped(&format!("{name}: {}{}", text("detail"), rule_of(issue)), "    ")?;
        }
        Ok(())
    }

    /// One value of the answer.
    pub fn fact(&mut self, label: &str, value: &str) -> Result<(), DemoError> {
        Ok(writeln!(self.out, "    {label:<18}  {value}")?)
    }

    /// Members of the answer, each under its own name.
    pub fn members(&mut self, reply: &Reply, names: &[&str]) -> Result<(), DemoError> {
        for name in names {
            match &reply.body[*name] {
                Value::Null => {}
                Value::String(text) => self.fact(name, text)?,
                other => self.fact(name, &other.to_string())?,
            }
        }
        Ok(())
    }

    /// A letter, line by line.
    pub fn letter(&mut self, text: &str) -> Result<(), DemoError> {
        for line in text.lines() {
            if line.trim().is_empty() {
                writeln!(self.out, "    │")?;
            } else {
                self.wrapped(line, "    │ ")?;
            }
        }
        Ok(())
    }

    /// A line of a table.
    pub fn row(&mut self, cells: &[(&str, usize)]) -> Result<(), DemoError> {
        let cells: Vec<_> = cells.iter().map(|(text, width)| format!("{text:<width$}")).collect();
        Ok(writeln!(self.out, "    {}", cells.join("  ").trim_end())?)
    }

    fn wrapped(&mut self, text: &str, indent: &str) -> Result<(), DemoError> {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() + indent.len() > WIDTH {
                writeln!(self.out, "{indent}{line}")?;
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        Ok(writeln!(self.out, "{indent}{line}")?)
    }
}

fn rule_of(body: &Value) -> String {
    match (body["rule"].as_str(), body["source"].as_str()) {
        (Some(rule), Some(source)) => format!("  [{rule}, {source}]"),
        _ => String::new(),
    }
}

/// A path whose identifiers are cut to their last digits, so that a line stays readable.
pub fn shortened(path: &str) -> String {
    let ends = |c: char| matches!(c, '/' | '?' | '&' | ':' | '=');
    let pieces = path.split_inclusive(ends).map(|piece| {
        let id = piece.trim_end_matches(ends);
        if is_identifier(id) { piece.replace(id, &tail(id)) } else { piece.to_owned() }
    });
    pieces.collect()
}

fn is_identifier(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

/// The end of an identifier.
pub fn tail(id: &str) -> String {
    format!("…{}", id.get(id.len().saturating_sub(6)..).unwrap_or(id))
}
