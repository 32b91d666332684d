#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names the headers of the layers and of gen/, one a line, for tests/lint/meson.build. Needs no git: a release tarball
is built too."""
import tree

for folder in [*tree.layers(), "gen"]:
    for path in sorted((tree.ROOT / folder).rglob("*.h")):
        print(path.relative_to(tree.ROOT).as_posix())
