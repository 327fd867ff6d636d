//! Mutates bytes.

/// A deterministic pseudo-random generator (`splitmix64`).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(1))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { usize::try_from(self.next() % limit as u64).unwrap() }
    }

    pub(super) fn byte(&mut self) -> u8 {
        // Special values of either protocol are more frequent.
        const SPECIAL: [u8; 16] = [0, 1, 2, 3, 4, 5, 8, 0x10, 0x7f, 0x80, 0x81, 0x82, 0xf8, 0xf7, 0xfe, 0xff];
        if self.below(2) == 0 { SPECIAL[self.below(SPECIAL.len())] } else { self.next().to_le_bytes()[0] }
    }
}

/// Returns one of `seeds`, mutated in a few places or in many.
pub(super) fn spoilt(random: &mut Random, seeds: &[&[u8]]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].to_vec();
    let spots = [1, 1, 2, 4, 16, 64][random.below(6)];
    for _ in 0..spots {
        let at = random.below(bytes.len() + 1);
        let length = [1, 1, 2, 9, 50, 500][random.below(6)].min(bytes.len() - at);
        match random.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] = random.byte(),
            2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 => drop(bytes.splice(at..at, (0..length).map(|_| random.byte()).collect::<Vec<_>>())),
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let part = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() + 1);
                drop(bytes.splice(to..to, part));
            }
            6 => {
                // A large number, encoded like in gob and yamux.
                let huge = [0xf8, random.byte(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, random.byte()];
                drop(bytes.splice(at..(at + 1).min(bytes.len()), huge));
            }
            _ => {
                let other = seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
        }
    }
    bytes.truncate(1 << 20);
    bytes
}
