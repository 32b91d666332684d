#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One table of all benchmarks, from the rows "name<TAB>value<TAB>unit<TAB>note" that each prints.

usage: table.py BENCHMARKLOG.json
"""
import json
import os
import sys


def machine():
    """The processor's name as /proc/cpuinfo has it: figures mean little without it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    except OSError:
        names = []
    return f"{names[0] if names else os.uname().machine}, {os.cpu_count()} processors"


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        runs = [json.loads(line) for line in log if line.strip()]
    rows, failed = [], []
    for run in runs:
        own = [line.split("\t") for line in run.get("stdout", "").splitlines() if line.count("\t") >= 2]
        rows += [(cells + [""])[:4] for cells in own]
        if run["result"] == "SKIP":
            rows.append([run["name"], "-", "", "skipped: " + (run.get("stdout", "").strip() or "no reason given")])
        elif run["result"] != "OK" or not own:
            failed.append(run["name"])
    if rows:
        width = [max(len(row[i]) for row in rows) for i in range(3)]
        for name, value, unit, note in rows:
            print(f"{name:<{width[0]}}  {value:>{width[1]}}  {unit:<{width[2]}}  {note}".rstrip())
    print(f"({machine()})")
    for name in failed:
        print(f"failed, or printed no row: {name}")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
