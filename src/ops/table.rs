//! The macro that turns a table of operations that are not elementwise into rows.

/// `NAME = "name" (operands): shape, forward, pull, absence, on [sample points];` becomes one static
/// [`crate::tape::Row`], and all of them the slice `ROWS`.
macro_rules! structure {
    ($(
        $(#[doc = $doc:literal])+
        $ID:ident = $name:literal ($($x:ident),+): $shape:expr, $forward:expr, $pull:expr, $absence:ident,
            on $samples:expr;
    )*) => {
        $(
            $(#[doc = $doc])+
            pub static $ID: $crate::tape::Row = $crate::tape::Row {
                name: $name,
                params: &[$(stringify!($x)),+],
                doc: concat!($($doc, "\n"),+),
                samples: &$samples,
                op: $crate::tape::Op::Tensor($crate::tape::TensorOp {
                    shape: $shape,
                    forward: $forward,
                    pull: $pull,
                    plain: None,
                    absence: $crate::tape::Absence::$absence,
                }),
            };
        )*

        /// The rows of this table, in its order.
        pub(super) static ROWS: &[&$crate::tape::Row] = &[$(&$ID),*];
    };
}

pub(super) use structure;
