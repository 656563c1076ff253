"""Our side: scripts that go into the program by its standard input and time themselves with `:time`."""

import json
import resource
import subprocess
import time

from works import C1, C2, C3, EXPRESSION, POINT, fresh_expressions, script_lines, work

# `weyl(n, c)` is frac(i c) for i = 1 … n
PRELUDE = f"""
weyl(n, c) = {{ t = c arange(1, n + 1); t - floor(t) }}
f(x, y, z) = {EXPRESSION}
rosen(x) = {{ a = x[:-1]; b = x[1:]; sum(100 (b - a^2)^2 + (1 - a)^2) }}
"""

POINTS = """
xs = 0.5 + weyl({n}, {c1})
ys = -1 + 2 weyl({n}, {c2})
zs = -2 + 4 weyl({n}, {c3})
"""

SCRIPTS = {
    "gradient": ":time f(x, y, z) at x = {p[0]}, y = {p[1]}, z = {p[2]}",
    "points": POINTS + ":time sum(f(x, y, z)) at x = xs, y = ys, z = zs",
    "square": "xs = reshape(-1 + 2 weyl({n} * {n}, {c1}), ({n}, {n}))\n:time sum(x^2 + 2z) at x = xs, z = 5",
    "wave": "xs = -1 + 2 weyl({n}, {c1})\n:time sum(sin(x) exp(-x^2)) at x = xs",
    "tanh": """
ma = reshape(-1 + 2 weyl({n} * {n}, {c1}), ({n}, {n})) / sqrt({n})
mb = reshape(-1 + 2 weyl({n} * {n}, {c2}), ({n}, {n}))
mc = -1 + 2 weyl({n}, {c3})
:time sum(tanh(A @ B + c)) at A = ma, B = mb, c = mc""",
    "network": """
data = reshape(-1 + 2 weyl(1024 * 784, {c1}), (1024, 784))
w1 = 0.05 reshape(-1 + 2 weyl(784 * 256, {c2}), (784, 256))
b1 = 0.1 (-1 + 2 weyl(256, {c3}))
w2 = 0.1 reshape(-1 + 2 weyl(256 * 10, {c1}), (256, 10))
b2 = 0.1 (-1 + 2 weyl(10, {c2}))
labels = one_hot((7 * arange(0, 1024)) % 10, 10)
loss(W1, B1, W2, B2) = -sum(labels * log_softmax(tanh(data @ W1 + B1) @ W2 + B2)) / 1024
:time loss(W1, B1, W2, B2) at W1 = w1, B1 = b1, W2 = w2, B2 = b2""",
    "rosen": "xs = -1 + 2 weyl({n}, {c1})\n:time rosen(x) at x = xs",
    "hessian": "xs = -1 + 2 weyl({n}, {c1})\n:time hessian(rosen)(xs)",
    "hvp": "xs = -1 + 2 weyl({n}, {c1})\nvs = weyl({n}, {c2})\n:time hvp(rosen, xs, vs)",
    "loop": """
walk(p) = {{ x = 1.0; for i in 0..{n} {{ x = x - 0.01 sin(x) p }}; x }}
:time walk(p) at p = 0.02""",
}

ALIASES = {"points2": "points", "rosen1": "rosen", "rosen2": "rosen"}


def pipe(binary, text, *flags):
    """Gives a script to the program: what it printed, the seconds it took and its peak memory in MB."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        [binary, *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    out, err = child.communicate(text)
    seconds = time.perf_counter() - begun
    if child.returncode != 0:
        raise RuntimeError(err.strip() or f"exit code {child.returncode}")
    return out, seconds


def total(value):
    """The sum of all numbers in nested lists."""
    return sum(map(total, value)) if isinstance(value, list) else float(value)


def measure(binary, key, seconds):
    """One work: `seconds` a call and `value`."""
    about = work(key)
    match key:
        case "oneliner":
            times = []
            for _ in range(40):
                begun = time.perf_counter()
                subprocess.run([binary, "-e", "f(x)=x^2+2x-1 at x=2"], stdout=subprocess.DEVNULL, check=True)
                times.append(time.perf_counter() - begun)
            return {"seconds": min(times), "value": 6.0}
        case "lines":
            text = script_lines(about.size)
            return {"seconds": min(pipe(binary, text)[1] for _ in range(3)), "value": 0.0}
        case "fresh":
            lines = [f"{text} at x = {x!r}, y = {y!r}" for text, x, y in fresh_expressions(about.size)]
            # many more than the others get, so that starting the program does not show
            text = "\n".join(lines * 100) + "\n"
            best = min(pipe(binary, text)[1] for _ in range(3)) / (100 * about.size)
            out, _ = pipe(binary, "\n".join(lines) + "\n", "--format", "json")
            return {"seconds": best, "value": sum(json.loads(line)["value"] for line in out.splitlines())}
        case "memory":
            # f at the points, its value and three partials
            script = PRELUDE + POINTS + "f(xs, ys, zs);\ngrad(sum(f(xs, ys, zs)), [xs, ys, zs]);\n"
            pipe(binary, fill(script, about.size))
            return {"seconds": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "value": 0.0}
    script = PRELUDE + SCRIPTS[ALIASES.get(key, key)].replace(":time", f":time --runs 5 --seconds {seconds}")
    out, _ = pipe(binary, fill(script, about.size), "--format", "json")
    result = json.loads(out.splitlines()[-1])
    return {"seconds": result["min_ns"] * 1e-9, "value": total(result["value"])}


def fill(script, n):
    """Sizes and constants in a script; the braces of the prelude stay."""
    return PRELUDE + script.removeprefix(PRELUDE).format(n=n, c1=C1, c2=C2, c3=C3, p=POINT)


def threads(key):
    """How many threads a work may use."""
    return 2 if key == "points2" else 1


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
