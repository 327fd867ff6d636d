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
