//! Large texts of errors, which are in the headers of the response.

use tonic::Code;

use crate::plugin::Plugin;
use crate::{Result, Test, tests};

pub(crate) fn all() -> Vec<Test> {
    tests![error_texts_of_any_size, a_longer_error_text_is_truncated]
}

/// Texts of characters that are sent as they are, and as three bytes each.
async fn error_texts_of_any_size() -> Result {
    let plugin = Plugin::start().await?;
    for size in [0, 1, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 1 << 20] {
        for character in ["x", "é", "\n"] {
            let text = character.repeat(size / character.len());
            let answer = plugin.unary("/test.Echo/Fail", text.clone()).await?;
            if !answer.is_err_and(|status| status.code() == Code::Unknown && status.message() == text) {
                return Err(format!("{size} bytes of {character:?} arrived changed").into());
            }
        }
    }
    plugin.ends().await
}

/// Hosts accept 16 MiB of headers.
async fn a_longer_error_text_is_truncated() -> Result {
    let plugin = Plugin::start().await?;
    for character in ["x", "é", "\n"] {
        let text = character.repeat((20 << 20) / character.len());
        let Err(status) = plugin.unary("/test.Echo/Fail", text.clone()).await? else {
            return Err("expected an error".into());
        };
        let (message, end) = status.message().split_once(" … ").ok_or("not truncated")?;
        if message.len() != 1 << 20 || !text.starts_with(message) || end != "(19922944 more bytes)" {
            return Err(format!("{character:?}: {} bytes, {end}", message.len()).into());
        }
    }
    plugin.ends().await
}
