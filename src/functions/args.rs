//! Arguments of a call, bound to parameters.

use super::{Caller, signature};
use crate::tensor::Shape;
use crate::value::{Fault, Value};

/// What parameters are called elsewhere (PyTorch, TensorFlow, NumPy), and here.
static OTHER_NAMES: &[(&str, &str)] = &[
    ("dim", "axis"),
    ("axes", "axis"),
    ("keepdim", "keepdims"),
    ("keep_dims", "keepdims"),
    ("correction", "ddof"),
    ("strides", "stride"),
    ("dilations", "dilation"),
    ("repeats", "times"),
    ("multiples", "times"),
    ("reps", "times"),
    ("constant_values", "value"),
    ("p", "ord"),
    ("alpha", "slope"),
    ("negative_slope", "slope"),
    ("min", "lo"),
    ("max", "hi"),
    ("a_min", "lo"),
    ("a_max", "hi"),
    ("min_val", "lo"),
    ("max_val", "hi"),
    ("clip_value_min", "lo"),
    ("clip_value_max", "hi"),
    ("lambd", "l"),
    ("input", "x"),
    ("target", "labels"),
    ("eps", "epsilon"),
];

/// One slot a parameter; what was not given is `None`.
pub struct Args {
    slots: Vec<Option<Value>>,
    params: &'static [&'static str],
}

impl Args {
    /// Binds positional and named arguments. Errors: too many, too few, unknown or repeated names.
    pub fn bind(
        name: &str,
        params: &'static [&'static str],
        positional: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> Result<Args, Fault> {
        let usage = || format!("usage: {}", signature(name, params));
        let mut slots: Vec<Option<Value>> = params.iter().map(|_| None).collect();
        let starred = params.iter().position(|param| param.ends_with('*')).unwrap_or(params.len());
        let given = positional.len();
        let mut positional = positional.into_iter();
        for (slot, value) in slots.iter_mut().zip(positional.by_ref().take(starred)) {
            *slot = Some(value);
        }
        if starred < params.len() {
            if given <= starred && !params[starred].ends_with("**") {
                return Err(Fault::new(format!("{name} needs at least {}", arguments(starred + 1))).help(usage()));
            }
            slots[starred] = Some(Value::list(positional.collect()));
        } else if given > params.len() {
            return Err(Fault::new(too_many(name, params, given)).argument(params.len()).help(usage()));
        }
        for (key, value) in named {
            let place = |key: &str| params.iter().position(|param| param.trim_end_matches(['?', '*']) == key);
            let others = || OTHER_NAMES.iter().filter(|(other, _)| *other == key).find_map(|(_, own)| place(own));
            let Some(i) = place(&key).or_else(others) else {
                return Err(Fault::new(format!("{name} has no parameter {key}")).help(usage()));
            };
            if slots[i].is_some() {
                return Err(Fault::new(format!("{name} is given {key} twice")).help(usage()));
            }
            slots[i] = Some(value);
        }
        let missing = params.iter().zip(&slots).find(|(param, slot)| slot.is_none() && !param.ends_with('?'));
        if let Some((param, _)) = missing {
            return Err(Fault::new(format!("{name} needs {param}")).help(usage()));
        }
        Ok(Args { slots, params })
    }

    /// A parameter that must be given.
    pub fn need(&mut self, index: usize) -> Value {
        self.slots[index].take().expect("binding checked that it was given")
    }

    pub fn is_given(&self, index: usize) -> bool {
        self.slots[index].is_some()
    }

    /// Another value for a parameter.
    pub fn put(&mut self, index: usize, value: Value) {
        self.slots[index] = Some(value);
    }

    pub fn take(&mut self, index: usize) -> Option<Value> {
        self.slots[index].take()
    }

    /// The values of a `xs*` parameter.
    pub fn many(&mut self, index: usize) -> Vec<Value> {
        match self.need(index) {
            Value::List(items) => items.to_vec(),
            other => vec![other],
        }
    }

    pub fn flag(&mut self, index: usize) -> Result<bool, Fault> {
        match self.take(index) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.fault(index, format!("must be true or false, not {}", other.kind()))),
        }
    }

    /// A whole number.
    pub fn integer(&mut self, caller: &mut dyn Caller, index: usize) -> Result<Option<i64>, Fault> {
        let Some(value) = self.take(index) else { return Ok(None) };
        let number = caller.numbers().integer(&value);
        number.map(Some).ok_or_else(|| self.fault(index, "must be a whole number".to_string()))
    }

    /// A real number, its derivative not wanted.
    pub fn number(&mut self, caller: &mut dyn Caller, index: usize) -> Result<Option<f64>, Fault> {
        let Some(value) = self.take(index) else { return Ok(None) };
        let number = caller.numbers().scalar(&value);
        number.map(Some).ok_or_else(|| self.fault(index, "must be a number".to_string()))
    }

    /// Whole numbers: one, or a tensor or list of them.
    pub fn integers(&mut self, caller: &mut dyn Caller, index: usize) -> Result<Option<Vec<i64>>, Fault> {
        let Some(value) = self.take(index) else { return Ok(None) };
        let numbers = integers(caller, &value);
        numbers.map(Some).ok_or_else(|| self.fault(index, "must be whole numbers".to_string()))
    }

    /// A text out of those allowed.
    pub fn word(&mut self, index: usize, allowed: &[&str]) -> Result<Option<String>, Fault> {
        match self.take(index) {
            None => Ok(None),
            Some(Value::Text(text)) if allowed.contains(&&*text) => Ok(Some(text.to_string())),
            Some(_) => Err(self.fault(index, format!("must be one of {}", quoted(allowed)))),
        }
    }

    pub fn fault(&self, index: usize, what: String) -> Fault {
        let name = self.params[index].trim_end_matches(['?', '*']);
        Fault::new(format!("{name} {what}")).argument(index)
    }
}

/// Whole numbers out of one value.
pub fn integers(caller: &mut dyn Caller, value: &Value) -> Option<Vec<i64>> {
    let numbers = caller.numbers();
    if let Some(one) = numbers.integer(value) {
        return Some(vec![one]);
    }
    let tensor = numbers.to_tensor(value).ok()?;
    tensor.data().iter().map(|&x| crate::value::is_whole(x).then_some(x as i64)).collect()
}

/// A shape out of dimensions, refusing negative and enormous ones.
pub fn shape_from(dims: &[i64]) -> Result<Shape, Fault> {
    if let Some(negative) = dims.iter().find(|&&dim| dim < 0) {
        return Err(Fault::new(format!("a tensor cannot have {negative} elements along an axis")));
    }
    Ok(Shape::new(dims.iter().map(|&dim| dim as usize).collect::<Vec<_>>()).check_size()?)
}

fn arguments(count: usize) -> String {
    match count {
        1 => "one argument".to_string(),
        n => format!("{n} arguments"),
    }
}

fn too_many(name: &str, params: &[&str], given: usize) -> String {
    let takes = match params.len() {
        0 => "no arguments".to_string(),
        1 => "1 argument".to_string(),
        n if params.iter().any(|param| param.ends_with('?')) => format!("at most {n} arguments"),
        n => format!("{n} arguments"),
    };
    format!("{name} takes {takes}, not {given}")
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
