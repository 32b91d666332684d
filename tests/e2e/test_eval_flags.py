# SPDX-License-Identifier: Apache-2.0
"""`sosie eval --flags` of a capture tells what tshark's fields tell: co-occurrence, information, classes, sequences, statistics,
correlations and importance, computed here from scratch. And what it refuses."""
import json
import math
import os
import subprocess
from collections import Counter, defaultdict

from e2e import SHARED, Scratch, check, need_tshark, rows, skip, sosie

CAPTURE = os.path.join(SHARED, "lab/attack.pcap")
NAMES = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
FIELDS = ["frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.flags",
          "tcp.hdr_len", "ip.hdr_len", "tcp.len", "tcp.window_size_value"]
EXACT, QUANTILE = 1e-6, 1 / 64


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0"))


def packets(path):
    """(time ns, source, destination, flags, header bytes, payload bytes, window) of TCP packets, as tshark has them."""
    command = ["tshark", "-n", "-r", path, "-Y", "tcp and not icmp and not icmpv6", "-T", "fields", "-o",
               "ip.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE", *(x for f in FIELDS for x in ("-e", f))]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=300).stdout.decode()
    for line in out.splitlines():
        time, src4, src6, dst4, dst6, sport, dport, flags, tcp_header, ip_header, payload, window = line.split("\t")
        yield (ns(time), (src4 or src6, sport), (dst4 or dst6, dport), int(flags, 16) & 255,
               (int(ip_header) if src4 else 40) + int(tcp_header), int(payload), int(window))


def flows(path, table):
    """The packets of each flow of the table, that is: of its two ends, within its time."""
    tuples = defaultdict(list)
    for r in table:
        ends = ((r["src_ip"], r["src_port"]), (r["dst_ip"], r["dst_port"]))
        tuples[frozenset(ends)].append((ns(r["ts"]), ns(r["ts"]) + ns(r["duration"]), ends, r, []))
    for packet in packets(path):
        mine = [f for f in tuples[frozenset(packet[1:3])] if f[0] <= packet[0] <= f[1]]
        check(len(mine) == 1, f"{len(mine)} flows for a packet: {packet}")
        mine[0][4].append(packet)
    found = [(f[3], f[2], f[4]) for group in tuples.values() for f in group]
    return sorted(found, key=lambda f: ns(f[0]["ts"]))


def entropy(counts):
    total = sum(counts)
    return -sum(n / total * math.log2(n / total) for n in counts if n)


def information(pairs):
    """Mutual information of a counter of pairs, plain and less Miller's term; and the second's entropy."""
    left, right, total = Counter(), Counter(), sum(pairs.values())
    for (a, b), n in pairs.items():
        left[a] += n
        right[b] += n
    bits = entropy(left.values()) + entropy(right.values()) - entropy(pairs.values())
    cells = [sum(1 for n in c.values() if n) for c in (pairs, left, right)]
    chance = max(0, cells[0] - cells[1] - cells[2] + 1) / (2 * total * math.log(2))
    return bits, max(0, bits - chance), entropy(right.values())


def moments(values):
    n, mean = len(values), math.fsum(values) / len(values)
    powers = [math.fsum((x - mean) ** k for x in values) / n for k in (2, 3, 4)]
    flat = powers[0] <= 1e-24 * max(values) ** 2
    return {"n": n, "zero": sum(x == 0 for x in values), "mean": mean, "std": 0 if flat else math.sqrt(powers[0]),
            "skewness": 0 if flat else powers[1] / powers[0] ** 1.5, "kurtosis": 0 if flat else powers[2] / powers[0] ** 2 - 3,
            "min": min(values), "max": max(values)}


def pearson(x, y):
    mx, my = math.fsum(x) / len(x), math.fsum(y) / len(y)
    xx, yy = math.fsum((a - mx) ** 2 for a in x), math.fsum((b - my) ** 2 for b in y)
    return math.fsum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(xx * yy) if xx > 0 and yy > 0 else 0


def features(record, ends, mine):
    """The features of one flow, and for each packet (direction, header, payload, gap, window)."""
    sides = [[p for p in mine if p[1] == end] for end in ends]
    gaps = [max(0, b[0] - a[0]) / 1e3 for a, b in zip(mine, mine[1:])]
    seconds = ns(record["duration"]) / 1e9
    f = {name.lower(): sum(p[3] >> i & 1 for p in mine) / len(mine) for i, name in enumerate(NAMES)}
    for side, name in zip(sides, ("fwd", "bwd")):
        if side:
            f[f"header_{name}"] = sum(p[4] for p in side) / len(side)
            f[f"payload_{name}"] = sum(p[5] for p in side) / len(side)
            f[f"window_first_{name}"] = side[0][6]
            f[f"window_mean_{name}"] = sum(p[6] for p in side) / len(side)
        f[f"packets_{name}"] = len(side)
        f[f"bytes_{name}"] = sum(p[4] + p[5] for p in side)
    if gaps:
        mean = math.fsum(gaps) / len(gaps)
        f["gap_mean"], f["gap_max"] = mean, max(gaps)
        f["gap_std"] = math.sqrt(math.fsum((g - mean) ** 2 for g in gaps) / len(gaps))
    if seconds > 0:
        f["packet_rate"], f["byte_rate"] = len(mine) / seconds, (f["bytes_fwd"] + f["bytes_bwd"]) / seconds
    f["duration"] = seconds * 1e6
    shown = [("fwd" if p[1] == ends[0] else "bwd", p[4], p[5], g, p[6]) for p, g in zip(mine, [None] + gaps)]
    return f, shown


def bin_of(name, value):
    if name.upper() in NAMES:
        return int(value * 64)
    value = int(value * (1000 if name.endswith("_rate") else 1))
    if value < 8:
        return value
    log = value.bit_length() - 1
    return (log - 1) * 4 + (value >> (log - 2) & 3)


def word(packet, ends):
    letters = "".join(letter for i, letter in enumerate("FSRPAUEC") if packet[3] >> i & 1) or "-"
    return (">" if packet[1] == ends[0] else "<") + letters


def near(got, want, what, tolerance=EXACT):
    check(abs(got - want) <= tolerance * max(abs(want), 1e-3), f"{what}: {got}, expected {want}")


def check_flags(got, all_flows):
    seen = [p[3] for _, _, mine in all_flows for p in mine]
    check(got["tcp_packets"] == len(seen) and got["tcp_flows"] == len(all_flows), "packets or flows")
    check(len(got["flag_pairs"]) == 36, "each pair of flags once")
    for pair in got["flag_pairs"]:
        a, b = NAMES.index(pair["a"]), NAMES.index(pair["b"])
        bits = [(f >> a & 1, f >> b & 1) for f in seen]
        check(pair["packets"] == bits.count((1, 1)), f"{pair}")
        near(pair["bits"], information(Counter(bits))[0], f"bits of {pair}")
        near(pair["correlation"], pearson(*zip(*bits)), f"correlation of {pair}")


def check_classes(got, all_flows, names):
    by_class, grams, openings = defaultdict(list), Counter(), Counter()
    for (record, ends, mine), name in zip(all_flows, names):
        words = [word(p, ends) for p in mine]
        by_class[name].append((mine, [f" ".join(words[i:i + 3]) for i in range(min(32, len(words)) - 2)], " ".join(words[:5])))
        grams.update(by_class[name][-1][1])
        openings[by_class[name][-1][2]] += 1
    check([c["name"] for c in got["classes"]] == sorted(by_class, key=lambda c: (-len(by_class[c]), c)), "order of classes")
    for c in got["classes"]:
        mine = by_class[c["name"]]
        check(c["packets"] == sum(len(p) for p, _, _ in mine), f"packets of {c['name']}")
        for i, flag in enumerate(NAMES):
            check(c["flags"][flag] == sum(p[3] >> i & 1 for q, _, _ in mine for p in q), f"{flag} of {c['name']}")
        for key, own, total in (("trigrams", Counter(g for _, gs, _ in mine for g in gs), grams),
                                ("openings", Counter(o for _, _, o in mine), openings)):
            share = {w: n / sum(own.values()) for w, n in own.items()}
            lift = {w: s / (total[w] / sum(total.values())) for w, s in share.items()}
            weight = {w: share[w] * math.log2(lift[w]) for w in own}
            best = sorted((weight[w] for w in own if lift[w] > 1), reverse=True)[:3]
            check(len(c[key]) == len(best), f"{key} of {c['name']}: {c[key]}, expected {best}")
            for signature, want in zip(c[key], best):
                w = signature["packets"]
                check(signature["n"] == own[w], f"{signature}: {own[w]} times")
                near(signature["share"], share[w], f"{signature}")
                near(signature["lift"], lift[w], f"{signature}")
                near(weight[w], want, f"{signature} is as typical as")
    for i, flag in enumerate(NAMES):
        pairs = Counter((p[3] >> i & 1, name) for (_, _, q), name in zip(all_flows, names) for p in q)
        near(got["flag_information"][flag], information(pairs)[0], f"information of {flag}")


def check_summary(got, values, what):
    want = moments(values)
    for key, value in want.items():
        near(got[key], value, f"{key} of {what}")
    ordered = sorted(values)
    for key, share in (("median", 0.5), ("p95", 0.95)):
        value = ordered[math.ceil(share * len(ordered)) - 1]
        scale = 1e-3 if max(values) <= 1 or what.endswith("rate") else 1
        check(value * (1 - QUANTILE) - scale <= got[key] <= value * (1 + EXACT), f"{key} of {what}: {got[key]}, exactly {value}")


def check_statistics(got, found, names):
    shown = defaultdict(list)
    for _, of_packets in found:
        for side, header, payload, gap, window in of_packets:
            for key, value in (("header", header), ("payload", payload), ("window", window), ("gap", gap)):
                if value is not None:
                    shown[f"{key}_{side}"].append(value)
    for key, values in shown.items():
        check_summary(got["packet_statistics"][key], values, f"packets' {key}")
    keys = [k for k in got["flow_statistics"]]
    for key in keys:
        check_summary(got["flow_statistics"][key], [f[key] for f, _ in found if key in f], f"flows' {key}")
    for c in got["classes"]:
        for key, range_ in c["features"].items():
            want = moments([f[key] for (f, _), name in zip(found, names) if name == c["name"] and key in f])
            for what in ("n", "mean", "min", "max"):
                near(range_[what], want[what], f"{what} of {key} of {c['name']}")
            check(abs(range_["std"] - want["std"]) <= EXACT * max(want["max"], 1e-3), f"std of {key} of {c['name']}")
    for importance in got["importance"]:
        key = importance["feature"]
        bits = information(Counter((bin_of(key, f[key]), name) for (f, _), name in zip(found, names) if key in f))
        for what, want in zip(("uncorrected", "bits", "class_bits"), bits):
            near(importance[what], want, f"{what} of {key}")
    check([-i["bits"] for i in got["importance"]] == sorted(-i["bits"] for i in got["importance"]), "order of importance")
    return keys


def check_correlations(got, found, keys):
    def column(f, key):
        return f[key] if key.upper() in NAMES else math.log2(1 + f[key])
    told = {(c["a"], c["b"]): c for c in got["correlations"]}
    for i, a in enumerate(keys):
        for b in keys[i + 1:]:
            both = [(column(f, a), column(f, b)) for f, _ in found if a in f and b in f]
            r = pearson(*zip(*both)) if len(both) > 1 else 0
            check(((a, b) in told) == (abs(r) > 0.7), f"correlation of {a} and {b}: {r}, told: {(a, b) in told}")
            if abs(r) > 0.7:
                near(told[a, b]["r"], r, f"correlation of {a} and {b}")
                check(told[a, b]["n"] == len(both), f"flows with {a} and {b}")


def compare(got, all_flows, names):
    found = [features(*f) for f in all_flows]
    check_flags(got, all_flows)
    check_classes(got, all_flows, names)
    keys = check_statistics(got, found, names)
    check_correlations(got, found, keys)


def refusals(scratch, capture, table):
    bad = scratch.path("bad.txt")
    with open(bad, "w", encoding="ascii") as out:
        out.write("ts,duration\n1,2\n")
    for args, status, expected in (
            (["--flags"], 2, "expected one capture"), (["--flags", capture, capture], 2, "expected one capture"),
            (["--flags", capture, "--train", table], 2, "--train does not go with --flags"),
            (["--flags", capture, "-s", "7"], 2, "--seed does not go with --flags"),
            ([capture, capture, "--labels", table], 2, "--labels goes with --flags only"),
            (["--flags", table], 1, "not a capture"), (["--flags", scratch.path("none.pcap")], 1, "none.pcap"),
            (["--flags", capture, "--labels", table], 1, "no row has a label"),
            (["--flags", capture, "--labels", bad], 1, "bad.txt")):
        done = sosie("eval", *args, status=status)
        check(done.said.count("\n") == 1 and expected in done.said and not done.stdout, f"{args}: {done.said}")


def main():
    if not os.path.exists(CAPTURE):
        skip(f"{CAPTURE} is not here")
    need_tshark()
    with Scratch() as scratch:
        # The attack's first ten thousand packets: scans, refusals and ordinary services.
        capture, table, labels = scratch.path("part.pcap"), scratch.path("flows.csv"), scratch.path("labels.csv")
        subprocess.run(["editcap", "-r", CAPTURE, capture, "1-10000"], check=True, stderr=subprocess.DEVNULL)
        sosie("flows", "-q", capture, "-o", table)
        records = rows(table)
        tcp = [r for r in records if r["proto"] == "tcp"]
        all_flows = flows(capture, tcp)
        got = json.loads(sosie("eval", "--flags", capture, "--json").stdout)
        check(got["packets"] == 10000 and got["flows"] == len(records) and got["labels"] is None, "what was read")
        compare(got, all_flows, [r["service"] for r, _, _ in all_flows])

        # Labels: the attacker's flows; every seventh row is left out of the table.
        def label(r):
            return "attack" if "10.20.1.250" in (r["src_ip"], r["dst_ip"]) else "normal"
        kept = [r for i, r in enumerate(records) if i % 7]
        with open(labels, "w", encoding="ascii") as out:
            out.write(",".join(records[0]) + "\n")
            out.writelines(",".join({**r, "label": label(r)}.values()) + "\n" for r in kept)
        known = {id(r) for r in kept}
        got = json.loads(sosie("eval", "--flags", capture, "--labels", labels, "--json").stdout)
        names = [label(r) if id(r) in known else "-" for r, _, _ in all_flows]
        check(got["labelled_flows"] == sum(n != "-" for n in names), "flows that have a label")
        check({c["name"] for c in got["classes"]} == {"attack", "normal", "-"}, "classes by label")
        compare(got, all_flows, names)
        text = sosie("eval", "--flags", capture, "--labels", labels).stdout.decode()
        check("attack" in text and "nan" not in text and max(map(len, text.splitlines())) <= 120, text)
        refusals(scratch, capture, table)
    print(f"{len(all_flows)} flows, {got['tcp_packets']} packets: all figures agree")


main()
