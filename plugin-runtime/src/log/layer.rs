//! The `tracing` layer: an event, and the fields of the spans that it is in, become one record.

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

use super::record::Record;
use super::{Level, sink};
use crate::error::{Report, text_of};

/// Crates of the transport below us: what they say of each frame is nobody's at `debug`.
const TRANSPORT: [&str; 11] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "kube_client",
    "mio",
    "rustls",
    "rustls_platform_verifier",
    "tonic",
    "tower",
    "tower_http",
];

/// The field of a call's span that names the plugin's method, for errors that are logged in it.
pub(crate) const FUNCTION: &str = "@function";

pub(super) struct Layer;

/// The fields of a span, kept with it.
struct Fields(Vec<(&'static str, Value)>);

fn wanted(metadata: &Metadata<'_>) -> bool {
    let level = Level::from(*metadata.level());
    let root = metadata.target().split("::").next().unwrap_or_default();
    let transport = TRANSPORT.contains(&root);
    if metadata.is_span() {
        // Their fields belong to every event in them, whatever its level.
        return !transport;
    }
    sink::wants(level) && (level <= Level::Warn || !transport)
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
        // What the crate `log` hands over has its own place and target in fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        if !wanted(metadata) {
            return;
        }
        let mut record = Record::new(Level::from(*metadata.level()), "");
        let mut function = None;
        for span in
            context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                for (key, value) in &fields.0 {
                    if *key == FUNCTION {
                        function = Some(value.clone());
                    } else {
                        record.field(key, value.clone());
                    }
                }
            }
        }
        event.record(&mut ToRecord { record: &mut record, function });
        if let (Some(file), Some(line)) = (metadata.file(), metadata.line()) {
            record.source(file, line);
        }
        sink::write(record);
    }
}

struct ToRecord<'a> {
    record: &'a mut Record,
    /// The plugin's method that the event is in.
    function: Option<Value>,
}

/// What a field says of itself, by its type.
trait Put {
    fn put(&mut self, field: &Field, value: Value);
    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static));
}

impl Put for ToRecord<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            (name, _) if name.starts_with("log.") => {}
            ("message", Value::String(message)) => self.record.message(message),
            ("message", other) => self.record.message(other.to_string()),
            (name, value) => self.record.field(name, value),
        }
    }

    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        // The host's own names for where an error was made (Velero's error_location_hook.go).
        if let Some(located) = value.downcast_ref::<Report>() {
            let location = located.location();
            self.record.field("error.file", format!("{}:{}", location.file(), location.line()));
            if let Some(function) = self.function.take() {
                self.record.field("error.function", function);
            }
        }
        self.put(field, text_of(value).into());
    }
}

impl Put for Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), value));
    }

    fn put_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        self.put(field, text_of(value).into());
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(&mut self, field: &Field, value: $type) {
            self.put(field, value.into());
        })*
    };
}

/// Both visitors read every type of field the same way.
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
