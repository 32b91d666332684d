#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program as a whole: generate, write, measure, learn. Prints rows for ./dev bench.

User + system CPU time of the process, start-up included; alternatives run interleaved and the median of five counts, because the machine is
shared. Captures come from the program itself, so no other data is needed; what needs ../shared says so.
"""
import os
import statistics
import struct
import sys
import tempfile

SOSIE = os.environ["SOSIE"]
SHARED = os.path.join(os.environ["SOSIE_SOURCE"], "..", "shared", "data")
PACKETS = 2000000
TLS_FLOWS = 500
FIXED = ["-m", "office", "-s", "1", "-t", "2026-11-21T09:00:00Z", "-j", "1", "-q", "-n", str(PACKETS)]


def run(args, stdout=None):
    """CPU seconds and peak memory in KB of one run."""
    actions = []
    if stdout is not None:
        actions.append((os.POSIX_SPAWN_OPEN, 1, stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))
    pid = os.posix_spawn(SOSIE, [SOSIE, *args], os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"sosie {' '.join(args)}: exit status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def row(name, value, unit, note=""):
    print(f"{name}\t{value:.4g}\t{unit}\t{note}", flush=True)


def generate():
    null, wire, random_payload = [], [], []
    peak = 0
    for _ in range(5):
        cpu, kb = run(["generate", "--sink", "null", *FIXED])
        null.append(cpu)
        peak = max(peak, kb)
        wire.append(run(["generate", "-o", "/dev/null", *FIXED])[0])
        random_payload.append(run(["generate", "--sink", "null", "--payload", "random", *FIXED])[0])
    base = statistics.median(null)
    row("generate to null", PACKETS / base / 1e6, "Mpps/core", "budget 1.5; office, one thread, start-up included")
    row("generate to null, random payload", PACKETS / statistics.median(random_payload) / 1e6, "Mpps/core")
    row("pcap to /dev/null against null", statistics.median(wire) / base, "x CPU", "budget 1.25")
    row("generate peak memory", peak / 1024, "MB", "budget 64 + 1 KB per open flow")


def flows(capture):
    size = os.path.getsize(capture)
    times = [run(["flows", "-q", capture, "-o", "/dev/null"])[0] for _ in range(5)]
    row("flows", size / statistics.median(times) / 1e6, "MB/s/core", f"budget 300; {size / 1e6:.0f} MB from page cache")


def learn(capture, scratch, budget):
    model = os.path.join(scratch, "model")
    times = [run(["learn", "-q", "-j", "1", capture, "-o", model])[0] for _ in range(3)]
    row(f"learn {os.path.basename(capture)}", statistics.median(times), "s CPU", budget)


def first_tls_flows(path, target, n_flows):
    """Copies the packets of the first connections to port 443 over IPv4 out of an Ethernet pcap; returns how many there are."""
    known = set()
    with open(path, "rb") as f, open(target, "wb") as out:
        out.write(f.read(24))
        while len(header := f.read(16)) == 16:
            body = f.read(struct.unpack("<IIII", header)[2])
            if body[12:14] != b"\x08\x00" or body[14] != 0x45 or body[23] != 6:
                continue
            ports = struct.unpack(">HH", body[34:38])
            if 443 not in ports:
                continue
            ends = [(body[26:30], ports[0]), (body[30:34], ports[1])]
            key = tuple(ends if ports[1] == 443 else reversed(ends))
            if key not in known and body[47] & 0x12 == 2 and len(known) < n_flows:
                known.add(key)
            if key in known:
                out.write(header + body)
    return len(known)


def learn_tadam(capture, scratch):
    """Timed automata from connections that a browser and real servers made."""
    tls, model = os.path.join(scratch, "tls.pcap"), os.path.join(scratch, "model")
    n = first_tls_flows(capture, tls, TLS_FLOWS)
    cpu = run(["learn", "-q", "-j", "1", "--automata", "tadam", tls, "-o", model])[0]
    row("learn --automata tadam, TLS", cpu, "s CPU", f"budget 30; {n} connections of {os.path.basename(capture)}")


def main():
    generate()
    with tempfile.TemporaryDirectory(prefix="sosie-bench-") as scratch:
        capture = os.path.join(scratch, "office.pcap")
        run(["generate", "-o", capture, *FIXED[:-1], "600000"])
        flows(capture)
        for name, budget in (("lab/office.pcap", ""), ("iot/iot.pcap", "budget 10")):
            real = os.path.join(SHARED, name)
            if os.path.exists(real):
                size = os.path.getsize(real)
                times = [run(["flows", "-q", real, "-o", "/dev/null"])[0] for _ in range(5)]
                row(f"flows {os.path.basename(real)}", size / statistics.median(times) / 1e6, "MB/s/core", "budget 300")
                learn(real, scratch, budget)
                if name == "lab/office.pcap":
                    learn_tadam(real, scratch)
            else:
                row(f"learn {name}", 0, "s CPU", "skipped: not here")


main()
