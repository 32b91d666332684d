#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of `sosie report` and `sosie show --html`: well-formed and complete in themselves, with the numbers of `sosie eval`,
whatever names the files hold; the same bytes each time; and every failure is one clear error that leaves nothing behind."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

from e2e import COLUMNS, SOSIE, Scratch, bytes_under_way, check, rows, skip, sosie
from page import Page

OPTIONS = ["-q", "--draws", "2", "--rows", "400", "--no-classifiers"]
HOSTILE = ["<script>alert(1)</sc", "`touch pwned`", "'; system 'touch pwn", "a\"b&c%d%s%n", "\\\\{/Times=50 x}^2", "caf\u00e9 \u202egnp"]


def same_numbers(page, report):
    """Each value in the page is the one that eval printed, to the last bit."""
    n_shown = 0
    for key, metric in report["metrics"].items():
        values = [metric[kind]["mean"] for kind in ("corrected", "published") if metric[kind]]
        shown = [float(value) for value in page.values.get(f"metric-{key}", [])]
        n_shown += bool(shown)
        for value in values:
            check(value in shown, f"{key}: {value} is not in the page, which has {shown}")
        check(bool(values) == (f"metric-{key}" in page.badges), f"{key}: a verdict without a value, or none with one")
        if metric["corrected"] is None or key == "density":
            check(page.badges.get(f"metric-{key}", "no verdict") == "no verdict", f"{key} has a verdict")
    check(n_shown >= 10, f"{n_shown} metrics in the page")


def hostile_table(scratch, table):
    """The flows of a table with services and labels that nobody should have."""
    path = scratch.path("\"><img src=x onerror=y>&'.csv")
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        out.writeheader()
        for i, row in enumerate(rows(table)):
            out.writerow({**row, "service": HOSTILE[i % len(HOSTILE)], "label": "<b>'\"</b>"})
    return path


def captures(scratch, a, b):
    page = scratch.path("page.html")
    sosie("report", a, b, "-o", page, *OPTIONS)
    parsed = Page(page)
    parsed.check_figures(5 + 6 + 3 + 2 + 3 + 4)
    same_numbers(parsed, json.loads(sosie("eval", a, b, "--json", *OPTIONS).stdout))
    alt = next(figure["alt"] for figure in parsed.figures if figure["h3"] == "Services")
    check("dns/udp" in alt and " and " in alt, f"the alternative of the services says nothing: {alt}")
    again = sosie("report", a, b, "-o", "-", *OPTIONS, "-j", "1").stdout
    with open(page, "rb") as f:
        check(f.read() == again, "another page the second time, or with one thread, or on stdout")


def classifiers(scratch, a, b):
    """Their areas, and a curve, in a page of their own: the rest of the pages is quicker without them."""
    page = scratch.path("classifiers.html")
    options = [option for option in OPTIONS if option != "--no-classifiers"]
    sosie("report", a, b, "-o", page, *options)
    parsed = Page(page)
    found = json.loads(sosie("eval", a, b, "--json", *options).stdout)["classifiers"]["two_sample"]
    tests = [key for key in ("flows", "packets") if found and found[key]]
    for key in tests:
        check([float(value) for value in parsed.values.get(f"test-{key}", [])] == [found[key]["auc"]], f"the area by {key}")
    check(("ROC" in [figure["h3"] for figure in parsed.figures]) == bool(tests), f"a ROC curve where there is none, or none: {tests}")


def tables(scratch, a, b, train):
    page = scratch.path("tables.html")
    hostile = hostile_table(scratch, b)
    sosie("report", a, hostile, "--train", train, "-o", page, *OPTIONS, cwd=scratch.dir)
    parsed = Page(page)
    parsed.check_figures(5 + 6 + 3 + 2)
    same_numbers(parsed, json.loads(sosie("eval", a, hostile, "--train", train, "--json", *OPTIONS).stdout))
    text = "".join(parsed.texts)
    check("<script>alert(1)</sc/" in text, "the hostile service is not in the page, escaped")
    check("\"><img src=x" in text, "the hostile name of the file is not in the page, escaped")
    check("\u202e" not in parsed.source, "a character that turns writing round")
    check(not os.path.exists(scratch.path("pwned")), "gnuplot ran what a table holds")
    # Too little to halve: judged as it stands.
    few = scratch.path("few.csv")
    with open(a, encoding="utf-8") as f, open(few, "w", encoding="utf-8") as out:
        out.writelines(f.readlines()[:6])
    sosie("report", few, few, "-o", page, *OPTIONS)
    check("too little real traffic" in "".join(Page(page).texts), "nothing said of a floor that is not there")


def models(scratch, capture):
    page = scratch.path("model.html")
    sosie("show", "office", "--html", "-o", page)
    parsed = Page(page)
    parsed.check_figures(1 + 8)
    text = "".join(parsed.texts)
    for expected in ("Model office", "dns/udp", "How the columns hang together", "office.pcap", "server-1"):
        check(expected in text, f"'{expected}' is not in the model's page")
    model = scratch.path("model")
    sosie("learn", "-q", capture, "--flow-model", "sequence", "-o", model, "-s", 1)
    sosie("show", model, "--html", "-o", page)
    Page(page).check_figures(2)


def left_over(scratch, before):
    return sorted(set(os.listdir(scratch.dir)) - before)


def errors(scratch, a, b):
    before = set(os.listdir(scratch.dir))
    page, tools = scratch.path("none.html"), scratch.path("tools")
    said = sosie("report", a, b, "-o", page, status=1, env={"PATH": "/nonexistent"}).said
    check("package gnuplot-nox" in said, f"gnuplot missing: {said}")
    said = sosie("show", "office", "--html", "-o", page, status=1, env={"PATH": "/nonexistent"}).said
    check("package gnuplot-nox" in said, f"gnuplot missing: {said}")
    os.mkdir(tools)
    os.symlink(shutil.which("gnuplot"), os.path.join(tools, "gnuplot"))
    said = sosie("show", "office", "--html", "-o", page, status=1, env={"PATH": tools}).said
    check("package graphviz" in said, f"Graphviz missing: {said}")
    shutil.rmtree(tools)
    said = sosie("report", a, b, "-o", scratch.path("no/such/page.html"), status=1).said
    check("no/such/page.html" in said, f"unwritable: {said}")
    said = sosie("report", a, b, "-o", b, status=1).said
    check("which is read" in said, f"the input as the output: {said}")
    check(rows(b), "the input is gone")
    link = scratch.path("link")
    os.link(a, link)
    check("which is read" in sosie("report", a, b, "-o", link, status=1).said, "the input as the output, by another name")
    os.remove(link)
    sosie("report", a, scratch.path("absent.csv"), "-o", page, status=1)
    for wrong in (["report", a, b], ["report", a, "-o", page], ["show", "office", "-o", page],
                  ["show", "office", "hosts", "--html"], ["show", "office", "--json", "--html"]):
        sosie(*wrong, status=2)
    check(not left_over(scratch, before), f"left behind: {left_over(scratch, before)}")


def interrupted(scratch, a, b):
    pages = scratch.path("pages")
    os.mkdir(pages)
    before = set(os.listdir(scratch.dir))
    run = subprocess.Popen([SOSIE, "report", a, b, "-o", os.path.join(pages, "never.html"), "--draws", "5000", "-q"], stderr=subprocess.PIPE,
                           stdin=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while bytes_under_way(run.pid, pages) is None:
        check(run.poll() is None and time.monotonic() < until, "nothing to interrupt")
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    said = run.communicate(timeout=120)[1].decode()
    check(run.returncode == 130 and "interrupted" in said, f"exit status {run.returncode}: {said}")
    check(not left_over(scratch, before) and not os.listdir(pages), f"left behind by Ctrl-C: {left_over(scratch, before)}")


def main():
    for program, package in (("gnuplot", "gnuplot-nox"), ("dot", "graphviz")):
        if shutil.which(program) is None:
            skip(f"{program} is not installed (package {package})")
    with Scratch() as scratch:
        made = []
        for seed in (1, 2):
            made.append((scratch.path(f"{seed}.pcap"), scratch.path(f"{seed}.csv")))
            sosie("generate", "-q", "-m", "office", "-s", seed, "-t", "2026-11-21T09:00:00Z", "--flows", 400, "-o", made[-1][0])
            sosie("flows", "-q", made[-1][0], "-o", made[-1][1])
        captures(scratch, made[0][0], made[1][0])
        classifiers(scratch, made[0][0], made[1][0])
        tables(scratch, made[0][1], made[1][1], made[0][1])
        models(scratch, made[0][0])
        errors(scratch, made[0][1], made[1][1])
        interrupted(scratch, made[0][1], made[1][1])
    print("pages are well-formed, complete and escaped; failures leave nothing behind")


if __name__ == "__main__":
    main()
