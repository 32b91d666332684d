#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Planted damage: each corrected metric of `sosie eval` moves the right way on the damage it is for, and what is bad input
is one clear error.

The real table is every other hour of flows with planted dependencies, the hours between are the undamaged synthetic one; the
damaged ones are made of that. A metric must be worse by the factor stated than it is without damage. For packets, every other
minute of a capture is compared with the minutes between and with a capture of another network.
"""
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from damage import (apart, bunched, collapsed, doubled, dropped, impossible, marginals, ns, packets_randomised,
                    read_capture, shuffled, write, write_capture)

SOSIE = os.environ["SOSIE"]
SOURCE = pathlib.Path(os.environ["SOSIE_SOURCE"])
TABLE = SOURCE.parent / "shared/data/planted/n6000.csv"


# damage, metric, how many times worse at least (share of what it was, for what is better when higher)
CASES = [
    (marginals, "coverage", 0.7), (marginals, "cmd", 2), (marginals, "pcd", 2), (marginals, "dkc", 1.2),
    (shuffled, "coverage", 0.8),
    (collapsed, "coverage", 0.5), (collapsed, "jsd", 10), (collapsed, "emd", 2), (collapsed, "cmd", 2),
    (bunched, "start_gaps", 5), (bunched, "acf", 2), (apart, "cooccurrence", 3),
    (dropped, "jsd", 5), (dropped, "cmd", 2), (dropped, "coverage", 0.9),
    (doubled, "emd", 2), (impossible, "jsd", 5), (impossible, "dkc", 1.5),
]


def judge(*args):
    out = subprocess.run([SOSIE, "eval", *args, "--json", "--draws", "3", "--rows", "2000", "--no-classifiers"], stdout=subprocess.PIPE, check=True)
    return {key: line["corrected"] and line["corrected"]["mean"] for key, line in json.loads(out.stdout)["metrics"].items()}


def damage(real, rows, folder):
    failed = 0
    sound = judge(real, write(folder / "sound.csv", rows))
    values = {}
    for how, metric, factor in CASES:
        if how not in values:
            values[how] = judge(real, write(folder / "damaged.csv", how(rows, random.Random(1))))
        was, is_ = sound[metric], values[how][metric]
        good = is_ <= was * factor if factor < 1 else is_ >= was * factor and is_ > 0
        failed += not good
        print(f"{'ok' if good else 'FAILED':6} {how.__name__:11} {metric:13} {was:.4g} -> {is_:.4g}, expected {factor} times")
    return failed


def memory(real, rows, folder):
    """A copy of the training table is told from a sound one by all three measures of novelty."""
    half = len(rows) // 2
    train = write(folder / "train.csv", rows[0::2])
    sound = judge(real, write(folder / "sound.csv", rows[1::2]), "--train", train)
    copy = judge(real, train, "--train", train)
    failed = 0
    for metric, low, high in (("md", 0.4, 0.6), ("dcr", 0.4, 0.6), ("copies", 0, 0.9)):
        good = low <= sound[metric] <= high and copy[metric] > high
        failed += not good
        print(f"{'ok' if good else 'FAILED':6} copy        {metric:13} {sound[metric]:.4g} -> {copy[metric]:.4g} ({half} rows)")
    return failed


def refused(folder, good, name, text, expected, status=1):
    path = folder / name
    path.write_bytes(text)
    run = subprocess.run([SOSIE, "eval", good, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = run.stderr.decode(errors="replace")
    good = run.returncode == status and said.count("\n") == 1 and expected in said and run.stdout == b""
    print(f"{'ok' if good else 'FAILED':6} {name}: {said.strip()}")
    return not good


def bad_input(real, rows, folder):
    head = ",".join(rows[0].keys()).encode() + b"\n"
    row = ",".join(rows[0].values()).encode() + b"\n"
    pcap = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    arp = bytes.fromhex("00000000000000002a0000002a000000") + b"\xff" * 12 + bytes.fromhex("0806") + bytes(28)
    failed = refused(folder, real, "empty.csv", head, "no flows")
    failed += refused(folder, real, "one.csv", head + row, "one flow")
    failed += refused(folder, real, "columns.csv", b"colour,taste\nred,sweet\n", "columns.csv")
    failed += refused(folder, real, "no-packets.pcap", pcap, "no flows")
    failed += refused(folder, real, "arp.pcap", pcap + arp, "no flows")
    failed += refused(folder, real, "cut.pcap", pcap + arp[:20], "cut.pcap")
    return failed


def determinism(real, folder):
    """The same numbers whatever the number of threads; others with another seed."""
    def text(*args):
        return subprocess.run([SOSIE, "eval", real, folder / "sound.csv", "--json", "--rows", "500", "--draws", "5", "--no-classifiers", *args],
                              stdout=subprocess.PIPE, check=True).stdout
    one, four, other = text("-j", "1"), text("-j", "4"), text("-s", "2").replace(b'"seed": 2', b'"seed": 1')
    good = one == four and one != other
    print(f"{'ok' if good else 'FAILED':6} threads and seeds")
    return not good


def packets(folder):
    """Minutes of one network are alike, another network is not; and a capture is not apart from itself."""
    data = SOURCE.parent / "shared/data"
    office, iot = (read_capture(data / x, 8 << 20) for x in ("lab/office.pcap", "iot/iot.pcap"))
    minutes = [[p for p in x if p.time // (60 * 10**9) % 2 == side] for x, side in ((office, 0), (office, 1), (iot, 0))]
    files = [write_capture(folder / f"{name}.pcap", x) for name, x in zip("abc", minutes)]
    metrics = ["packet_size", "packet_gap", "ttl", "window", "tcp_options", "flag_trigrams", "payload", "flow_packets"]
    same, like, unlike = (judge(files[0], x) for x in files)
    failed = 0
    for metric in metrics:
        good = same[metric] == 0 and 0 < like[metric] < unlike[metric] <= 1
        failed += not good
        print(f"{'ok' if good else 'FAILED':6} {metric:13} itself {same[metric]:.4g} alike {like[metric]:.4g} "
              f"unlike {unlike[metric]:.4g}")
    # Random payload is seen by the metric of payload and by no other.
    damaged = judge(files[0], write_capture(folder / "random.pcap", packets_randomised(minutes[1], random.Random(1))))
    good = damaged.pop("payload") > 2 * like["payload"] and all(damaged[m] == like[m] for m in damaged)
    print(f"{'ok' if good else 'FAILED':6} payload       randomised")
    return failed + (not good)


def main():
    if not TABLE.exists():
        print(f"skipped: no {TABLE}")
        return 77
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        table = folder / "all.csv"
        subprocess.run([SOSIE, "flows", TABLE, "-q", "-o", table], check=True)
        with open(table, encoding="ascii") as text:
            rows = list(csv.DictReader(text))
        hours = [[r for r in rows if ns(r["ts"]) // (3600 * 10**9) % 2 == side] for side in (0, 1)]
        real = write(folder / "real.csv", hours[0])
        failed = damage(real, hours[1], folder)
        failed += memory(real, hours[1], folder)
        failed += bad_input(real, rows, folder)
        failed += determinism(real, folder)
        failed += packets(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
