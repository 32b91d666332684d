#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/evaluation.md, whole: which metric of `sosie eval` sees which damage, and how the flow models do on data they have
not seen. `./dev evaluation` runs it; it needs the captures at ../shared/data and exits 77 without them.

The tables are measured; the prose around them stands in evaluation_text.py, and says nothing that the tables do not.
"""
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "docs")]
import damage  # noqa: E402  (the path is set above)
import evaluation_text as text  # noqa: E402

SOSIE = os.environ.get("SOSIE", str(ROOT / "build/gen/sosie"))
DATA = ROOT.parent / "shared/data"
SILENCE = 30 * 60 * 10**9  # longer ones are nobody's time, as for sosie learn
SIDES = ("corrected", "published")


def sosie(*args):
    done = subprocess.run([SOSIE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"sosie {' '.join(map(str, args))}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def say(what):
    print(f"evaluation: {what}", file=sys.stderr, flush=True)


class Value:
    """A metric's value in one comparison."""

    def __init__(self, mean, std=0.0, n=1):
        self.mean, self.std, self.n = mean, std, n

    def __str__(self):
        return f"{self.mean:.3g}"


def judged(told):
    """What the classifiers found: (name, better, Value). AUC: the surest the folds are; F1: what is lost by training on synthetic."""
    for what, test in (told.get("two_sample") or {}).items():
        if test and test.get("auc") is not None:
            yield f"auc_{what}", "0.5", Value(test["auc"], test["error"] or 0)
    for learner, f1 in ((told.get("train_on_synthetic") or {}).get("macro_f1") or {}).items():
        if f1.get("synthetic") is not None and f1.get("real"):
            yield f"f1_lost_{learner}", "lower", Value(max(0.0, f1["real"] - f1["synthetic"]))


def judge(real, synthetic, rows, *options):
    """{(metric, side): (better, Value)} of everything that `sosie eval` tells."""
    told = json.loads(sosie("eval", "-q", real, synthetic, "--json", "--draws", text.DRAWS, "--rows", rows, *options))
    found = {}
    for key, line in told.pop("metrics").items():
        for side in SIDES:
            if line.get(side):
                found[key, side] = line["better"], Value(line[side]["mean"], line[side]["std"] or 0, line[side]["n"])
    for name, better, value in judged(told.get("classifiers") or {}):
        found[name, "corrected"] = better, value
    return found


def metric_order(found):
    """The two-sample tests first: they are the hardest judges. The others as sosie eval has them."""
    keys = list(dict.fromkeys(key for key, _ in found))
    return sorted(keys, key=lambda key: not key.startswith("auc_"))


def worse(better, side, value):
    """How bad: larger is worse; None where the metric has no direction."""
    if better.startswith("0.5"):
        if better != "0.5" and side == "published":
            return None  # MD: to be compared with that of a real table, which has no direction
        return abs(value.mean - 0.5)
    return {"higher": -value.mean, "lower": value.mean}.get(better)


def table(head, rows):
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows]]
    return "\n".join(lines) + "\n"


def halves(packets, salt, n):
    """Conversations dealt out by chance to n captures."""
    parts = [[] for _ in range(n)]
    for p in packets:
        if p.ends is not None:
            parts[int(p.chance(salt) * n)].append(p)
    return parts


def table_of(capture, path):
    sosie("flows", "-q", capture, "-o", path)
    with open(path, encoding="ascii") as file:
        return list(csv.DictReader(file))


# Damage: what is done to the capture, or where that makes no sense to its flow table.

def copied(train, _):
    return train


DAMAGES = [
    ("shuffled", "table", damage.shuffled), ("marginals", "table", damage.marginals),
    ("collapsed", "capture", damage.packets_collapsed), ("bunched", "capture", damage.packets_bunched),
    ("scattered", "capture", damage.packets_scattered), ("dropped", "capture", damage.packets_dropped),
    ("random payload", "capture", damage.packets_randomised), ("copied", "train", copied),
]


def mark(side, sound, others, hurt):
    """What a metric says to damage: 'sees' it, 'misled' when it finds the damaged better, '' when it cannot tell; None where it
    has no direction. others: of further undamaged parts, for what chance does."""
    better, before = sound
    was, is_, *chance = (worse(better, side, x) for x in (before, hurt[1], *(x[1] for x in others)))
    if was is None:
        return None
    error = (before.std ** 2 / before.n + hurt[1].std ** 2 / hurt[1].n) ** 0.5
    noise = max(text.SEEN_ERRORS * error, text.SEEN_SHARE * abs(was),
                text.SEEN_CHANCE * max(abs(x - was) for x in chance), text.SEEN_HALF if better.startswith("0.5") else 0)
    return "sees" if is_ - was > noise else "misled" if was - is_ > noise else ""


def damages(folder):
    packets = damage.read_capture(DATA / "lab/office.pcap")
    real, sound, other, train = halves(packets, b"damage", 4)
    paths = {name: damage.write_capture(folder / f"{name}.pcap", part)
             for name, part in (("real", real), ("sound", sound), ("other", other), ("train", train))}
    rows = table_of(paths["sound"], folder / "sound.csv")
    base, another = (judge(paths["real"], paths[x], text.DAMAGE_ROWS, "--train", paths["train"]) for x in ("sound", "other"))
    found = {}
    for name, kind, how in DAMAGES:
        say(f"damage: {name}")
        rng = random.Random(1)
        if kind == "table":
            hurt = damage.write(folder / "hurt.csv", how(rows, rng))
        else:
            hurt = damage.write_capture(folder / "hurt.pcap", how(train if kind == "train" else sound, rng))
        found[name] = judge(paths["real"], hurt, text.DAMAGE_ROWS, "--train", paths["train"])
    return base, another, found, len(rows)


def damage_tables(base, another, found):
    """{side: table}, {(metric, side): [damage that misled it]}, {damage: [(metric, side) that saw it]}."""
    parts, misled, seen = {}, {}, {name: [] for name in found}
    for side in SIDES:
        rows = []
        for key in metric_order(base):
            if (key, side) not in base:
                continue
            better, value = base[key, side]
            cells = []
            others = [another[key, side]] + ([] if key in text.NOVELTY else [found["copied"][key, side]])
            for name in found:
                hurt = found[name].get((key, side))
                told = mark(side, base[key, side], others, hurt) if hurt else ""
                cells.append({"sees": "**{}**", "misled": "*{}* (!)"}.get(told, "{}").format(hurt[1]) if hurt else "")
                if told == "misled":
                    misled.setdefault((key, side), []).append(name)
                if told == "sees":
                    seen[name].append((key, side))
            rows.append([key, better, value, another[key, side][1], *cells])
        parts[side] = table([side, "better", "undamaged", "another", *found], rows)
    return parts, misled, seen


# Models: learned on the first two thirds, judged against the last.

def models():
    """The flow models that the program knows, from its help."""
    line = re.search(r"--flow-model NAME\s+(.*?)\(default", sosie("learn", "--help").decode(), re.S).group(1)
    return [name for name in re.split(r"[\s,]+|\bor\b", line) if name]


def cut_at(times, share):
    """The instant by which that share of the time has passed in which anybody was capturing."""
    times = sorted(times)
    gaps = [b - a for a, b in zip(times, times[1:])]
    left = sum(g for g in gaps if g <= SILENCE) * share
    for before, gap in zip(times, gaps):
        left -= gap if gap <= SILENCE else 0
        if left <= 0:
            return before + gap
    return times[-1]


class Case:
    """A data set in parts: early (to learn from), late (to judge against), two random halves of late."""

    def __init__(self, name, folder, learn):
        self.name, self.folder, self.learn = name, folder, learn
        self.source = None  # the table to learn from, where it is not what is judged
        self.early, self.late, self.halves, self.early_halves = None, None, [], []
        self.n_early, self.n_late, self.start = 0, 0, 0

    def rows(self):
        """Alike for all comparisons, so that their values compare."""
        return min(text.ROWS, self.n_late // 2)


def capture_case(name, path, folder, *learn):
    packets = damage.read_capture(path)
    cut = cut_at([p.time for p in packets], 2 / 3)
    case = Case(name, folder, learn)
    early, late = ([p for p in packets if (p.time < cut) == first] for first in (True, False))
    case.early, case.late = (damage.write_capture(folder / f"{n}.pcap", x) for n, x in (("early", early), ("late", late)))
    case.early_halves, case.halves = ([damage.write_capture(folder / f"{n}{i}.pcap", part)
                                       for i, part in enumerate(halves(x, b"floor", 2))] for n, x in (("e", early), ("l", late)))
    case.n_early, case.n_late = (len(table_of(x, folder / "x.csv")) for x in (case.early, case.late))
    case.start = min(p.time for p in late)
    return case


def without_flags(rows):
    return [{**r, "flags": "-"} for r in rows]


def table_case(name, paths, folder, *learn):
    sosie("flows", "-q", *paths, "-o", folder / "all.csv")
    with open(folder / "all.csv", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    cut = cut_at([damage.ns(r["ts"]) for r in rows], 2 / 3)
    case = Case(name, folder, learn)
    case.source = damage.write(folder / "source.csv", [r for r in rows if damage.ns(r["ts"]) < cut])
    rows = without_flags(rows)
    early, late = ([r for r in rows if (damage.ns(r["ts"]) < cut) == first] for first in (True, False))
    case.early, case.late = damage.write(folder / "early.csv", early), damage.write(folder / "late.csv", late)
    for name, part, to in (("e", early, case.early_halves), ("l", late, case.halves)):
        mixed = random.Random(1).sample(part, len(part))
        to += [damage.write(folder / f"{name}{i}.csv", sorted(mixed[i::2], key=lambda r: damage.ns(r["ts"]))) for i in (0, 1)]
    case.n_early, case.n_late, case.start = len(early), len(late), min(damage.ns(r["ts"]) for r in late)
    return case


def synthetic(case, model, automata="tadam"):
    """As many flows as there are late ones, from a model of the early ones. What sosie eval reads as the real data are read."""
    where, made, labels = (case.folder / f"{model}-{automata}{end}" for end in ("", ".pcap", ".csv"))
    source = [case.early] if case.source is None else ["--flows", case.source]
    sosie("learn", "-q", *source, *case.learn, "--flow-model", model, "--automata", automata, "-s", "1", "-o", where)
    sosie("generate", "-q", "-m", where, "--flows", case.n_late, "-s", "1", "-t", damage.second(case.start), "-o", made,
          "--labels", labels)
    if case.source is None:
        return made
    with open(labels, encoding="ascii") as file:
        return damage.write(labels.with_suffix(".judged.csv"), without_flags(list(csv.DictReader(file))))


def case_results(case):
    columns = {"noise floor": judge(*case.halves, case.rows()), "reference": judge(case.late, case.early, case.rows())}
    # Novelty of real traffic: that of one half of the early part against the other half.
    novelty = judge(case.late, case.early_halves[0], case.rows(), "--train", case.early_halves[1])
    columns["reference"].update({k: v for k, v in novelty.items() if k not in columns["reference"] and k[0] in text.NOVELTY})
    for model in models():
        say(f"{case.name}: {model}")
        columns[model] = judge(case.late, synthetic(case, model), case.rows(), "--train", case.early)
    if case.source is None:
        say(f"{case.name}: {text.MARKOV}")
        columns[text.MARKOV] = judge(case.late, synthetic(case, "independent", "markov"), case.rows(), "--train", case.early)
    return columns


def case_tables(columns):
    every = {}
    for found in columns.values():
        for key, (better, _) in found.items():
            every.setdefault(key, better)
    parts = []
    for side in SIDES:
        rows = [[key, every[key, side], *(found[key, side][1] if (key, side) in found else "-" for found in columns.values())]
                for key in metric_order(every) if (key, side) in every]
        parts.append(table([side, "better", *columns], rows))
    return parts


def main():
    if not (DATA / "lab/office.pcap").exists():
        print(f"skipped: no {DATA}")
        return 77
    lab = [DATA / "lab/office.pcap", DATA / "lab/attack.pcap"]
    inside = [x for cidr in ("10.20.0.0/16", "2001:470:ab20:1::/64", "fc00::/7", "fe80::/10") for x in ("--local", cidr)]
    with tempfile.TemporaryDirectory() as temp:
        folders = [pathlib.Path(temp, name) for name in ("damage", "lab", "iot", "droplet")]
        for folder in folders:
            folder.mkdir()
        page = text.damage_section(*damages(folders[0]), damage_tables)
        cases = [lambda: capture_case("lab", lab[0], folders[1], *inside),
                 lambda: capture_case("iot", DATA / "iot/iot.pcap", folders[2], "--gap", "2m"),
                 lambda: table_case("rita_droplet", sorted((DATA / "flows/rita_droplet/train").glob("*.gz")), folders[3], *lab,
                                    "--local", "64.225.56.201/32")]
        page += text.models_section()
        for make in cases:
            case = make()
            columns = case_results(case)
            page += text.case_section(case, columns, case_tables(columns))
        page += text.REASONS
    out = ROOT / "docs/evaluation.md"
    out.write_text(text.HEAD + page, encoding="utf-8")
    say(f"wrote {out.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
