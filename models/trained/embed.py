#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the shipped models part of the program.

embed.py DIR OUT.S OUT.c DEPFILE: every DIR/<model>/**.conf becomes an .incbin in OUT.S (which a compiler reads at the speed of a
copy, unlike an array of numbers) and a row of the table in OUT.c.
"""
import os
import sys


def main():
    root, out_s, out_c, depfile = sys.argv[1:]
    rows = []
    for model in sorted(os.listdir(root)):
        base = os.path.join(root, model)
        if not os.path.isfile(os.path.join(base, "model.conf")):
            continue
        for folder, _, names in os.walk(base):
            for name in names:
                if name.endswith(".conf"):
                    path = os.path.join(folder, name)
                    rows.append((model, os.path.relpath(path, base), path))
    rows.sort()
    with open(out_s, "w", encoding="utf-8") as s:
        s.write('\t.section .rodata\n')
        for i, (_, _, path) in enumerate(rows):
            s.write(f'\t.global trained_text_{i}\n\t.global trained_end_{i}\n'
                    f'trained_text_{i}:\n\t.incbin "{os.path.abspath(path)}"\n'
                    f'trained_end_{i}:\n\t.byte 0\n')
        s.write('\t.section .note.GNU-stack,"",%progbits\n')
    with open(out_c, "w", encoding="utf-8") as c:
        c.write('#include "models/trained/trained.h"\n\n')
        for i in range(len(rows)):
            c.write(f'extern const char trained_text_{i}[], trained_end_{i}[];\n')
        c.write('\nconst struct trained_file trained_files[] = {\n')
        for i, (model, name, _) in enumerate(rows):
            c.write(f'\t{{ "{model}", "{name}", trained_text_{i}, trained_end_{i} }},\n')
        c.write('\t{ 0, 0, 0, 0 },\n};\n')
    with open(depfile, "w", encoding="utf-8") as d:
        d.write(f'{out_c}: {" ".join(p for _, _, p in rows)}\n')


main()
