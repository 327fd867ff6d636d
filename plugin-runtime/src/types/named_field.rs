//! Reads an API object's JSON with errors that name the field.

use serde::de::DeserializeOwned;

use crate::bail;
use crate::error::{Error, Result};

/// `null` is the default object. `problem` goes before the text of an error: `what Velero sent is no …`.
#[track_caller]
pub(crate) fn read<T: DeserializeOwned + Default>(json: &[u8], problem: &str) -> Result<T> {
    // serde takes a list for a struct.
    if json.trim_ascii_start().starts_with(b"[") {
        bail!("{problem}, but a list");
    }
    let error = match serde_json::from_slice::<Option<T>>(json) {
        Ok(object) => return Ok(object.unwrap_or_default()),
        Err(error) => error,
    };
    // Once more, to know the field.
    let mut json = serde_json::Deserializer::from_slice(json);
    let error = match serde_path_to_error::deserialize::<_, Option<T>>(&mut json) {
        Err(at) if !error.is_syntax() && !error.is_eof() => Error::from(at),
        _ => Error::from(error),
    };
    Err(error.context(problem))
}
