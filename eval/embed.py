#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules files as C strings: embed.py OUTPUT HEADER (NAME FILE)..."""
import sys

output, header, *pairs = sys.argv[1:]
with open(output, "w", encoding="ascii") as out:
    out.write(f'#include "{header}"\n')
    for name, path in zip(pairs[::2], pairs[1::2]):
        out.write(f"const char {name}[] =\n")
        with open(path, encoding="ascii") as rules:
            for line in rules:
                text = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("?", "\\?")
                out.write(f'"{text}\\n"\n')
        out.write(";\n")
