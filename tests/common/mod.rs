//! What the tests share: running text in a session.
#![allow(dead_code)]

use gradtape::diagnostic::Diagnostic;
use gradtape::session::{Reply, Session};
use gradtape::source::Source;
use gradtape::syntax::{Next, next_statement};

/// Runs all statements of a text; stops at the first error.
pub fn run_all(session: &mut Session, text: &str) -> Result<Vec<Reply>, Diagnostic> {
    let source = Source::new("", text, 1);
    let mut replies = Vec::new();
    let mut at = 0;
    loop {
        match next_statement(&source, at).map_err(|failure| failure.diagnostic)? {
            Next::Statement { statement, end } => {
                replies.push(session.run(&statement)?);
                at = end;
            }
            Next::Incomplete(diagnostic) => return Err(diagnostic),
            Next::End => return Ok(replies),
        }
    }
}
