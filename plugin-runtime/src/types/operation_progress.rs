//! [`OperationProgress`]: the progress of an asynchronous operation.

use super::time::Time;

/// The progress of an asynchronous operation. The default is an operation that is running, with nothing else
/// known.
///
/// ```
/// use plugwright::OperationProgress;
///
/// let half = OperationProgress {
///     done: 512,
///     total: 1024,
///     units: "bytes".into(),
///     ..Default::default()
/// };
/// assert!(!half.completed);
/// assert!(OperationProgress::failed("the disk is gone").completed);
/// ```
///
/// The status of a DataUpload, DataDownload, PodVolumeBackup or PodVolumeRestore converts into one, with `From`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationProgress {
    /// Whether it has ended, successfully or not. Velero then stops polling.
    pub completed: bool,
    /// The error; empty if it did not fail. Only used with `completed`.
    pub error: String,
    /// The amount done, in `units`.
    pub done: i64,
    /// The total amount, in `units`; 0 if unknown.
    pub total: i64,
    /// The unit, such as `bytes`.
    pub units: String,
    /// A description, such as `Current phase: Running`.
    pub description: String,
    /// When it started, if known.
    pub started: Option<Time>,
    /// When the numbers were updated, if known.
    pub updated: Option<Time>,
}

impl OperationProgress {
    /// Creates the progress of a successful operation.
    pub fn succeeded() -> Self {
        Self { completed: true, ..Self::default() }
    }

    /// Creates the progress of a failed operation. An empty error would mean success and is replaced by a
    /// generic message.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        let error = error.to_string();
        let error =
            if error.trim().is_empty() { "the operation failed without a message".to_owned() } else { error };
        Self { completed: true, error, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        assert!(OperationProgress::succeeded().completed && OperationProgress::succeeded().error.is_empty());
        assert_eq!(OperationProgress::failed(5).error, "5");
        assert!(!OperationProgress::failed(" ").error.trim().is_empty());
        assert!(!OperationProgress::default().completed);
    }
}
