#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every option that `sosie VERB --help` prints is in docs/sosie-VERB.1, and the other way round; every verb has its page.

usage: options.py PROGRAM DOCS-DIR
"""
import pathlib
import re
import subprocess
import sys

EVERYWHERE = {"--help", "-h"}  # told once, in sosie.1


def help_text(*command):
    return subprocess.run([*command, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=True, timeout=20).stdout.decode()


def options_of_help(text):
    """Options are the lines that begin with one: "  -m, --model NAME|DIR   what it is"."""
    found = set()
    for line in text.splitlines():
        head = re.match(r" {2,6}(?:(-\w)(?:,\s+|\s|$))?(--[\w-]+)?", line)
        found.update(option for option in head.groups() if option) if head else None
    return found - EVERYWHERE


def options_of_page(text):
    """The .It lines of the option list: .It Fl m Ar NAME , Fl -model Ar NAME."""
    found = set()
    for line in re.findall(r"^\.It (.*\bFl\b.*)$", text, re.M):
        for name in re.findall(r"\bFl ([\w-]+)", line):
            found.add(f"-{name}")
    return found - EVERYWHERE


def main():
    program, docs = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    verbs = set(re.findall(r"^  (\w+)  ", help_text(program), re.M))
    pages = {page.stem.split("-", 1)[1] for page in docs.glob("sosie-*.1")}
    faults = [f"{program} --help names no verb"] if not verbs else []
    faults += [f"docs/sosie-{verb}.1: missing" for verb in sorted(verbs - pages)]
    faults += [f"docs/sosie-{page}.1: no such verb" for page in sorted(pages - verbs)]
    for verb in sorted(verbs & pages):
        of_help = options_of_help(help_text(program, verb))
        of_page = options_of_page((docs / f"sosie-{verb}.1").read_text(encoding="utf-8"))
        faults += [f"sosie {verb}: {option} is not in its page" for option in sorted(of_help - of_page)]
        faults += [f"docs/sosie-{verb}.1: {option} is not in --help" for option in sorted(of_page - of_help)]
        if not of_help:
            faults.append(f"sosie {verb} --help names no option")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
