# SPDX-License-Identifier: Apache-2.0
"""A model learned on the spot: from our own output (always), and from a sample of real captures (where they are)."""
import os
import shutil
from collections import Counter

from e2e import SHARED, Scratch, check, round_trip, sosie, tshark_complaints

REAL = ("lab/attack.pcap", "industrial/right_part1.pcap", "odd/wireshark2013", "protocols/malcolm")


def learn_from_table(scratch, capture, table):
    """The flow part from a table of another program, which tells neither payload nor end states."""
    model = scratch.path("model")
    said = sosie("learn", capture, "--flows", table, "-o", model).said
    check("usual end state" in said, f"states that no capture has go unsaid: {said}")
    _, measured = round_trip(scratch, model, 8, "--flows", 2000)
    services = Counter(row["service"] for row in measured)
    check(services["smb"] > 250 and services["dns"] > 400, f"services of the table are missing: {services}")
    shutil.rmtree(model)


def learn_and_play(scratch, capture, flows):
    model = scratch.path("model")
    sosie("learn", "-q", capture, "-o", model)
    first = {name: open(os.path.join(model, name), "rb").read() for name in ("flow.conf", "hosts.conf", "schedule.conf")}
    sosie("learn", "-q", capture, "-o", model, "-j", 1)
    for name, text in first.items():
        check(open(os.path.join(model, name), "rb").read() == text, f"learning twice gives another {name}")
    out, _ = round_trip(scratch, model, 6, "--flows", flows)
    if shutil.which("tshark") is not None:
        n, text = tshark_complaints(out)
        check(n == 0, f"{capture}: tshark complains about {n} frames:\n{text}")
    shutil.rmtree(model)


def captures():
    for name in REAL:
        path = os.path.join(SHARED, name)
        if os.path.isfile(path):
            yield path
        elif os.path.isdir(path):
            found = [os.path.join(path, n) for n in sorted(os.listdir(path)) if n.endswith((".pcap", ".pcapng"))]
            found.sort(key=os.path.getsize, reverse=True)
            yield from found[:3]


def main():
    with Scratch() as scratch:
        seed_capture = scratch.path("seed.pcap")
        sosie("generate", "-q", "-o", seed_capture, "-d", "120s", "-s", 3, "-t", "2026-11-21T09:00:00Z")
        learn_and_play(scratch, seed_capture, 800)
        planted, office = os.path.join(SHARED, "planted", "n6000.csv"), os.path.join(SHARED, "lab", "office.pcap")
        if os.path.exists(planted) and os.path.exists(office):
            learn_from_table(scratch, office, planted)
        n = 0
        for path in captures():
            table = scratch.path("t.csv")
            sosie("flows", "-q", path, "-o", table)
            with open(table, "rb") as f:
                n_flows = sum(1 for _ in f) - 1
            if n_flows >= 200:
                learn_and_play(scratch, path, 600)
                n += 1
    print(f"learned and played our own capture and {n} real ones")


main()
