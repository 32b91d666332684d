# SPDX-License-Identifier: Apache-2.0
"""Services told by their packets alone, over some 800 captures of single protocols, in five folds by file.

Each fold is asked about with a model of the other four, so every file is asked about once and never by a model that has seen
it, nor a copy: of files that share a conversation (collections borrow from each other) the smallest is taken. What is right is what libndpi finds in the packets (`--content`): the captures are oddities of their protocols, and a port
says little there (HTTP on every port, games on port 80). The classifier sees neither ports nor text. Services that are one
protocol (TLS on whatever port) are one here. Counted are the services with at least 20 flows and flows in two folds or more
(what is in one file only cannot be learned from others), and of TCP the flows that were established and have 6 packets or more.
Prints the macro F1.
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
N_FOLDS = 5
LEAST_FLOWS = 20
LEAST_F1 = 0.93  # measured: 0.947
# What libndpi and ports tell apart, and packets do not: what runs inside TLS.
ONE = {name: "tls" for name in ("https", "https-alt", "imaps", "pop3s", "ldaps", "mqtts", "sips", "ftps", "winrms",
                                "submissions", "dot", "amqps", "ircs", "stuns", "docker-tls", "push", "gcm", "coaps",
                                "syslog-tls", "kubernetes")}


def run(*args):
    """Damaged captures are part of the folder: status 1 with rows is fine."""
    done = subprocess.run([SOSIE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=550)
    return done.returncode, done.stdout.decode(errors="replace")


def conversations(path):
    """What is alike in a copy, whose clock may be another: all of a flow's row but its time. None: the file cannot be read."""
    status, text = run("flows", path, "-q")
    rows = csv.reader(text.splitlines()[1:])
    return [tuple(row[1:]) for row in rows if float(row[1]) > 0] if status == 0 else None


def originals(files):
    """The readable files without those that share a conversation with one of fewer flows: collections borrow and merge."""
    flows = {path: rows for path in files if (rows := conversations(path)) is not None}
    seen, kept = set(), []
    for path in sorted(flows, key=lambda path: (len(flows[path]), path)):
        if seen.isdisjoint(flows[path]):
            kept.append(path)
        seen.update(flows[path])
    return sorted(kept)


def fold_of(path):
    return int(hashlib.sha256(os.path.basename(path).encode()).hexdigest(), 16) % N_FOLDS


def counts(row):
    """libndpi names no flow without payload."""
    return row["proto"] != "6" or (row["state"] in ESTABLISHED and int(row["packets"]) >= 6)


def protocol(name):
    return ONE.get(name, name)


def ask(files, fold, scratch, learner):
    """(fold, what is right, what is said) of the flows of one fold, told by the other folds."""
    model = scratch.path(f"model{fold}")
    status, _ = run("learn", *[path for path in files if fold_of(path) != fold], "-o", model, "--automata", learner, "--content",
                    "-q")
    if status != 0:
        fail("learning failed")
    status, text = run("automata", "score", model, *[path for path in files if fold_of(path) == fold], "--content")
    check(status == 0, "scoring failed")
    return [(fold, protocol(row["service"]), protocol(row["likely_service"])) for row in csv.DictReader(text.splitlines())
            if counts(row) and row["service"] != "-"]


def report(rows):
    """The macro F1 over the services that count."""
    asked = collections.Counter(truth for _, truth, _ in rows)
    folds = collections.defaultdict(set)
    for fold, truth, _ in rows:
        folds[truth].add(fold)
    kept = sorted(s for s in asked if asked[s] >= LEAST_FLOWS and len(folds[s]) > 1)
    right, wrong, missed = collections.Counter(), collections.Counter(), collections.Counter()
    taken = collections.Counter()
    for _, truth, answer in rows:
        if truth not in kept:
            continue
        if truth == answer:
            right[truth] += 1
        else:
            missed[truth] += 1
            wrong[answer] += 1
            taken[truth, answer] += 1
    f1 = {s: 2 * right[s] / (2 * right[s] + wrong[s] + missed[s]) for s in kept}
    for s in kept:
        most = ", ".join(f"{n} for {b}" for (a, b), n in taken.most_common() if a == s)
        print(f"{s:12} {asked[s]:5} flows  F1 {f1[s]:.2f}{'  taken: ' if most else ''}{most[:60]}")
    n = sum(asked[s] for s in kept)
    macro = sum(f1.values()) / len(f1)
    print(f"{len(kept)} services, {n} flows: macro F1 {macro:.3f}, right {sum(right.values()) / n:.3f}")
    return macro


def main():
    if sys.argv[1:] == ["asan"]:
        skip("minutes with the sanitizers; test_automata.py has the program's side")
    if not os.path.isdir(FOLDER):
        skip(f"{FOLDER} is not here")
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names
                   if name.endswith((".pcap", ".pcapng", ".cap", ".gz")))
    files = originals(files)
    with Scratch() as scratch:
        rows = sum((ask(files, fold, scratch, "tadam") for fold in range(N_FOLDS)), [])
    macro = report(rows)
    check(macro > LEAST_F1, f"macro F1 {macro:.3f} is not above {LEAST_F1}")


if __name__ == "__main__":
    main()
