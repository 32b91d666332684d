# SPDX-License-Identifier: Apache-2.0
"""Promise 7 when memory is full: whichever allocation fails, the program ends with one sentence and leaves no output behind.

For each command: its allocations are counted, then it runs again and again with one of them failing (and, for every seventh, with all after it failing
too): all of the first, and a spread over the rest, as many as fit in its share of the time. A run may survive (sorting falls back to sorting in
place), but then its output is that of an undisturbed run.
"""
import concurrent.futures
import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from e2e import SOSIE, Scratch, check, fail, skip, sosie  # noqa: E402  (the path is set above)

SHIM = sys.argv[1]
SECONDS = 11  # of each command
N_FIRST, N_SPREAD, N_MIN = 300, 60, 25
START = ("-s", "5", "-t", "2026-11-21T09:00:00Z")


class Command:
    """A command line; {out} in it is the output's name."""

    def __init__(self, name, *args):
        self.name, self.args = name, args


def digest(path):
    """Of a file, a folder, or nothing."""
    total = hashlib.sha256()
    if os.path.isdir(path):
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                total.update(name.encode())
                total.update(digest(os.path.join(folder, name)).encode())
    elif os.path.exists(path):
        with open(path, "rb") as f:
            total.update(f.read())
    return total.hexdigest()


def run(command, folder, **environment):
    """Runs it in a folder of its own. (status, stderr, digest of stdout and output, names left)"""
    os.mkdir(folder)
    out = os.path.join(folder, "out")
    args = [arg.format(out=out) for arg in command.args]
    env = dict(os.environ, LD_PRELOAD=SHIM, **environment)
    try:
        done = subprocess.run([SOSIE, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        fail(f"{command.name} with {environment}: hangs")
    left = sorted(os.listdir(folder))
    seen = hashlib.sha256(done.stdout).hexdigest() + digest(out)
    shutil.rmtree(folder)
    return done.returncode, done.stderr.decode(errors="replace"), seen, left


def judge(command, n, onward, result, undisturbed):
    status, said, seen, left = result
    what = f"{command.name}: allocation {n}{' and all after' if onward else ''} failing: exit status {status}, said '{said}'"
    check(status in (0, 1, 2), what)
    if status == 0:
        check(seen == undisturbed, f"{what}: the output is another than with enough memory")
        return
    check(said.startswith("sosie ") and said.count("\n") == 1, f"{what}: one sentence was expected")
    check(not left, f"{what}: left {left} behind")


def places(n_all):
    """A spread first, so that a slow machine leaves out only some of the first."""
    spread = [1 + i * (n_all - 1) // N_SPREAD for i in range(N_SPREAD + 1)]
    chosen = dict.fromkeys(spread + list(range(1, min(n_all, N_FIRST) + 1)))
    return list(chosen)


def try_all(scratch, command):
    status, said, undisturbed, _ = run(command, scratch.path("count"), FAIL_COUNT=scratch.path("n"))
    check(status == 0, f"{command.name}: exit status {status} with enough memory: {said}")
    with open(scratch.path("n"), encoding="ascii") as f:
        n_all = int(f.read())
    check(n_all > 10, f"{command.name}: {n_all} allocations: the shim does not count")
    end, tried, refused = time.monotonic() + SECONDS, 0, 0

    def one(place):
        # However slow the machine is, so many are tried.
        i, n = place
        if i >= N_MIN and time.monotonic() > end:
            return None
        environment = {"FAIL_AT": str(n)}
        if n % 7 == 0:
            environment["FAIL_ONWARD"] = "1"
        return n, run(command, scratch.path(f"at{n}"), **environment)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(one, enumerate(places(n_all))):
            if found is not None:
                judge(command, found[0], found[0] % 7 == 0, found[1], undisturbed)
                tried += 1
                refused += found[1][0] != 0
    print(f"{command.name}: {n_all} allocations, {tried} made to fail, {refused} refused, {tried - refused} survived", flush=True)
    check(tried >= min(N_MIN, n_all), f"{command.name}: only {tried} tried in {SECONDS} s")
    check(refused > 0, f"{command.name}: no failure was noticed: the shim does not work")


def main():
    if "sanitizers" in sys.argv[2:]:
        skip("the sanitizers bring an allocator of their own")
    with Scratch() as scratch:
        capture = scratch.path("small.pcap")
        sosie("generate", "-q", "-o", capture, "-n", 3000, *START)
        for command in (Command("show", "show", "office"),
                        Command("flows", "flows", "-q", capture, "-o", "{out}"),
                        Command("generate -j1", "generate", "-q", "-j", "1", "-n", "2000", *START, "-o", "{out}"),
                        Command("generate -j2", "generate", "-q", "-j", "2", "-n", "2000", *START, "-o", "{out}"),
                        Command("eval --flags", "eval", "-q", "--flags", capture, "--json"),
                        Command("learn", "learn", "-q", "-j", "1", capture, "-o", "{out}")):
            try_all(scratch, command)


main()
