//! gradtape: a calculator that differentiates what you type.
//!
//! ```text
//! text ──syntax──▶ expression tree ──resolve──▶ the same, calls told from products
//!      ──eval──▶ tape (records, computes) ──backward──▶ more tape ──report──▶ text · JSON
//!                 │
//!                 ├─program──▶ the same tape compiled: points, tables, loops, big tensors
//!                 └─run──────▶ the same tape in other arithmetics: error bound, double-doubles, wide numbers
//! ```
//!
//! Rooms, from the face to the ground. Each uses what stands below it, never the reverse (`tests/house.rs`):
//!
//! | floor | rooms |
//! |---|---|
//! | faces: talk to people | [`cli`], [`repl`], [`script`], [`commands`], [`report`] |
//! | language: what was meant | [`session`], [`eval`], [`resolve`], [`functions`], [`value`], [`syntax`] |
//! | calculus: numbers and their derivatives | [`run`], [`program`], [`ops`], [`tape`], [`kernels`], [`tensor`] |
//! | ground | [`bug`], [`diagnostic`], [`source`], [`interrupt`], [`stack`] |
//!
//! `source` stands on the ground, not in `syntax`, because a diagnostic points at places in it.

pub mod bug;
pub mod cli;
pub mod commands;
pub mod diagnostic;
pub mod eval;
pub mod functions;
pub mod interrupt;
pub mod kernels;
pub mod ops;
pub mod program;
pub mod repl;
pub mod report;
pub mod resolve;
pub mod run;
pub mod script;
pub mod session;
pub mod source;
pub mod stack;
pub mod syntax;
pub mod tape;
pub mod tensor;
pub mod value;
