#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every capture under a folder: flows and learn must end in a result or one clear error; where there are 200 flows or more, the model learned is
played, measured and given to tshark.

sweep.py FOLDER [FLOWS]: SOSIE names the program (an ASan build makes this a memory check). FOLDER is under ../shared/data, or any path with a '/'.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

from e2e import COLUMNS, SHARED, SOSIE, rows, skip, tshark_complaints

ENDINGS = (".pcap", ".pcapng", ".cap", ".dmp", ".pcap.gz", ".trace", ".erf")
BAD = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|Segmentation|Assertion")


def run(*args):
    done = subprocess.run([SOSIE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=600)
    return done.returncode, done.stderr.decode(errors="replace").strip()


def one(path, n_flows):
    """What is wrong with this capture (None: nothing), and whether it was played."""
    with tempfile.TemporaryDirectory(prefix="sosie-sweep-") as scratch:
        table, model = os.path.join(scratch, "t.csv"), os.path.join(scratch, "m")
        status, said = run("flows", "-q", path, "-o", table)
        if status not in (0, 1) or BAD.search(said) or (status == 1 and len(said.splitlines()) != 1):
            return f"flows: exit {status}: {said[-1500:]}", False
        n = len(rows(table)) if os.path.exists(table) else 0
        status, said = run("learn", "-q", "-j", 1, path, "-o", model)
        if status not in (0, 1) or BAD.search(said) or (status == 1 and not said):
            return f"learn: exit {status}: {said[-1500:]}", False
        if not os.path.isdir(model):
            return (f"learn: {n} flows and no model: {said}" if n >= 200 else None), False
        if n < 200:
            return None, False
        capture, labels, measured = (os.path.join(scratch, x) for x in ("g.pcap", "l.csv", "f.csv"))
        status, said = run("generate", "-q", "-m", model, "-o", capture, "--labels", labels, "-s", 1, "--flows", n_flows, "-t",
                           "2026-11-21T09:00:00Z")
        if status != 0:
            return f"generate: exit {status}: {said[-1500:]}", True
        run("flows", "-q", capture, "-o", measured)
        a, b = rows(measured), rows(labels)
        if len(a) != len(b):
            return f"{len(a)} flows measured, {len(b)} labelled", True
        for i, (x, y) in enumerate(zip(a, b)):
            for column in COLUMNS[:-1]:
                if x[column] != y[column]:
                    return f"row {i}: {column}: measured {x[column]}, label {y[column]}: {y}", True
        if shutil.which("tshark") is None:
            return None, True
        n_bad, text = tshark_complaints(capture, 8)
        return (f"tshark complains about {n_bad} frames:\n{text}" if n_bad else None), True


def main():
    folder, n_flows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    folder = folder if "/" in folder else os.path.join(SHARED, folder)
    if not os.path.isdir(folder):
        skip(f"{folder} is not here")
    paths = []
    for base, _, names in os.walk(folder):
        paths += [os.path.join(base, name) for name in names if name.endswith(ENDINGS)]
    n_bad = n_played = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (wrong, played) in zip(sorted(paths), pool.map(lambda p: one(p, n_flows), sorted(paths))):
            n_played += played
            if wrong is not None:
                n_bad += 1
                print(f"{path}: {wrong}", flush=True)
    print(f"{len(paths)} captures, {n_played} played, {n_bad} wrong")
    sys.exit(n_bad > 0)


main()
