//! `:time`: how long a statement takes, run again and again; making it ready is timed apart.

use std::time::{Duration, Instant};

use super::Call;
use crate::diagnostic::Diagnostic;
use crate::session::{Outcome, Prepared, Session, Timing};
use crate::source::Span;
use crate::syntax::parse_rest;

const EXAMPLE: &str = ":time --runs 100 --seconds 2 x^2 at x = 3";

/// How often and how long to run at least.
struct Effort {
    runs: usize,
    seconds: f64,
}

/// Enough for a median, and nobody waits for long.
const DEFAULT: Effort = Effort { runs: 3, seconds: 0.5 };

const MOST_RUNS: usize = 1_000_000;
const MOST_SECONDS: f64 = 3600.0;

/// A first run is passed over unless it takes so long that running again would keep people waiting.
const LONG: Duration = Duration::from_millis(100);

/// No timing is shorter, so that reading the clock (about 25 ns) stays below a percent of it.
const SHORTEST: Duration = Duration::from_micros(10);

/// Seconds give no more timings than this: of short runs each timing then takes several.
const MOST_TIMINGS: f64 = 10_000.0;

pub fn time(session: &mut Session, call: &Call) -> Result<Outcome, Diagnostic> {
    let (effort, statement_span) = effort(call)?;
    let begun = Instant::now();
    let statement = parse_rest(call.place.source, statement_span)?;
    let mut prepared = session.prepare(&statement)?;
    let prepare = begun.elapsed();
    let (batch, all) = timings(session, &mut prepared, &effort)?;
    Ok(Outcome::Time(Timing { batch, all, prepare: nanoseconds(prepare), value: prepared.value().clone() }))
}

/// Nanoseconds a run, and how many runs each of them is the mean of.
fn timings(session: &mut Session, prepared: &mut Prepared, effort: &Effort) -> Result<(usize, Vec<f64>), Diagnostic> {
    let mut time = |batch: usize| {
        let begun = Instant::now();
        session.run_prepared_times(prepared, batch)?;
        Ok::<Duration, Diagnostic>(begun.elapsed())
    };
    let wanted = Duration::from_secs_f64(effort.seconds);
    let shortest = SHORTEST.max(wanted.div_f64(MOST_TIMINGS));
    let begun = Instant::now();
    // the first runs find memory and caches cold
    let mut batch = 1;
    let first = time(batch)?;
    let mut all = Vec::new();
    if first >= wanted.max(LONG) {
        all.push(nanoseconds(first));
    } else if first < LONG {
        while time(batch)? < shortest {
            batch *= 2;
        }
    }
    while all.len() < effort.runs || begun.elapsed() < wanted {
        all.push(nanoseconds(time(batch)?) / batch as f64);
    }
    Ok((batch, all))
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// The options in front of the statement, and where that begins.
fn effort(call: &Call) -> Result<(Effort, Span), Diagnostic> {
    let mut effort = DEFAULT;
    let mut rest = call.rest;
    while let Some(option) = rest.strip_prefix("--") {
        let (name, behind) = word(option);
        let (number, behind) = word(behind);
        match (name, number.parse::<usize>(), number.parse::<f64>()) {
            ("runs", Ok(runs @ 1..=MOST_RUNS), _) => effort.runs = runs,
            ("seconds", _, Ok(seconds)) if (0.0..=MOST_SECONDS).contains(&seconds) => effort.seconds = seconds,
            ("runs", ..) => return Err(wrong(call, format!("runs must be a whole number from 1 to {MOST_RUNS}"))),
            ("seconds", ..) => return Err(wrong(call, format!("seconds must be a number from 0 to {MOST_SECONDS}"))),
            (_, _, Ok(_)) => return Err(wrong(call, format!("there is no option --{name}"))),
            // `--x` is an expression
            _ => break,
        }
        rest = behind;
    }
    if rest.is_empty() {
        return Err(wrong(call, "what is to be timed?".to_string()));
    }
    Ok((effort, Span { start: call.rest_span.end - rest.len() as u32, ..call.rest_span }))
}

fn wrong(call: &Call, message: String) -> Diagnostic {
    call.error(message).help(format!("write {EXAMPLE}"))
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::super::tests::effect;
    use crate::session::{Data, Outcome, Timing};

    #[track_caller]
    fn timing(lines: &str) -> Timing {
        match effect(lines) {
            Ok(Effect::Print(Outcome::Time(timing))) => timing,
            other => panic!("{lines}: {other:?}"),
        }
    }

    #[track_caller]
    fn fails(lines: &str, message: &str) {
        assert_eq!(effect(lines).expect_err(lines).message, message, "{lines}");
    }

    #[test]
    fn runs_and_seconds_are_what_is_done_at_least() {
        assert!(timing(":time --runs 7 --seconds 0 x^2 at x = 3").all.len() == 7);
        let timing = timing(":time --seconds 0.02 --runs 1 x^2 at x = 3");
        let total: f64 = timing.all.iter().sum::<f64>() * timing.batch as f64;
        assert!(total > 0.01e9, "{total}");
    }

    #[test]
    fn short_runs_are_timed_together_and_told_one_by_one() {
        let timing = timing("x = 3\n:time --seconds 0 x^2 + sin(x)");
        assert!(timing.batch > 1 && timing.min() > 0.0 && timing.min() < 1e5, "{timing:?}");
        assert!(timing.min() <= timing.median() && timing.prepare > timing.min(), "{timing:?}");
    }

    #[test]
    fn the_value_is_that_of_the_statement_and_nothing_of_it_stays() {
        let quick = ":time --runs 1 --seconds 0";
        assert_eq!(timing(&format!("{quick} x^2 + 2x - 1 at x = 2")).value, Data::Number(7.0));
        assert_eq!(timing(&format!("y = 5\n{quick} 3 y")).value, Data::Number(15.0));
        assert_eq!(timing(&format!("x = 4\n{quick} --x")).value, Data::Number(4.0));
        fails(&format!("{quick} q = 5\nq"), "unknown name q");
    }

    #[test]
    fn wrong_options_say_what_they_take() {
        fails(":time", "what is to be timed?");
        fails(":time --runs 5", "what is to be timed?");
        fails(":time --runs 0 3", "runs must be a whole number from 1 to 1000000");
        fails(":time --seconds -1 3", "seconds must be a number from 0 to 3600");
        fails(":time --seconds nan 3", "seconds must be a number from 0 to 3600");
        fails(":time --round 5 3", "there is no option --round");
        fails(":time --runs 2 1 + nosuch", "unknown name nosuch");
    }
}
