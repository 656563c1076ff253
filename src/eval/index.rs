//! Indexing: elements, slices, masks, lists of indices; assignment to elements; fields of records.

use std::rc::Rc;

use super::{Evaluated, Evaluator, Stop};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::ops;
use crate::syntax::name::Symbol;
use crate::syntax::tree::{ExprId, Subscript, Tree};
use crate::tape::{Attr, SliceSpec};
use crate::tensor::{DType, Shape};
use crate::value::Value;

/// What one subscript selects of its axis.
enum Selection {
    Slice(SliceSpec),
    /// These positions, arranged in this shape.
    Positions(Vec<usize>, Shape),
}

/// A subscript, evaluated.
pub(super) enum Given {
    At(ExprId, Value),
    Slice { start: Option<(ExprId, Value)>, stop: Option<(ExprId, Value)>, step: Option<(ExprId, Value)> },
}

impl Evaluator<'_> {
    pub(super) fn index_expr(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        base: ExprId,
        subscripts: &[Subscript],
    ) -> Evaluated {
        let value = self.eval(tree, base)?;
        match &value {
            Value::List(items) => return self.list_element(tree, id, items, subscripts),
            Value::Record(fields) => {
                let values: Vec<Value> = fields.iter().map(|(_, value)| value.clone()).collect();
                return self.record_element(tree, id, fields, &values, subscripts);
            }
            Value::Text(text) => {
                let letters: Vec<Value> = text.chars().map(|c| Value::text(c.to_string())).collect();
                return self.list_element(tree, id, &letters, subscripts);
            }
            _ => {}
        }
        let shape = self.numbers.shape(&value).map_err(|fault| self.place(tree, tree.span(base), fault))?;
        let given = self.given(tree, subscripts)?;
        if let Some(mask) = self.mask(tree, &shape, &given)? {
            return self.masked(tree, id, &value, mask);
        }
        if shape.is_scalar() {
            let message = format!("{} is a number, it has no elements", tree.text(base));
            return Err(self.error(tree, id, message));
        }
        if let Some(moving) = self.moving_part(&value, &shape, &given) {
            return Ok(moving);
        }
        let selections = self.selections(tree, id, &shape, &given)?;
        self.select(tree, id, value, selections)
    }

    fn given(&mut self, tree: &Rc<Tree>, subscripts: &[Subscript]) -> Result<Vec<Given>, Stop> {
        let mut given = Vec::with_capacity(subscripts.len());
        for subscript in subscripts {
            given.push(match subscript {
                Subscript::At(id) => Given::At(*id, self.eval(tree, *id)?),
                Subscript::Slice { start, stop, step } => {
                    let mut part = |id: &Option<ExprId>| id.map(|id| Ok((id, self.eval(tree, id)?))).transpose();
                    Given::Slice { start: part(start)?, stop: part(stop)?, step: part(step)? }
                }
            });
        }
        Ok(given)
    }

    /// Takes slices first, then positions axis by axis.
    fn select(&mut self, tree: &Rc<Tree>, id: ExprId, value: Value, selections: Vec<Selection>) -> Evaluated {
        let whole = |selection: &Selection, len| match selection {
            Selection::Slice(spec) => *spec,
            Selection::Positions(..) => SliceSpec::all(len),
        };
        let shape = self.numbers.shape(&value).map_err(|fault| self.place(tree, tree.span(id), fault))?;
        let specs: Vec<SliceSpec> = selections.iter().zip(shape.dims()).map(|(s, &len)| whole(s, len)).collect();
        let trivial = specs.iter().zip(shape.dims()).all(|(spec, &len)| *spec == SliceSpec::all(len));
        let mut result = if trivial {
            value
        } else {
            let sliced = self.numbers.apply(&ops::SLICE, &[&value], Attr::Slice(specs.into()));
            self.placed(tree, id, sliced)?
        };
        let selections = self.paired(tree, id, selections)?;
        if let Some((first, count, places, arranged)) = selections.1 {
            let picked = self.gather_pairs(&result, first, count, places, &arranged);
            return self.placed(tree, id, picked);
        }
        let mut axis = 0;
        for selection in selections.0 {
            match selection {
                Selection::Slice(spec) => axis += !spec.drop as usize,
                Selection::Positions(indices, arranged) => {
                    let gathered = self.gather(&result, indices, &arranged, axis);
                    result = self.placed(tree, id, gathered)?;
                    axis += arranged.rank();
                }
            }
        }
        Ok(result)
    }

    /// Several lists of indices go element by element, as in NumPy: `A[[0, 1], [1, 2]]` is `[A[0, 1], A[1, 2]]`. Gives the
    /// first of their axes after slicing, how many there are, the positions on each and their arrangement.
    #[allow(clippy::type_complexity, reason = "one caller, which takes it apart at once")]
    fn paired(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        selections: Vec<Selection>,
    ) -> Result<(Vec<Selection>, Option<(usize, usize, Vec<Vec<usize>>, Shape)>), Stop> {
        let is_list = |selection: &Selection| matches!(selection, Selection::Positions(..));
        let count = selections.iter().filter(|selection| is_list(selection)).count();
        if count < 2 {
            return Ok((selections, None));
        }
        let first = selections.iter().position(is_list).unwrap_or(0);
        let are_adjacent = selections[first..].iter().take(count).all(is_list);
        let mut places = Vec::with_capacity(count);
        let mut arranged: Option<Shape> = None;
        let mut do_fit = are_adjacent;
        let axis = selections[..first].iter().filter(|s| !matches!(s, Selection::Slice(spec) if spec.drop)).count();
        for selection in selections {
            if let Selection::Positions(indices, shape) = selection {
                do_fit &= arranged.as_ref().is_none_or(|other| *other == shape);
                arranged.get_or_insert(shape);
                places.push(indices);
            }
        }
        match arranged.filter(|_| do_fit) {
            Some(shape) => Ok((Vec::new(), Some((axis, count, places, shape)))),
            None => {
                let message = "lists of indices go element by element: they need one shape and neighbouring axes; \
                               A[[0, 1], :][:, [0, 2]] is a block of rows and columns";
                Err(self.error(tree, id, message))
            }
        }
    }

    fn gather_pairs(
        &mut self,
        value: &Value,
        first: usize,
        count: usize,
        places: Vec<Vec<usize>>,
        arranged: &Shape,
    ) -> Result<Value, crate::value::Fault> {
        let shape = self.numbers.shape(value)?;
        let joined = &shape.dims()[first..first + count];
        let flat = |at: usize| places.iter().zip(joined).fold(0, |flat, (places, &dim)| flat * dim + places[at]);
        let indices: Vec<usize> = (0..arranged.size()).map(flat).collect();
        let mut dims = shape.dims()[..first].to_vec();
        dims.push(joined.iter().product());
        dims.extend(&shape.dims()[first + count..]);
        let flattened = self.numbers.apply(&ops::RESHAPE, &[value], Attr::Shape(Shape::new(dims)))?;
        self.gather(&flattened, indices, arranged, first)
    }

    fn gather(
        &mut self,
        value: &Value,
        indices: Vec<usize>,
        arranged: &Shape,
        axis: usize,
    ) -> Result<Value, crate::value::Fault> {
        let shape = self.numbers.shape(value)?;
        let picked = self.numbers.apply(&ops::GATHER, &[value], Attr::Gather { indices: indices.into(), axis })?;
        if arranged.rank() == 1 {
            return Ok(picked);
        }
        let mut dims = shape.dims()[..axis].to_vec();
        dims.extend(arranged.dims());
        dims.extend(&shape.dims()[axis + 1..]);
        self.numbers.apply(&ops::RESHAPE, &[&picked], Attr::Shape(Shape::new(dims)))
    }

    /// `a[a > 0]`: one boolean tensor of the shape of `a`.
    fn mask(&mut self, tree: &Rc<Tree>, shape: &Shape, given: &[Given]) -> Result<Option<Vec<usize>>, Stop> {
        let [Given::At(id, value)] = given else { return Ok(None) };
        if self.numbers.dtype(value) != Some(DType::Bool) {
            return Ok(None);
        }
        let mask = self.numbers.to_tensor(value).map_err(|fault| self.place(tree, tree.span(*id), fault))?;
        if mask.shape() != shape {
            let message = format!("a mask of shape {} does not fit a tensor of shape {shape}", mask.shape());
            return Err(self.error(tree, *id, message));
        }
        Ok(Some((0..mask.size()).filter(|&i| mask.data()[i] != 0.0).collect()))
    }

    fn masked(&mut self, tree: &Rc<Tree>, id: ExprId, value: &Value, indices: Vec<usize>) -> Evaluated {
        let picked = self.numbers.shape(value).and_then(|shape| {
            let flat = self.numbers.apply(&ops::RESHAPE, &[value], Attr::Shape(Shape::new([shape.size()])))?;
            self.numbers.apply(&ops::GATHER, &[&flat], Attr::Gather { indices: indices.into(), axis: 0 })
        });
        self.placed(tree, id, picked)
    }

    fn selections(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        shape: &Shape,
        given: &[Given],
    ) -> Result<Vec<Selection>, Stop> {
        if given.len() > shape.rank() {
            let message = format!("{} indices for a tensor of shape {shape}", given.len());
            return Err(self.error(tree, id, message));
        }
        let pairs = given.iter().zip(shape.dims()).enumerate();
        pairs.map(|(axis, (given, &length))| self.selection(tree, axis, length, given)).collect()
    }

    fn selection(&mut self, tree: &Rc<Tree>, axis: usize, length: usize, given: &Given) -> Result<Selection, Stop> {
        match given {
            Given::Slice { start, stop, step } => {
                let part = |part: &Option<(ExprId, Value)>| {
                    part.as_ref().map(|(id, value)| self.whole(tree, *id, value)).transpose()
                };
                let (start, stop) = (part(start)?, part(stop)?);
                let step = match (step, part(step)?) {
                    (Some((at, _)), Some(0)) => {
                        return Err(self.error(tree, *at, "the step of a slice cannot be 0"));
                    }
                    (_, step) => step.unwrap_or(1),
                };
                Ok(Selection::Slice(slice_spec(start, stop, step, length)))
            }
            Given::At(id, value) => {
                if let Some(index) = self.numbers.integer(value) {
                    let start = self.position(tree, *id, index, axis, length)?;
                    return Ok(Selection::Slice(SliceSpec { start, step: 1, len: 1, drop: true }));
                }
                let indices = self.numbers.to_tensor(value).map_err(|fault| self.place(tree, tree.span(*id), fault))?;
                if indices.dtype() == DType::Bool {
                    if indices.shape().dims() != [length] {
                        let message = format!("a mask of shape {} for an axis of length {length}", indices.shape());
                        return Err(self.error(tree, *id, message));
                    }
                    let chosen: Vec<usize> = (0..length).filter(|&i| indices.data()[i] != 0.0).collect();
                    let arranged = Shape::new([chosen.len()]);
                    return Ok(Selection::Positions(chosen, arranged));
                }
                let mut positions = Vec::with_capacity(indices.size());
                for &x in indices.data() {
                    if !crate::value::is_whole(x) {
                        return Err(self.error(tree, *id, format!("an index must be a whole number, not {x}")));
                    }
                    positions.push(self.position(tree, *id, x as i64, axis, length)?);
                }
                Ok(Selection::Positions(positions, indices.shape().clone()))
            }
        }
    }

    fn whole(&self, tree: &Rc<Tree>, id: ExprId, value: &Value) -> Result<i64, Stop> {
        self.numbers.integer(value).ok_or_else(|| {
            let message = format!("an index must be a whole number, not {}", tree.text(id));
            self.error(tree, id, message)
        })
    }

    /// An index counted from either end.
    fn position(&self, tree: &Rc<Tree>, id: ExprId, index: i64, axis: usize, length: usize) -> Result<usize, Stop> {
        let position = if index < 0 { index + length as i64 } else { index };
        if (0..length as i64).contains(&position) {
            return Ok(position as usize);
        }
        let message = format!("index {index} is outside axis {axis} of length {length}");
        let help = match length {
            0 => "it has no elements".to_string(),
            _ => format!("indices go from 0 to {}, or from -{length} to -1", length - 1),
        };
        Err(self.error_with_help(tree, tree.span(id), message, help))
    }

    fn list_element(&mut self, tree: &Rc<Tree>, id: ExprId, items: &[Value], subscripts: &[Subscript]) -> Evaluated {
        let [subscript] = subscripts else {
            return Err(self.error(tree, id, "a list has one axis: take elements one after the other, v[0][1]"));
        };
        let given = self.given(tree, std::slice::from_ref(subscript))?;
        match self.selection(tree, 0, items.len(), &given[0])? {
            Selection::Slice(spec) if spec.drop => Ok(items[spec.start].clone()),
            Selection::Slice(spec) => Ok(Value::list((0..spec.len).map(|i| items[spec.index(i)].clone()).collect())),
            Selection::Positions(positions, _) => {
                Ok(Value::list(positions.iter().map(|&i| items[i].clone()).collect()))
            }
        }
    }

    fn record_element(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        fields: &[(Rc<str>, Value)],
        values: &[Value],
        subscripts: &[Subscript],
    ) -> Evaluated {
        if let [Subscript::At(key)] = subscripts
            && let Value::Text(key_text) = self.eval(tree, *key)?
        {
            return self.field_named(tree, *key, fields, &key_text);
        }
        self.list_element(tree, id, values, subscripts)
    }

    pub(super) fn field(&mut self, tree: &Rc<Tree>, id: ExprId, base: ExprId, name: Symbol) -> Evaluated {
        let value = self.eval(tree, base)?;
        match &value {
            Value::Record(fields) => self.field_named(tree, id, fields, &name.text()),
            other if *name.text() == *"T" && self.numbers.dtype(other).is_some() => {
                let transposed = self.transposed(value);
                self.placed(tree, id, transposed)
            }
            other => {
                let message = format!("{} is {}, it has no field {name}", tree.text(base), other.kind());
                Err(self.error(tree, id, message))
            }
        }
    }

    fn field_named(&self, tree: &Rc<Tree>, id: ExprId, fields: &[(Rc<str>, Value)], name: &str) -> Evaluated {
        if let Some((_, value)) = fields.iter().find(|(field, _)| &**field == name) {
            return Ok(value.clone());
        }
        let names: Vec<&str> = fields.iter().map(|(field, _)| &**field).collect();
        let diagnostic = Diagnostic::new(format!("there is no field {name}")).at(&tree.source, tree.span(id));
        Err(Stop::Error(Box::new(match did_you_mean(name, names.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean {near}?")),
            None => diagnostic.help(format!("fields: {}", names.join(", "))),
        })))
    }

    /// The tensor or list with one part replaced.
    pub(super) fn with_element(
        &mut self,
        tree: &Rc<Tree>,
        id: ExprId,
        before: &Value,
        subscripts: &[Subscript],
        value: &Value,
    ) -> Evaluated {
        if let Value::List(items) = before {
            let [subscript] = subscripts else {
                return Err(self.error(tree, id, "a list has one axis"));
            };
            let given = self.given(tree, std::slice::from_ref(subscript))?;
            if let Selection::Slice(spec @ SliceSpec { drop: true, .. }) =
                self.selection(tree, 0, items.len(), &given[0])?
            {
                let mut items = items.to_vec();
                items[spec.start] = value.clone();
                return Ok(Value::list(items));
            }
            return Err(self.error(tree, id, "one element of a list is replaced at a time"));
        }
        let shape = self.numbers.shape(before).map_err(|fault| self.place(tree, tree.span(id), fault))?;
        let mut specs = Vec::new();
        let given = self.given(tree, subscripts)?;
        for selection in self.selections(tree, id, &shape, &given)? {
            match selection {
                Selection::Slice(spec) => specs.push(spec),
                Selection::Positions(..) => {
                    return Err(self.error_with_help(
                        tree,
                        tree.span(id),
                        "elements are replaced by index or slice, not by a mask or a list of indices".to_string(),
                        "choose elementwise: a = where(c, v, a)".to_string(),
                    ));
                }
            }
        }
        let result = self.numbers.apply(&ops::SET_SLICE, &[before, value], Attr::Slice(specs.into()));
        self.placed(tree, id, result)
    }

    pub(super) fn array(&mut self, tree: &Rc<Tree>, id: ExprId, items: &[ExprId]) -> Evaluated {
        let values = items.iter().map(|&item| self.eval(tree, item)).collect::<Result<Vec<_>, _>>()?;
        let stacked = self.numbers.stack(values);
        self.placed(tree, id, stacked)
    }

    pub(super) fn matrix(&mut self, tree: &Rc<Tree>, id: ExprId, rows: &[Box<[ExprId]>]) -> Evaluated {
        for row in &rows[1..] {
            if row.len() != rows[0].len() {
                let at = row.last().copied().unwrap_or(id);
                let message = format!("a row of {} elements in a matrix of {} columns", row.len(), rows[0].len());
                return Err(self.error(tree, at, message));
            }
        }
        let rows = rows.iter().map(|row| self.array(tree, id, row)).collect::<Result<Vec<_>, _>>()?;
        let stacked = self.numbers.stack(rows);
        self.placed(tree, id, stacked)
    }
}

/// A slice by Python's rules: negative ends count from the end, ends beyond it are cut off.
pub(super) fn slice_spec(start: Option<i64>, stop: Option<i64>, step: i64, length: usize) -> SliceSpec {
    let length = length as i64;
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let limit = |end: i64| (if end < 0 { end + length } else { end }).clamp(low, high);
    let start = start.map_or(if step > 0 { low } else { high }, limit);
    let stop = stop.map_or(if step > 0 { high } else { low }, limit);
    let span = if step > 0 { stop - start } else { start - stop };
    let len = if span > 0 { (span - 1) / step.abs() + 1 } else { 0 };
    SliceSpec { start: start.max(0) as usize, step, len: len as usize, drop: false }
}
