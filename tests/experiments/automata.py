#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the experiments with learners of timed words and writes docs/automata.md whole, tables and prose.

usage: automata.py DIR-OF-PROGRAMS [-j N] [-o FILE] [--rows FILE]

--rows keeps what the programs printed, and takes from it what is there already: for working on the text, or to
go on after an interruption. Delete it when a learner has changed.
"""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys

import automata_text

ROOT = pathlib.Path(__file__).resolve().parents[2]
HDFS = ROOT.parent / "shared" / "data" / "hdfs"

LEARNERS = ["tadam", "tag", "tag3", "rti", "rti001", "hmm"]
SEEDS = [11, 12, 13]  # 1 to 9 were in view when TADAM's search was made
RATES = [0, 1, 5, 10, 20, 30]
WORDS = 200
BY_RATE = [(states, WORDS, rate) for states in (5, 10) for rate in RATES]
LARGE = [(20, 500, 10)]
HDFS_SEEDS = list(range(11, 21))
LARGE_SEEDS = SEEDS[:2]  # these take as long as all others
BY_WORDS = [(10, words, 10) for words in (50, 100)]
HDFS_TRAIN = [500, 1000]
HDFS_PERCENT = [0, 2.9]
CHOICE_TRAIN = 500  # the draws by which the way to score is chosen
CHOICE_SEEDS = [1, 2]

NOISE_COLUMNS = ("learner states words rate seed true_states true_edges js jaccard n_states n_edges bits truth "
                 "auc_random auc_damaged cpu").split()
HDFS_COLUMNS = "learner train percent seed part score auc tpr fpr f1 best_f1 n_states n_edges cpu".split()


def commands():
    """What to run, the long ones first, as lists of words; the program's folder is put before the first."""
    noise = sorted(set(BY_RATE + LARGE + BY_WORDS), reverse=True)
    for states, words, rate in noise:
        for seed in LARGE_SEEDS if (states, words, rate) in LARGE else SEEDS:
            yield ["automata_noise", ",".join(LEARNERS), str(states), str(words), str(rate), str(seed)]
    if not HDFS.is_dir():
        return
    draws = [(train, percent, seed, "verdict") for train in reversed(HDFS_TRAIN) for percent in HDFS_PERCENT
             for seed in HDFS_SEEDS]
    draws += [(CHOICE_TRAIN, percent, seed, "choice") for percent in HDFS_PERCENT for seed in CHOICE_SEEDS]
    for train, percent, seed, part in draws:
        yield ["automata_hdfs", "tadam,tag,rti,hmm,set,2-gram", "normal.txt", "abnormal.txt", str(train), str(percent),
               str(seed), part]


def run(programs, command):
    done = subprocess.run([programs / command[0], *command[1:]], stdout=subprocess.PIPE, text=True, check=True,
                          stdin=subprocess.DEVNULL, cwd=HDFS if HDFS.is_dir() else ROOT)
    return done.stdout


def run_all(programs, jobs, kept, rows_file):
    """The output of every command, by its words joined with blanks."""
    outputs = {name: kept[name] for name in map(" ".join, commands()) if name in kept}
    todo = [command for command in commands() if " ".join(command) not in outputs]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        pending = {pool.submit(run, programs, command): " ".join(command) for command in todo}
        for future in concurrent.futures.as_completed(pending):
            outputs[pending[future]] = future.result()
            print(f"{len(outputs)} of {len(outputs.keys() | set(pending.values()))}: {pending[future]}",
                  file=sys.stderr)
            if rows_file:
                rows_file.write_text(json.dumps(outputs, indent=1), encoding="utf-8")
    return outputs


def rows_of(outputs, program, columns):
    """The rows that a program printed, in the order of the commands, as dictionaries; numbers are numbers."""
    rows = []
    for name in map(" ".join, commands()):
        if not name.startswith(program + " "):
            continue
        for line in outputs[name].splitlines():
            values = dict(zip(columns, line.split(","), strict=True))
            rows.append({key: value if key in ("learner", "part", "score") else float(value) for key, value in values.items()})
    return rows


def mean(rows, column, **where):
    """The mean of a column over the rows that have these values; None when there are none."""
    values = [row[column] for row in rows if all(row[key] == value for key, value in where.items())]
    return statistics.fmean(values) if values else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "docs" / "automata.md")
    parser.add_argument("--rows", type=pathlib.Path)
    arguments = parser.parse_args()
    kept = {}
    if arguments.rows and arguments.rows.exists():
        kept = json.loads(arguments.rows.read_text(encoding="utf-8"))
    outputs = run_all(arguments.programs.resolve(), arguments.jobs, kept, arguments.rows)
    noise = rows_of(outputs, "automata_noise", NOISE_COLUMNS)
    hdfs = rows_of(outputs, "automata_hdfs", HDFS_COLUMNS)
    arguments.output.write_text(automata_text.page(noise, hdfs, mean), encoding="utf-8")


if __name__ == "__main__":
    main()
