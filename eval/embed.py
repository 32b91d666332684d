#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Text files as NUL-terminated arrays of char, of any length: embed.py OUTPUT HEADER (NAME FILE)..."""
import sys

output, header, *pairs = sys.argv[1:]
with open(output, "w", encoding="ascii") as out:
    out.write(f'#include "{header}"\n')
    for name, path in zip(pairs[::2], pairs[1::2]):
        with open(path, encoding="ascii") as text:
            codes = [str(ord(c)) for c in text.read()] + ["0"]
        out.write(f"const char {name}[] = {{\n")
        for i in range(0, len(codes), 24):
            out.write(", ".join(codes[i:i + 24]) + ",\n")
        out.write("};\n")
