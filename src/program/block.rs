//! A function call as one operation: only its result is stored, what lies between is computed again for the sweep back,
//! or the sweep goes a way of its own.

use std::cell::RefCell;
use std::rc::Rc;

use super::Program;
use super::graph::Graph;
use super::pulled::{Pulled, recorded_again};
use crate::ops::LINEAR;
use crate::tape::{
    Absence, Attr, Cotangent, NodeId, Op, Operand, Row, Seed, Shared, Tape, TapeError, TensorOp, Var, gradient,
};
use crate::tensor::{Shape, ShapeError, Tensor};

/// What a call computes from its arguments and from what it uses from outside.
pub struct Block {
    graph: Graph,
    shape: Shape,
    program: RefCell<Program>,
    /// The result of the call that is being recorded.
    fresh: RefCell<Option<Vec<f64>>>,
    own_pull: Option<OwnPull>,
    recorded: Pulled,
}

/// A way back that somebody wrote: arguments, cotangent and what it uses from outside in, cotangents of the arguments out.
struct OwnPull {
    graph: Graph,
    arguments: usize,
    /// Which operands of the row it uses from outside.
    outside: Vec<usize>,
}

impl Block {
    /// The stretch of tape from `inputs` to `result`.
    pub fn new(tape: &Tape, inputs: &[NodeId], result: NodeId) -> Block {
        let graph = Graph::of_tape(tape, inputs, &[result]);
        let value = tape.tensor(result);
        Block {
            program: RefCell::new(Program::of_graph(&graph)),
            graph,
            shape: value.shape().clone(),
            fresh: RefCell::new(Some(value.data().to_vec())),
            own_pull: None,
            recorded: Pulled::default(),
        }
    }

    /// The same with a way back of its own: the stretch from the arguments, the cotangent and `outside` (nodes, and which
    /// operands of the row they are) to the cotangents of the arguments.
    pub fn with_pull(
        mut self,
        tape: &Tape,
        arguments: &[NodeId],
        cotangent: NodeId,
        outside: &[(NodeId, usize)],
        results: &[NodeId],
    ) -> Block {
        let inputs: Vec<NodeId> =
            arguments.iter().copied().chain([cotangent]).chain(outside.iter().map(|(id, _)| *id)).collect();
        self.own_pull = Some(OwnPull {
            graph: Graph::of_tape(tape, &inputs, results),
            arguments: arguments.len(),
            outside: outside.iter().map(|(_, operand)| *operand).collect(),
        });
        self
    }

    /// As the attribute of its node.
    pub fn attr(self) -> Attr {
        Attr::Shared(Shared(Rc::new(self)))
    }

    /// Cotangents of the operands as nodes.
    fn cotangents(&self, tape: &mut Tape, operands: &[NodeId], g: NodeId) -> Result<Vec<Option<NodeId>>, TapeError> {
        if let Some(own) = &self.own_pull {
            let outside = own.outside.iter().map(|&at| operands[at]);
            let inputs: Vec<NodeId> = operands[..own.arguments].iter().copied().chain([g]).chain(outside).collect();
            let found = own.graph.record(tape, &inputs)?;
            let mut all: Vec<Option<NodeId>> = found.into_iter().map(Some).collect();
            all.resize(operands.len(), None);
            return Ok(all);
        }
        recorded_again(tape, operands, g, |tape, sources| Ok(self.graph.record(tape, sources)?[0]))
    }
}

fn block_of(attr: &Attr) -> &Block {
    match attr {
        Attr::Shared(Shared(any)) => any.downcast_ref::<Block>().expect("a call has its block"),
        _ => unreachable!("a call has its block"),
    }
}

/// A whole call as one operation.
pub static BLOCK: Row = Row {
    name: "block",
    params: &["xs"],
    doc: "The result of a function whose inner values are not kept, or whose derivative is given with it.",
    samples: &[],
    op: Op::Tensor(TensorOp {
        shape: |_, attr| -> Result<Shape, ShapeError> { Ok(block_of(attr).shape.clone()) },
        forward,
        pull,
        plain: Some(pull_plain),
        absence: Absence::Lost,
    }),
};

fn forward(inputs: &[Operand], attr: &Attr, _: &Shape, out: &mut [f64]) -> Result<(), TapeError> {
    let block = block_of(attr);
    if let Some(values) = block.fresh.take() {
        out.copy_from_slice(&values);
        return Ok(());
    }
    let mut program = block.program.borrow_mut();
    inputs.iter().enumerate().for_each(|(number, input)| program.write_input(number, input.data));
    program.run()?;
    out.copy_from_slice(program.output(0));
    Ok(())
}

fn pull<'t>(g: Var<'t>, inputs: &[Var<'t>], _: Var<'t>, attr: &Attr, which: usize) -> Option<Var<'t>> {
    let block = block_of(attr);
    block.recorded.operand(g, inputs, which, |tape, operands, g| block.cotangents(tape, operands, g))
}

/// The same in numbers, on a tape that is dropped afterwards.
fn pull_plain(
    g: &[f64],
    inputs: &[Operand],
    _: &[f64],
    attr: &Attr,
    which: usize,
    to: &mut [f64],
) -> Result<(), TapeError> {
    let block = block_of(attr);
    let mut tape = Tape::default();
    let variable =
        |tape: &mut Tape, shape: &Shape, data: &[f64]| tape.variable_tensor(&Tensor::new(shape.clone(), data));
    let sources: Vec<NodeId> = inputs.iter().map(|input| variable(&mut tape, input.shape, input.data)).collect();
    let cotangent = match &block.own_pull {
        Some(_) => {
            let g = variable(&mut tape, &block.shape, g);
            let found = block.cotangents(&mut tape, &sources, g)?;
            found[which].map(|id| tape.tensor(id))
        }
        None => {
            let result = block.graph.record(&mut tape, &sources)?;
            let seed = Tensor::new(block.shape.clone(), g);
            let found = gradient(&mut tape, &LINEAR, result[0], Seed::Values(&seed), &sources[which..=which], false)?;
            match found.into_iter().next().flatten() {
                Some(Cotangent::Tensor(tensor)) => Some(tensor),
                Some(Cotangent::Number(x)) => Some(Tensor::scalar(x)),
                _ => None,
            }
        }
    };
    if let Some(cotangent) = cotangent {
        to.iter_mut().zip(cotangent.data()).for_each(|(to, x)| *to += x + 0.0);
    }
    Ok(())
}
