#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every text of the tree must keep to, whatever its language: no trailing blanks, a newline at the end, no path
of somebody's machine, no large file, the licence line in sources, 100 columns in C. Long C files and functions are
named as a hint (they are a matter of judgement), and fail only above the hard limits of CONTRIBUTING.md."""
import re
import sys

import tree

LIMIT_BYTES = 1 << 20
TRAINED = "models/trained/"  # learned tables: large, and not ours to lay out
FILE_AIM_LINES, FILE_LIMIT_LINES = 300, 600
FUNCTION_LIMIT_LINES = 80
COLUMNS = 100
TAB = 8
MACHINE_PATH = re.compile(r"(?<![\w.~$])/(?:home/\w+|root|work)/")
SOURCES = {".c", ".h", ".py", ".sh"}
BLANKS_ONLY = {".py", ".sh", ".md", ".build"}  # no tabs in these
DATA_TABLE = re.compile(r"^/\* Data table", re.M)  # a file that is a table and says so may be long


def long_functions(text):
    """(line, name, length) of functions above the limit: kernel style puts both braces in column 0."""
    name, began = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"^[A-Za-z_][\w\s*]*?(\w+)\(", line)
        if head:
            name = head.group(1)
        if line == "{":
            began = number
        elif line == "}" and began and name:
            if number - began - 1 > FUNCTION_LIMIT_LINES:
                yield began, name, number - began - 1
            began = 0


def check(path):
    raw = (tree.ROOT / path).read_bytes()
    trained = str(path).startswith(TRAINED)
    if len(raw) > LIMIT_BYTES and not trained:
        yield f"{len(raw)} bytes, above {LIMIT_BYTES}"
    if b"\0" in raw or "seeds" in path.parts or trained:
        return
    text = raw.decode("utf-8", "replace")
    lines = text.split("\n")
    if text and lines[-1]:
        yield f"{len(lines)}: no newline at the end"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{number}: blanks at the end of the line"
        if MACHINE_PATH.search(line):
            yield f"{number}: a path of one machine"
        if path.suffix in BLANKS_ONLY and "\t" in line:
            yield f"{number}: a tab"
        if path.suffix in {".c", ".h"} and len(line.expandtabs(TAB)) > COLUMNS:
            yield f"{number}: more than {COLUMNS} columns"
    if path.suffix in SOURCES and "SPDX-License-Identifier: Apache-2.0" not in "\n".join(lines[:2]):
        yield "1: no SPDX-License-Identifier: Apache-2.0"
    if path.suffix in {".c", ".h"} and not DATA_TABLE.search(text):
        if len(lines) - 1 > FILE_LIMIT_LINES:
            yield f"{len(lines) - 1} lines, above {FILE_LIMIT_LINES}"
        for number, name, length in long_functions(text):
            yield f"{number}: {name}: {length} lines, above {FUNCTION_LIMIT_LINES}"


def main():
    paths = tree.files()
    faults = [f"{path}:{fault}" for path in paths for fault in check(path)]
    print("\n".join(faults), end="\n" if faults else "")
    for path in paths:
        if path.suffix in {".c", ".h"}:
            n_lines = (tree.ROOT / path).read_bytes().count(b"\n")
            if n_lines > FILE_AIM_LINES:
                print(f"hint: {path}: {n_lines} lines, aim is {FILE_AIM_LINES}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
