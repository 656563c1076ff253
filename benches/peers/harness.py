"""What the peers share: inputs as NumPy arrays and a timer of whole calls."""

import json
import resource
import sys
import time

import numpy as np

from works import C1, C2, C3, EXPRESSION, POINT, fresh_expressions, work


def weyl(n, c):
    t = c * np.arange(1, n + 1, dtype=np.float64)
    return t - np.floor(t)


def points(n):
    return 0.5 + weyl(n, C1), -1 + 2 * weyl(n, C2), -2 + 4 * weyl(n, C3)


def wide(shape, c=C1, scale=1.0):
    """Numbers from -scale to scale."""
    return scale * (-1 + 2 * weyl(int(np.prod(shape)), c)).reshape(shape)


def matrices(n):
    return wide((n, n), C1, n**-0.5), wide((n, n), C2), wide((n,), C3)


def network():
    """Data, labels and the four parameters."""
    labels = 7 * np.arange(1024) % 10
    weights = wide((784, 256), C2, 0.05), wide((256,), C3, 0.1), wide((256, 10), C1, 0.1), wide((10,), C2, 0.1)
    return wide((1024, 784)), labels, weights


def expression(names):
    """The test function as a Python function, its sin, cos, exp and log taken from `names`."""
    functions = {name: getattr(names, name) for name in ("sin", "cos", "exp", "log")}
    return eval("lambda x, y, z: " + EXPRESSION, functions)


def fresh(functions):
    """The fresh expressions as source text with points, ready for `eval` with the functions."""
    return [("lambda x, y: " + text, x, y) for text, x, y in fresh_expressions(work("fresh").size)], dict(functions)


def rosenbrock(x, total):
    a, b = x[:-1], x[1:]
    return total(100 * (b - a**2) ** 2 + (1 - a) ** 2)


def best(call, seconds):
    """The best time of a call after a first one, and what it gave."""
    result = call()
    begun = time.perf_counter()
    call()
    single = time.perf_counter() - begun
    batch = max(1, int(1e-4 / max(single, 1e-9)))
    times = []
    begun = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        for _ in range(batch):
            call()
        times.append((time.perf_counter() - start) / batch)
        if time.perf_counter() - begun > max(10.0, 4 * seconds):
            break
    return min(times), result


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(works):
    """`peer.py WORK SECONDS THREADS`: prints the measurement of a work, `null` for one that the peer does not do."""
    key, seconds = sys.argv[1], float(sys.argv[2])
    found = works.get(key)
    if found is None:
        print("null")
        return
    result = found(seconds)
    print(json.dumps({"seconds": result[0], "value": float(result[1])}))


def threads():
    return int(sys.argv[3])


__all__ = [name for name in dir() if not name.startswith("_")]
