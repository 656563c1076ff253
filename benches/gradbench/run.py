#!/usr/bin/env python3
"""Times the problems of GradBench (github.com/gradbench/gradbench) beside the figures of other programs.

    cargo build --release && python3 benches/gradbench/run.py

Each line is one workload: best and median time of the value and of its derivative on one thread, timed inside the program
with `:time` (every run computes from the inputs; reading and compiling apart), then the best times of others as `value/derivative`.
`run.py lse ode` runs some problems only; `--seconds 2` measures longer; `--limit 600` waits longer for each workload.
Needs Python 3.10, no packages.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from problems import PEERS, PROBLEMS, WORKLOADS, inputs

ROOT = Path(__file__).resolve().parents[2]


def program():
    """Our binary: from $GRADTAPE, or where cargo puts it."""
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    path = Path(os.environ.get("GRADTAPE", Path(target) / "release" / "gradtape"))
    if not path.exists():
        sys.exit(f"there is no {path}: run cargo build --release, or set GRADTAPE")
    return path


def pin():
    """One processor for this process and what it starts: threads would be compared otherwise."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measure(binary, problem, size, expression, seconds, limit):
    """The timing of one expression, or why there is none."""
    about = PROBLEMS[problem]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "input.json"
        data.write_text(json.dumps(inputs(problem, size)))
        script = about.definitions(ROOT / "examples" / "gradbench")
        script += f"\n:time --seconds {seconds} {expression}\n"
        try:
            ran = subprocess.run(
                [binary, "--format", "json", "--load", data], input=script, capture_output=True, text=True, timeout=limit
            )
        except subprocess.TimeoutExpired:
            return None, f"over {limit:g} s"
    if ran.returncode != 0:
        return None, (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
    return json.loads(ran.stdout.splitlines()[-1]), None


def duration(nanoseconds):
    for factor, unit in ((1, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s")):
        if nanoseconds < 999.5 * factor or unit == "s":
            return f"{nanoseconds / factor:.3g} {unit}"


def cells(timing):
    if timing is None:
        return "-", "-"
    return duration(timing["min_ns"]), duration(timing["median_ns"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help=f"some of {', '.join(PROBLEMS)}; else all")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to measure each expression at least")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds to wait for a workload, preparation included")
    options = parser.parse_args()
    for name in options.problems:
        if name not in PROBLEMS:
            parser.error(f"there is no problem {name}; there are {', '.join(PROBLEMS)}")
    pin()
    binary = program()
    row = "{:<18} {:>9} {:>9} {:>9} {:>9} {:>9}   " + " {:<16}" * len(PEERS)
    print(row.format("", "value", "median", "slope", "median", "prepare", *PEERS).rstrip())
    for problem, size, peers in WORKLOADS:
        if options.problems and problem not in options.problems:
            continue
        workload = f"{problem} {' '.join(f'{part:g}' for part in size)}"
        about = PROBLEMS[problem]
        value, first = measure(binary, problem, size, about.primal, options.seconds, options.limit)
        slope, second = measure(binary, problem, size, about.derivative, options.seconds, options.limit)
        prepare = duration(slope["prepare_ns"]) if slope else "-"
        print(row.format(workload, *cells(value), *cells(slope), prepare, *peers).rstrip(), flush=True)
        for reason in filter(None, dict.fromkeys([first, second])):
            print(f"    {reason}", flush=True)


if __name__ == "__main__":
    main()
