//! The operations over numbers with more digits than f64, whichever those are.
//!
//! An elementwise operation has a [`Form`] for each kind of [`Number`]; operations on tensors are written here once,
//! over any of them. What has no form is computed by f64 from the rounded operands and corrected to first order.

use std::cmp::Ordering;

use crate::kernels::matrix_sizes;
use crate::tape::{Attr, Op, Operand, Row, evaluate};
use crate::tensor::Shape;

use super::structure::*;

/// A number with more digits than f64 and a bound of its error.
pub trait Number: Clone + 'static {
    /// An f64, exactly.
    fn exact(x: f64) -> Self;
    /// A number of which `x` is the f64 within `error`, and nothing else is known.
    fn rounded(x: f64, error: f64) -> Self;
    /// What cannot be told.
    fn none() -> Self;
    fn is_none(&self) -> bool;
    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    fn over(&self, other: &Self) -> Self;
    fn root(&self) -> Self;
    fn exponential(&self) -> Self;
    fn logarithm(&self) -> Self;
    /// The order, if it is certain.
    fn order(&self, other: &Self) -> Option<Ordering>;
    /// The nearest f64; NaN where there is no number.
    fn nearest(&self) -> f64;
    /// Bound of the absolute error, as an f64.
    fn error(&self) -> f64;
    /// Whether wider numbers have a form of a row that these lack.
    fn has_wider_form(_row: &'static Row) -> bool {
        false
    }
    /// What an elementwise row does with such numbers.
    fn form(row: &'static Row) -> Option<&'static Form<Self>>;
}

/// An elementwise operation over one kind of numbers.
pub enum Form<N> {
    One(fn(&N) -> N),
    Two(fn(&N, &N) -> N),
    Three(fn(&N, &N, &N) -> N),
    /// A relation between two numbers, as 1 or 0.
    Compare(fn(Ordering) -> bool),
    /// Passes on one of its operands, or nothing (0), as the first, a number 0 or not, decides.
    Choose(fn(bool) -> Option<usize>),
    /// The same where the f64 value of the first decides: a structural zero is a property of that.
    ChooseByValue(fn(f64) -> Option<usize>),
}

/// An elementwise operation with its form, looked up once for all elements.
pub struct Elementwise<N: Number> {
    row: &'static Row,
    form: Option<&'static Form<N>>,
    /// Computed by f64 and corrected, for want of a form.
    pub is_formless: bool,
}

impl<N: Number> Elementwise<N> {
    pub fn new(row: &'static Row) -> Elementwise<N> {
        let form = N::form(row);
        Elementwise { row, form, is_formless: form.is_none() && !N::has_wider_form(row) }
    }

    /// One element. `plain` are the f64 values of the operands.
    pub fn element(&self, inputs: &[&N], plain: &[f64]) -> N {
        match self.form {
            Some(form) => formed(self.row, form, inputs, plain),
            None if self.is_formless => corrected(self.row, inputs, plain),
            None => N::none(),
        }
    }
}

fn formed<N: Number>(row: &'static Row, form: &Form<N>, inputs: &[&N], plain: &[f64]) -> N {
    let chosen = |which: Option<usize>| which.map_or_else(|| N::exact(0.0), |which| inputs[which].clone());
    match form {
        Form::One(f) => f(inputs[0]),
        Form::Two(f) => f(inputs[0], inputs[1]),
        Form::Three(f) => f(inputs[0], inputs[1], inputs[2]),
        Form::Compare(holds) => match inputs[0].order(inputs[1]) {
            Some(order) => N::exact(f64::from(holds(order))),
            None if inputs[0].is_none() || inputs[1].is_none() => corrected(row, inputs, plain),
            // as far as can be seen they are equal
            None => N::exact(f64::from(holds(Ordering::Equal))),
        },
        Form::Choose(which) if inputs[0].is_none() => chosen(which(plain[0] != 0.0)),
        Form::Choose(which) => chosen(which(inputs[0].nearest() != 0.0)),
        Form::ChooseByValue(which) => chosen(which(plain[0])),
    }
}

/// The f64 operation at the rounded operands, with what those lost by being rounded, to first order.
fn corrected<N: Number>(row: &'static Row, inputs: &[&N], plain: &[f64]) -> N {
    // infinities and NaN are f64's
    let value =
        |(input, &plain): (&&N, &f64)| if input.is_none() && !plain.is_finite() { plain } else { input.nearest() };
    let x: Vec<f64> = inputs.iter().zip(plain).map(value).collect();
    if inputs.iter().zip(plain).any(|(input, plain)| input.is_none() && plain.is_finite()) {
        return N::none();
    }
    let (y, slopes) = match (&row.op, &x[..]) {
        (Op::Map1(op), &[a]) => {
            let y = (op.f)(a);
            (y, vec![op.rule.as_ref().map_or(0.0, |rule| (rule.pull)(1.0, a, y))])
        }
        (Op::Map2(op), &[a, b]) => {
            let y = (op.f)(a, b);
            (y, op.rules.iter().map(|rule| rule.as_ref().map_or(0.0, |rule| (rule.pull)(1.0, a, b, y))).collect())
        }
        (Op::Map3(op), &[a, b, c]) => (
            (op.f)(a, b, c),
            op.rules.iter().map(|rule| rule.as_ref().map_or(0.0, |rule| (rule.pull)(1.0, a, b, c))).collect(),
        ),
        _ => return N::none(),
    };
    if !y.is_finite() {
        return N::none();
    }
    // the special functions keep some 14 digits, and relative ones only away from their zeros
    let is_flat = slopes.iter().all(|&slope| slope == 0.0);
    let mut error = if is_flat { 0.0 } else { y.abs().max(f64::MIN_POSITIVE) * 64.0 * f64::EPSILON };
    let mut sum = N::exact(y);
    for ((input, &x), &slope) in inputs.iter().zip(&x).zip(&slopes) {
        if slope == 0.0 {
            continue;
        }
        let rest = input.minus(&N::exact(x));
        if slope.is_finite() && rest.nearest() != 0.0 {
            sum = sum.plus(&rest.times(&N::exact(slope)));
        }
        error += if input.error() == 0.0 { 0.0 } else { (slope * input.error()).abs() };
    }
    sum.plus(&N::rounded(0.0, error))
}

/// An operation on tensors; `None` if there is no form of it.
pub fn tensor<N: Number>(row: &'static Row, attr: &Attr, shapes: &[&Shape], inputs: &[&[N]]) -> Option<Vec<N>> {
    if moves(row) {
        return moved(row, attr, shapes, inputs);
    }
    let (&x, &from) = (inputs.first()?, shapes.first()?);
    if is(row, &MATMUL) {
        return matmul(shapes[0], shapes[1], x, inputs[1]);
    }
    if let (Attr::Shape(to), true) = (attr, is(row, &SUM_TO)) {
        let sums = grouped(x, &broadcast_places(to, from)?, to.size());
        return Some(sums.iter().map(|group| total(group)).collect());
    }
    let Attr::Axes { axes, .. } = attr else { return None };
    let kept = |(i, &dim): (usize, &usize)| if axes.contains(&i) { 1 } else { dim };
    let kept = Shape::new(from.dims().iter().enumerate().map(kept).collect::<Vec<_>>());
    let places = broadcast_places(&kept, from)?;
    let groups = grouped(x, &places, kept.size());
    let of_groups = |f: fn(&[&N]) -> N| Some(groups.iter().map(|group| f(group)).collect());
    if is(row, &SUM) {
        of_groups(total)
    } else if is(row, &MAX) {
        of_groups(|group| best(group, Ordering::Greater))
    } else if is(row, &MIN) {
        of_groups(|group| best(group, Ordering::Less))
    } else if is(row, &NORM) {
        of_groups(|group| {
            let squares: Vec<N> = group.iter().map(|x| x.times(x)).collect();
            total(&squares.iter().collect::<Vec<_>>()).root()
        })
    } else if is(row, &LOGSUMEXP) {
        of_groups(|group| {
            let terms: Vec<N> = group.iter().map(|x| x.exponential()).collect();
            total(&terms.iter().collect::<Vec<_>>()).logarithm()
        })
    } else if is(row, &SOFTMAX) {
        let terms: Vec<N> = x.iter().map(N::exponential).collect();
        let sums: Vec<N> = grouped(&terms, &places, kept.size()).iter().map(|group| total(group)).collect();
        Some(terms.iter().zip(&places).map(|(term, &place)| term.over(&sums[place])).collect())
    } else {
        None
    }
}

fn is(row: &'static Row, other: &'static Row) -> bool {
    std::ptr::eq(row, other)
}

/// Rows that only move elements about.
pub fn moves(row: &'static Row) -> bool {
    [&RESHAPE, &TRANSPOSE, &CONCAT, &STACK, &SLICE, &UNSLICE, &SET_SLICE, &GATHER, &BROADCAST_TO]
        .iter()
        .any(|other| is(row, other))
}

/// For each element of the result, the element that comes there, counted through all operands; `None` in an empty place.
pub fn places(row: &'static Row, attr: &Attr, shapes: &[&Shape]) -> Option<Vec<Option<usize>>> {
    let mut count = 0;
    let mut numbers: Vec<Vec<f64>> = Vec::with_capacity(shapes.len());
    for shape in shapes {
        // from 1 on: 0 is an empty place
        numbers.push((1..=shape.size()).map(|i| (count + i) as f64).collect());
        count += shape.size();
    }
    let numbered: Vec<Operand> = shapes.iter().zip(&numbers).map(|(shape, data)| Operand { shape, data }).collect();
    let (_, places) = evaluate(row, &numbered, attr).ok()?;
    Some(places.into_iter().map(|place| (place != 0.0).then(|| place as usize - 1)).collect())
}

fn moved<N: Number>(row: &'static Row, attr: &Attr, shapes: &[&Shape], inputs: &[&[N]]) -> Option<Vec<N>> {
    let all: Vec<&N> = inputs.iter().flat_map(|input| input.iter()).collect();
    let element = |place: Option<usize>| place.map_or_else(|| N::exact(0.0), |place| all[place].clone());
    Some(places(row, attr, shapes)?.into_iter().map(element).collect())
}

/// For each element of `to`, the element of `from` that is broadcast there.
pub fn broadcast_places(from: &Shape, to: &Shape) -> Option<Vec<usize>> {
    if from == to {
        return Some((0..to.size()).collect());
    }
    if from.size() == 1 {
        return Some(vec![0; to.size()]);
    }
    let found = places(&BROADCAST_TO, &Attr::Shape(to.clone()), &[from])?;
    found.into_iter().collect()
}

fn grouped<'x, N>(x: &'x [N], places: &[usize], count: usize) -> Vec<Vec<&'x N>> {
    let mut groups = vec![Vec::new(); count];
    for (x, &place) in x.iter().zip(places) {
        groups[place].push(x);
    }
    groups
}

fn total<N: Number>(group: &[&N]) -> N {
    let mut terms = group.iter();
    let Some(first) = terms.next() else { return N::exact(0.0) };
    terms.fold((*first).clone(), |sum, x| sum.plus(x))
}

/// The largest or the smallest; none where one is none.
fn best<N: Number>(group: &[&N], wanted: Ordering) -> N {
    let mut best = group[0];
    for x in group {
        if x.is_none() {
            return N::none();
        }
        if x.order(best) == Some(wanted) {
            best = x;
        }
    }
    best.clone()
}

/// Vectors and matrices; stacks of them keep their f64 product.
fn matmul<N: Number>(left: &Shape, right: &Shape, a: &[N], b: &[N]) -> Option<Vec<N>> {
    let (rows, inner, columns) = matrix_sizes(left, right)?;
    let mut out = Vec::with_capacity(rows * columns);
    for i in 0..rows {
        for j in 0..columns {
            let products: Vec<N> = (0..inner).map(|k| a[i * inner + k].times(&b[k * columns + j])).collect();
            out.push(total(&products.iter().collect::<Vec<_>>()));
        }
    }
    Some(out)
}
