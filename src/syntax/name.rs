//! Names as small numbers: comparing and looking up a name costs what an integer costs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// An interned name. Two symbols are equal exactly if their texts are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

#[derive(Default)]
struct Interner {
    numbers: HashMap<Rc<str>, u32, BuildHasherDefault<Fnv>>,
    texts: Vec<Rc<str>>,
}

/// Names are short: a byte at a time is faster than to prepare for more (Fowler, Noll, Vo, 64 bits).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

thread_local! {
    static INTERNER: RefCell<Interner> = RefCell::default();
}

impl Symbol {
    pub fn new(text: &str) -> Symbol {
        INTERNER.with_borrow_mut(|interner| {
            if let Some(&number) = interner.numbers.get(text) {
                return Symbol(number);
            }
            let number = interner.texts.len() as u32;
            let text: Rc<str> = text.into();
            interner.texts.push(text.clone());
            interner.numbers.insert(text, number);
            Symbol(number)
        })
    }

    /// Looks at the text without a share of it.
    pub fn with_text<T>(self, look: impl FnOnce(&str) -> T) -> T {
        INTERNER.with_borrow(|interner| look(&interner.texts[self.0 as usize]))
    }

    pub fn text(self) -> Rc<str> {
        INTERNER.with_borrow(|interner| interner.texts[self.0 as usize].clone())
    }

    /// Small and dense: usable as an index into a table of all names.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}`", self.text())
    }
}
