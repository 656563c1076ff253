"""The works that are compared: what is computed, at which sizes, in which unit.

Inputs are Weyl sequences, frac(i c) for i from 1, so that every language can build them without a random generator.
A measurement is a dictionary: `seconds` a call, and `value`, a number that must be the same for everybody.
"""

# Irrational multipliers: the roots of t^2 + t = 1, t^3 + t^2 = 1 and its square, whose sequences fill space evenly.
C1, C2, C3 = 0.6180339887498949, 0.7548776662466927, 0.5698402909980532

POINT = (1.25, 0.75, -0.5)

# 33 operations as typed. `**` is written `^` where that is a power.
EXPRESSION = (
    "sin(x*y)*exp(-(x**2)/(1+z**2)) + log(1+x**2*y**2)/(2+cos(z)) + (x-y)**3/(1+exp(-z)) - x*y/(z**2+3) + z**4*sin(x)"
)


class Work:
    """A line of the report: `scale` turns seconds into `unit` and `per_second` works into a rate."""

    def __init__(self, key, label, unit, scale, size=1):
        self.key, self.label, self.unit, self.scale, self.size = key, label, unit, scale, size

    def shown(self, seconds):
        if self.unit.endswith("/s"):
            return f"{self.scale / seconds:,.0f}"
        return f"{seconds / self.scale:,.3g}" if seconds / self.scale < 1000 else f"{seconds / self.scale:,.0f}"


WORKS = [
    Work("oneliner", "one-liner, whole process", "ms", 1e-3),
    Work("lines", "script of mixed lines", "lines/s", 100_000, 100_000),
    Work("fresh", "fresh expression and gradient", "1/s", 1, 500),
    Work("gradient", "warm gradient, 30 operations, 3 variables", "ns", 1e-9),
    Work("points", "the same at 1e6 points, a point", "ns", 1e-3, 1_000_000),
    Work("points2", "the same, two threads", "ns", 1e-3, 1_000_000),
    Work("memory", "peak memory of 1e7 points", "MB", 1, 10_000_000),
    Work("square", "sum(x^2 + 2z), 5000 x 5000", "ms", 1e-3, 5000),
    Work("wave", "sum(sin(x) exp(-x^2)), 1e7", "ms", 1e-3, 10_000_000),
    Work("tanh", "sum(tanh(A @ B + c)), 1024", "ms", 1e-3, 1024),
    Work("network", "two-layer network, batch 1024", "ms", 1e-3, 1024),
    Work("rosen1", "Rosenbrock gradient, n = 1000", "us", 1e-6, 1000),
    Work("rosen2", "Rosenbrock gradient, n = 100,000", "us", 1e-6, 100_000),
    Work("hessian", "Rosenbrock Hessian, n = 200", "us", 1e-6, 200),
    Work("hvp", "Rosenbrock H v, n = 100,000", "us", 1e-6, 100_000),
    Work("loop", "10,000-step loop, gradient", "us", 1e-6, 10_000),
]


def work(key):
    return next(work for work in WORKS if work.key == key)


def script_lines(count):
    """Assignments and printed expressions on four variables, as a person would type them."""
    pattern = [
        "va = {}", "vb = sqrt(va)*2 - va/3", "vc = sin(va)*exp(-vb) + log(va+2)", "va*vb + vc^2/(1+vb^2)",
        "(va - vb)*(vc + 3)^3 - 7/2", "vd = va^2 + 2*va - 1", "vd + vc", "cos(vd)*va - exp(-va/2)",
        "(vd - va)/(vb + 4) + 0.5*vc",
    ]  # fmt: skip
    lines = (pattern[i % 9].format(f"{1.5 + i // 9 % 1000 * 0.001:.3f}") for i in range(count))
    return "\n".join(lines) + "\n"


def fresh_expressions(count):
    """Different expressions of x and y with a point each: smooth everywhere, a dozen operations."""
    import random

    rng = random.Random(count)

    def text(depth):
        if depth == 0:
            return rng.choice(["x", "y", "x", "y", f"{rng.uniform(1, 5):.1f}"])
        a = text(depth - 1)
        shape = rng.choice(["({} + {})", "({} - {})", "{}*{}", "{}*{}", "{}/(2 + ({})**2)", "sin({})", "cos({})",
                            "exp(-({})**2)", "log(1 + ({})**2)", "({})**3"])  # fmt: skip
        return shape.format(a, text(max(0, depth - 1 - rng.randrange(2)))) if shape.count("{}") == 2 else shape.format(a)

    return [(f"{text(4)} + x*y", 0.5 + i % 97 / 97, -1 + i % 89 / 89) for i in range(count)]
