#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The classifiers of `sosie eval`: areas, intervals and F1 equal what scikit-learn and numpy make of the same answers; captures
of one model cannot be told apart, damaged ones can; the number of threads does not show.

Captures of one model and two seeds have one law. Their area must be within 0.03 and four standard errors (about 0.05) of 0.5:
the standard error is that of the flows at hand, and what happens in six minutes differs more (eval/two_sample.h).
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from sklearn.metrics import f1_score, roc_auc_score, roc_curve
except ImportError as e:
    print(f"skipped: {e.name} is not installed")
    sys.exit(77)

SOSIE = os.environ["SOSIE"]
DATA = pathlib.Path(os.environ["SOSIE_SOURCE"]).parent / "shared/data"
LOCAL = ("--local", "2001:470:ab20:1::/64")
failed = 0


def check(good, what):
    global failed
    failed += not good
    print(f"{'ok' if good else 'FAILED':6} {what}", flush=True)


def judge(real, synth, *args):
    out = subprocess.run([SOSIE, "eval", real, synth, "--json", "--draws", "1", "--rows", "3000", *args],
                         stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)["classifiers"]


def close(have, want):
    return abs(have - want) <= 1e-6 * max(abs(want), 1)


def variance(truth, score, session):
    """DeLong's over clusters, by comparing every pair."""
    positive, negative = score[truth == 1], score[truth == 0]
    above = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    auc, parts = above.mean(), np.zeros(len(truth))
    parts[truth == 1], parts[truth == 0] = above.mean(axis=1) - auc, above.mean(axis=0) - auc
    sums = [{s: 0.0 for s in session[truth == c]} for c in (0, 1)]
    for s, c, p in zip(session, truth, parts):
        sums[c][s] += p
    n, clusters = (len(negative), len(positive)), set(session)
    total = sum(sum(v * v for v in sums[c].values()) * len(sums[c]) / (len(sums[c]) - 1) / n[c] ** 2 for c in (0, 1))
    both = sum(sums[0][s] * sums[1][s] for s in clusters if s in sums[0] and s in sums[1])
    return total + 2 * both * len(clusters) / (len(clusters) - 1) / (n[0] * n[1])


def two_sample(name, found, rows):
    areas, variances, curves, grid = [], [], [], np.linspace(0, 1, 101)
    for fold in sorted({r["part"] for r in rows}):
        part = [r for r in rows if r["part"] == fold]
        truth = np.array([int(r["truth"]) for r in part])
        score = np.array([float(r["answer"]) for r in part])
        areas.append(roc_auc_score(truth, score))
        variances.append(variance(truth, score, np.array([r["session"] for r in part])))
        false, true, _ = roc_curve(truth, score, drop_intermediate=False)
        last = [np.flatnonzero(false <= x + 1e-12)[-1] for x in grid]
        curves.append([true[i] if i + 1 == len(false) or abs(false[i] - x) < 1e-12 else
                       true[i] + (true[i + 1] - true[i]) * (x - false[i]) / (false[i + 1] - false[i]) for i, x in zip(last, grid)])
    error = np.sqrt(np.sum(variances)) / len(areas)
    check(found["folds"] == len(areas) == 5, f"{name}: folds {found['folds']} {len(areas)}")
    check(close(found["auc"], np.mean(areas)), f"{name}: area {found['auc']} {np.mean(areas)}")
    check(close(found["error"], error), f"{name}: error {found['error']} {error}")
    check(close(found["high"], min(1, np.mean(areas) + 1.96 * error)), f"{name}: high {found['high']}")
    apart = np.abs(np.mean(curves, axis=0) - found["roc"]).max()
    check(apart < 1e-5, f"{name}: curve apart by {apart}")  # printed with six digits
    sides = {}
    for r in rows:
        sides.setdefault(r["session"], set()).add(r["part"])
    check(all(len(s) == 1 for s in sides.values()), f"{name}: sessions are whole in {len(sides)} sessions")


def macro_f1(found, rows):
    for key, values in found["macro_f1"].items():
        for part, have in values.items():
            mine = [r for r in rows if r["judge"] == key and r["part"] == part]
            truth, answer = [r["truth"] for r in mine], [r["answer"] for r in mine]
            want = f1_score(truth, answer, labels=sorted(set(truth)), average="macro", zero_division=0)
            check(close(have, want) and len(mine) == found["flows"]["test"], f"{key} {part}: F1 {have} {want}")


def same_numbers(found, a, b, folder):
    answers = folder / "answers.csv"
    check(judge(a, b, "--answers", answers, "-j", "1") == found, "threads do not show")
    with open(answers, newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for key in ("flows", "packets"):
        two_sample(key, found["two_sample"][key], [r for r in rows if r["judge"] == key])
    macro_f1(found["train_on_synthetic"], rows)


def generate(folder, name, model, seed, *args):
    path = folder / name
    subprocess.run([SOSIE, "generate", "-q", "-m", model, "-s", str(seed), "-o", path, "-t", "2026-11-21T09:00:00Z", *args], check=True)
    return path


def table(path):
    out = path.with_suffix(".csv")
    subprocess.run([SOSIE, "flows", "-q", path, "-o", out], check=True)
    with open(out, newline="", encoding="utf-8") as text:
        return out, list(csv.DictReader(text))


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def near(name, found):
    check(abs(found["auc"] - 0.5) <= 4 * found["error"] + 0.03, f"{name}: {found['auc']:.3f} +- {found['error']:.3f}")


def above(name, found, bound):
    check(found["low"] > bound, f"{name}: {found['auc']:.3f} [{found['low']:.3f}, {found['high']:.3f}], expected above {bound}")


def damage(real, rows, folder):
    services = [r["service"] for r in rows]
    most = max(sorted(set(services)), key=services.count)
    cases = [
        ("service dropped", [r for r in rows if r["service"] != most], 0.6),
        ("sizes shifted", [{**r, "fwd_bytes": str(int(r["fwd_bytes"]) + 12), "bwd_bytes": str(int(r["bwd_bytes"]) + 12)} for r in rows], 0.9),
        ("no payload", [{**r, "fwd_payload": "0", "bwd_payload": "0"} for r in rows], 0.9),
    ]
    for name, damaged, bound in cases:
        above(name, judge(real, write(folder / "damaged.csv", damaged))["two_sample"]["flows"], bound)


def shared(folder):
    """Halves of a real network, flow by flow and one after the other."""
    path = folder / "office.csv"
    subprocess.run([SOSIE, "flows", "-q", DATA / "lab/office.pcap", "-o", path], check=True)
    with open(path, newline="", encoding="utf-8") as text:
        rows = sorted(csv.DictReader(text), key=lambda r: float(r["ts"]))
    rng = np.random.default_rng(1)
    first = rng.random(len(rows)) < 0.5
    for name, mask in (("halves at random", first), ("first and second half", np.arange(len(rows)) < len(rows) // 2)):
        a = write(folder / "a.csv", [r for r, m in zip(rows, mask) if m])
        b = write(folder / "b.csv", [r for r, m in zip(rows, mask) if not m])
        near(name, judge(a, b, *LOCAL)["two_sample"]["flows"])


def main():
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        a = generate(folder, "a.pcap", "office", 1, "-d", "6m")
        b = generate(folder, "b.pcap", "office", 2, "-d", "6m")
        found = judge(a, b, "-j", "3")
        if found["missing"]:
            print(f"skipped: built without {', '.join(found['missing'])}")
            return 77
        same_numbers(found, a, b, folder)
        near("two seeds, flows", found["two_sample"]["flows"])
        near("two seeds, packets", found["two_sample"]["packets"])
        check(judge(a, b, "-s", "2") != found, "seeds show")
        above("another model", judge(a, generate(folder, "d.pcap", "iot", 2, "-d", "60m"))["two_sample"]["flows"], 0.9)
        real, _ = table(a)
        _, rows = table(b)
        damage(real, rows, folder)
        if DATA.is_dir():
            shared(folder)
        else:
            print(f"without {DATA}: no halves of real traffic")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
