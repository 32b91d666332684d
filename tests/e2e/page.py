# SPDX-License-Identifier: Apache-2.0
"""Reading an HTML page strictly: balanced, from a short list of elements, and complete in itself."""
import html.parser
import re

from e2e import check, fail

VOID = {"meta"}
KNOWN = set("html head meta title style body main header footer section div p h1 h2 h3 span strong dl dt dd table thead tbody tr "
            "th td data figure figcaption svg g path polygon polyline line rect ellipse circle text tspan pre details "
            "summary".split())


class Page(html.parser.HTMLParser):
    """elements: (name, attributes) in order; figures: (title, alternative, caption)."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.figures, self.texts = [], [], [], []
        self.values = {}  # data by row id, in order
        self.badges = {}
        self.row = None
        with open(path, encoding="utf-8", errors="strict") as f:
            self.source = f.read()
        check(self.source.startswith("<!DOCTYPE html>\n"), "no doctype")
        self.feed(self.source)
        self.close()
        check(not self.open, f"never closed: {self.open}")
        check(re.search(r"(?i)https?:|url\(|@import|javascript:|<!--", self.source) is None,
              "an address, a resource or a comment in the page")

    def handle_starttag(self, tag, attrs):
        check(tag in KNOWN, f"element <{tag}>")
        names = [name for name, _ in attrs]
        check(len(set(names)) == len(names), f"an attribute twice in <{tag}>: {names}")
        for name, value in attrs:
            check(not name.startswith("on") and name not in ("src", "href", "xlink:href", "srcset", "action"),
                  f"attribute {name} in <{tag}>")
            check(value is not None, f"attribute {name} without a value")
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "tr":
            self.row = attributes.get("id")
        elif tag == "data":
            self.values.setdefault(self.row, []).append(attributes["value"])
        elif tag == "figure":
            self.figures.append({"h3": "", "alt": None, "figcaption": ""})
        elif tag == "svg" and "figure" in self.open:
            check(self.figures[-1]["alt"] is None, "two pictures in one figure")
            self.figures[-1]["alt"] = attributes.get("aria-label", "")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            fail(f"</{tag}> at {self.getpos()}, open are {self.open}")
        self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] == "style":
            return
        self.texts.append(data)
        if "figure" in self.open and self.open[-1] in ("h3", "figcaption"):
            self.figures[-1][self.open[-1]] += data
        if self.open[-1] == "span" and self.row is not None and data in ("good", "fair", "poor", "no verdict"):
            self.badges[self.row] = data

    def handle_comment(self, data):
        fail(f"a comment: {data}")

    def check_figures(self, least):
        check(len(self.figures) >= least, f"{len(self.figures)} figures, expected {least} or more")
        for figure in self.figures:
            check(figure["h3"] and figure["alt"] and figure["figcaption"], f"a figure without title, alternative or "
                  f"caption: {figure}")
