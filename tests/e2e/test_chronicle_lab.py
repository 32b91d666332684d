# SPDX-License-Identifier: Apache-2.0
"""What the lab's users log, in the patterns learned from the lab's capture: which pattern tells of mail checks, of database calls
behind web requests, and of page visits, and what share of the logged actions has an occurrence of it, by that client, at that time.

An occurrence is looked for in the flow table by what the pattern says: services, who is the same host, hosts that are always the same,
delays within those seen."""
import bisect
import json
import os
import re

from e2e import SHARED, Scratch, check, rows, skip, sosie

LOCAL = ("10.20.0.0/16", "2001:470:ab20:1::/64", "fc00::/7", "fe80::/10")
AROUND = 1.0  # seconds between the action in the log and a flow of the occurrence
# Of the log: a new connection to the database, by the host that asks it.
OUTLINE = re.compile(r"^ +\d+ +\d+ +\d+  (.+)$", re.M)
KINDS = {
    "mail check": lambda a: a["pattern"] == "P2.imap_check",
    "database call": lambda a: a["pattern"] == "P8.db_burst" and a["fresh"],
    "page visit": lambda a: a["pattern"] in ("P1.web", "P1.intranet"),
}
# What a pattern must ask for to tell of the kind at all: names alone would be found anywhere.
ASKS = {"mail check": {"imaps/tcp"}, "database call": {"postgresql/tcp"}, "page visit": {"http/tcp", "https/tcp"}}


class Pattern:
    def __init__(self, told, addresses):
        self.name, self.occurrences, self.rows = told["name"], told["occurrences"], []
        for r in told["rows"]:
            ends = []
            for end in ("client", "server"):
                variable = re.match(r"\$(\w+)", r[end])
                host = re.search(r"[a-z]+-[\w-]*\d", r[end])
                ends.append((variable and variable.group(1), addresses.get(host.group(0)) if host else None))
            self.rows.append((set(r["services"]), ends, r["delay_ns"][2] / 1e9 if "delay_ns" in r else 0))

    def asks(self, services):
        return any(r[0] & services for r in self.rows)


class Flows:
    def __init__(self, path):
        self.flows = [(float(r["ts"]), f"{r['service']}/{r['proto']}" if r["service"] not in ("nd",) else r["service"],
                       r["src_ip"], r["dst_ip"]) for r in rows(path)]
        self.times = [f[0] for f in self.flows]

    def between(self, low, high):
        return range(bisect.bisect_left(self.times, low), bisect.bisect_right(self.times, high))

    def fits(self, i, row, bound):
        """The variables with this flow in the row, or None."""
        services, ends, _ = row
        if self.flows[i][1] not in services:
            return None
        bound = dict(bound)
        for (variable, address), is_ in zip(ends, self.flows[i][2:]):
            if address not in (None, is_) or (variable and bound.setdefault(variable, is_) != is_):
                return None
        return bound

    def occurs(self, pattern, i, bound, row=1):
        """Is flow i, which begins it, followed by the pattern's other rows?"""
        if row == len(pattern.rows):
            return True
        for k in self.between(self.times[i], self.times[i] + pattern.rows[row][2]):
            if k > i:
                more = self.fits(k, pattern.rows[row], bound)
                if more is not None and self.occurs(pattern, k, more, row + 1):
                    return True
        return False

    def covered(self, pattern, actions):
        """Which of the actions have an occurrence of the pattern."""
        found = set()
        for k, (at, addresses) in enumerate(actions):
            for i in self.between(at - AROUND, at + AROUND):
                bound = self.fits(i, pattern.rows[0], {})
                if bound is not None and addresses & {*self.flows[i][2:]} and self.occurs(pattern, i, bound):
                    found.add(k)
                    break
        return found


def read_log(path):
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    hosts = {name: {h["ip"], *(a for a in h["v6"] or [] if a)} for name, h in lines[0]["hosts"].items()}
    return hosts, lines[1:]


def addresses_of(model):
    with open(os.path.join(model, "hosts.conf"), encoding="utf-8") as file:
        return {m.group(1): m.group(2) for m in re.finditer(r'name = "([^"]+)".*?address = "([^"]+)"', file.read())}


def learn(scratch, code):
    capture, model, table = os.path.join(SHARED, "lab", "office.pcap"), scratch.path("model" + code), scratch.path("flows.csv")
    sosie("learn", "-q", capture, "--flow-model", "chronicle", "--code", code, "--keep-addresses", "-o", model,
          *(x for cidr in LOCAL for x in ("--local", cidr)))
    sosie("flows", "-q", capture, "-o", table)
    told = json.loads(sosie("show", model, "patterns", "--json").stdout)["patterns"]
    addresses = addresses_of(model)
    outline = OUTLINE.findall(sosie("show", model, "patterns").stdout.decode())
    check(len(outline) == 10, f"not ten lines of outline: {outline}")
    return [Pattern(p, addresses) for p in told], Flows(table), outline, {p["name"]: habit(p) for p in told}


def habit(told):
    """What a pattern asks for in turn, as the outline of `sosie show` has it."""
    services = [max(row["services"], key=row["services"].get) for row in told["rows"]]
    return ", then ".join(s for s, before in zip(services, [None] + services) if s != before)


def shares(patterns, flows, log, hosts, outline, habits):
    """For each kind: the pattern of the first ten that covers most, its share; the same of the ten lines of the outline; and the share
    that any pattern covers that asks for such things."""
    found = {}
    for kind, is_one in KINDS.items():
        actions = [(a["t"], hosts[a["client"]]) for a in log if is_one(a) and a["ok"] and
                   flows.times[0] < a["t"] < flows.times[-1] - 5]
        by = {p.name: flows.covered(p, actions) for p in patterns if p.asks(ASKS[kind])}
        ten = {p.name: len(by[p.name]) for p in patterns[:10] if p.name in by}
        best = max(ten, key=ten.get, default=None)
        lines = {line: len(set().union(*(by[name] for name in by if habits[name] == line))) for line in outline}
        line = max(lines, key=lines.get)
        n = len(actions)
        found[kind] = best, ten.get(best, 0) / n, line, lines[line] / n, len(set().union(*by.values())) / n, n
    return found


def main():
    if not os.path.exists(os.path.join(SHARED, "lab", "office.jsonl")):
        skip(f"no {SHARED}/lab/office.jsonl")
    hosts, log = read_log(os.path.join(SHARED, "lab", "office.jsonl"))
    found = {}
    with Scratch() as scratch:
        for code in ("published", "sets"):
            patterns, flows, outline, habits = learn(scratch, code)
            patterns = [p for p in patterns if len(p.rows) > 1]
            for kind, (name, share, line, by_line, by_any, n) in shares(patterns, flows, log, hosts, outline, habits).items():
                found[code, kind] = share, by_line, by_any
                print(f"{code}: {kind}: {name or 'none of the ten'} {100 * share:.0f} %, '{line}' {100 * by_line:.0f} %, "
                      f"any pattern {100 * by_any:.0f} % of {n}")
    # What docs/patterns.md says, a little below what was measured: the capture and the log are fixed, only the search may change.
    for code, kind, at_least in (("published", "database call", 0.6), ("published", "mail check", 0.05), ("sets", "page visit", 0.5)):
        check(found[code, kind][0] > at_least, f"{code}, {kind}: {found[code, kind][0]:.2f} by one of the ten")
    for kind, at_least in (("database call", 0.75), ("mail check", 0.8), ("page visit", 0.55)):
        check(found["published", kind][1] > at_least, f"{kind}: {found['published', kind][1]:.2f} by one line of the outline")
    for kind in KINDS:
        check(found["published", kind][2] > 0.6, f"{kind}: {found['published', kind][2]:.2f} by any pattern")


main()
