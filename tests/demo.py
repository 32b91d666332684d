#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The busiest services of a flow table (CSV on stdin), for ./dev demo."""
import collections
import csv
import sys

N_TOP = 15


def main():
    totals = collections.defaultdict(lambda: [0, 0, 0])
    first, last, hosts = None, None, set()
    for row in csv.DictReader(sys.stdin):
        total = totals[row["service"] if row["service"] != "-" else "(other " + row["proto"] + ")"]
        total[0] += 1
        total[1] += int(row["fwd_packets"]) + int(row["bwd_packets"])
        total[2] += int(row["fwd_bytes"]) + int(row["bwd_bytes"])
        start = float(row["ts"])
        first = start if first is None else min(first, start)
        last = max(last or start, start + float(row["duration"]))
        hosts.update((row["src_ip"], row["dst_ip"]))
    if first is None:
        print("no flows", file=sys.stderr)
        return 1
    print(f"{'service':<16} {'flows':>8} {'packets':>10} {'bytes':>14}")
    busiest = sorted(totals.items(), key=lambda item: (-item[1][2], item[0]))
    rest = busiest[N_TOP:]
    shown = busiest[:N_TOP]
    if rest:
        shown.append((f"({len(rest)} more)", [sum(t[i] for _, t in rest) for i in range(3)]))
    shown.append(("all", [sum(t[i] for t in totals.values()) for i in range(3)]))
    for name, (flows, packets, size) in shown:
        print(f"{name:<16} {flows:>8,} {packets:>10,} {size:>14,}")
    print(f"{len(hosts):,} addresses, {last - first:,.1f} s from the first packet to the last")
    return 0


if __name__ == "__main__":
    sys.exit(main())
