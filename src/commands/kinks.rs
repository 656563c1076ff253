//! `:help kinks`: what the derivative is where a slope is not unique or does not exist.

use crate::functions;

/// A function with its kinks, and what is answered there.
struct Kink {
    /// The function that must exist for the line to be shown.
    function: &'static str,
    place: &'static str,
    answer: &'static str,
}

const fn kink(function: &'static str, place: &'static str, answer: &'static str) -> Kink {
    Kink { function, place, answer }
}

static KINKS: &[Kink] = &[
    kink("abs", "abs(x), x = 0", "0"),
    kink("relu", "relu(x), x = 0", "0"),
    kink("relu6", "relu6(x), x = 0 and x = 6", "0"),
    kink("leaky_relu", "leaky_relu(x), x = 0", "the slope of the left side"),
    kink("selu", "selu(x), x = 0", "1.7581, the slope of the left side"),
    kink("max", "max(x, y), min(x, y), x = y", "0.5 each: ties share equally"),
    kink("max", "max(v), min(v), n equal elements", "1/n each"),
    kink("hardtanh", "hardtanh(x), hard_sigmoid(x), at a kink", "0"),
    kink("hard_swish", "hard_swish(x), x = -3 and x = 3", "0 and 1: as if its hard_sigmoid were flat"),
    kink("softshrink", "softshrink(x), hardshrink(x), |x| = l", "0"),
    kink("threshold", "threshold(x, t, v), x = t", "0"),
    kink("clip", "clip(x, a, b), at a bound", "0"),
    kink("fmax", "fmax(x, y), fmin(x, y), x = y", "0.5 each; a nan that loses: none"),
    kink("copysign", "copysign(x, y), x = 0", "0"),
    kink("heaviside", "heaviside(x, h), x = 0", "with respect to x: 0, to h: 1"),
    kink("fmod", "x % y, fmod(x, y), at a jump", "that of the pieces: 1 with respect to x"),
    kink("floor", "sign, floor, ceil, round, trunc", "0 everywhere, not none"),
    kink("searchsorted", "searchsorted, histogram, bincount", "0 everywhere, not none"),
    kink("unique", "unique(v), equal elements", "that of the first of them"),
    kink("cdist", "cdist(x, y), equal rows", "0"),
    kink("argmax", "argmax, argmin, argsort, count", "0 everywhere, not none"),
    kink("sqrt", "sqrt(x), x^0.5, x = 0", "inf"),
    kink("cbrt", "cbrt(x), x = 0", "inf"),
    kink("sqrt", "sqrt(x^2), x = 0", "nan; abs(x) has 0"),
    kink("norm", "norm(v), v = 0", "0"),
    kink("norm", "sqrt(sum(v^2)), v = 0", "nan; norm(v) has 0"),
    kink("hypot", "hypot(x, y), x = y = 0", "0, 0"),
    kink("atan2", "atan2(y, x), x = y = 0", "nan, nan"),
    kink("std", "std(v), all elements equal", "0"),
    kink("pow", "x^0, x = 0", "0, in every order"),
    kink("pow", "x^y, x = 0 and y >= 0", "with respect to y: 0"),
    kink("pow", "x^y, x < 0", "with respect to y: nan"),
    kink("xlogy", "xlogy(x, y), x = 0", "with respect to x: log(y)"),
    kink("log", "log(x), x < 0; atanh(x), |x| > 1; …", "nan outside the domain, as the value"),
    kink("digamma", "digamma(x), lgamma(x), x = 0", "inf and nan"),
    kink("max", "max(x, 1), max(v), with nan", "nan"),
    kink("where", "where(c, a, b)", "that of the branch taken; the other does not count"),
    kink("median", "median(v), an even number", "0.5 for the middle two"),
    kink("sort", "sort(v), topk(v, k), equal elements", "that of the order they come in"),
    kink("max_pool", "max_pool(v, k), n equal elements", "1/n each"),
];

/// The page, with the lines about functions that exist.
pub fn text() -> String {
    let known: Vec<&str> = functions::names().map(|(name, _)| name).collect();
    let shown: Vec<&Kink> = KINKS.iter().filter(|kink| known.contains(&kink.function)).collect();
    let width = shown.iter().map(|kink| kink.place.chars().count()).max().unwrap_or(0);
    let mut text = String::from("The derivative where a slope is not unique or does not exist:\n");
    for Kink { place, answer, .. } in shown {
        text.push_str(&format!("\n  {place:width$}  {answer}"));
    }
    text.push_str(
        "\n\nA step has derivative 0 where it is flat. A result that does not depend on a variable at all has none.",
    );
    text
}
