#!/usr/bin/env python3
"""Compares gradtape with other programs that differentiate, all in one run on this machine.

    cargo build --release && python3 benches/peers/run.py

Each line is one work (see works.py), each column a program: the best time of a call after a first one, for the value and its
gradient; on one thread unless the line says two. Peers run where they are installed and show `-` where they are not:

    python3 -m venv peers && peers/bin/pip install numpy numexpr casadi 'jax[cpu]' torch tensorflow-cpu
    python3 benches/peers/run.py --python peers/bin/python

`--python` may be given several times (environments that cannot share one); `run.py gradient loop` runs some works only;
`--seconds 2` measures longer, PEERS_DEBUG=1 shows why a peer gave nothing. `C` is limits.c, derivatives written by hand, compiled with $CC (default cc). `numexpr` has no
derivatives: its times are those of the value alone. A `!` marks a result that differs from ours by more than 1e-6.
Needs Python 3.10, no packages for our side.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ours
from works import WORKS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

PEERS = {"TensorFlow": "tensorflow", "PyTorch": "torch", "JAX": "jax", "CasADi": "casadi", "numexpr": "numexpr"}

# the derivative of x^2 + 2x - 1 at 2, as a program of one line
ONE_LINERS = {
    "tensorflow": "import tensorflow as tf\nx = tf.Variable(2.0)\nwith tf.GradientTape() as t: y = x**2 + 2*x - 1\n"
    "print(float(t.gradient(y, x)))",
    "torch": "import torch\nx = torch.tensor(2.0, requires_grad=True)\n(x**2 + 2*x - 1).backward()\nprint(float(x.grad))",
    "jax": "import jax\nprint(float(jax.grad(lambda x: x**2 + 2*x - 1)(2.0)))",
    "casadi": "import casadi as ca\nx = ca.SX.sym('x')\n"
    "print(float(ca.Function('g', [x], [ca.gradient(x**2 + 2*x - 1, x)])(2.0)))",
}


def pinned(threads):
    """Environment and processors of a child with so many threads."""
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONWARNINGS="ignore")
    for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
        environment[f"{name}_NUM_THREADS"] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(PROCESSORS)[-threads:])
    return environment


PROCESSORS = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def child(command, threads, limit):
    """What a measuring process printed last; `None` if it cannot."""
    try:
        ran = subprocess.run(
            [str(word) for word in command], env=pinned(threads), capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return None
    lines = ran.stdout.strip().splitlines()
    if ran.returncode != 0 or not lines:
        if os.environ.get("PEERS_DEBUG"):
            print(ran.stderr, file=sys.stderr)
        return None
    return json.loads(lines[-1])


def whole_process(command):
    """The best wall time of a process from start to end."""
    environment, times = pinned(1), []
    while len(times) < 5 or (sum(times) < 0.5 and len(times) < 40):
        begun = time.perf_counter()
        ran = subprocess.run([str(word) for word in command], env=environment, capture_output=True)
        times.append(time.perf_counter() - begun)
        if ran.returncode != 0:
            return None
    return {"seconds": min(times), "value": 6.0}


def interpreters(candidates):
    """Which interpreter has which peer."""
    found = {}
    for name, module in PEERS.items():
        for python in candidates:
            check = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
            if subprocess.run([python, "-c", check], capture_output=True).returncode == 0:
                found.setdefault(name, python)
    return found


def limits(folder):
    """limits.c as a program; `None` without a C compiler."""
    program = Path(folder) / "limits"
    command = [os.environ.get("CC", "cc"), "-O3", "-march=native", "-ffast-math", "-fopenmp", HERE / "limits.c", "-o", program]
    try:
        done = subprocess.run([*map(str, command), "-lm"], capture_output=True)
    except FileNotFoundError:
        return None
    return program if done.returncode == 0 else None


def columns(work, options, pythons, c_program, binary):
    """The measurement of a work by each program, in the order of the columns."""
    threads = ours.threads(work.key)
    words = [work.key, options.seconds, threads]
    if threads > 1 and len(PROCESSORS) < threads:
        return
    mine = child([sys.executable, HERE / "ours.py", binary, *words], threads, options.limit)
    yield "gradtape", mine
    for name, module in PEERS.items():
        if name not in pythons:
            yield name, None
        elif work.key == "oneliner":
            code = ONE_LINERS.get(module)
            yield name, whole_process([pythons[name], "-c", code]) if code else None
        else:
            yield name, child([pythons[name], HERE / f"peer_{module}.py", *words], threads, options.limit)
    if work.key == "oneliner":
        yield "C", whole_process(["true"])
    else:
        yield "C", child([c_program, *words], threads, options.limit) if c_program else None


def cell(work, found, mine):
    if found is None:
        return "-"
    differs = mine is not None and abs(found["value"] - mine["value"]) > 1e-6 * max(1, abs(mine["value"]))
    return work.shown(found["seconds"]) + "!" * differs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    keys = [work.key for work in WORKS]
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"some of {', '.join(keys)}; else all")
    parser.add_argument("--python", action="append", default=[], help="an interpreter that has peers")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to measure each work at least")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds to wait for one program at one work")
    options = parser.parse_args()
    for key in options.works:
        if key not in keys:
            parser.error(f"there is no work {key}; there are {', '.join(keys)}")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = Path(os.environ.get("GRADTAPE", target / "release" / "gradtape"))
    if not binary.exists():
        sys.exit(f"there is no {binary}: run cargo build --release, or set GRADTAPE")
    pythons = interpreters(options.python or [sys.executable])
    names = ["gradtape", *PEERS, "C"]
    row = "{:<42} {:<8}" + " {:>11}" * len(names)
    print(row.format("", "", *names))
    with tempfile.TemporaryDirectory() as folder:
        c_program = limits(folder)
        for work in WORKS:
            if options.works and work.key not in options.works:
                continue
            found = dict(columns(work, options, pythons, c_program, binary))
            cells = [cell(work, found.get(name), found.get("gradtape")) for name in names]
            print(row.format(work.label, work.unit, *cells), flush=True)


if __name__ == "__main__":
    main()
