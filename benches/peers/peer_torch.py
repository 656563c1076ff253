"""PyTorch on the CPU, eager; the points and sums also with torch.compile where a C++ compiler is there. `pip install torch`"""

import shutil

import torch
from harness import *  # noqa: F403

torch.set_num_threads(threads())
torch.set_num_interop_threads(1)
f = expression(torch)


def leaves(arrays):
    return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]


def gradient(function, arrays, seconds, compiled=False):
    """Value and gradient by all arguments; the better of eager and compiled where both are asked for."""
    arguments = leaves(arrays)

    def both(function):
        def call():
            value = function(*arguments)
            return value, torch.autograd.grad(value, arguments)

        return call

    took, result = best(both(function), seconds)
    if compiled and shutil.which("g++"):
        took = min(took, best(both(torch.compile(function)), seconds)[0])
    return took, result[0].detach()


def at_points(n, seconds, compiled=True):
    return gradient(lambda x, y, z: f(x, y, z).sum(), points(n), seconds, compiled)


def memory(seconds):
    del seconds
    at_points(work("memory").size, 0, compiled=False)
    return peak_memory(), 0


def fresh_gradients(seconds):
    def lifted(function):
        return lambda v: function(torch.as_tensor(v, dtype=torch.float64))

    lines, functions = fresh({name: lifted(getattr(torch, name)) for name in ("sin", "cos", "exp", "log")})

    def all_of_them():
        total = 0.0
        for text, *point in lines:
            x, y = leaves(point)
            value = eval(text, functions)(x, y)
            torch.autograd.grad(value, [x, y])
            total += float(value.detach())
        return total

    took, value = best(all_of_them, seconds)
    return took / len(lines), value


def network_gradient(seconds):
    data, labels, weights = network()
    data, labels = torch.tensor(data), torch.tensor(labels)
    entropy = torch.nn.functional.cross_entropy
    return gradient(lambda a, b, c, d: entropy(torch.tanh(data @ a + b) @ c + d, labels), weights, seconds)


def rosen(x):
    return rosenbrock(x, torch.sum)


def hessian(seconds):
    x = torch.tensor(wide((200,)))
    derivative = torch.func.hessian(rosen)
    took, result = best(lambda: derivative(x), seconds)
    return took, result.sum()


def product(seconds):
    x, v = torch.tensor(wide((100_000,)), requires_grad=True), torch.tensor(weyl(100_000, C2))

    def call():
        (slope,) = torch.autograd.grad(rosen(x), [x], create_graph=True)
        return torch.autograd.grad(slope, [x], v)[0]

    took, result = best(call, seconds)
    return took, result.sum()


def walk(p):
    x = torch.tensor(1.0, dtype=torch.float64)
    for _ in range(10_000):
        x = x - 0.01 * torch.sin(x) * p
    return x


run({
    "fresh": fresh_gradients,
    "gradient": lambda seconds: gradient(f, POINT, seconds),
    "points": lambda seconds: at_points(1_000_000, seconds),
    "points2": lambda seconds: at_points(1_000_000, seconds),
    "memory": memory,
    "square": lambda seconds: gradient(lambda x, z: (x * x + 2 * z).sum(), [wide((5000, 5000)), 5.0], seconds, True),
    "wave": lambda seconds: gradient(
        lambda x: (torch.sin(x) * torch.exp(-(x**2))).sum(), [wide((10_000_000,))], seconds, True
    ),
    "tanh": lambda seconds: gradient(lambda a, b, c: torch.tanh(a @ b + c).sum(), matrices(1024), seconds),
    "network": network_gradient,
    "rosen1": lambda seconds: gradient(rosen, [wide((1000,))], seconds, True),
    "rosen2": lambda seconds: gradient(rosen, [wide((100_000,))], seconds, True),
    "hessian": hessian,
    "hvp": product,
    "loop": lambda seconds: gradient(walk, [0.02], seconds),
})  # fmt: skip
