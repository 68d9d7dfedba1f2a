//! Requests to an untrusted service: limited in time and size, and sent only to the configured address.

use reqwest::{Client, Error, RequestBuilder, header::CONTENT_TYPE, redirect};

use super::settings::Patience;

/// The maximum size of an answer, in bytes.
pub(super) const MAX_ANSWER: usize = 64 * 1024;

/// An answer.
pub(super) struct Reply {
    pub status: u16,
    /// Whether its content type is JSON.
    pub is_json: bool,
    /// Empty when the body of this status is not read.
    pub body: Vec<u8>,
}

pub(super) fn client(patience: &Patience) -> Result<Client, Error> {
    Client::builder()
        // A redirect would let the answer choose who gets the data.
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent("insula")
        .connect_timeout(patience.connect)
        .timeout(patience.request)
        .build()
}

/// Sends a request. The body of the answer is read only for statuses whose body has a meaning.
///
/// # Errors
/// A few words for the log and the outbox, without content of the answer or the request.
pub(super) async fn send(request: RequestBuilder, meaning: &[u16]) -> Result<Reply, String> {
    let mut response = request.send().await.map_err(|error| in_words(&error))?;
    let status = response.status().as_u16();
    let is_json = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(says_json);
    let mut body = Vec::new();
    if meaning.contains(&status) {
        while let Some(chunk) = response.chunk().await.map_err(|error| in_words(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(format!("an answer of more than {MAX_ANSWER} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(Reply { status, is_json, body })
}

/// `application/json`, `application/problem+json` and the like.
fn says_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn in_words(error: &Error) -> String {
    let words = match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "no connection",
        () if error.is_body() || error.is_decode() => "an answer that broke off",
        () => "no answer",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::says_json;

    #[test]
    fn json_is_what_says_so() {
        for (content_type, says) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/json", false),
            ("text/html", false),
            ("application/jsonp", false),
            ("image/svg+json", false),
            ("", false),
        ] {
            assert_eq!(says_json(content_type), says, "{content_type}");
        }
    }
}
