//! What went wrong in a function, without knowing where it was called.

use crate::diagnostic::Diagnostic;
use crate::tape::TapeError;
use crate::tensor::ShapeError;

/// An error on its way to the place that knows the text.
#[derive(Debug, Clone)]
pub enum Fault {
    /// What was wrong; `argument` tells which argument to point at.
    Plain {
        message: String,
        help: Option<String>,
        argument: Option<usize>,
    },
    Tape(TapeError),
    /// An error inside a function of the user, already placed.
    Placed(Box<Diagnostic>),
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault::Plain { message: message.into(), help: None, argument: None }
    }

    pub fn help(self, text: impl Into<String>) -> Fault {
        match self {
            Fault::Plain { message, argument, .. } => Fault::Plain { message, help: Some(text.into()), argument },
            other => other,
        }
    }

    pub fn argument(self, index: usize) -> Fault {
        match self {
            Fault::Plain { message, help, .. } => Fault::Plain { message, help, argument: Some(index) },
            other => other,
        }
    }
}

impl From<TapeError> for Fault {
    fn from(error: TapeError) -> Fault {
        Fault::Tape(error)
    }
}

impl From<ShapeError> for Fault {
    fn from(error: ShapeError) -> Fault {
        Fault::Tape(TapeError::Shape(error))
    }
}
