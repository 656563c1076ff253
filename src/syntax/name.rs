//! Names as small numbers: comparing and looking up a name costs what an integer costs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

/// An interned name. Two symbols are equal exactly if their texts are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

#[derive(Default)]
struct Interner {
    numbers: HashMap<Rc<str>, u32>,
    texts: Vec<Rc<str>>,
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
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}`", self.text())
    }
}
