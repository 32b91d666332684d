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
import struct
import subprocess
import sys
import tempfile

SOSIE = os.environ["SOSIE"]
SOURCE = pathlib.Path(os.environ["SOSIE_SOURCE"])
TABLE = SOURCE.parent / "shared/data/planted/n6000.csv"


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0"))


def second(value):
    return f"{value // 10**9}.{value % 10**9:09}"


def together(rows, rng, columns):
    """These columns of a row come from another row, together."""
    other = rng.sample(rows, len(rows))
    return [{**r, **{c: o[c] for c in columns}} for r, o in zip(rows, other)]


def marginals(rows, rng):
    """Every column on its own."""
    for c in rows[0]:
        rows = together(rows, rng, [c])
    return sorted(rows, key=lambda r: ns(r["ts"]))


def shuffled(rows, rng):
    """Numbers without regard to the rest of the row."""
    return together(rows, rng, ["fwd_bytes", "bwd_bytes", "fwd_packets", "bwd_packets", "duration"])


def collapsed(rows, rng):
    """Ten rows over and over, at the times of the others."""
    few = rng.sample(rows, 10)
    return [{**rng.choice(few), "ts": r["ts"]} for r in rows]


def bunched(rows, rng):
    """Starts moved to the beginning of their ten seconds."""
    return [{**r, "ts": second(ns(r["ts"]) // 10**10 * 10**10)} for r in rows]


def apart(rows, rng):
    """Every client on its own clock: no two of its flows are near each other."""
    return sorted(({**r, "ts": second(ns(r["ts"]) + rng.randrange(600) * 10**9)} for r in rows), key=lambda r: ns(r["ts"]))


def dropped(rows, rng):
    """Without the most frequent service."""
    names = [r["service"] for r in rows]
    most = max(sorted(set(names)), key=names.count)
    return [r for r in rows if r["service"] != most]


def doubled(rows, rng):
    """Four times the bytes."""
    return [{**r, "fwd_bytes": str(4 * int(r["fwd_bytes"])), "bwd_bytes": str(4 * int(r["bwd_bytes"]))} for r in rows]


def impossible(rows, rng):
    """TCP's flags on everything."""
    return [{**r, "flags": "SA"} for r in rows]


# damage, metric, how many times worse at least (share of what it was, for what is better when higher)
CASES = [
    (marginals, "coverage", 0.7), (marginals, "cmd", 2), (marginals, "pcd", 2), (marginals, "dkc", 1.2),
    (shuffled, "coverage", 0.8),
    (collapsed, "coverage", 0.5), (collapsed, "jsd", 10), (collapsed, "emd", 2), (collapsed, "cmd", 2),
    (bunched, "start_gaps", 5), (bunched, "acf", 2), (apart, "cooccurrence", 3),
    (dropped, "jsd", 5), (dropped, "cmd", 2), (dropped, "coverage", 0.9),
    (doubled, "emd", 2), (impossible, "jsd", 5), (impossible, "dkc", 1.5),
]


def write(path, rows):
    with open(path, "w", newline="", encoding="ascii") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


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


def split(path, outs, limit):
    """The minutes of a capture (pcap, microseconds) by turns into two; at most limit bytes of it."""
    data = path.read_bytes()[:limit]
    parts, at = [data[:24], data[:24]], 24
    while at + 16 <= len(data):
        seconds, _, captured, _ = struct.unpack_from("<IIII", data, at)
        if at + 16 + captured > len(data):
            break
        parts[seconds // 60 % 2] += data[at:at + 16 + captured]
        at += 16 + captured
    for out, part in zip(outs, parts):
        out.write_bytes(part)


def packets(folder):
    """Minutes of one network are alike, another network is not; and a capture is not apart from itself."""
    data = SOURCE.parent / "shared/data"
    files = [folder / f"{x}.pcap" for x in "abcd"]
    split(data / "lab/office.pcap", files[:2], 8 << 20)
    split(data / "iot/iot.pcap", files[2:], 8 << 20)
    metrics = ["packet_size", "packet_gap", "ttl", "window", "tcp_options", "flag_trigrams", "flow_packets"]
    same, like, unlike = (judge(files[0], x) for x in files[:3])
    failed = 0
    for metric in metrics:
        good = same[metric] == 0 and 0 < like[metric] < unlike[metric] <= 1
        failed += not good
        print(f"{'ok' if good else 'FAILED':6} {metric:13} itself {same[metric]:.4g} alike {like[metric]:.4g} "
              f"unlike {unlike[metric]:.4g}")
    return failed


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
