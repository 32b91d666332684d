#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C files that a build compiles and that are ours, NUL-separated, for clang-tidy.

usage: compiled.py BUILD-DIR
"""
import json
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
build = (root / sys.argv[1]).resolve()
names = set()
for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
    path = (pathlib.Path(command["directory"]) / command["file"]).resolve()
    if path.suffix == ".c" and build not in path.parents:
        names.add(str(path.relative_to(root)))
sys.stdout.write("".join(name + "\0" for name in sorted(names)))
