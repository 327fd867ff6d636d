//! The sizes of the parts of an upload.

use plugwright::{Result, ensure};

use crate::settings::{MEBIBYTE, Size};

/// The unit of memory.
const UNIT: u64 = 64 << 10;

/// One part is filled while the others are sent.
const PARTS_IN_MEMORY: u64 = 4;

/// The limits of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) parts: u64,
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Limits {
    /// S3 and Google: 10,000 parts of 5 MiB to 5 GiB.
    pub(crate) const S3: Self = Self { parts: 10_000, least: 5 * MEBIBYTE, most: 5 << 30 };
    /// Azure: 50,000 blocks of up to 4,000 MiB.
    pub(crate) const AZURE: Self = Self { parts: 50_000, least: 1, most: 4000 * MEBIBYTE };
}

/// The sizes of parts. The size of the object is unknown at first, so parts double after each tenth of the number that
/// the store accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    first: u64,
    memory: u64,
    limits: Limits,
}

impl Plan {
    /// Takes the size of the first parts, and the memory for all parts in transit.
    pub(crate) fn new(first: Size, memory: Size, limits: Limits) -> Result<Self> {
        let (Size(first), Size(memory)) = (first, memory);
        ensure!(
            (limits.least..=limits.most).contains(&first),
            "the size of a part is {first} bytes; expected {} to {}",
            limits.least,
            limits.most
        );
        ensure!(
            memory >= first,
            "`uploadMemory` is {memory} bytes; expected at least the size of a part, {first} bytes"
        );
        Ok(Self { first, memory, limits })
    }

    /// The size of the part with this number, from 0. `None` if the store would reject it.
    pub(crate) fn size(&self, number: u64) -> Option<u64> {
        let doubled = number / (self.limits.parts / 10);
        (number < self.limits.parts).then(|| (self.first << doubled).min(self.limits.most))
    }

    pub(crate) fn permits(&self) -> usize {
        usize::try_from(self.memory / UNIT)
            .unwrap_or(usize::MAX)
            .clamp(1, tokio::sync::Semaphore::MAX_PERMITS)
    }

    /// The permits of a part. A part larger than the memory takes all of it.
    pub(crate) fn permits_of(&self, size: u64) -> u32 {
        let least = self.memory / PARTS_IN_MEMORY / UNIT;
        let permits = size.div_ceil(UNIT).max(least).min(self.permits() as u64).max(1);
        u32::try_from(permits).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(plan: &Plan) -> u64 {
        (0..).map_while(|number| plan.size(number)).sum()
    }

    #[test]
    fn five_tebibytes_fit() {
        let plan = Plan::new(Size::mebibytes(6), Size::mebibytes(18), Limits::S3).unwrap();
        assert!(total(&plan) >= 5 << 40, "{}", total(&plan));
        assert_eq!((plan.size(9_999), plan.size(10_000)), (Some(6 << 29), None));
        let plan = Plan::new(Size::mebibytes(2), Size::mebibytes(18), Limits::AZURE).unwrap();
        assert!(total(&plan) >= 5 << 40, "{}", total(&plan));
        assert!(plan.size(49_999).unwrap() <= 4000 << 20);
    }

    #[test]
    fn parts_are_equal_at_first() {
        let plan = Plan::new(Size::mebibytes(8), Size::mebibytes(64), Limits::S3).unwrap();
        assert!((0..1000).all(|number| plan.size(number) == Some(8 << 20)));
        assert_eq!(plan.size(1000), Some(16 << 20));
    }

    #[test]
    fn memory_bounds_the_parts_on_their_way() {
        let plan = Plan::new(Size::mebibytes(6), Size::mebibytes(18), Limits::S3).unwrap();
        assert_eq!((plan.permits(), plan.permits_of(6 << 20)), (18 * 16, 6 * 16));
        assert_eq!(plan.permits_of(1 << 30), 18 * 16);
        // Small blocks: no more than four at a time.
        let plan = Plan::new(Size::mebibytes(1), Size::mebibytes(16), Limits::AZURE).unwrap();
        assert_eq!(plan.permits_of(1 << 20), 4 * 16);
    }

    #[test]
    fn sizes_that_the_store_would_refuse() {
        let error = |first, memory| Plan::new(first, memory, Limits::S3).unwrap_err().to_string();
        assert!(error(Size::mebibytes(4), Size::mebibytes(32)).contains("expected 5242880 to"));
        assert!(error(Size::mebibytes(8), Size::mebibytes(7)).contains("`uploadMemory`"));
    }
}
