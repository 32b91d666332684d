#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures under a folder of ../shared/data, replayed into nowhere and rewritten into a file: success, or one clear error, each within seconds.

sweep_replay.py FOLDER [STEP]: every STEP-th of them (default: all). SOSIE names the program; an ASan build makes this a memory check.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

from e2e import SHARED, SOSIE, skip

BAD = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|Segmentation|Assertion")
REWRITE = ["--to-ethernet", "--fix-checksums", "--ip-map", "10.0.0.0/8=172.0.0.0/8", "--ip-map", "fe80::/16=fd00::/16", "--port-map", "1-1023=40000", "--ttl",
           "-3", "--dscp", "7", "--vlan", "set:5", "--mac", "src=02:00:00:00:00:01", "--mark", "evil-bit", "--unique-ip", "--loop", "2",
           "--mtu", "576", "--mtu-policy"]


def run(*args):
    """What is wrong (None: nothing). Damage comes with the account of what was played before it; else an error is one sentence."""
    try:
        done = subprocess.run([SOSIE, "replay", "-q", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return f"{args}: still running after a minute"
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode not in (0, 1) or BAD.search(said) or len(said.splitlines()) != done.returncode:
        return f"{args}: exit {done.returncode}: {said[-1500:]}"
    return None


def one(numbered):
    i, path = numbered
    with tempfile.TemporaryDirectory(prefix="sosie-sweep-") as scratch:
        policy = ("segment", "fragment", "truncate", "drop")[i % 4]
        return (run(path, "--sink", "null", "--topspeed") or
                run(path, "--sink", "pcap:" + os.path.join(scratch, "out.pcapng"), *REWRITE, policy))


def main():
    folder, step = os.path.join(SHARED, sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if not os.path.isdir(folder):
        skip(f"{folder} is not here")
    paths = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)[::step]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for w in pool.map(one, enumerate(paths)) if w is not None]
    print("\n".join(wrong))
    print(f"{len(paths)} files, {len(wrong)} wrong")
    sys.exit(len(wrong) > 0)


main()
