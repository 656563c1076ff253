//! Which elements of a result have lost digits, and those again with more.

use std::collections::{BTreeSet, HashSet};

use super::bound::{Bounded, bounds};
use super::stretch::Stretch;
use super::walk::{Values, walk};
use crate::interrupt;
use crate::kernels::ball::Ball;
use crate::kernels::wide::{Wide, with_precision, work};
use crate::ops::extended::Number;
use crate::tape::{NodeId, Tape};

/// Relative error from which a result is computed again: the twelve digits that are printed should be right.
const TOLERANCE: f64 = 1e-13;

/// Relative error that double-doubles may leave: the last bit of an f64. For many elements at once two digits more.
const WANTED: f64 = f64::EPSILON / 4.0;
const WANTED_OF_MANY: f64 = 1e-14;

/// So many elements are many.
const MANY: usize = 16;

/// Bits of the attempts with wide numbers, each tried when the one before left a result uncertain.
const PRECISIONS: [usize; 3] = [320, 1280, 4480];

/// Bits of a result that must be certain: those of an f64 and some to round it.
const WANTED_BITS: i64 = 64;

/// Rows of a table that wide numbers compute together.
const ROWS_AT_ONCE: usize = 16;

/// Elements and nodes that are walked at the most.
const MAX_ELEMENTS: usize = 1 << 20;

/// What a statement may spend on wide numbers, in the units of [`work`]: about half a second.
pub const BUDGET: u64 = 500_000_000;

/// An element of a result that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element {
    /// The f64 value, with which nothing is wrong.
    Kept(f64),
    /// A value with more of its digits right.
    Better(f64),
    /// The f64 value may be wrong, and nothing better is known.
    Unknown(f64),
}

impl Element {
    /// The best value that is known.
    pub fn value(self) -> f64 {
        match self {
            Element::Kept(x) | Element::Better(x) | Element::Unknown(x) => x,
        }
    }

    fn improve(&mut self, better: f64) {
        // 0 and the like keep their sign
        if self.value() != better {
            *self = Element::Better(better);
        } else if let Element::Unknown(x) = *self {
            *self = Element::Kept(x);
        }
    }
}

/// Results that were looked at.
#[derive(Debug, Clone)]
pub struct Precise {
    /// The elements of each target.
    pub values: Vec<Vec<Element>>,
    /// How many digits are right, where it is less than what is printed.
    pub digits: Option<u32>,
}

/// The targets with their digits right, as far as `budget` allows, which is less by what was spent. `None` if there is too
/// much to be looked at, or a recording inside a node.
///
/// `exact` are nodes whose f64 value is meant as it is.
pub fn precise(tape: &Tape, targets: &[NodeId], exact: &HashSet<NodeId>, budget: &mut u64) -> Option<Precise> {
    let stretch = Stretch::new(tape, targets, exact, &[], MAX_ELEMENTS)?;
    of_stretch(&stretch, budget)
}

/// Rows of columns that were computed in lanes.
#[derive(Debug, Clone)]
pub struct PreciseRows {
    /// The rows in which f64 may be wrong, with the right values of all targets.
    pub rows: Vec<(usize, Vec<Element>)>,
    /// As in [`Precise`].
    pub digits: Option<u32>,
}

/// The same for a recording of scalars, in every lane of the columns of its inputs.
pub fn precise_rows(
    tape: &Tape,
    targets: &[NodeId],
    columns: &[(NodeId, &[f64])],
    budget: &mut u64,
) -> Option<PreciseRows> {
    let exact = HashSet::new();
    let stretch = Stretch::new(tape, targets, &exact, columns, MAX_ELEMENTS)?;
    if !stretch.nodes.iter().all(|&id| tape.is_scalar(id)) {
        return None;
    }
    let lanes = columns.first()?.1.len();
    let bounded = bounds(&stretch)?;
    let mut rows: Vec<usize> = lost(&bounded).into_iter().map(|lost| lost.element).collect();
    // a value that is the same in all rows has one element
    if bounded.iter().any(|bounded| bounded.y.len() == 1 && bounded.y.len() != lanes) && rows.contains(&0) {
        rows = (0..lanes).collect();
    }
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Some(PreciseRows { rows: Vec::new(), digits: None });
    }
    let pick = |rows: &[usize]| -> Vec<Vec<f64>> {
        columns.iter().map(|(_, column)| rows.iter().map(|&row| column[row]).collect()).collect()
    };
    let sources: Vec<NodeId> = columns.iter().map(|(id, _)| *id).collect();
    let mut lost = lost_in(&bounded, &rows);
    let element = |bounded: &Bounded, row: usize| Element::Kept(bounded.y[if bounded.y.len() == 1 { 0 } else { row }]);
    let mut values: Vec<Vec<Element>> =
        bounded.iter().map(|bounded| rows.iter().map(|&row| element(bounded, row)).collect()).collect();
    mark_unknown(&mut values, &lost);
    in_lanes(tape, targets, &sources, &pick(&rows), |stretch| by_double_doubles(stretch, &mut values, &mut lost));
    // a few rows at a time, so that what the budget is enough for is done
    let open: BTreeSet<usize> = lost.iter().filter(|lost| lost.is_open).map(|lost| lost.element).collect();
    let open: Vec<usize> = open.into_iter().collect();
    for group in open.chunks(ROWS_AT_ONCE) {
        if *budget == 0 || interrupt::is_requested() {
            break;
        }
        let numbers: Vec<usize> = group.iter().map(|&element| rows[element]).collect();
        let mut part: Vec<Vec<Element>> =
            values.iter().map(|values| group.iter().map(|&element| values[element]).collect()).collect();
        let (mut inside, outside): (Vec<Lost>, Vec<Lost>) =
            lost.into_iter().partition(|lost| lost.is_open && group.contains(&lost.element));
        for lost in &mut inside {
            lost.element = group.iter().position(|&element| element == lost.element).unwrap_or(0);
        }
        in_lanes(tape, targets, &sources, &pick(&numbers), |stretch| {
            by_wide_numbers(stretch, &mut part, &mut inside, budget);
        });
        for (values, part) in values.iter_mut().zip(part) {
            group.iter().zip(part).for_each(|(&element, value)| values[element] = value);
        }
        for lost in &mut inside {
            lost.element = group[lost.element];
        }
        lost = outside;
        lost.extend(inside);
    }
    let digits = digits(&values, &lost);
    let row = |(i, row): (usize, usize)| (row, values.iter().map(|values| values[i]).collect());
    Some(PreciseRows { rows: rows.into_iter().enumerate().map(row).collect(), digits })
}

/// Works on a recording with these columns for its inputs.
fn in_lanes(tape: &Tape, targets: &[NodeId], sources: &[NodeId], columns: &[Vec<f64>], work: impl FnOnce(&Stretch)) {
    let columns: Vec<(NodeId, &[f64])> = sources.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
    if let Some(stretch) = Stretch::new(tape, targets, &HashSet::new(), &columns, MAX_ELEMENTS) {
        work(&stretch);
    }
}

/// The lost elements of chosen rows, by their place among those.
fn lost_in(bounded: &[Bounded], rows: &[usize]) -> Vec<Lost> {
    let mut found = Vec::new();
    for mut lost in lost(bounded) {
        if bounded[lost.target].y.len() == 1 {
            let of =
                |element| Lost { target: lost.target, element, error: lost.error, is_open: true, is_number: false };
            found.extend((0..rows.len()).map(of));
        } else if let Ok(place) = rows.binary_search(&lost.element) {
            lost.element = place;
            found.push(lost);
        }
    }
    found
}

/// The values of `targets` with as many digits as can be had; `None` as with [`precise`].
pub fn refined(tape: &Tape, targets: &[NodeId], exact: &HashSet<NodeId>, budget: &mut u64) -> Option<Vec<Vec<f64>>> {
    let stretch = Stretch::new(tape, targets, exact, &[], MAX_ELEMENTS)?;
    let all: Vec<Lost> = every_element(&stretch);
    let plain = targets.iter().map(|&id| tape.data(id).iter().map(|&x| Element::Kept(x)).collect()).collect();
    let values = again(&stretch, plain, all, budget).values;
    Some(values.into_iter().map(|values| values.into_iter().map(Element::value).collect()).collect())
}

/// An element whose f64 value may be wrong.
struct Lost {
    target: usize,
    element: usize,
    /// Bound of the relative error of what is known of it.
    error: f64,
    is_open: bool,
    /// More digits gave a number, if not one that is certain.
    is_number: bool,
}

fn every_element(stretch: &Stretch) -> Vec<Lost> {
    let elements = |(target, &id): (usize, &NodeId)| {
        (0..stretch.tape.shape(id).size()).map(move |element| Lost {
            target,
            element,
            error: 1.0,
            is_open: true,
            is_number: false,
        })
    };
    stretch.targets.iter().enumerate().flat_map(elements).collect()
}

/// The elements whose bounds are too large.
fn lost(bounded: &[Bounded]) -> Vec<Lost> {
    let mut lost = Vec::new();
    for (target, bounded) in bounded.iter().enumerate() {
        for (element, (&y, &error)) in bounded.y.iter().zip(&bounded.error).enumerate() {
            let is_kept = y.is_finite() && error <= TOLERANCE * y.abs();
            if !is_kept {
                lost.push(Lost { target, element, error: error / y.abs(), is_open: true, is_number: false });
            }
        }
    }
    lost
}

fn of_stretch(stretch: &Stretch, budget: &mut u64) -> Option<Precise> {
    let bounded = bounds(stretch)?;
    let lost = lost(&bounded);
    let kept = |bounded: Bounded| bounded.y.into_iter().map(Element::Kept).collect();
    let values = bounded.into_iter().map(kept).collect();
    if lost.is_empty() {
        return Some(Precise { values, digits: None });
    }
    Some(again(stretch, values, lost, budget))
}

fn mark_unknown(values: &mut [Vec<Element>], lost: &[Lost]) {
    for lost in lost {
        let element = &mut values[lost.target][lost.element];
        *element = Element::Unknown(element.value());
    }
}

/// Computes the lost elements with double-doubles, and those that they do not settle with wide numbers.
fn again(stretch: &Stretch, mut values: Vec<Vec<Element>>, mut lost: Vec<Lost>, budget: &mut u64) -> Precise {
    mark_unknown(&mut values, &lost);
    by_double_doubles(stretch, &mut values, &mut lost);
    by_wide_numbers(stretch, &mut values, &mut lost, budget);
    let digits = if stretch.has_formless.get() { None } else { digits(&values, &lost) };
    Precise { digits, values }
}

fn by_double_doubles(stretch: &Stretch, values: &mut [Vec<Element>], lost: &mut [Lost]) {
    let wanted = if lost.len() < MANY { WANTED } else { WANTED_OF_MANY };
    let Some(found) = walk::<Ball>(stretch, &|| true) else { return };
    for lost in lost {
        let ball = at(&found[lost.target], lost.element);
        let element = &mut values[lost.target][lost.element];
        // what rounded inputs leave of it need not be better than what f64 has
        let is_guess = ball.is_given() && ball.relative_error() > TOLERANCE && !ball.refutes(element.value());
        if ball.is_none() || is_guess {
            continue;
        }
        lost.is_number = true;
        lost.is_open = ball.settled(wanted).is_none();
        lost.error = ball.relative_error();
        element.improve(ball.to_f64());
    }
}

fn by_wide_numbers(stretch: &Stretch, values: &mut [Vec<Element>], lost: &mut [Lost], budget: &mut u64) {
    let mut before: Option<Vec<i64>> = None;
    for bits in PRECISIONS {
        if lost.iter().all(|lost| !lost.is_open) {
            break;
        }
        let limit = work().saturating_add(*budget);
        let found = with_precision(bits, || walk::<Wide>(stretch, &|| work() <= limit));
        *budget = limit.saturating_sub(work());
        let Some(found) = found else { break };
        let open = lost.iter_mut().filter(|lost| lost.is_open);
        let mut noise = Vec::new();
        for lost in open {
            let wide = at(&found[lost.target], lost.element);
            noise.push(wide.noise());
            let Some(x) = wide.to_f64() else { continue };
            let is_certain = wide.is_certain(WANTED_BITS);
            if !is_certain && (x == 0.0 || wide.is_lost()) {
                continue;
            }
            if stretch.has_formless.get() && !is_certain && !wide.refutes(values[lost.target][lost.element].value()) {
                continue;
            }
            lost.is_number = true;
            lost.is_open = !is_certain;
            lost.error = if x == 0.0 { 0.0 } else { wide.error_bound() / x.abs() };
            values[lost.target][lost.element].improve(x);
        }
        // more bits do not help against errors that came with the inputs
        if before.as_ref() == Some(&noise) {
            break;
        }
        before = Some(noise);
    }
}

fn at<N: super::leaf::FromLeaf>(values: &Values<N>, element: usize) -> &N {
    values.get(if values.len() == 1 { 0 } else { element })
}

/// The digits that hold in the worst element, if they are fewer than are printed. What is infinite or NaN is no matter of
/// digits.
fn digits(values: &[Vec<Element>], lost: &[Lost]) -> Option<u32> {
    let is_uncertain =
        |lost: &&Lost| lost.is_open && lost.is_number && values[lost.target][lost.element].value().is_finite();
    let worst = lost.iter().filter(is_uncertain).map(|lost| lost.error).fold(0.0, f64::max);
    if worst <= 1e-12 {
        return None;
    }
    Some((-worst.log10()).floor().clamp(0.0, 16.0) as u32)
}
