# SPDX-License-Identifier: Apache-2.0
"""Promise 2: same seed, same bytes, for any number of threads and any sink; and the golden digests of the shipped models."""
import json
import os
import sys

from e2e import Scratch, check, digest_line, sosie

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json")
HOW = ("-s", "42", "-t", "2026-11-21T09:00:00Z", "-d", "120s")


def digest_of_run(model, *more):
    return digest_line(sosie("generate", "-m", model, "--sink", "digest", *HOW, *more).stdout.decode())


def main():
    model = sys.argv[1]
    one = digest_of_run(model, "-j", "1")
    for threads in ("2", "3", "7"):
        other = digest_of_run(model, "-j", threads)
        check(one == other, f"-j1 gives {one}, -j{threads} gives {other}")
    check(one != digest_line(sosie("generate", "-m", model, "--sink", "digest", *HOW[2:], "-s", "43").stdout.decode()),
          "another seed gives the same bytes")
    with Scratch() as scratch:
        for name in ("a.pcap", "a.pcapng"):
            capture = scratch.path(name)
            sosie("generate", "-q", "-m", model, "-o", capture, "-j", "2", *HOW)
            of_file = digest_line(sosie("flows", "-q", "--digest", capture, "-o", os.devnull).said)
            check(one == of_file, f"the run's digest is {one}, that of {name} {of_file}")
    with open(GOLDEN, encoding="utf-8") as f:
        golden = json.load(f)
    check(golden.get(model) == one, f"golden digest of '{model}' is {golden.get(model)}, this build made {one}: if the model was "
          "learned again or the generator changed what it draws, say so in the commit and run ./dev golden")
    print(f"{model} {one}")


main()
