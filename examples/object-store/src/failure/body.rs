//! The body of an error response: XML from stores and STS, JSON from Google and Microsoft's sign-in, or a proxy's page.

use serde_json::Value;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Explanation {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) region: String,
}

/// The maximum length of a message from an unknown format.
const LIMIT: usize = 200;

pub(super) fn explanation(body: &str) -> Explanation {
    let body = body.trim_start_matches('\u{feff}').trim();
    if let Some(code) = element(body, "Code") {
        let message = element(body, "Message").unwrap_or_default();
        // Azure's details about the request.
        let detail = element(body, "AuthenticationErrorDetail").unwrap_or_default();
        let message = [first_line(&message), first_line(&detail)].join(" ").trim().to_owned();
        return Explanation { code, message, region: element(body, "Region").unwrap_or_default() };
    }
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return from_json(&json);
    }
    let text = element(body, "title").unwrap_or_else(|| first_line(body));
    let message = if text.starts_with('<') { String::new() } else { text.chars().take(LIMIT).collect() };
    Explanation { message, ..Explanation::default() }
}

/// `{"error": "invalid_grant", "error_description": "…"}`, `{"error": {"status": "…", "message": "…"}}`, `{"code": …}`.
fn from_json(json: &Value) -> Explanation {
    let text = |value: &Value| match value {
        Value::String(text) => first_line(text),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let error = json.get("error").filter(|error| error.is_object()).unwrap_or(json);
    let first = |keys: [&str; 3]| {
        let found = keys.iter().filter_map(|key| error.get(key)).map(text).find(|text| !text.is_empty());
        found.unwrap_or_default()
    };
    Explanation {
        code: first(["error", "status", "code"]),
        message: first(["error_description", "message", "Message"]),
        region: String::new(),
    }
}

/// The text of the first element with this name. A parser would reject truncated bodies.
fn element(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = quick_xml::escape::unescape(text).unwrap_or(text.into());
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> (String, String, String) {
        let Explanation { code, message, region } = explanation(body);
        (code, message, region)
    }

    #[test]
    fn errors_of_all_services() {
        let texts = |code: &str, message: &str, region: &str| (code.into(), message.into(), region.into());
        for (body, expected) in [
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region &apos;a&apos; \
                 is wrong; expecting &apos;eu-1&apos;</Message><Region>eu-1</Region></Error>",
                texts("AuthorizationHeaderMalformed", "the region 'a' is wrong; expecting 'eu-1'", "eu-1"),
            ),
            (
                "\u{feff}<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:1\
                 \nTime:2</Message><AuthenticationErrorDetail>Request date header too old</AuthenticationErrorDetail></Error>",
                texts("AuthenticationFailed", "Server failed. Request date header too old", ""),
            ),
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.\r\nTrace ID: 1"}"#,
                texts("invalid_client", "AADSTS7000215: Invalid client secret.", ""),
            ),
            (
                r#"{"error":{"code":403,"message":"Permission denied","status":"PERMISSION_DENIED"}}"#,
                texts("PERMISSION_DENIED", "Permission denied", ""),
            ),
            ("<html><head><title>407 Proxy</title></head></html>", texts("", "407 Proxy", "")),
            ("<html><body>x</body></html>", texts("", "", "")),
            ("upstream gone\nmore", texts("", "upstream gone", "")),
            ("", texts("", "", "")),
        ] {
            assert_eq!(found(body), expected, "{body}");
        }
    }
}
