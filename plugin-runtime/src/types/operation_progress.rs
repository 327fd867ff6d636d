//! [`OperationProgress`]: how far an asynchronous operation is.

use super::time::Time;

/// How far an asynchronous operation is. The default is: it runs, and nothing more is known.
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
    /// Whether it has ended, well or not. Velero then asks no more.
    pub completed: bool,
    /// Why it failed; empty if it did not. Counts only with `completed`.
    pub error: String,
    /// How much is done, in `units`.
    pub done: i64,
    /// How much there is, in `units`; 0 if unknown.
    pub total: i64,
    /// What is counted, such as `bytes`.
    pub units: String,
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
