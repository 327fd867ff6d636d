//! [`OperationProgress`]: how far an asynchronous operation is.

use super::time::Time;

/// How far an asynchronous operation is. The default is: it runs, and nothing more is known.
///
/// ```
/// use plugwright::OperationProgress;
///
/// let half = OperationProgress {
///     n_completed: 512,
///     n_total: 1024,
///     operation_units: "bytes".into(),
///     ..Default::default()
/// };
/// assert!(!half.completed);
/// assert!(OperationProgress::failed("the disk is gone").completed);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationProgress {
    /// Whether it has ended, well or not. Velero then asks no more.
    pub completed: bool,
    /// Why it failed; empty if it did not. Counts only with `completed`.
    pub err: String,
    /// How much is done, in `operation_units`.
    pub n_completed: i64,
    /// How much there is, in `operation_units`; 0 if unknown.
    pub n_total: i64,
    /// What is counted, such as `bytes`.
    pub operation_units: String,
    /// Anything more to say, such as `Current phase: Running`.
    pub description: String,
    /// When it started, if known.
    pub started: Option<Time>,
    /// When the numbers are from, if known.
    pub updated: Option<Time>,
}

impl OperationProgress {
    /// It has ended well.
    pub fn succeeded() -> Self {
        Self { completed: true, ..Self::default() }
    }

    /// It has ended with this error. An empty one would mean success, so it becomes a text that says so.
    pub fn failed(err: impl std::fmt::Display) -> Self {
        let err = err.to_string();
        let err =
            if err.trim().is_empty() { "the operation failed without a message".to_owned() } else { err };
        Self { completed: true, err, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        assert!(OperationProgress::succeeded().completed && OperationProgress::succeeded().err.is_empty());
        assert_eq!(OperationProgress::failed(5).err, "5");
        assert!(!OperationProgress::failed(" ").err.trim().is_empty());
        assert!(!OperationProgress::default().completed);
    }
}
