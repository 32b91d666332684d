# SPDX-License-Identifier: Apache-2.0
"""Services told by their packets alone: learned from one half of some 800 captures, asked about the other half.

No file is on both sides; services are named by port, which the classifier does not see. Counted are services with at least
20 flows in all and flows on both sides, and of TCP the flows that were established and have 6 packets or more: a scan is the
same for every service. Prints the macro F1.
"""
import collections
import csv
import hashlib
import os
import subprocess
import sys

from e2e import SHARED, SOSIE, Scratch, check, fail, skip

FOLDER = os.path.join(SHARED, "protocols")
ESTABLISHED = {"SF", "S1", "S2", "S3", "RSTO", "RSTR"}
LEAST_FLOWS = 20
LEAST_F1 = 0.40  # measured: 0.45


def run(*args):
    """Damaged captures are part of the folder: status 1 with rows is fine."""
    done = subprocess.run([SOSIE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=550)
    return done.returncode, done.stdout.decode(errors="replace")


def services(path):
    status, text = run("flows", path, "-q")
    return None if status != 0 else collections.Counter(row["service"] for row in csv.DictReader(text.splitlines()))


def side(path):
    return hashlib.sha256(os.path.basename(path).encode()).digest()[0] & 1


def counts(row):
    return row["proto"] != "6" or (row["state"] in ESTABLISHED and int(row["packets"]) >= 6)


def main():
    if sys.argv[1:] == ["asan"]:
        skip("minutes with the sanitizers; test_automata.py has the program's side")
    if not os.path.isdir(FOLDER):
        skip(f"{FOLDER} is not here")
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names
                   if name.endswith((".pcap", ".pcapng", ".cap", ".gz")))
    found = {path: names for path in files if (names := services(path)) is not None}
    total = sum(found.values(), collections.Counter())
    with Scratch() as scratch:
        model = scratch.path("model")
        status, _ = run("learn", *[path for path in found if side(path) == 0], "-o", model, "--automata", "tadam", "-q")
        if status != 0:
            fail("learning failed")
        status, text = run("automata", "score", model, *[path for path in found if side(path) == 1])
        check(status == 0, "scoring failed")
    rows = [row for row in csv.DictReader(text.splitlines()) if counts(row)]
    asked = collections.Counter(row["service"] for row in rows)
    kept = sorted(s for s in total if total[s] >= LEAST_FLOWS and asked[s] > 0 and s != "-")
    rows = [row for row in rows if row["service"] in kept]
    right, wrong, missed = collections.Counter(), collections.Counter(), collections.Counter()
    for row in rows:
        if row["service"] == row["likely_service"]:
            right[row["service"]] += 1
        else:
            missed[row["service"]] += 1
            wrong[row["likely_service"]] += 1
    f1 = {s: 2 * right[s] / (2 * right[s] + wrong[s] + missed[s]) for s in kept}
    for s in kept:
        print(f"{s:12} {asked[s]:5} flows  F1 {f1[s]:.2f}")
    macro = sum(f1.values()) / len(f1)
    print(f"{len(kept)} services, {len(rows)} flows: macro F1 {macro:.3f}, right {sum(right.values()) / len(rows):.3f}")
    check(macro > LEAST_F1, f"macro F1 {macro:.3f} is not above {LEAST_F1}")


if __name__ == "__main__":
    main()
