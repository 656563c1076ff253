//! Maps by small numbers, which are hashed by one multiplication each: nobody chooses them to make the map slow.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

pub type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;
pub type QuickSet<K> = HashSet<K, BuildHasherDefault<Mix>>;

#[derive(Default)]
pub struct Mix(u64);

impl Mix {
    #[inline]
    fn mix(&mut self, word: u64) {
        // 2^64 over the golden ratio: neighbours go far apart
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|&word| self.mix(u64::from_le_bytes(word)));
        rest.iter().for_each(|&byte| self.mix(u64::from(byte)));
    }

    fn write_u8(&mut self, x: u8) {
        self.mix(u64::from(x));
    }

    fn write_u32(&mut self, x: u32) {
        self.mix(u64::from(x));
    }

    fn write_u64(&mut self, x: u64) {
        self.mix(x);
    }

    fn write_usize(&mut self, x: usize) {
        self.mix(x as u64);
    }

    /// The map looks at the highest bits and at the lowest.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
