#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every metric of `sosie eval`, computed again from its definition with numpy, scipy and scikit-learn.

Two halves of a real table are cut so that a draw takes all their rows; then the two computations see the same data and must
agree to 1e-6 relative. A third cut stands for the training table.
"""
import csv
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy.spatial.distance as distance
    import scipy.stats as stats
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import OneHotEncoder
except ImportError as e:
    print(f"skipped: {e.name} is not installed")
    sys.exit(77)

SOSIE = os.environ["SOSIE"]
SOURCE = pathlib.Path(os.environ["SOSIE_SOURCE"])
DATA = SOURCE.parent / "shared/data/flows/rita_droplet/train"
DISCRETE = ["proto", "src_ip", "dst_ip", "dst_port", "flags"]
NUMERIC = ["bwd_bytes", "fwd_bytes", "bwd_packets", "fwd_packets", "duration"]
ROWS = 500  # the artifact's membership disclosure takes 500 rows: all of these


class Table:
    def __init__(self, rows):
        self.rows = sorted(rows, key=lambda r: ns(r["ts"]))
        self.numbers = {c: np.array([float(r[c]) for r in self.rows]) for c in NUMERIC}
        # As the program has it: whole nanoseconds, then a double.
        self.numbers["duration"] = np.array([float(ns(r["duration"])) / 1e9 for r in self.rows])
        self.time = np.array([float(ns(r["ts"])) for r in self.rows])
        self.codes = {c: np.array([r[c] for r in self.rows]) for c in DISCRETE + ["service", "state"]}
        for end in ("src", "dst"):
            self.codes[end + "_rank"] = ranks(self.codes[end + "_ip"])
        self.logs = {c: np.log2(1 + x * (1e3 if c == "duration" else 1)) for c, x in self.numbers.items()}


CORRECTED = ["proto", "src_rank", "dst_rank", "dst_port", "flags", "service", "state"]


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0"))


def address_key(text):
    import ipaddress
    a = ipaddress.ip_address(text)
    return a.version, int(a)


def ranks(column):
    values, counts = np.unique(column, return_counts=True)
    order = sorted(range(len(values)), key=lambda i: (-counts[i], address_key(values[i])))
    place = {values[v]: str((i + 1).bit_length() - 1) for i, v in enumerate(order)}
    return np.array([place[v] for v in column])


def shares(a, b):
    values = sorted(set(a) | set(b))
    return [np.array([np.count_nonzero(x == v) for v in values]) / len(x) for x in (a, b)]


def jsd_published(a, b):
    return np.mean([distance.jensenshannon(*shares(a.codes[c], b.codes[c])) for c in DISCRETE])


def jsd_corrected(a, b):
    return np.mean([distance.jensenshannon(*shares(a.codes[c], b.codes[c]), base=2) ** 2 for c in CORRECTED])


def emd_published(a, b):
    sums = []
    for c in NUMERIC:
        edges = np.histogram_bin_edges(a.numbers[c], bins="fd")
        heights = [np.cumsum(np.histogram(x.numbers[c], edges)[0]) / len(x.rows) for x in (a, b)]
        sums.append(stats.wasserstein_distance(*heights))
    return np.mean(sums)


def emd_corrected(a, b):
    return np.mean([stats.wasserstein_distance(a.logs[c], b.logs[c]) for c in NUMERIC])


def matrices(a, b, of):
    return np.linalg.norm(np.nan_to_num(of(a)) - np.nan_to_num(of(b)))


def pcd_published(a, b):
    return matrices(a, b, lambda t: np.corrcoef([t.numbers[c] for c in NUMERIC]))


def pcd_corrected(a, b):
    return matrices(a, b, lambda t: np.corrcoef([stats.rankdata(t.numbers[c]) for c in NUMERIC]))


def joints(a, b, c, d):
    return shares(*[np.array([f"{x}|{y}" for x, y in zip(t.codes[c], t.codes[d])]) for t in (a, b)])


def cmd_published(a, b):
    return np.mean([np.linalg.norm(np.subtract(*joints(a, b, *p))) for p in itertools.combinations(DISCRETE, 2)])


def cmd_corrected(a, b):
    return np.mean([np.abs(np.subtract(*joints(a, b, *p))).sum() / 2 for p in itertools.combinations(CORRECTED, 2)])


def encode(tables, published):
    """Points of all tables together, one-hot written out in full."""
    numeric, hot = [], [[t.codes[c] for t in tables] for c in (DISCRETE if published else CORRECTED)]
    for c in NUMERIC:
        numeric.append([(t.numbers if published else t.logs)[c] for t in tables])
    if published:
        numeric.append([t.time for t in tables])
        hot += [[x.astype(str) for x in n] for n in numeric if len(np.unique(np.concatenate(n))) < 40]
        numeric = [n for n in numeric if len(np.unique(np.concatenate(n))) >= 40]
    columns = []
    for n in numeric:
        x = np.concatenate(n)
        span = x.max() - x.min()
        columns.append((x - x.min()) / (span if span > 0 else 1))
    one_hot = OneHotEncoder(sparse_output=False).fit_transform(np.array([np.concatenate(h) for h in hot]).T)
    points = np.hstack([np.array(columns).T, one_hot if published else one_hot / np.sqrt(2)])
    return np.split(points, np.cumsum([len(t.rows) for t in tables])[:-1])


def distances(x, y):
    return distance.cdist(x, y)


def prdc(a, b, published, k=5):
    x, y = encode([a, b], published)
    own = distances(x, x)
    np.fill_diagonal(own, np.inf)
    radius = np.sort(own, axis=1)[:, k - 1]
    d = distances(x, y)
    # Distances that are equal on paper are ties.
    inside = d < radius[:, None] - 1e-10 if published else d <= radius[:, None] + 1e-10
    return inside.sum() / (k * len(y)), inside.any(axis=1).mean()


def md_published(a, b, train):
    def rows(t):
        return np.column_stack([t.codes[c] for c in DISCRETE] + [t.numbers[c].astype(str) for c in NUMERIC] +
                               [t.time.astype(str)])
    synthetic, total = rows(b), 0
    near = np.concatenate([[(synthetic != row).mean(axis=1).min() for row in rows(t)] for t in (train, a)])
    truth = np.array([True] * len(train.rows) + [False] * len(a.rows))
    for radius in np.linspace(0, 1, 15):
        called = near <= radius + 1e-12
        if called.any():
            total += 2 * (called & truth).sum() / (called.sum() + truth.sum())
    return total


def privacy(a, b, train):
    x, y, t = encode([a, b, train], False)
    near = -np.round(np.concatenate([distances(t, y).min(axis=1), distances(x, y).min(axis=1)]), 10)
    auc = roc_auc_score([1] * len(t) + [0] * len(x), near)
    n = min(len(t), len(x))
    if len(t) != n or len(x) != n:
        raise ValueError("cut both alike, for the program takes as many of either")
    to_train, to_real = (np.round(distances(y, z).min(axis=1), 10) for z in (t, x))
    dcr = np.mean(np.where(to_train < to_real, 1, np.where(to_train == to_real, 0.5, 0)))
    return auc, dcr, np.mean(to_train == 0)


def dkc_published(t):
    """The 21 rules as the notes on the artifact have them."""
    total = 0
    for r in t.rows:
        port, proto, dst = int(r["dst_port"]), r["proto"], r["dst_ip"]
        tcp, udp, icmp = proto == "tcp", proto == "udp", proto == "icmp"
        fp, bp, fb, bb = (int(r[c]) for c in ("fwd_packets", "bwd_packets", "fwd_bytes", "bwd_bytes"))
        seconds = ns(r["duration"]) / 1e9
        broadcast = port in (137, 138, 1900)
        last = int(dst.split(".")[3]) if "." in dst else address_key(dst)[1] & 255
        total += sum([
            port in (53, 137, 138, 5353, 1900, 67, 0, 3544, 8612, 3702, 123) and tcp,
            port in (443, 80, 8000, 25, 993, 587, 445, 0, 84, 8088, 8080) and udp,
            port == 0, icmp and fb != 0, icmp and fp != 0, proto == "2" and fb + bb != 0,
            broadcast and bb != 0, broadcast and bp != 0, broadcast and last != 255,
            port in (8000, 25, 443) and dst.startswith("192.168."),
            port in (993, 67) and not dst.startswith("192.168."),
            port == 53 and dst != "240.0.0.1", port == 5353 and dst != "240.39.24.251",
            r["flags"] != "-" and not tcp, bp * 42 > bb, fp * 42 > fb, bb > 65535 * bp, fb > 65535 * fp,
            "-" in str(seconds), seconds == 0 and fp + bp > 1, seconds > 0 and fp + bp == 1])
    return total / len(t.rows) / 20


def dkc_corrected(t):
    broken = 0
    for r in t.rows:
        proto, dst = r["proto"], r["dst_ip"]
        multicast = lambda text: (address_key(text)[0] == 4 and 224 <= address_key(text)[1] >> 24 < 240 or
                                  address_key(text)[0] == 6 and address_key(text)[1] >> 120 == 255)
        fp, bp, fb, bb, fl, bl = (int(r[f"{d}_{c}"]) for c in ("packets", "bytes", "payload") for d in ("fwd", "bwd"))
        group = multicast(dst) or dst == "255.255.255.255"
        broken += (fp + bp < 1 or fp < 1 or 0 < fb < 20 * fp or 0 < bb < 20 * bp or fb > 65575 * fp or bb > 65575 * bp or
                   (fb > 0 and fl > fb) or (bb > 0 and bl > bb) or (proto != "tcp" and r["flags"] != "-") or
                   ns(r["duration"]) < 0 or (ns(r["duration"]) > 0 and fp + bp == 1) or multicast(r["src_ip"]) or
                   (proto == "tcp" and group) or (bp > 0 and group) or
                   (proto == "tcp" and int(r["dst_port"]) in (67, 68, 123, 138, 1900, 5353) and set("SAF") <= set(r["flags"])) or
                   (proto == "udp" and int(r["dst_port"]) in (22, 25, 143, 445, 993) and bp > 0))
    return broken / len(t.rows)


def seconds_of(t):
    return np.array([ns(r["ts"]) // 10**9 for r in t.rows])


def acf(x):
    x = x - x.mean()
    full = np.correlate(x, x, "full")[len(x) - 1:]
    return full / full[0] if full[0] > 0 else np.r_[1, np.zeros(len(x) - 1)]


def significant(r, n):
    squares = np.r_[0, 0, np.cumsum(r[1:-1] ** 2)]
    return np.abs(r) > stats.norm.ppf(0.975) * np.sqrt((1 + 2 * squares) / n)


def series(t, values, first, n):
    sums = np.zeros(n)
    at = seconds_of(t) - first
    keep = (at >= 0) & (at < n)
    np.add.at(sums, at[keep], values[keep])
    return sums


def acf_published(a, b):
    sa, sb = seconds_of(a), seconds_of(b)
    n = sa[-1] - sa[0] + 1
    first, last = max(sa[0], sb[0]), min(sa[-1], sb[-1])
    if last - first < 2:
        return None
    result = []
    for c in NUMERIC:
        ra = acf(series(a, a.numbers[c], sa[0], n))
        rb = acf(series(b, b.numbers[c], first, last - first + 1))
        m = min(len(ra), len(rb))
        keep = significant(ra, n)[:m]
        keep[0] = False
        result.append(np.abs(ra[:m] - rb[:m])[keep].sum() / n)
    return np.mean(result)


def acf_corrected(a, b):
    spans = [seconds_of(t)[-1] - seconds_of(t)[0] + 1 for t in (a, b)]
    lags = min(300, min(spans) - 1)
    result = []
    for c in NUMERIC + [None]:
        r = [acf(series(t, t.numbers[c] if c else np.ones(len(t.rows)), seconds_of(t)[0], n))
             for t, n in zip((a, b), spans)]
        keep = significant(r[0], spans[0])[1:lags + 1] | significant(r[1], spans[1])[1:lags + 1]
        apart = np.abs(r[0][1:lags + 1] - r[1][1:lags + 1])
        result.append(apart[keep].mean() if keep.any() else 0)
    return np.mean(result)


def gaps(a, b):
    def of(t):
        return np.log2(1 + np.diff([ns(r["ts"]) for r in t.rows]) / 1e3)
    return stats.wasserstein_distance(of(a), of(b))


def lift(a, b):
    services = np.unique(np.concatenate([a.codes["service"], b.codes["service"]]))
    total = {s: np.count_nonzero(a.codes["service"] == s) + np.count_nonzero(b.codes["service"] == s) for s in services}
    kept = sorted(services, key=lambda s: (-total[s], s))[:31]
    place = {s: kept.index(s) if s in kept else 31 for s in services}
    bounded, weights = [], []
    for t in (a, b):
        pairs, own, basket = np.zeros((32, 32)), np.zeros(32), np.zeros(32)
        start = [ns(r["ts"]) for r in t.rows]
        for i, r in enumerate(t.rows):
            after = {place[t.rows[j]["service"]] for j in range(i + 1, len(t.rows))
                     if t.rows[j]["src_ip"] == r["src_ip"] and start[j] - start[i] <= 5 * 10**9}
            own[place[r["service"]]] += 1
            for s in after:
                basket[s] += 1
                pairs[place[r["service"]], s] += 1
        with np.errstate(all="ignore"):
            value = pairs / (np.outer(own, basket) / len(t.rows))
        value = np.where(pairs > 0, value, 0)
        bounded.append(value / (1 + value))
        weights.append(np.outer(own, basket) / len(t.rows) ** 2)
    weight = sum(weights) / 2
    return (weight * np.abs(bounded[0] - bounded[1])).sum() / weight.sum() if weight.sum() > 0 else 0


def expected(a, b, train):
    density, coverage = prdc(a, b, True)
    closed_density, closed_coverage = prdc(a, b, False)
    auc, dcr, copies = privacy(a, b, train)
    return {
        "density": (density, closed_density), "coverage": (coverage, closed_coverage),
        "cmd": (cmd_published(a, b), cmd_corrected(a, b)), "pcd": (pcd_published(a, b), pcd_corrected(a, b)),
        "emd": (emd_published(a, b), emd_corrected(a, b)), "jsd": (jsd_published(a, b), jsd_corrected(a, b)),
        "dkc": (dkc_published(b), dkc_corrected(b)), "md": (md_published(a, b, train), auc), "dcr": (None, dcr),
        "copies": (None, copies), "acf": (acf_published(a, b), acf_corrected(a, b)), "start_gaps": (None, gaps(a, b)),
        "cooccurrence": (None, lift(a, b)),
    }


def compare(name, a, b, train, folder):
    paths = []
    for part, t in (("real", a), ("synthetic", b), ("train", train)):
        paths.append(folder / f"{name}-{part}.csv")
        with open(paths[-1], "w", newline="", encoding="ascii") as out:
            writer = csv.DictWriter(out, t.rows[0].keys())
            writer.writeheader()
            writer.writerows(t.rows)
    out = subprocess.run([SOSIE, "eval", paths[0], paths[1], "--train", paths[2], "--json", "--draws", "1", "--no-classifiers"],
                         stdout=subprocess.PIPE, check=True).stdout
    got, failed = json.loads(out)["metrics"], 0
    for key, pair in expected(a, b, train).items():
        for side, want in zip(("published", "corrected"), pair):
            have = got[key][side]["mean"] if got[key][side] else None
            same = have is want is None or (None not in (have, want) and abs(have - want) <= 1e-6 * max(abs(want), 1e-6))
            failed += not same
            print(f"{'ok' if same else 'FAILED':6} {name:10} {key:13} {side:9} {have} {want}")
    return failed


def main():
    if not DATA.is_dir():
        print(f"skipped: no {DATA}")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        table = folder / "all.csv"
        files = sorted(DATA.glob("*.log.gz"))[:6]
        subprocess.run([SOSIE, "flows", *files, "-q", "-o", table], check=True)
        rows = list(csv.DictReader(open(table, encoding="ascii")))
        # Halves of one time, rows turn about; and halves one after the other.
        part = rows[:3 * ROWS]
        failed += compare("turns", Table(part[0::3]), Table(part[1::3]), Table(part[2::3]), folder)
        late = rows[2000:2000 + 3 * ROWS]
        failed += compare("following", Table(late[:ROWS]), Table(late[ROWS:2 * ROWS]), Table(late[2 * ROWS:]), folder)
        # One that copies half of what it learned from, with a service missing.
        copy = part[2::3][:ROWS // 2] + [r for r in part[1::3] if r["service"] != "http"][:ROWS // 2]
        failed += compare("copies", Table(part[0::3]), Table(copy), Table(part[2::3]), folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
