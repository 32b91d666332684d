#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the C files of the layers and of gen/ that a build compiles (tests are left to the other checks).

usage: tidy.py BUILD-DIR JOBS
Of the output only the findings are printed, not the notes that lead to them.
"""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

import tree

FINDING = re.compile(r": (?:error|warning): ")


def sources(build):
    """Our own sources among what the build compiles, relative to the root."""
    found = set()
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if path.suffix == ".c" and tree.ROOT in path.parents and build not in path.parents:
            name = path.relative_to(tree.ROOT)
            if name.parts[0] != "tests":
                found.add(name)
    return sorted(found)


def findings(build, name):
    done = subprocess.run(["clang-tidy", "--quiet", "--warnings-as-errors=*", "-p", build, name], cwd=tree.ROOT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0:
        return []
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    found = [line.replace(f"{build}/../", "").replace(f"{tree.ROOT}/", "").replace("../", "")
             for line in lines if FINDING.search(line)]
    return found or [f"{name}: clang-tidy failed", *lines[-10:]]


def main():
    build = (tree.ROOT / sys.argv[1]).resolve()
    names = sources(build)
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[2])) as pool:
        found = {line for lines in pool.map(lambda name: findings(build, name), names) for line in lines}
    if not names:
        found.add(f"{sys.argv[1]} compiles nothing")
    print("\n".join(sorted(found)), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
