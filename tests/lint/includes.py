#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes keep to the layers: the linker sees calls that go upwards, this sees types that do.

* An #include "..." is named from the root, exists, and lies in the file's own layer or in one that the layer's
  meson.build names in `needs`. No layer includes gen/; gen/ may include every layer, and so may the tests that are of
  no layer.
* x.c includes x.h first, so that a header that forgot an include shows.
* Headers have the guard SOSIE_<PATH>_H.
"""
import re
import sys

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
GENERATED = {"config.h"}


def allowed(path, layers):
    """The top folders a file may include from; None: any."""
    top = path.parts[0]
    if top in layers:
        return {top, *tree.needs(top)}
    if top == "tests" and path.parts[1] in layers:
        below, todo = set(), [path.parts[1]]
        while todo:
            layer = todo.pop()
            below.add(layer)
            todo += tree.needs(layer)
        return below | {"tests"}
    if top == "gen":
        return {*layers, "gen"}
    return {*layers, "gen", "tests"}


def check(path, layers):
    text = (tree.ROOT / path).read_text(encoding="utf-8", errors="replace")
    found = INCLUDE.findall(text)
    own = path.with_suffix(".h")
    for kind, name in found:
        if kind == "<" and name.split("/")[0] in layers and (tree.ROOT / name).is_file():
            yield f'<{name}> is ours: write "{name}"'
        if kind == "<" or name in GENERATED:
            continue
        if not (tree.ROOT / name).is_file():
            yield f'"{name}" is not a file named from the root'
        elif name.split("/")[0] not in allowed(path, layers):
            yield f'"{name}" is not in a layer that it may use ({", ".join(sorted(allowed(path, layers)))})'
    if path.suffix == ".c" and (tree.ROOT / own).is_file() and (not found or found[0] != ('"', str(own))):
        yield f'"{own}" is not included first'
    if path.suffix == ".h":
        guard = "SOSIE_" + re.sub(r"\W", "_", str(path)).upper()
        if not re.search(rf"^#ifndef {guard}\n#define {guard}$", text, re.M):
            yield f"no include guard {guard}"


def main():
    layers = tree.layers()
    faults = [f"{path}: {fault}" for path in tree.files("*.c", "*.h") for fault in check(path, layers)]
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
