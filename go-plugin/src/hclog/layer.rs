//! The `tracing` layer: an event and the fields of its spans become one record.

use std::error::Error as StdError;
use std::fmt;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Event, Metadata, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{Level, Record, sink};

/// The layer, for a custom subscriber. [`init`](super::init) installs one.
///
/// It writes events in the format and down to the level passed to `init`. Fields of spans are part of each
/// event inside them; a span's field with a name that starts with `@` is not logged ([`Record::context`]).
#[derive(Debug, Clone, Copy, Default)]
pub struct Layer;

/// The fields of a span, stored with it.
struct Fields(Vec<(&'static str, Value)>);

fn wanted(metadata: &Metadata<'_>) -> bool {
    let level = Level::from(*metadata.level());
    let root = metadata.target().split("::").next().unwrap_or_default();
    let transport = sink::format().is_quiet(root);
    if metadata.is_span() {
        // Their fields are part of every event inside them, at any level.
        return !transport;
    }
    sink::enabled(level) && (level <= Level::Warn || !transport)
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        if wanted(metadata) {
            tracing::subscriber::Interest::always()
        } else {
            tracing::subscriber::Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        wanted(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from(sink::level()).max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields(Vec::new());
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &SpanRecord<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // Events from the crate `log` have their location and target in fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        if !wanted(metadata) {
            return;
        }
        let mut record = Record::new(Level::from(*metadata.level()), "");
        for span in
            context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                for (key, value) in &fields.0 {
                    if key.starts_with('@') {
                        record.add_context(key, value.clone());
                    } else {
                        record.field(key, value.clone());
                    }
                }
            }
        }
        event.record(&mut ToRecord { record: &mut record });
        if let (Some(file), Some(line)) = (metadata.file(), metadata.line()) {
            record.source_at(file, line);
        }
        sink::write(record);
    }
}

struct ToRecord<'a> {
    record: &'a mut Record,
}

/// Converts a field by its type.
trait Put {
    fn put(&mut self, field: &Field, value: Value);
    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static));
}

impl Put for ToRecord<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            (name, _) if name.starts_with("log.") => {}
            ("message", Value::String(message)) => self.record.set_message(message),
            ("message", other) => self.record.set_message(other.to_string()),
            (name, value) => self.record.field(name, value),
        }
    }

    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        let format = sink::format();
        format.error(self.record, value);
        self.put(field, format.error_text(value).into());
    }
}

impl Put for Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), value));
    }

    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        self.put(field, sink::format().error_text(value).into());
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(&mut self, field: &Field, value: $type) {
            self.put(field, value.into());
        })*
    };
}

/// Both visitors handle all field types the same way.
macro_rules! visitor {
    ($type:ty) => {
        impl Visit for $type {
            visit!(record_f64: f64, record_i64: i64, record_u64: u64, record_bool: bool, record_str: &str);

            fn record_i128(&mut self, field: &Field, value: i128) {
                self.put(field, value.to_string().into());
            }

            fn record_u128(&mut self, field: &Field, value: u128) {
                self.put(field, value.to_string().into());
            }

            fn record_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
                self.put_error(field, value);
            }

            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                self.put(field, format!("{value:?}").into());
            }
        }
    };
}

visitor!(ToRecord<'_>);
visitor!(Fields);

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::super::{Format, Json, printed::Lines};
    use super::*;

    static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

    /// Keeps the records, in place of the host.
    struct Keep;

    impl Format for Keep {
        fn line(&self, record: Record) -> Vec<u8> {
            RECORDS.lock().unwrap_or_else(PoisonError::into_inner).push(record);
            Vec::new()
        }

        fn error(&self, record: &mut Record, error: &(dyn StdError + 'static)) {
            record.field("caused", error.source().is_some());
        }
    }

    fn take() -> Vec<(Level, String, Value)> {
        let records = std::mem::take(&mut *RECORDS.lock().unwrap_or_else(PoisonError::into_inner));
        let fields =
            |record: &Record| record.fields().map(|(key, value)| (key.to_owned(), value.clone())).collect();
        records.iter().map(|record| (record.level(), record.message().to_owned(), fields(record))).collect()
    }

    /// The format of a process cannot be replaced, so one test has all cases.
    #[test]
    fn events_become_records_of_the_process() {
        sink::open(Level::Info, &Keep).unwrap();
        let subscriber = tracing_subscriber::registry().with(Layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(text = "a b", count = 1_u64, less = -1, big = u128::MAX, some = ?Some(1), done = true, "hi");
            let expected = json!({
                "text": "a b", "count": 1, "less": -1, "big": u128::MAX.to_string(), "some": "Some(1)", "done": true,
            });
            assert_eq!(take(), [(Level::Info, "hi".to_owned(), expected)]);

            // Fields of spans; inner ones replace outer ones, and later ones earlier ones.
            let outer =
                tracing::info_span!("outer", name = "outer", "@call" = 7, later = tracing::field::Empty);
            outer.in_scope(|| {
                outer.record("later", 1.5);
                outer.record("later", 2.5);
                tracing::info_span!("inner", name = "inner").in_scope(|| tracing::warn!("in both"));
                tracing::debug!("not at this level");
            });
            let records = std::mem::take(&mut *RECORDS.lock().unwrap());
            let [record] = &records[..] else { panic!("{records:?}") };
            let fields: Vec<_> = record.fields().map(|(key, value)| (key, value.clone())).collect();
            assert_eq!(fields, [("later", json!(2.5)), ("name", json!("inner"))]);
            assert_eq!(record.context("@call"), Some(&json!(7)));
            assert!(record.source().is_some_and(|source| source.contains("layer.rs:")));

            // Also fields of spans below the level.
            sink::open(Level::Warn, &Keep).unwrap();
            tracing::info_span!("span", key = 1).in_scope(|| {
                tracing::info!("not at this level");
                tracing::warn!("careful");
            });
            assert_eq!(take(), [(Level::Warn, "careful".to_owned(), json!({"key": 1}))]);
            sink::open(Level::Info, &Keep).unwrap();

            // Errors have their chain, and what the format adds.
            let error = crate::ServeError::Tls("no certificate".into());
            tracing::error!(error = &error as &dyn StdError, "failed");
            let expected = json!({"error": "cannot set up TLS: no certificate", "caused": true});
            assert_eq!(take(), [(Level::Error, "failed".to_owned(), expected)]);
            tracing::info_span!("call", error = &error as &dyn StdError).in_scope(|| tracing::info!("in it"));
            let expected = json!({"error": "cannot set up TLS: no certificate"});
            assert_eq!(take(), [(Level::Info, "in it".to_owned(), expected)]);

            // Of the transport crates, only warnings and errors; not their spans.
            tracing::info!(target: "h2::proto", "frame");
            tracing::warn!(target: "h2::proto", "reset");
            tracing::info_span!(target: "hyper", "connection", peer = 1)
                .in_scope(|| tracing::info!("inside"));
            let expected = ["reset", "inside"].map(|message| (message.to_owned(), json!({})));
            assert_eq!(
                take().into_iter().map(|(_, message, fields)| (message, fields)).collect::<Vec<_>>(),
                expected
            );
        });

        // Printed lines, with the level of their prefix.
        let mut lines = Lines::of("stdout");
        lines.push(b"[INFO] one\r\n\ntwo\n[WARN] th");
        assert_eq!(take().len(), 1);
        lines.push(b"ree");
        lines.end();
        assert_eq!(take(), [(Level::Warn, "[WARN] three".to_owned(), json!({"stream": "stdout"}))]);
        lines.push(&[&b"[ERROR] "[..], &vec![b'x'; 20_000]].concat());
        let lengths: Vec<_> = take().iter().map(|(_, message, _)| message.len()).collect();
        assert_eq!(lengths, [8 << 10], "the rest has no prefix, and so a level that is not logged");

        // The level can be set again, the format cannot.
        sink::open(Level::Trace, &Json).unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Layer), || {
            tracing::trace!("now");
            tracing::trace!(target: "tonic", "still quiet");
        });
        lines.push(b"two\n");
        assert_eq!(take().iter().map(|(level, ..)| *level).collect::<Vec<_>>(), [Level::Trace, Level::Debug]);
        sink::open(Level::Off, &Json).unwrap();
        assert!(!sink::enabled(Level::Error));
    }
}
