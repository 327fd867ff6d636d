//! [`VolumeInfo`]: the data that Velero stores with a volume's snapshot.

/// The data that Velero stores with a volume's snapshot, and passes back when it creates a volume from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeInfo {
    /// The provider's type, such as `gp3`.
    pub volume_type: String,
    /// The provisioned I/O operations per second. `Some(0)` is the same as `None`: the protocol does not
    /// distinguish them.
    pub iops: Option<i64>,
}
