//! [`VolumeInfo`]: what Velero keeps of a volume beside its snapshot.

/// What Velero keeps of a volume beside its snapshot, and hands back when it makes a volume from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeInfo {
    /// The provider's type, such as `gp3`.
    pub volume_type: String,
    /// The guaranteed I/O operations per second. `Some(0)` is the same as none: the protocol has no other
    /// zero.
    pub iops: Option<i64>,
}
