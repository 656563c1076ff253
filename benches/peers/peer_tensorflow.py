"""TensorFlow on the CPU: tf.function, with XLA where that is faster. `pip install tensorflow-cpu`"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf  # noqa: E402
from harness import *  # noqa: E402, F403

tf.config.threading.set_intra_op_parallelism_threads(threads())
tf.config.threading.set_inter_op_parallelism_threads(threads())
f = expression(tf.math)


def waited(result):
    """The last numbers of all results, so that they must have been computed."""
    for tensor in tf.nest.flatten(result):
        tf.reshape(tensor, [-1])[-1].numpy()
    return result


def timed(function, arrays, seconds, xla=True):
    arguments = [tf.constant(array, tf.float64) for array in arrays]
    found = []
    for jit in (False, True) if xla else (False,):
        compiled = tf.function(function, jit_compile=jit)
        found.append(best(lambda: waited(compiled(*arguments)), seconds))  # noqa: B023
    return min(found, key=lambda pair: pair[0])


def with_gradient(function):
    def both(*arguments):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            value = function(*arguments)
        return value, tape.gradient(value, arguments)

    return both


def gradient(function, arrays, seconds, xla=True):
    took, result = timed(with_gradient(function), arrays, seconds, xla)
    return took, result[0]


def at_points(n, seconds, xla=True):
    return gradient(lambda x, y, z: tf.reduce_sum(f(x, y, z)), points(n), seconds, xla)


def memory(seconds):
    del seconds
    at_points(work("memory").size, 0)
    return peak_memory(), 0


def fresh_gradients(seconds):
    def lifted(function):
        return lambda v: function(tf.convert_to_tensor(v, tf.float64))

    lines, functions = fresh({name: lifted(getattr(tf.math, name)) for name in ("sin", "cos", "exp", "log")})

    def all_of_them():
        total = 0.0
        for text, *point in lines:
            point = [tf.constant(part, tf.float64) for part in point]
            total += float(with_gradient(eval(text, functions))(*point)[0])
        return total

    took, value = best(all_of_them, seconds)
    return took / len(lines), value


def network_gradient(seconds):
    data, labels, weights = network()
    data, labels = tf.constant(data), tf.constant(labels)

    def loss(a, b, c, d):
        logits = tf.tanh(data @ a + b) @ c + d
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))

    return gradient(loss, weights, seconds)


def rosen(x):
    return rosenbrock(x, tf.reduce_sum)


def second(x, pull):
    """Differentiates the gradient again, by `pull(tape, gradient)`."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        slope = with_gradient(rosen)(x)[1][0]
    return pull(tape, slope)


def hessian(seconds):
    took, result = timed(lambda x: second(x, lambda tape, slope: tape.jacobian(slope, x)), [wide((200,))], seconds)
    return took, tf.reduce_sum(result)


def product(seconds):
    def weighted(x, v):
        return second(x, lambda tape, slope: tape.gradient(slope, x, output_gradients=v))

    took, result = timed(weighted, [wide((100_000,)), weyl(100_000, C2)], seconds)
    return took, tf.reduce_sum(result)


def walk(p):
    def step(i, x):
        return i + 1, x - 0.01 * tf.sin(x) * p

    start = tf.constant(0), tf.constant(1.0, tf.float64)
    return tf.while_loop(lambda i, x: i < 10_000, step, start, maximum_iterations=10_000)[1]


run({
    "fresh": fresh_gradients,
    "gradient": lambda seconds: gradient(f, POINT, seconds),
    "points": lambda seconds: at_points(1_000_000, seconds),
    "points2": lambda seconds: at_points(1_000_000, seconds),
    "memory": memory,
    "square": lambda seconds: gradient(lambda x, z: tf.reduce_sum(x * x + 2 * z), [wide((5000, 5000)), 5.0], seconds),
    "wave": lambda seconds: gradient(lambda x: tf.reduce_sum(tf.sin(x) * tf.exp(-(x**2))), [wide((10_000_000,))], seconds),
    "tanh": lambda seconds: gradient(lambda a, b, c: tf.reduce_sum(tf.tanh(a @ b + c)), matrices(1024), seconds),
    "network": network_gradient,
    "rosen1": lambda seconds: gradient(rosen, [wide((1000,))], seconds),
    "rosen2": lambda seconds: gradient(rosen, [wide((100_000,))], seconds),
    "hessian": hessian,
    "hvp": product,
    "loop": lambda seconds: gradient(walk, [0.02], seconds),
})  # fmt: skip
