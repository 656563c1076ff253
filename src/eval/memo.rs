//! Recursive calls that came before: a function that calls itself with arguments it was called with in the same
//! statement has the same result, the same nodes of the tape. An expansion by minors of n columns takes 2ⁿ calls then
//! instead of n!, and its gradient too.
//!
//! Holds only what cannot come out otherwise: no calls in which a random number was drawn, none beyond a change of the
//! tape that took nodes away or of a session variable, which a function may read (a loop at the top level assigns them).

use std::collections::HashMap;
use std::rc::Rc;

use super::Evaluator;
use crate::value::{Function, Value};

/// Larger arguments are not compared.
const MOST_WORDS: usize = 64;

/// So many results are kept before they are all forgotten.
const MOST_RESULTS: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Memo {
    /// The function that is running, if it is one of the user.
    running: Option<*const Function>,
    results: HashMap<Vec<u64>, Kept>,
    /// What the tape and the session's variables were when they were found.
    found_in: State,
    /// How many random numbers were drawn.
    pub(super) chances: u64,
}

/// Generation of the tape, changes of session variables.
type State = (u64, u64);

struct Kept {
    value: Value,
    /// Keeps the addresses in the key from being those of something else.
    _arguments: Vec<Value>,
    _function: Rc<Function>,
}

/// A call whose result will be kept.
pub(super) struct Call {
    key: Vec<u64>,
    arguments: Vec<Value>,
    chances: u64,
    state: State,
}

impl Evaluator<'_> {
    /// Notes which function runs now; gives the one that ran before.
    pub(super) fn enter(&mut self, function: &Rc<Function>) -> Option<*const Function> {
        self.memo.running.replace(Rc::as_ptr(function))
    }

    pub(super) fn leave(&mut self, before: Option<*const Function>) {
        self.memo.running = before;
    }

    /// The result of a recursive call that came before, or what is needed to keep it; neither where the call is not
    /// recursive or its arguments are large.
    pub(super) fn remembered(&mut self, function: &Rc<Function>, arguments: &[Value]) -> Result<Value, Option<Call>> {
        if self.memo.running != Some(Rc::as_ptr(function))
            || self.tracing
            || self.interprets()
            || self.symbols.is_some()
        {
            return Err(None);
        }
        let state = self.state();
        if self.memo.found_in != state || self.memo.results.len() >= MOST_RESULTS {
            self.memo.results.clear();
            self.memo.found_in = state;
        }
        let mut key =
            vec![Rc::as_ptr(function) as usize as u64, self.numbers.frozen as u64 | (self.digits.lifting as u64) << 1];
        if !arguments.iter().all(|value| write(value, &mut key)) {
            return Err(None);
        }
        if let Some(kept) = self.memo.results.get(&key) {
            return Ok(kept.value.clone());
        }
        Err(Some(Call { key, arguments: arguments.to_vec(), chances: self.memo.chances, state }))
    }

    fn state(&self) -> State {
        (self.numbers.tape.generation(), self.globals.changes())
    }

    pub(super) fn remember(&mut self, call: Call, function: &Rc<Function>, value: &Value) {
        let state = self.state();
        if call.chances == self.memo.chances && call.state == state && self.memo.found_in == state {
            let kept = Kept { value: value.clone(), _arguments: call.arguments, _function: function.clone() };
            self.memo.results.insert(call.key, kept);
        }
    }
}

/// Appends what tells a value from any other; false if that is too long.
fn write(value: &Value, key: &mut Vec<u64>) -> bool {
    match value {
        Value::Real(x) => key.extend([0, x.to_bits()]),
        Value::Int(n) => key.extend([1, *n as u64]),
        Value::Bool(b) => key.extend([2, *b as u64]),
        Value::Var(id) => key.extend([3, id.index() as u64]),
        Value::Range(from, to) => key.extend([4, *from as u64, *to as u64]),
        Value::Tensor(tensor) => {
            let (dims, data) = (tensor.shape().dims(), tensor.data());
            if data.len() > MOST_WORDS {
                key.extend([5, Rc::as_ptr(tensor) as usize as u64]);
            } else {
                key.extend([6, tensor.dtype() as u64, dims.len() as u64]);
                key.extend(dims.iter().map(|&dim| dim as u64));
                key.extend(data.iter().map(|x| x.to_bits()));
            }
        }
        Value::Text(text) => key.extend([7, Rc::as_ptr(text).cast::<u8>() as usize as u64]),
        Value::Function(function) => key.extend([8, Rc::as_ptr(function) as usize as u64]),
        Value::List(items) => {
            key.extend([9, items.len() as u64]);
            return items.iter().all(|item| write(item, key)) && key.len() <= 4 * MOST_WORDS;
        }
        Value::Record(fields) => key.extend([10, Rc::as_ptr(fields) as usize as u64]),
        Value::Nothing(_) => return false,
    }
    key.len() <= 4 * MOST_WORDS
}
