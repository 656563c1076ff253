"""The problems of GradBench with random inputs, and what other programs need for them.

The formulas stand in examples/gradbench/*.gt; which inputs a problem takes is documented in GradBench's evals.
"""

import random
from dataclasses import dataclass


@dataclass
class Problem:
    """A script of examples/gradbench and the two expressions in it that are timed."""

    script: str
    primal: str
    derivative: str

    def definitions(self, folder):
        """The script down to the expressions that it prints."""
        lines = (folder / self.script).read_text().splitlines()
        return "\n".join(lines[: lines.index(self.primal)])


PROBLEMS = {
    "hello": Problem("hello.gt", "square(input)", "square'(input)"),
    "lse": Problem("lse.gt", "primal(x)", "grad(primal)(x)"),
    "llsq": Problem("llsq.gt", "primal(x)", "grad(primal)(x)"),
    "det": Problem("det.gt", "primal(A)", "grad(primal)(A)"),
    "ode": Problem("ode.gt", "primal(x)", "grad(x -> primal(x)[-1])(x)"),
    "gmm": Problem("gmm.gt", "objective(alpha, mu, q, l)", "grad(objective)(alpha, mu, q, l)"),
    "lstm": Problem(
        "lstm.gt", "objective(main_params, extra_params)", "grad(objective)(main_params, extra_params)"
    ),
}


def uniform(rng, *shape):
    """Nested lists of numbers from 0 up to 1."""
    length, *rest = shape
    return [uniform(rng, *rest) if rest else rng.random() for _ in range(length)]


def normal(rng, *shape):
    """Nested lists of normally distributed numbers."""
    length, *rest = shape
    return [normal(rng, *rest) if rest else rng.gauss(0.0, 1.0) for _ in range(length)]


def inputs(problem, size):
    """The JSON input of a problem, the same for every run of the bench."""
    rng = random.Random(f"{problem} {size}")
    match problem, size:
        case "hello", (x,):
            return {"input": x}
        case "lse", (n,):
            return {"x": uniform(rng, n)}
        case "llsq", (n, m):
            return {"x": uniform(rng, m), "n": n}
        case "det", (ell,):
            return {"A": uniform(rng, ell * ell), "ell": ell}
        case "ode", (n, s):
            return {"x": uniform(rng, n), "s": s}
        case "gmm", (d, k, n):
            return {
                "d": d, "k": k, "n": n, "x": normal(rng, n, d), "m": 0, "gamma": 1.0, "alpha": normal(rng, k),
                "mu": uniform(rng, k, d), "q": normal(rng, k, d), "l": normal(rng, k, d * (d - 1) // 2),
            }  # fmt: skip
        case "lstm", (layers, c):
            b = 14
            return {
                "main_params": uniform(rng, 2 * layers, 4 * b), "extra_params": uniform(rng, 3, b),
                "state": uniform(rng, 2 * layers, b), "sequence": uniform(rng, c, b),
            }  # fmt: skip


# Best times of others on one thread, primal / derivative, as measured with GradBench on a machine with AVX-512 (2 cores).
# `manual` has derivatives written by hand in C++ (a closed form where in brackets); `jax*` waits for its results.
PEERS = ("manual", "codipack", "jax*", "pytorch")
WORKLOADS = [
    ("hello", (3.0,), ("", "", "", "")),
    ("lse", (2500,), ("19/16 us", "19/44 us", "26/30 us", "11/98 us")),
    ("lse", (40000,), ("0.31/0.25 ms", "0.30/0.72 ms", "0.079/0.136 ms", "0.053/0.33 ms")),
    ("lse", (640000,), ("4.8/4.1 ms", "4.8/14 ms", "1.4/7.9 ms", "1.2/10 ms")),
    ("llsq", (16, 128), ("2.3/4.6 us", "2.3/16 us", "26/28 us", "")),
    ("llsq", (4096, 128), ("0.61/1.2 ms", "0.61/4.0 ms", "3.1/3.2 ms", "")),
    ("llsq", (16392, 128), ("2.5/4.7 ms", "2.5/19 ms", "60/56 ms", "")),
    ("ode", (1000, 10), ("", "", "", "")),
    ("ode", (10000, 10), ("0.34/(0.020) ms", "0.35/2.5 ms", "0.25/0.98 ms", "")),
    ("ode", (100000, 10), ("7.4/(0.19) ms", "7.3/28 ms", "5.4/56 ms", "")),
    ("ode", (100000, 100), ("67/(0.19) ms", "66/249 ms", "131/934 ms", "")),
    ("det", (5,), ("0.91/5.1 us", "0.91/3.1 us", "", "")),
    ("det", (7,), ("", "", "", "")),
    ("det", (9,), ("3.5/32 ms", "3.5/10.5 ms", "", "")),
    ("gmm", (2, 5, 1000), ("0.089/0.15 ms", "0.088/0.39 ms", "0.11/0.20 ms", "0.40/0.88 ms")),
    ("gmm", (10, 25, 1000), ("2.1/4.2 ms", "2.1/51 ms", "1.2/3.5 ms", "1.7/4.2 ms")),
    ("gmm", (32, 5, 1000), ("1.4/4.0 ms", "1.4/37 ms", "0.68/2.0 ms", "1.0/2.8 ms")),
    ("gmm", (64, 25, 1000), ("31/161 ms", "39/3380 ms", "51/156 ms", "33/158 ms")),
    ("lstm", (2, 1024), ("1.7/10 ms", "1.7/4.3 ms", "", "580/1620 ms")),
    ("lstm", (4, 4096), ("13.6/194 ms", "13.4/36 ms", "", "2090/7130 ms")),
]
