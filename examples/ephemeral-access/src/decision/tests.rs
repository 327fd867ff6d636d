use super::*;

const POLICY: &str = "
timeZone: Europe/Berlin
ticket: {annotation: example.com/change, pattern: CHG-*}
rules:
- {name: on call, users: ['*@sre.example.com'], roles: [devops], needsTicket: false}
- {name: office, users: [ada@example.com], roles: [devops], projects: [shop], hours: [Mon-Fri 09:00-17:00]}
- {name: own, users: [bob@example.com], roles: ['*'], applications: [cart, other/checkout]}
";
/// Monday, 09:00 in summer, in Berlin.
const MONDAY: &str = "2026-06-01T07:00:00Z";
const SUNDAY: &str = "2026-06-07T10:30:00Z";

/// The result for a user, role and application at a time.
fn answer(user: &str, role: &str, application: &str, now: &str) -> GrantResponse {
    answer_with(user, role, application, now, "{}", "{}")
}

fn answer_with(
    user: &str,
    role: &str,
    application: &str,
    now: &str,
    on_request: &str,
    on_application: &str,
) -> GrantResponse {
    let request = format!(
        r#"{{"metadata": {{"name": "r-1", "namespace": "argocd", "annotations": {on_request}}}, "spec": {{
            "duration": "1h0m0s", "subject": {{"username": "{user}"}}, "role": {{"templateRef": {{"name": "{role}"}}}},
            "application": {{"name": "{application}", "namespace": "argocd"}}}}}}"#
    );
    let application =
        format!(r#"{{"metadata": {{"annotations": {on_application}}}, "spec": {{"project": "shop"}}}}"#);
    decide(
        &POLICY.parse().unwrap(),
        &AccessRequest::from_json(request.as_bytes()).unwrap(),
        &Application::from_json(application.as_bytes()).unwrap(),
        now.parse().unwrap(),
    )
}

const TICKET: &str = r#"{"example.com/change": "CHG-7"}"#;

#[test]
fn a_rule_grants_its_roles_to_its_users() {
    let granted = answer("eve@sre.example.com", "devops", "any", SUNDAY);
    assert_eq!(granted, GrantResponse::granted("Granted for 1h0m0s by the rule `on call`."));
    for (user, role) in [("eve@sre.example.com", "admin"), ("eve@example.com", "devops"), ("", "devops")] {
        let denied = answer(user, role, "any", SUNDAY);
        let expected = format!(
            "**Denied:** no rule grants `{user}` the role `{role}` on the application `argocd/any` of the project `shop`."
        );
        assert_eq!(denied, GrantResponse::denied(expected));
    }
}

#[test]
fn applications_match_with_and_without_namespace() {
    assert_eq!(answer_with("bob@example.com", "x", "cart", SUNDAY, TICKET, "{}").status.as_str(), "granted");
    assert_eq!(
        answer_with("bob@example.com", "x", "checkout", SUNDAY, TICKET, "{}").status.as_str(),
        "denied"
    );
}

#[test]
fn a_request_without_ticket_is_pending() {
    let pending = answer("ada@example.com", "devops", "cart", MONDAY);
    assert_eq!(pending.status.as_str(), "grant-pending");
    assert!(pending.message.contains("accessrequest r-1 example.com/change=CHG-*"), "{}", pending.message);
    let wrong =
        answer_with("ada@example.com", "devops", "cart", MONDAY, r#"{"example.com/change": "`soon`"}"#, "{}");
    assert!(wrong.message.starts_with("**Waiting for a change ticket:** `'soon'` does not match `CHG-*`."));
    for (on_request, on_application) in [(TICKET, "{}"), ("{}", TICKET)] {
        let granted = answer_with("ada@example.com", "devops", "cart", MONDAY, on_request, on_application);
        let expected = "Granted for 1h0m0s by the rule `office`, with the ticket `CHG-7`.";
        assert_eq!(granted, GrantResponse::granted(expected));
    }
}

#[test]
fn hours_are_in_the_time_zone() {
    for (now, expected) in [
        (MONDAY, "granted"),
        ("2026-06-01T06:59:59Z", "denied"),
        ("2026-06-01T14:59:59Z", "granted"),
        ("2026-06-01T15:00:00Z", "denied"),
        // Winter.
        ("2026-12-07T07:00:00Z", "denied"),
        ("2026-12-07T08:00:00Z", "granted"),
    ] {
        assert_eq!(
            answer_with("ada@example.com", "devops", "cart", now, TICKET, "{}").status.as_str(),
            expected,
            "{now}"
        );
    }
    let denied = answer("ada@example.com", "devops", "cart", SUNDAY);
    let message = &denied.message;
    assert!(
        message.contains("but not now (Sun 12:30, Europe/Berlin):\n\n- Mon-Fri 09:00-17:00 (`office`)\n"),
        "{message}"
    );
}

#[test]
fn a_user_cannot_write_markup() {
    let denied = answer("`[x](http://evil)\\n\\n# y", "a", "b", SUNDAY);
    assert!(denied.message.contains("`'[x](http://evil)  # y`"), "{}", denied.message);
}
