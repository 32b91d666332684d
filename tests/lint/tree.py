# SPDX-License-Identifier: Apache-2.0
"""What the source checks share: the files of the tree, and what each layer says it needs."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns):
    """Tracked and new files (not what git ignores), as paths relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard", "--deduplicate", "--", *patterns],
                            cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    names = sorted(name for name in listed.decode().split("\0") if name)
    return [pathlib.PurePosixPath(name) for name in names if (ROOT / name).is_file()]


def layers():
    """The layers, bottom first, as the root meson.build lists them."""
    text = (ROOT / "meson.build").read_text(encoding="utf-8")
    return re.findall(r"'(\w+)'", re.search(r"^layers = \[(.*?)\]", text, re.M | re.S).group(1))


def needs(layer):
    """The layers that this one's meson.build names."""
    text = (ROOT / layer / "meson.build").read_text(encoding="utf-8")
    return re.findall(r"'(\w+)'", re.search(r"^needs = \[(.*?)\]", text, re.M | re.S).group(1))
