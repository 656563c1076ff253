//! Data in and out: JSON files as values and the reverse; lines on the screen.

use std::fs;
use std::rc::Rc;

use serde_json::{Map, Number, Value as Json};

use super::{Args, Builtin, Caller, Run};
use crate::tensor::{DType, Shape, Tensor};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "data";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "load",
        aliases: &[],
        params: &["path"],
        doc: "The content of a JSON file: numbers are reals, arrays of one shape are tensors, objects are records.",
        example: "d = load(\"data.json\"); mean(d.x)",
        group: GROUP,
        run: Run::Plain(|_, mut args| {
            let path = path(&mut args, 0)?;
            load(&path)
        }),
    },
    Builtin {
        name: "save",
        aliases: &[],
        params: &["value", "path"],
        doc: "Writes a value as a JSON file. An existing file is replaced only when all is written.",
        example: "save([1, 2], \"data.json\")",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let path = path(&mut args, 1)?;
            let value = args.need(0);
            if caller.acts() {
                save(caller, &value, &path)?;
            }
            Ok(value)
        }),
    },
    Builtin {
        name: "print",
        aliases: &["println", "disp"],
        params: &["values**"],
        doc: "Shows values and texts on a line, anywhere: in functions, blocks and loops too. It has no value.",
        example: "print(\"loss\", 0.25)",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            caller.print(&args.many(0));
            Ok(Value::nothing(PRINTED))
        }),
    },
];

/// The value of `print(…)`, which is not shown.
pub const PRINTED: &str = "print shows values, and has none";

fn path(args: &mut Args, index: usize) -> Result<String, Fault> {
    match args.need(index) {
        Value::Text(text) => Ok(text.to_string()),
        other => Err(args.fault(index, format!("must be a text like \"data.json\", not {}", other.kind()))),
    }
}

/// Reads a JSON file. Errors: a file that cannot be read, text that is no JSON (with its line).
pub fn load(path: &str) -> Result<Value, Fault> {
    let text = fs::read_to_string(path)
        .map_err(|error| Fault::new(format!("cannot read {path}: {}", plain(&error))).help("is the path right?"))?;
    let json: Json = serde_json::from_str(&text).map_err(|error| Fault::new(format!("{path} is no JSON: {error}")))?;
    Ok(value_of(json))
}

/// What the system says of a file, in lower case and without its number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

fn value_of(json: Json) -> Value {
    match json {
        Json::Null => Value::nothing("the file says null"),
        Json::Bool(flag) => Value::Bool(flag),
        Json::Number(number) => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => number_word(&text).map_or_else(|| Value::text(text), Value::Real),
        Json::Object(fields) => {
            Value::record(fields.into_iter().map(|(name, field)| (Rc::from(name), value_of(field))).collect())
        }
        Json::Array(items) => {
            let mut elements = Vec::new();
            match shape_of(&items).filter(|_| items.iter().all(|item| flatten(item, &mut elements))) {
                Some(shape) if shape.size() == elements.len() => Value::Tensor(Rc::new(Tensor::new(shape, elements))),
                _ => Value::list(items.into_iter().map(value_of).collect()),
            }
        }
    }
}

/// Numbers that JSON has no number for, as this program writes them.
fn number_word(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// The shape that nested arrays would have if all were like the first.
fn shape_of(items: &[Json]) -> Option<Shape> {
    let mut dims = vec![items.len()];
    let mut first = items.first();
    while let Some(Json::Array(items)) = first {
        dims.push(items.len());
        first = items.first();
    }
    match first {
        Some(Json::Number(_) | Json::String(_)) | None => Some(Shape::new(dims)),
        _ => None,
    }
}

/// Collects the numbers of nested arrays; false if there is anything else, or rows differ in length.
fn flatten(json: &Json, elements: &mut Vec<f64>) -> bool {
    match json {
        Json::Number(number) => elements.push(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => match number_word(text) {
            Some(number) => elements.push(number),
            None => return false,
        },
        Json::Array(items) => {
            let shape = shape_of(items);
            let before = elements.len();
            return items.iter().all(|item| flatten(item, elements))
                && shape.is_some_and(|shape| shape.size() == elements.len() - before);
        }
        _ => return false,
    }
    true
}

fn save(caller: &mut dyn Caller, value: &Value, path: &str) -> Result<(), Fault> {
    let json = json_of(caller.numbers(), value)?;
    let text = serde_json::to_string(&json).map_err(|error| Fault::new(error.to_string()))?;
    let failed = |error: std::io::Error| Fault::new(format!("cannot write {path}: {}", plain(&error)));
    let draft = format!("{path}.part");
    fs::write(&draft, text + "\n").map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)
}

fn json_of(numbers: &Numbers, value: &Value) -> Result<Json, Fault> {
    Ok(match value {
        Value::Text(text) => Json::String(text.to_string()),
        Value::Nothing(_) => Json::Null,
        Value::List(items) => Json::Array(items.iter().map(|item| json_of(numbers, item)).collect::<Result<_, _>>()?),
        Value::Record(fields) => {
            let mut object = Map::new();
            for (name, field) in fields.iter() {
                object.insert(name.to_string(), json_of(numbers, field)?);
            }
            Json::Object(object)
        }
        Value::Function(_) => return Err(Fault::new("a function cannot be saved as JSON")),
        other => {
            let tensor = numbers.to_tensor(other)?;
            nested(tensor.shape().dims(), tensor.data(), tensor.dtype())
        }
    })
}

fn nested(dims: &[usize], data: &[f64], dtype: DType) -> Json {
    match dims {
        [] => scalar(data[0], dtype),
        [length, rest @ ..] => {
            let size: usize = rest.iter().product();
            Json::Array((0..*length).map(|i| nested(rest, &data[i * size..(i + 1) * size], dtype)).collect())
        }
    }
}

fn scalar(x: f64, dtype: DType) -> Json {
    match dtype {
        DType::Bool => Json::Bool(x != 0.0),
        DType::Int => Json::from(x as i64),
        DType::Real => match Number::from_f64(x) {
            Some(number) => Json::Number(number),
            None if x.is_nan() => Json::from("NaN"),
            None => Json::from(if x > 0.0 { "Infinity" } else { "-Infinity" }),
        },
    }
}
