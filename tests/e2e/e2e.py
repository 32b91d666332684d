# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: running the program as a user does, and reading what it wrote."""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

SOSIE = os.environ["SOSIE"]
SHARED = os.path.join(os.environ.get("SOSIE_SOURCE", "."), "..", "shared", "data")
COLUMNS = ("ts,duration,proto,src_ip,src_port,dst_ip,dst_port,service,state,flags,fwd_packets,bwd_packets,"
           "fwd_bytes,bwd_bytes,fwd_payload,bwd_payload,label").split(",")
CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def fail(why):
    print(f"FAILED: {why}")
    sys.exit(1)


def check(condition, why):
    if not condition:
        fail(why)


def bytes_under_way(pid, folder):
    """How long the files in a folder are that a process has open: they have no name until they are whole. None: there is none."""
    found = None
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if os.readlink(f"/proc/{pid}/fd/{fd}").startswith(os.path.realpath(folder) + "/"):
                found = (found or 0) + os.stat(f"/proc/{pid}/fd/{fd}").st_size
    except OSError:
        pass  # closed meanwhile
    return found


def sosie(*args, status=0, **kwargs):
    """Runs the program; any other exit status than expected fails the test with what it said."""
    kwargs.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run([SOSIE, *map(str, args)], stderr=subprocess.PIPE, check=False, timeout=900, **kwargs)
    said = done.stderr.decode(errors="replace")
    if done.returncode != status:
        fail(f"sosie {' '.join(map(str, args))}: exit status {done.returncode}, expected {status}\n{said}")
    done.said = said
    return done


def digest_line(text):
    """The hexadecimal digest in a line 'digest: HEX'."""
    for line in text.splitlines():
        if line.startswith("digest: "):
            return line.split()[1]
    return fail(f"no digest in:\n{text}")


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def same_rows(flows, labels):
    """Fails unless the flow table equals the ground truth row for row, in order."""
    check(len(flows) == len(labels), f"{len(flows)} flows measured, {len(labels)} labelled")
    for i, (a, b) in enumerate(zip(flows, labels)):
        for column in COLUMNS:
            if column != "label" and a[column] != b[column]:
                fail(f"row {i + 1}: {column}: measured {a[column]}, label says {b[column]}\n{a}\n{b}")


def need_tshark():
    if shutil.which("tshark") is None:
        skip("tshark is not installed (package tshark)")


def tshark_complaints(path, limit=5, pieces=None):
    """
    Frames that tshark calls malformed or whose checksums are bad, as text. pieces: a filter; frames of it may be malformed, for what
    belongs to them is in others that it does not put together with them, or that are not there.
    """
    malformed = "_ws.malformed" if pieces is None else f"(_ws.malformed and not {pieces})"
    query = (f"{malformed} or ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0 or "
             "icmp.checksum.status == 0 or icmpv6.checksum.status == 0")
    done = subprocess.run(["tshark", "-n", "-r", path, *CHECKSUMS, "-Y", query], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=900)
    check(done.returncode == 0, f"tshark: {done.stderr.decode(errors='replace')}")
    lines = done.stdout.decode(errors="replace").splitlines()
    return len(lines), "\n".join(lines[:limit])


class Scratch:
    """A directory that goes away."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="sosie-test-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)


def round_trip(scratch, model, seed, *how_much):
    """Generates, measures, and compares with the labels. Returns (capture, flow rows)."""
    capture, labels, table = scratch.path("gen.pcap"), scratch.path("labels.csv"), scratch.path("flows.csv")
    sosie("generate", "-q", "-m", model, "-o", capture, "--labels", labels, "-s", seed, "-t", "2026-11-21T09:00:00Z", *how_much)
    sosie("flows", "-q", capture, "-o", table)
    measured = rows(table)
    same_rows(measured, rows(labels))
    return capture, measured
