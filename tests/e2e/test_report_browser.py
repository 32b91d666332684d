#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages in a real browser (Debian's chromium), on a desktop and on a telephone: nothing on the console, every picture has a
size and its labels are inside it, nothing is wider than the screen."""
import html
import json
import re
import shutil
import subprocess

from e2e import Scratch, check, skip, sosie

# The page is looked at in a frame as wide as the screen.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><iframe id="f" src="PAGE" style="width:WIDTHpx;height:900px;border:0"></iframe>
<pre id="out"></pre><script>
document.getElementById("f").onload = () => {
  const page = document.getElementById("f").contentDocument, bad = [];
  let n = 0, labels = 0;
  page.querySelectorAll("details").forEach(d => { d.open = true; });
  page.querySelectorAll("svg").forEach(svg => {
    const box = svg.getBoundingClientRect(), name = svg.getAttribute("aria-label").slice(0, 40);
    n++;
    if (!(box.width >= 40 && box.height >= 30)) bad.push(`${name}: ${box.width} x ${box.height}`);
    svg.querySelectorAll("text").forEach(text => {
      const t = text.getBoundingClientRect();
      labels++;
      if (t.width > 0 && (t.left < box.left - 3 || t.right > box.right + 3 || t.top < box.top - 3 || t.bottom > box.bottom + 3))
        bad.push(`${name}: the label '${text.textContent}' is cut off`);
    });
  });
  const root = page.documentElement;
  if (root.scrollWidth > root.clientWidth) bad.push(`${root.scrollWidth} wide, the screen is ${root.clientWidth}`);
  if (root.clientWidth !== WIDTH) bad.push(`the screen is ${root.clientWidth} wide`);
  document.getElementById("out").textContent = JSON.stringify({pictures: n, labels: labels, height: root.scrollHeight, bad: bad});
};
</script>
"""


def browse(scratch, path, *options):
    command = ["chromium", "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions", "--no-first-run",
               "--disable-background-networking", "--disable-sync", f"--user-data-dir={scratch.path('profile')}",
               "--hide-scrollbars", "--virtual-time-budget=5000", *options, f"file://{path}"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=120)


def check_page(scratch, page, least):
    done = browse(scratch, page, "--enable-logging=stderr", "--dump-dom")
    said = done.stderr.decode(errors="replace")
    check(b"</html>" in done.stdout, f"chromium shows nothing: {said}")
    check("CONSOLE" not in said, f"{page}: the console says: {said}")
    for width in (1280, 390):
        harness = scratch.path("harness.html")
        with open(harness, "w", encoding="utf-8") as f:
            f.write(HARNESS.replace("PAGE", page.rsplit("/", 1)[1]).replace("WIDTH", str(width)))
        dom = browse(scratch, harness, "--allow-file-access-from-files", "--dump-dom").stdout.decode(errors="replace")
        found = re.search(r'<pre id="out">(\{.*?)</pre>', dom, re.S)
        check(found is not None, f"{page}: nothing measured at {width}: {dom[-500:]}")
        seen = json.loads(html.unescape(found.group(1)))
        check(not seen["bad"], f"{page} at {width}: {seen['bad'][:5]}")
        check(seen["pictures"] >= least and seen["labels"] >= 4 * least, f"{page} at {width}: {seen}")


def main():
    for program, package in (("gnuplot", "gnuplot-nox"), ("dot", "graphviz"), ("chromium", "chromium")):
        if shutil.which(program) is None:
            skip(f"{program} is not installed (package {package})")
    with Scratch() as scratch:
        for seed, model in ((1, "office"), (2, "iot")):
            sosie("generate", "-q", "-m", model, "-s", seed, "-t", "2026-11-21T09:00:00Z", "--flows", 600, "-o",
                  scratch.path(f"{seed}.pcap"))
        report, model = scratch.path("report.html"), scratch.path("model.html")
        # Two networks, so that there is something to see in every picture.
        sosie("report", "-q", scratch.path("1.pcap"), scratch.path("2.pcap"), "-o", report, "--draws", "2", "--rows", "400")
        sosie("show", "iot", "--html", "-o", model)
        check_page(scratch, report, 22)
        check_page(scratch, model, 9)
    print("both pages are whole at 1280 and 390 pixels")


if __name__ == "__main__":
    main()
