//! Injected failures of requests.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::objects::Resource;

#[derive(Debug)]
pub(super) struct Fault {
    verb: String,
    resource: String,
    code: u16,
    /// Number of requests that succeed first.
    after: AtomicUsize,
    /// Number of remaining failures.
    times: AtomicUsize,
}

impl Fault {
    pub(super) fn new(verb: &str, resource: &str, code: u16) -> Self {
        let (verb, resource) = (verb.to_owned(), resource.to_owned());
        Self { verb, resource, code, after: AtomicUsize::new(0), times: AtomicUsize::new(usize::MAX) }
    }

    pub(super) fn set_after(&self, requests: usize) {
        self.after.store(requests, Ordering::Relaxed);
    }

    pub(super) fn set_times(&self, failures: usize) {
        self.times.store(failures, Ordering::Relaxed);
    }

    /// Counts a request. Returns the code if it fails.
    pub(super) fn hit(&self, verb: &str, resource: &Resource, subresource: &str) -> Option<u16> {
        if !self.is_for(verb, resource, subresource) || take_one(&self.after) {
            return None;
        }
        take_one(&self.times).then_some(self.code)
    }

    fn is_for(&self, verb: &str, resource: &Resource, subresource: &str) -> bool {
        let with_sub = |name: &str| match subresource {
            "" => name.to_owned(),
            sub => format!("{name}/{sub}"),
        };
        let named = [with_sub(&resource.plural), with_sub(&resource.to_string())];
        (self.verb == "*" || self.verb == verb) && (self.resource == "*" || named.contains(&self.resource))
    }
}

/// Decrements a counter; false if it was zero.
fn take_one(count: &AtomicUsize) -> bool {
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
