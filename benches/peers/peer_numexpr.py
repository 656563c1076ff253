"""numexpr, values only: it has no derivatives, so that these are lower bounds. `pip install numexpr`"""

import numexpr
from harness import *  # noqa: F403

numexpr.set_num_threads(threads())


def value(text, arrays, seconds):
    """A sum over what the expression gives element by element."""
    took, result = best(lambda: numexpr.evaluate(f"sum({text})", local_dict=arrays), seconds)
    return took, result


def at_points(seconds):
    return value(EXPRESSION, dict(zip("xyz", points(1_000_000))), seconds)


run({
    "points": at_points,
    "points2": at_points,
    "square": lambda seconds: value("x**2 + 2*z", {"x": wide((25_000_000,)), "z": 5.0}, seconds),
    "wave": lambda seconds: value("sin(x)*exp(-x**2)", {"x": wide((10_000_000,))}, seconds),
})  # fmt: skip
