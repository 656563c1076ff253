//! The walk over a stretch of tape with numbers that have more digits than f64.

use std::collections::HashMap;
use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use super::leaf::{FromLeaf, meaning};
use super::stretch::Stretch;
use crate::interrupt;
use crate::ops::extended::{Elementwise, broadcast_places, moves, places, tensor};
use crate::tape::{NodeId, Op};
use crate::tensor::Shape;

/// The elements of a node. Equal ones are kept, and computed with, once.
#[derive(Clone)]
pub(super) struct Values<N> {
    items: SmallVec<[N; 1]>,
    /// Which item each element is; `None` where each has its own.
    index: Option<Rc<[u32]>>,
}

impl<N: FromLeaf> Values<N> {
    fn each(items: SmallVec<[N; 1]>) -> Values<N> {
        Values { items, index: None }
    }

    pub fn len(&self) -> usize {
        self.index.as_ref().map_or(self.items.len(), |index| index.len())
    }

    fn item(&self, element: usize) -> u32 {
        self.index.as_ref().map_or(element as u32, |index| index[element])
    }

    pub fn get(&self, element: usize) -> &N {
        &self.items[self.item(element) as usize]
    }

    fn to_vec(&self) -> Vec<N> {
        (0..self.len()).map(|i| self.get(i).clone()).collect()
    }
}

/// The targets, each an element at a time; `None` where `may_go_on` said no, or a node has no form.
pub(super) fn walk<N: FromLeaf>(stretch: &Stretch, may_go_on: &dyn Fn() -> bool) -> Option<Vec<Values<N>>> {
    let mut values: Vec<Values<N>> = Vec::with_capacity(stretch.nodes.len());
    for &id in &stretch.nodes {
        if interrupt::is_requested() || !may_go_on() {
            return None;
        }
        let value = if stretch.is_input(id) { input(stretch, id) } else { node(stretch, &values, id, may_go_on)? };
        values.push(value);
    }
    Some(stretch.targets.iter().map(|&id| values[stretch.place(id)].clone()).collect())
}

fn input<N: FromLeaf>(stretch: &Stretch, id: NodeId) -> Values<N> {
    let data = stretch.column(id).unwrap_or_else(|| stretch.plain(id));
    let (row, attr) = (stretch.tape.row(id), stretch.tape.attr(id));
    let is_exact = stretch.is_exact(id);
    let number = |x: f64| match is_exact {
        true => N::exact(x),
        false => N::of(&meaning(row, attr, x), x),
    };
    if let &[x] = data {
        return Values::each(smallvec![number(x)]);
    }
    let mut known: HashMap<u64, u32> = HashMap::new();
    let mut items = SmallVec::new();
    let mut index = Vec::with_capacity(data.len());
    for &x in data {
        index.push(*known.entry(x.to_bits()).or_insert_with(|| {
            items.push(number(x));
            items.len() as u32 - 1
        }));
    }
    Values { items, index: Some(index.into()) }
}

fn node<N: FromLeaf>(
    stretch: &Stretch,
    values: &[Values<N>],
    id: NodeId,
    may_go_on: &dyn Fn() -> bool,
) -> Option<Values<N>> {
    let tape = stretch.tape;
    let operands: SmallVec<[NodeId; 4]> = tape.operands(id).collect();
    let inputs: SmallVec<[&Values<N>; 4]> = operands.iter().map(|&id| &values[stretch.place(id)]).collect();
    if let Op::Tensor(_) = tape.row(id).op {
        return tensor_node(stretch, id, &operands, &inputs);
    }
    let operation = Elementwise::new(tape.row(id));
    if operation.is_formless {
        stretch.has_formless.set(true);
    }
    let size = match stretch.has_lanes() {
        true => inputs.iter().map(|input| input.len()).max().unwrap_or(1),
        false => tape.shape(id).size(),
    };
    let plain: SmallVec<[&[f64]; 4]> = operands.iter().map(|&id| stretch.plain(id)).collect();
    if size == 1 {
        return Some(Values::each(smallvec![one(stretch, &operation, &inputs, &plain, &[0; 3])]));
    }
    let broadcast: Option<SmallVec<[Vec<usize>; 3]>> = match stretch.has_lanes() {
        true => None,
        false => {
            let own = tape.shape(id);
            Some(operands.iter().map(|&operand| broadcast_places(tape.shape(operand), own)).collect::<Option<_>>()?)
        }
    };
    let place = |which: usize, i: usize| match &broadcast {
        Some(places) => places[which][i],
        None if inputs[which].len() == 1 => 0,
        None => i,
    };
    let mut known: HashMap<[u32; 3], u32> = HashMap::new();
    let is_repetitive = inputs.iter().all(|input| input.items.len() * 2 <= size);
    let mut items: SmallVec<[N; 1]> = SmallVec::new();
    let mut index = Vec::with_capacity(if is_repetitive { size } else { 0 });
    for i in 0..size {
        let at: [usize; 3] = std::array::from_fn(|which| if which < inputs.len() { place(which, i) } else { 0 });
        if is_repetitive {
            let key = std::array::from_fn(|which| inputs.get(which).map_or(0, |input| input.item(at[which])));
            if let Some(&item) = known.get(&key) {
                index.push(item);
                continue;
            }
            known.insert(key, items.len() as u32);
            index.push(items.len() as u32);
        }
        if i % 64 == 0 && (interrupt::is_requested() || !may_go_on()) {
            return None;
        }
        items.push(one(stretch, &operation, &inputs, &plain, &at));
    }
    Some(Values { items, index: is_repetitive.then(|| index.into()) })
}

/// One element from the elements of the operands at these places.
fn one<N: FromLeaf>(
    stretch: &Stretch,
    operation: &Elementwise<N>,
    inputs: &[&Values<N>],
    plain: &[&[f64]],
    at: &[usize; 3],
) -> N {
    let numbers: SmallVec<[&N; 3]> = inputs.iter().zip(at).map(|(input, &at)| input.get(at)).collect();
    let lanes = stretch.has_lanes();
    let plain: SmallVec<[f64; 3]> = plain.iter().zip(at).map(|(data, &at)| data[if lanes { 0 } else { at }]).collect();
    operation.element(&numbers, &plain)
}

fn tensor_node<N: FromLeaf>(
    stretch: &Stretch,
    id: NodeId,
    operands: &[NodeId],
    inputs: &[&Values<N>],
) -> Option<Values<N>> {
    if stretch.has_lanes() {
        return None;
    }
    let (row, attr) = (stretch.tape.row(id), stretch.tape.attr(id));
    let shapes: SmallVec<[&Shape; 4]> = operands.iter().map(|&id| stretch.tape.shape(id)).collect();
    if let (&[input], true) = (inputs, moves(row)) {
        return moved(input, places(row, attr, &shapes)?);
    }
    let elements: Vec<Vec<N>> = inputs.iter().map(|input| input.to_vec()).collect();
    let elements: SmallVec<[&[N]; 4]> = elements.iter().map(Vec::as_slice).collect();
    if let Some(items) = tensor(row, attr, &shapes, &elements) {
        return Some(Values::each(items.into()));
    }
    // what has no form keeps its f64 values
    stretch.has_formless.set(true);
    let kept = |&y: &f64| N::rounded(y, y.abs() * 64.0 * f64::EPSILON);
    Some(Values::each(stretch.plain(id).iter().map(kept).collect()))
}

fn moved<N: FromLeaf>(input: &Values<N>, places: Vec<Option<usize>>) -> Option<Values<N>> {
    let mut items: SmallVec<[N; 1]> = SmallVec::new();
    let mut known: HashMap<u32, u32> = HashMap::new();
    let mut empty = None;
    let mut index = Vec::with_capacity(places.len());
    for place in places {
        let add = |items: &mut SmallVec<[N; 1]>, item: N| {
            items.push(item);
            items.len() as u32 - 1
        };
        index.push(match place {
            Some(place) => {
                let item = input.item(place);
                *known.entry(item).or_insert_with(|| add(&mut items, input.items[item as usize].clone()))
            }
            None => *empty.get_or_insert_with(|| add(&mut items, N::exact(0.0))),
        });
    }
    Some(Values { items, index: Some(index.into()) })
}
