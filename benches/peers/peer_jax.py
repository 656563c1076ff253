"""JAX, jit-compiled, 64 bits, waiting for its results. `pip install 'jax[cpu]'`"""

import os
import sys

if int(sys.argv[3]) == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from harness import *  # noqa: E402, F403

f = expression(jnp)


def timed(function, arguments, seconds):
    compiled = jax.jit(function)
    arguments = [jnp.asarray(argument) for argument in arguments]
    return best(lambda: jax.block_until_ready(compiled(*arguments)), seconds)


def gradient(function, arguments, seconds):
    """Value and gradient by all arguments."""
    both = jax.value_and_grad(function, argnums=tuple(range(len(arguments))))
    took, result = timed(both, arguments, seconds)
    return took, result[0]


def at_points(n, seconds):
    return gradient(lambda x, y, z: jnp.sum(f(x, y, z)), points(n), seconds)


def memory(seconds):
    at_points(work("memory").size, 0)
    return peak_memory(), 0


def fresh_gradients(seconds):
    del seconds
    lines, functions = fresh({name: getattr(jnp, name) for name in ("sin", "cos", "exp", "log")})

    def all_of_them():
        return sum(float(jax.value_and_grad(eval(text, functions), argnums=(0, 1))(x, y)[0]) for text, x, y in lines[:50])

    took, _ = best(all_of_them, 0)
    return took / 50, sum(float(eval(text, functions)(x, y)) for text, x, y in lines)


def loss(w1, b1, w2, b2):
    data, labels, _ = NETWORK
    logits = jax.nn.log_softmax(jnp.tanh(data @ w1 + b1) @ w2 + b2)
    return -jnp.mean(jnp.take_along_axis(logits, labels[:, None], 1))


def network_gradient(seconds):
    global NETWORK
    data, labels, weights = network()
    NETWORK = jnp.asarray(data), jnp.asarray(labels), weights
    return gradient(loss, weights, seconds)


def rosen(x):
    return rosenbrock(x, jnp.sum)


def hessian(seconds):
    took, result = timed(jax.hessian(rosen), [wide((200,))], seconds)
    return took, jnp.sum(result)


def product(seconds):
    x, v = wide((100_000,)), weyl(100_000, C2)
    took, result = timed(lambda x, v: jax.jvp(jax.grad(rosen), (x,), (v,))[1], [x, v], seconds)
    return took, jnp.sum(result)


def loop(seconds):
    def walk(p):
        return jax.lax.scan(lambda x, _: (x - 0.01 * jnp.sin(x) * p, None), 1.0, None, length=10_000)[0]

    return gradient(walk, [0.02], seconds)


run({
    "fresh": fresh_gradients,
    "gradient": lambda seconds: gradient(f, POINT, seconds),
    "points": lambda seconds: at_points(1_000_000, seconds),
    "points2": lambda seconds: at_points(1_000_000, seconds),
    "memory": memory,
    "square": lambda seconds: gradient(lambda x, z: jnp.sum(x**2 + 2 * z), [wide((5000, 5000)), 5.0], seconds),
    "wave": lambda seconds: gradient(lambda x: jnp.sum(jnp.sin(x) * jnp.exp(-(x**2))), [wide((10_000_000,))], seconds),
    "tanh": lambda seconds: gradient(lambda a, b, c: jnp.sum(jnp.tanh(a @ b + c)), matrices(1024), seconds),
    "network": network_gradient,
    "rosen1": lambda seconds: gradient(rosen, [wide((1000,))], seconds),
    "rosen2": lambda seconds: gradient(rosen, [wide((100_000,))], seconds),
    "hessian": hessian,
    "hvp": product,
    "loop": loop,
})  # fmt: skip
