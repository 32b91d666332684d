#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the libFuzzer programs of a build side by side, each for some seconds, from its seeds and its corpus.

usage: run.py [-j N] [-t SECONDS] DIR-OF-PROGRAMS CORPUS-DIR
Findings are left in CORPUS-DIR/findings and fail the run; the corpora grow from run to run.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
MEMORY_LIMIT_MB = 2048
INPUT_LIMIT_S = 10


def run(program, corpus, seconds):
    own = corpus / program.name
    findings = corpus / "findings"
    own.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    command = [program, own]
    if (SEEDS / program.name).is_dir():
        command.append(SEEDS / program.name)
    command += [
        f"-max_total_time={seconds}", f"-timeout={INPUT_LIMIT_S}", f"-rss_limit_mb={MEMORY_LIMIT_MB}",
        f"-artifact_prefix={findings}/{program.name}-", "-print_final_stats=1", "-verbosity=1",
    ]
    # The limit is libFuzzer's own; this one is for a program that does not keep it.
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds * 2 + 120, check=False)
    except subprocess.TimeoutExpired as error:
        return None, error.stdout or b""
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("-t", type=int, default=60)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("corpus", type=pathlib.Path)
    args = parser.parse_args()
    programs = sorted(p for p in args.programs.glob("fuzz_*") if p.is_file() and p.stat().st_mode & 0o100)
    if not programs:
        print(f"no fuzz programs in {args.programs}")
    n_failed = int(not programs)
    with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
        jobs = {p: pool.submit(run, p, args.corpus, args.t) for p in programs}
        for program, job in jobs.items():
            code, output = job.result()
            text = output.decode("utf-8", "replace")
            tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
            covered = re.findall(r"\bcov: (\d+)", text)
            print(f"{program.name}: {tried.group(1) if tried else '?'} inputs, "
                  f"{covered[-1] if covered else '?'} edges, {'clean' if code == 0 else f'FAILED ({code})'}", flush=True)
            if code != 0:
                n_failed += 1
                print("\n".join(text.splitlines()[-60:]))
    print(f"{len(programs) - n_failed if programs else 0} passed, {n_failed} failed, 0 skipped")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
