#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes golden.json anew: the digests of two minutes of each shipped model. For commits that mean to change what is drawn, and say so."""
import json
import os
import subprocess

here = os.path.dirname(os.path.abspath(__file__))
golden = {}
for model in ("iot", "office"):
    out = subprocess.run([os.environ["SOSIE"], "generate", "-m", model, "--sink", "digest", "-s", "42", "-t", "2026-11-21T09:00:00Z", "-d", "120s"],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    golden[model] = [line.split()[1] for line in out.splitlines() if line.startswith("digest: ")][0]
with open(os.path.join(here, "golden.json"), "w", encoding="utf-8") as f:
    json.dump(golden, f, indent=2)
    f.write("\n")
print(golden)
