"""CasADi: its virtual machine, and C code compiled by gcc for the warm gradient. `pip install casadi`"""

import shutil

import casadi as ca
from harness import *  # noqa: F403

f = expression(ca)
COMPILED = {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O3", "-march=native", "-ffast-math"]}}


def called(function, inputs, sizes, seconds):
    """Calls without copying: from arrays into arrays of these sizes."""
    buffer, call = function.buffer()
    inputs = [np.ascontiguousarray(np.ravel(array, order="F"), dtype=np.float64) for array in inputs]
    outputs = [np.zeros(size) for size in sizes]
    for place, array in enumerate(inputs):
        buffer.set_arg(place, memoryview(array))
    for place, array in enumerate(outputs):
        buffer.set_res(place, memoryview(array))
    took, _ = best(call, seconds)
    return took, outputs


def gradient(build, kind, arrays, seconds, options=None):
    """Value and gradient of what `build` makes of symbols as large as the arrays."""
    arrays = [np.asarray(array, dtype=np.float64) for array in arrays]
    symbols = [kind.sym(f"v{i}", *(array.shape or (1,))) for i, array in enumerate(arrays)]
    value = build(*symbols)
    function = ca.Function("F", symbols, [value, *(ca.gradient(value, symbol) for symbol in symbols)], options or {})
    took, outputs = called(function, arrays, [1, *(array.size for array in arrays)], seconds)
    return took, outputs[0][0]


def warm(seconds):
    found = [gradient(f, ca.SX, POINT, seconds)]
    if shutil.which("gcc"):
        found.append(gradient(f, ca.SX, POINT, seconds, COMPILED))
    return min(found)


def at_points(n, seconds):
    x = ca.SX.sym("x", 3)
    value = f(x[0], x[1], x[2])
    one = ca.Function("F", [x], [value, ca.gradient(value, x)])
    many = one.map(n, "thread", threads()) if threads() > 1 else one.map(n)
    took, outputs = called(many, [np.vstack(points(n))], [n, 3 * n], seconds)
    return took, outputs[0].sum()


def memory(seconds):
    del seconds
    at_points(work("memory").size, 0)
    return peak_memory(), 0


def fresh_gradients(seconds):
    lines, functions = fresh({name: getattr(ca, name) for name in ("sin", "cos", "exp", "log")})

    def all_of_them():
        total = 0.0
        for text, *point in lines:
            v = ca.SX.sym("v", 2)
            value = eval(text, functions)(v[0], v[1])
            total += float(ca.Function("F", [v], [value, ca.gradient(value, v)])(point)[0])
        return total

    took, value = best(all_of_them, seconds)
    return took / len(lines), value


def rosen(x):
    n = x.shape[0]
    a, b = x[: n - 1], x[1:]
    return ca.sum1(100 * (b - a**2) ** 2 + (1 - a) ** 2)


def rosen_gradient(n, seconds):
    return min(gradient(rosen, kind, [wide((n,))], seconds) for kind in (ca.SX, ca.MX))


def hessian(seconds):
    x = ca.SX.sym("x", 200)
    function = ca.Function("F", [x], [ca.densify(ca.hessian(rosen(x), x)[0])])
    took, outputs = called(function, [wide((200,))], [200 * 200], seconds)
    return took, outputs[0].sum()


def product(seconds):
    x, v = ca.MX.sym("x", 100_000), ca.MX.sym("v", 100_000)
    function = ca.Function("F", [x, v], [ca.jtimes(ca.gradient(rosen(x), x), x, v)])
    took, outputs = called(function, [wide((100_000,)), weyl(100_000, C2)], [100_000], seconds)
    return took, outputs[0].sum()


def walk(p):
    x = ca.SX(1.0)
    for _ in range(10_000):
        x = x - 0.01 * ca.sin(x) * p
    return x


def tanh_product(seconds):
    a, b, c = matrices(1024)
    build = lambda a, b, c: ca.sum1(ca.sum2(ca.tanh(ca.mtimes(a, b) + ca.repmat(c.T, 1024, 1))))  # noqa: E731
    return gradient(build, ca.MX, [a, b, c], seconds)


run({
    "fresh": fresh_gradients,
    "gradient": warm,
    "points": lambda seconds: at_points(1_000_000, seconds),
    "points2": lambda seconds: at_points(1_000_000, seconds),
    "memory": memory,
    "square": lambda seconds: gradient(lambda x, z: ca.sum1(x * x + 2 * z), ca.MX, [wide((25_000_000,)), 5.0], seconds),
    "wave": lambda seconds: gradient(lambda x: ca.sum1(ca.sin(x) * ca.exp(-(x**2))), ca.MX, [wide((10_000_000,))], seconds),
    "tanh": tanh_product,
    "rosen1": lambda seconds: rosen_gradient(1000, seconds),
    "rosen2": lambda seconds: gradient(rosen, ca.MX, [wide((100_000,))], seconds),
    "hessian": hessian,
    "hvp": product,
    "loop": lambda seconds: gradient(walk, ca.SX, [0.02], seconds),
})  # fmt: skip
