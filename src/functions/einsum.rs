//! Einstein sums: products of tensors, summed over the labels that the result does not have.
//!
//! Every pair of operands is brought into the form of one stack of matrix products (Solomonik et al. 2014, "A massively
//! parallel tensor contraction framework", section 2), so that speed and derivatives are those of `matmul`.

use super::{Args, Builtin, Caller, Run};
use crate::tensor::{Shape, ShapeError};
use crate::value::{Fault, Numbers, Value};

const GROUP: &str = "linear algebra";

pub static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "einsum",
        aliases: &[],
        params: &["labels", "xs*"],
        doc: "Einstein sum in NumPy's notation: one letter an axis, the same letter for axes that go together, `...` \
              for axes that broadcast, after `->` those of the result (by default the letters that stand once, in \
              alphabetical order). A letter twice in one operand takes a diagonal.",
        example: "einsum(\"ij,jk->ik\", [[1, 2], [3, 4]], [[1, 0], [1, 1]])",
        group: GROUP,
        run: Run::Plain(einsum),
    },
    Builtin {
        name: "tensordot",
        aliases: &[],
        params: &["a", "b", "axes?"],
        doc: "Products summed over the last `axes` of `a` and the first `axes` of `b` (2 by default), or over the axes \
              named: `axes = [[0, 1], [1, 0]]`.",
        example: "tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]])",
        group: GROUP,
        run: Run::Plain(tensordot),
    },
    Builtin {
        name: "inner",
        aliases: &[],
        params: &["a", "b"],
        doc: "Products summed over the last axis of both.",
        example: "inner([1, 2], [3, 4])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let (m, n) = (numbers.shape(&a)?.rank(), numbers.shape(&b)?.rank());
            if m == 0 || n == 0 {
                return numbers.mul(&a, &b);
            }
            summed_over(numbers, &a, &b, &[m - 1], &[n - 1])
        }),
    },
    Builtin {
        name: "vdot",
        aliases: &[],
        params: &["a", "b"],
        doc: "Sum of the products of all elements, row by row: `dot` of both flattened.",
        example: "vdot([[1, 2], [3, 4]], [[1, 0], [0, 1]])",
        group: GROUP,
        run: Run::Plain(|caller, mut args| {
            let (a, b) = (args.need(0), args.need(1));
            let numbers = caller.numbers();
            let (a, b) = (numbers.flattened(&a)?, numbers.flattened(&b)?);
            numbers.matmul(&a, &b)
        }),
    },
];

/// An axis that can be named: a letter, or one of those that `...` stands for, counted from the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Broadcast(std::cmp::Reverse<usize>),
    Letter(char),
}

/// An operand with its axes by name, each once.
struct Factor {
    value: Value,
    labels: Vec<Label>,
}

fn einsum(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let Value::Text(text) = args.need(0) else {
        return Err(Fault::new("einsum begins with its labels").help("einsum(\"ij,j->i\", A, v)").argument(0));
    };
    let operands = args.many(1);
    let numbers = caller.numbers();
    let mut ranks = Vec::with_capacity(operands.len());
    for operand in &operands {
        ranks.push(numbers.shape(operand)?.rank());
    }
    let (inputs, output) = labels(&text, &ranks).map_err(|fault| fault.argument(0))?;
    let mut lengths: Vec<(Label, usize)> = Vec::new();
    for (i, (operand, labels)) in operands.iter().zip(&inputs).enumerate() {
        for (&label, dim) in labels.iter().zip(numbers.dims(operand)?) {
            agree(&mut lengths, label, dim).map_err(|fault| fault.argument(i + 1))?;
        }
    }
    let mut factors = Vec::with_capacity(operands.len());
    for (operand, labels) in operands.into_iter().zip(inputs) {
        factors.push(distinct(numbers, operand, labels, &lengths)?);
    }
    contracted(numbers, factors, &output, &lengths)
}

/// The labels of each operand and of the result.
fn labels(text: &str, ranks: &[usize]) -> Result<(Vec<Vec<Label>>, Vec<Label>), Fault> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (&*text, None),
    };
    let parts: Vec<&str> = left.split(',').collect();
    if parts.len() != ranks.len() {
        let message = format!("labels for {} operands, but there are {}", parts.len(), ranks.len());
        return Err(Fault::new(message).help("einsum(\"ij,j->i\", A, v)"));
    }
    let mut inputs = Vec::with_capacity(parts.len());
    for (part, &rank) in parts.iter().zip(ranks) {
        let letters = part.replace("...", "").chars().count();
        let hidden = rank.checked_sub(letters).filter(|&hidden| hidden == 0 || part.contains("..."));
        let Some(hidden) = hidden else {
            let axes = if rank == 1 { "axis" } else { "axes" };
            return Err(Fault::new(format!("labels \"{part}\" for a tensor of {rank} {axes}")));
        };
        inputs.push(spelled(part, hidden)?);
    }
    let most = inputs.iter().flatten().filter(|label| matches!(label, Label::Broadcast(_))).map(|label| match label {
        Label::Broadcast(std::cmp::Reverse(i)) => i + 1,
        Label::Letter(_) => 0,
    });
    let most = most.max().unwrap_or(0);
    let output = match right {
        Some(part) => spelled(part, if part.contains("...") { most } else { 0 })?,
        None => {
            let mut all: Vec<Label> = inputs.iter().flatten().copied().collect();
            all.sort();
            let once = |label: &Label| {
                matches!(label, Label::Broadcast(_)) || all.iter().filter(|other| *other == label).count() == 1
            };
            let mut output: Vec<Label> = all.iter().copied().filter(once).collect();
            output.dedup();
            output
        }
    };
    for (i, label) in output.iter().enumerate() {
        let Label::Letter(letter) = label else { continue };
        if output[..i].contains(label) {
            return Err(Fault::new(format!("the result has the label {letter} twice")));
        }
        if !inputs.iter().flatten().any(|other| other == label) {
            return Err(Fault::new(format!("the label {letter} of the result belongs to no operand")));
        }
    }
    Ok((inputs, output))
}

/// `i...j` with as many axes for the dots as are hidden there.
fn spelled(part: &str, hidden: usize) -> Result<Vec<Label>, Fault> {
    let mut labels = Vec::new();
    let mut rest = part;
    let mut dotted = false;
    while let Some(letter) = rest.chars().next() {
        if let (Some(after), false) = (rest.strip_prefix("..."), dotted) {
            labels.extend((0..hidden).rev().map(|i| Label::Broadcast(std::cmp::Reverse(i))));
            dotted = true;
            rest = after;
            continue;
        }
        if !letter.is_alphabetic() {
            let help = "letters name axes, commas part operands, ... stands for axes that broadcast".to_string();
            return Err(Fault::new(format!("\"{letter}\" is no label of an axis")).help(help));
        }
        labels.push(Label::Letter(letter));
        rest = &rest[letter.len_utf8()..];
    }
    Ok(labels)
}

/// Notes the length of an axis; equal labels have equal lengths, or 1.
fn agree(lengths: &mut Vec<(Label, usize)>, label: Label, dim: usize) -> Result<(), Fault> {
    match lengths.iter_mut().find(|(other, _)| *other == label) {
        None => lengths.push((label, dim)),
        Some((_, known)) if *known == 1 => *known = dim,
        Some((_, known)) if *known == dim || dim == 1 => {}
        Some((_, known)) => {
            let name = match label {
                Label::Letter(letter) => letter.to_string(),
                Label::Broadcast(_) => "...".to_string(),
            };
            return Err(Fault::new(format!("axes labelled {name} have lengths {known} and {dim}")));
        }
    }
    Ok(())
}

fn length_of(lengths: &[(Label, usize)], label: Label) -> usize {
    lengths.iter().find(|(other, _)| *other == label).map_or(1, |(_, length)| *length)
}

/// Takes diagonals where a label stands twice, and drops axes of length 1 whose label is longer elsewhere.
fn distinct(
    numbers: &mut Numbers,
    mut value: Value,
    mut labels: Vec<Label>,
    lengths: &[(Label, usize)],
) -> Result<Factor, Fault> {
    let dims = numbers.dims(&value)?;
    let kept: Vec<usize> = (0..dims.len()).filter(|&axis| dims[axis] == length_of(lengths, labels[axis])).collect();
    if kept.len() < dims.len() {
        value = numbers.reshaped(&value, &kept.iter().map(|&axis| dims[axis]).collect::<Vec<_>>())?;
        labels = kept.iter().map(|&axis| labels[axis]).collect();
    }
    while let Some((i, j)) = repeated(&labels) {
        let dims = numbers.dims(&value)?;
        let n = dims[i];
        let rest: Vec<usize> = (0..dims.len()).filter(|&axis| axis != i && axis != j).collect();
        let turned = numbers.permuted(&value, &[&rest[..], &[i, j]].concat())?;
        let outer: Vec<usize> = rest.iter().map(|&axis| dims[axis]).collect();
        let flat = numbers.reshaped(&turned, &[&outer[..], &[n * n]].concat())?;
        value = numbers.sliced(&flat, outer.len(), (0, n + 1, n))?;
        let label = labels[i];
        labels = rest.iter().map(|&axis| labels[axis]).chain([label]).collect();
    }
    Ok(Factor { value, labels })
}

fn repeated(labels: &[Label]) -> Option<(usize, usize)> {
    (0..labels.len()).find_map(|j| labels[..j].iter().position(|label| *label == labels[j]).map(|i| (i, j)))
}

/// Multiplies the factors pair by pair, the pair of the smallest product first, and arranges the result.
fn contracted(
    numbers: &mut Numbers,
    mut factors: Vec<Factor>,
    output: &[Label],
    lengths: &[(Label, usize)],
) -> Result<Value, Fault> {
    // labels of one factor only that the result does not have are summed before anything else
    for i in 0..factors.len() {
        let elsewhere = |label: &Label| {
            output.contains(label)
                || factors.iter().enumerate().any(|(other, factor)| other != i && factor.labels.contains(label))
        };
        let lonely: Vec<usize> =
            (0..factors[i].labels.len()).filter(|&axis| !elsewhere(&factors[i].labels[axis])).collect();
        factors[i] = summed(numbers, &factors[i], &lonely)?;
    }
    while factors.len() > 1 {
        let (i, j) = cheapest(&factors, output, lengths);
        let second = factors.remove(j);
        let first = factors.remove(i);
        let needed: Vec<Label> =
            output.iter().copied().chain(factors.iter().flat_map(|factor| factor.labels.iter().copied())).collect();
        factors.push(product(numbers, &first, &second, &needed)?);
    }
    let Some(factor) = factors.pop() else { return Err(Fault::new("einsum needs an operand")) };
    let lonely: Vec<usize> = (0..factor.labels.len()).filter(|&axis| !output.contains(&factor.labels[axis])).collect();
    let factor = summed(numbers, &factor, &lonely)?;
    let order: Vec<usize> =
        output.iter().filter_map(|label| factor.labels.iter().position(|other| other == label)).collect();
    let turned = numbers.permuted(&factor.value, &order)?;
    // a label of the result that only had axes of length 1 has none any more
    let dims: Vec<usize> = output.iter().map(|&label| length_of(lengths, label)).collect();
    numbers.reshaped(&turned, &dims)
}

fn summed(numbers: &mut Numbers, factor: &Factor, axes: &[usize]) -> Result<Factor, Fault> {
    if axes.is_empty() {
        return Ok(Factor { value: factor.value.clone(), labels: factor.labels.clone() });
    }
    let value = numbers.total(&factor.value, axes, false)?;
    let labels = (0..factor.labels.len()).filter(|axis| !axes.contains(axis)).map(|axis| factor.labels[axis]);
    Ok(Factor { value, labels: labels.collect() })
}

/// The pair whose product has the fewest elements; the first of equal ones.
fn cheapest(factors: &[Factor], output: &[Label], lengths: &[(Label, usize)]) -> (usize, usize) {
    let mut best = (f64::INFINITY, (0, 1));
    for j in 1..factors.len() {
        for i in 0..j {
            let needed = |label: &Label| {
                let others = factors.iter().enumerate().filter(|(other, _)| *other != i && *other != j);
                output.contains(label) || others.flat_map(|(_, factor)| &factor.labels).any(|other| other == label)
            };
            let both = factors[i].labels.iter().chain(factors[j].labels.iter());
            let mut kept: Vec<Label> = both.copied().filter(needed).collect();
            kept.sort();
            kept.dedup();
            let size: f64 = kept.iter().map(|&label| length_of(lengths, label) as f64).product();
            if size < best.0 {
                best = (size, (i, j));
            }
        }
    }
    best.1
}

/// The product of two factors, summed over what both have and nobody needs any more.
fn product(numbers: &mut Numbers, a: &Factor, b: &Factor, needed: &[Label]) -> Result<Factor, Fault> {
    let shared = |label: &&Label| b.labels.contains(label);
    let batch: Vec<Label> = a.labels.iter().filter(shared).filter(|label| needed.contains(label)).copied().collect();
    let gone: Vec<Label> = a.labels.iter().filter(shared).filter(|label| !needed.contains(label)).copied().collect();
    let rows: Vec<Label> = a.labels.iter().filter(|label| !b.labels.contains(label)).copied().collect();
    let columns: Vec<Label> = b.labels.iter().filter(|label| !a.labels.contains(label)).copied().collect();
    let dims_of = |numbers: &Numbers, factor: &Factor, labels: &[Label]| -> Result<Vec<usize>, Fault> {
        let dims = numbers.dims(&factor.value)?;
        Ok(labels.iter().filter_map(|label| Some(dims[factor.labels.iter().position(|l| l == label)?])).collect())
    };
    let turned = |numbers: &mut Numbers, factor: &Factor, groups: [&[Label]; 3]| -> Result<Value, Fault> {
        let wanted = groups.concat();
        let order: Vec<usize> =
            wanted.iter().filter_map(|label| factor.labels.iter().position(|other| other == label)).collect();
        let turned = numbers.permuted(&factor.value, &order)?;
        let mut dims = Vec::with_capacity(3);
        for group in groups {
            dims.push(Shape::new(dims_of(numbers, factor, group)?).size());
        }
        numbers.reshaped(&turned, if batch.is_empty() { &dims[1..] } else { &dims })
    };
    let outer = [dims_of(numbers, a, &batch)?, dims_of(numbers, a, &rows)?, dims_of(numbers, b, &columns)?].concat();
    let left = turned(numbers, a, [&batch, &rows, &gone])?;
    let right = turned(numbers, b, [&batch, &gone, &columns])?;
    // nothing to sum: (…, m, 1) times (…, 1, n) elementwise
    let value = if gone.is_empty() { numbers.mul(&left, &right)? } else { numbers.matmul(&left, &right)? };
    let value = numbers.reshaped(&value, &outer)?;
    Ok(Factor { value, labels: [batch, rows, columns].concat() })
}

/// Products summed over axes of both, the axes of `a` that are left before those of `b`.
pub fn summed_over(
    numbers: &mut Numbers,
    a: &Value,
    b: &Value,
    of_a: &[usize],
    of_b: &[usize],
) -> Result<Value, Fault> {
    let (shape_a, shape_b) = (numbers.shape(a)?, numbers.shape(b)?);
    let lengths = |shape: &Shape, axes: &[usize]| axes.iter().map(|&axis| shape.dims()[axis]).collect::<Vec<_>>();
    if lengths(&shape_a, of_a) != lengths(&shape_b, of_b) {
        return Err(ShapeError::MatMul { left: shape_a, right: shape_b }.into());
    }
    let left = |shape: &Shape, axes: &[usize]| (0..shape.rank()).filter(|i| !axes.contains(i)).collect::<Vec<_>>();
    let (rows, columns) = (left(&shape_a, of_a), left(&shape_b, of_b));
    let n = Shape::new(lengths(&shape_a, of_a)).size();
    let outer = [lengths(&shape_a, &rows), lengths(&shape_b, &columns)].concat();
    let size = |dims: Vec<usize>| Shape::new(dims).size();
    let a = numbers.permuted(a, &[&rows[..], of_a].concat())?;
    let a = numbers.reshaped(&a, &[size(lengths(&shape_a, &rows)), n])?;
    let b = numbers.permuted(b, &[of_b, &columns[..]].concat())?;
    let b = numbers.reshaped(&b, &[n, size(lengths(&shape_b, &columns))])?;
    let product = numbers.matmul(&a, &b)?;
    numbers.reshaped(&product, &outer)
}

fn tensordot(caller: &mut dyn Caller, mut args: Args) -> Result<Value, Fault> {
    let axes = args.take(2).unwrap_or(Value::Int(2));
    let (a, b) = (args.need(0), args.need(1));
    let (shape_a, shape_b) = (caller.numbers().shape(&a)?, caller.numbers().shape(&b)?);
    let wrong = || {
        let help = "axes = 1 for the last of a with the first of b, or axes = [[0, 1], [1, 0]]";
        Fault::new("axes must be a count or a pair of axes (or lists of axes)").help(help).argument(2)
    };
    let (of_a, of_b): (Vec<i64>, Vec<i64>) = match caller.numbers().integer(&axes) {
        Some(count) => {
            let most = shape_a.rank().min(shape_b.rank()) as i64;
            if !(0..=most).contains(&count) {
                return Err(Fault::new(format!("axes must be from 0 to {most} here, not {count}")).argument(2));
            }
            ((shape_a.rank() as i64 - count..shape_a.rank() as i64).collect(), (0..count).collect())
        }
        None => {
            let pair = super::elements(caller, &axes).map_err(|_| wrong())?;
            let [first, second] = &pair[..] else { return Err(wrong()) };
            let named = |caller: &mut dyn Caller, value| super::args::integers(caller, value).ok_or_else(wrong);
            (named(caller, first)?, named(caller, second)?)
        }
    };
    if of_a.len() != of_b.len() {
        return Err(wrong());
    }
    let resolved = |shape: &Shape, axes: &[i64]| -> Result<Vec<usize>, Fault> {
        let mut found = Vec::with_capacity(axes.len());
        for &axis in axes {
            let index = shape.axis(axis)?;
            if found.contains(&index) {
                return Err(ShapeError::AxisTwice { axis }.into());
            }
            found.push(index);
        }
        Ok(found)
    };
    let (of_a, of_b) = (resolved(&shape_a, &of_a)?, resolved(&shape_b, &of_b)?);
    summed_over(caller.numbers(), &a, &b, &of_a, &of_b)
}
