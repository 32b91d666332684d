#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sosie flows as its user meets it: formats and their conversion, stdin, damage, interruption, what is refused."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from e2e import COLUMNS, SHARED, SOSIE, bytes_under_way, check, digest_line, rows, skip, sosie

CAPTURE = os.path.join(SHARED, "lab", "office.pcap")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def conversions(folder):
    csv, jsonl, log = (os.path.join(folder, name) for name in ("a.csv", "a.jsonl", "conn.log"))
    again = os.path.join(folder, "again.csv")
    said = sosie("flows", CAPTURE, "-o", csv, "--digest", "-v").said
    check(len(digest_line(said)) == 32 and "159651 packets" in said, f"summary: {said}")
    table = rows(csv)
    check(list(table[0]) == COLUMNS, "columns")
    check(all(float(a["ts"]) <= float(b["ts"]) for a, b in zip(table, table[1:])), "rows are not in order of start")
    for source in (csv, CAPTURE):
        sosie("flows", source, "-o", jsonl)
        sosie("flows", jsonl, "-o", again)
        check(read(again) == read(csv), f"CSV from JSON lines from {source} differs")
    check(sosie("flows", CAPTURE).stdout == read(csv), "stdout differs from -o")
    with open(CAPTURE, "rb") as f:
        check(sosie("flows", "-", stdin=f).stdout == read(csv), "a capture on stdin differs")
    with open(csv, "rb") as f:
        check(sosie("flows", "--table", "-", stdin=f).stdout == read(csv), "a table on stdin differs")
    sosie("flows", csv, "-o", log)
    sosie("flows", log, "-o", again)
    # Zeek's columns have no place for flags, and one name for protocols it does not follow.
    for a, b in zip(table, rows(again), strict=True):
        if a["proto"] in ("tcp", "udp", "icmp", "icmp6"):
            check(dict(a, flags="") == dict(b, flags=""), f"by conn.log: {a} became {b}")
    # Two captures one after the other are one: every flow starts anew, because the clock goes back by minutes.
    twice = sosie("flows", CAPTURE, CAPTURE, "-v").said
    check("319302 packets" in twice, twice)


def damage(folder):
    cut, table = os.path.join(folder, "cut.pcap"), os.path.join(folder, "cut.csv")
    with open(CAPTURE, "rb") as f, open(cut, "wb") as to:
        to.write(f.read(3_000_000))
    said = sosie("flows", cut, "-o", table, status=1).said
    check("damaged at byte" in said and said.count("\n") == 1, said)
    packets = sum(int(r["fwd_packets"]) + int(r["bwd_packets"]) for r in rows(table))
    check(packets > 10000, f"{packets} packets of a cut capture")


def refusals(folder):
    table = os.path.join(folder, "a.csv")
    for args, status, says in (
            (["flows"], 2, "which capture?"),
            (["flows", "--frob", CAPTURE], 2, "unknown option"),
            (["flows", os.path.join(folder, "none.pcap")], 1, "No such file"),
            (["flows", table, CAPTURE], 1, "captures and flow tables together"),
            (["flows", table, "--digest"], 1, "--digest"),
            (["flows", CAPTURE, "-o", os.path.join(folder, "no", "x.csv")], 1, "No such file")):
        said = sosie(*args, status=status).said
        check(says in said and said.count("\n") == 1, f"{args}: {said}")


def interruption(folder):
    inside = os.path.join(folder, "inside")
    os.mkdir(inside)
    data = read(CAPTURE)
    run = subprocess.Popen([SOSIE, "flows", "-", "-o", os.path.join(inside, "x.csv")], stdin=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    run.stdin.write(data[:5_000_000])
    run.stdin.flush()
    for _ in range(100):
        if bytes_under_way(run.pid, inside) is not None:
            break
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    time.sleep(0.3)
    try:
        run.stdin.write(data[5_000_000:])
        run.stdin.close()
    except BrokenPipeError:
        pass
    check(run.wait(timeout=60) == 130, f"exit status {run.returncode} after an interrupt")
    check(os.listdir(inside) == [], f"left behind: {os.listdir(inside)}")


def main():
    if not os.path.exists(CAPTURE):
        skip(f"no {CAPTURE}")
    folder = tempfile.mkdtemp(prefix="sosie-flows-")
    try:
        conversions(folder)
        damage(folder)
        refusals(folder)
        interruption(folder)
    finally:
        shutil.rmtree(folder)
    print("ok")


if __name__ == "__main__":
    sys.exit(main())
