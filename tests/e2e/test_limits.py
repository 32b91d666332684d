# SPDX-License-Identifier: Apache-2.0
"""-d, -n and --flows stop exactly where they say; timestamps never decrease; bad input is one clear error."""
import os
import signal
import subprocess
import time

from e2e import SOSIE, Scratch, bytes_under_way, check, rows, sosie

START = "2026-11-21T09:00:00Z"
START_S = 1795251600


def times(path):
    """Timestamps of a classic little-endian microsecond pcap, in microseconds, read without our own reader."""
    with open(path, "rb") as f:
        data = f.read()
    check(data[:4] == b"\xd4\xc3\xb2\xa1", "not a little-endian microsecond pcap")
    at, found = 24, []
    while at < len(data):
        sec, usec, caplen, _ = (int.from_bytes(data[at + i:at + i + 4], "little") for i in (0, 4, 8, 12))
        found.append(sec * 1000000 + usec)
        at += 16 + caplen
    check(at == len(data), "the file ends inside a packet")
    return found


def exact_ends(scratch):
    capture, labels = scratch.path("x.pcap"), scratch.path("x.csv")
    for n in (1, 2, 999, 5000):
        sosie("generate", "-q", "-o", capture, "-n", n, "-s", 5, "-t", START)
        found = times(capture)
        check(len(found) == n, f"-n {n} wrote {len(found)} packets")
        check(found == sorted(found), "timestamps decrease")
    sosie("generate", "-q", "-o", capture, "-d", "37s", "-s", 5, "-t", START)
    found = times(capture)
    check(found == sorted(found), "timestamps decrease")
    check(found[0] >= START_S * 1000000, "packets before the start")
    check(found[-1] < (START_S + 37) * 1000000, "packets after the end")
    check(found[-1] > (START_S + 30) * 1000000, "the run ends seconds early")
    for n in (1, 7, 250):
        sosie("generate", "-q", "-o", capture, "--flows", n, "-s", 5, "-t", START, "--labels", labels)
        check(len(rows(labels)) == n, f"--flows {n} labelled {len(rows(labels))}")


def errors(scratch):
    out = scratch.path("never.pcap")
    for status, args, expected in (
            (2, ["generate", "-o", out], "how much"),
            (2, ["generate", "-d", "1s"], "no output"),
            (2, ["generate", "-o", out, "-d", "soon"], "soon"),
            (2, ["generate", "-o", out, "-d", "-5s"], "-5s"),
            (2, ["generate", "-o", out, "-d", "1s", "--sedd", "1"], "did you mean"),
            (2, ["generate", "-o", out, "-n", "1e9"], "1e9"),
            (2, ["generate", "-o", out, "-n", "99999999999999999999999"], "packets"),
            (2, ["generate", "-o", out, "-d", "1s", "--mtu", "100"], "mtu"),
            (1, ["generate", "-o", out, "-d", "1s", "-m", "nosuch"], "office"),
            (1, ["generate", "-o", scratch.path("no/such/dir/x.pcap"), "-d", "1s"], "no/such/dir"),
            (1, ["generate", "-o", "/dev/full", "-d", "60s"], "No space left"),
            (1, ["flows", "/nonexistent.pcap"], "nonexistent"),
            (1, ["show", "nosuch"], "office"),
            (2, ["show"], "which model"),
            (2, ["nosuchverb"], "no verb"),
            (2, ["learn", "x.pcap"], "-o DIR")):
        done = sosie(*args, status=status)
        check(expected in done.said, f"sosie {' '.join(args)}: said '{done.said}', expected '{expected}' in it")
        check(not os.path.exists(out), f"sosie {' '.join(args)} left {out} behind")
    left = [name for name in os.listdir(scratch.dir) if "never" in name]
    check(not left, f"temporary files left behind: {left}")
    empty = scratch.path("empty.pcap")
    with open(empty, "wb"):
        pass
    for verb in (["flows", empty], ["learn", empty, "-o", scratch.path("m")]):
        done = sosie(*verb, status=1)
        check("empty.pcap" in done.said, f"{verb[0]} of an empty file: '{done.said}'")


def wait_for_bytes(scratch, pid):
    """Until some of what it writes is on the disk: the run is well under way then."""
    for _ in range(2000):
        if bytes_under_way(pid, scratch.dir):
            return
        time.sleep(0.01)
    check(False, "nothing was written within 20 s")


def interrupt(scratch):
    """Ctrl-C: ends soon, what is there is a whole capture with matching labels."""
    for threads in ("1", "3"):
        name = f"i{threads}.pcap"
        capture, labels, table = scratch.path(name), scratch.path("i.csv"), scratch.path("f.csv")
        run = subprocess.Popen([SOSIE, "generate", "-q", "-o", capture, "--labels", labels, "-d", "300d", "-s", "5", "-j", threads])
        wait_for_bytes(scratch, run.pid)
        run.send_signal(signal.SIGINT)
        try:
            status = run.wait(timeout=20)
        except subprocess.TimeoutExpired:
            run.kill()
            check(False, "still running 20 s after Ctrl-C")
        check(status == 130, f"exit status {status} after Ctrl-C, expected 130")
        found = times(capture)
        check(found == sorted(found), "timestamps decrease")
        sosie("flows", "-q", capture, "-o", table)
        check(len(rows(table)) == len(rows(labels)), "labels and flows differ after Ctrl-C")


def main():
    with Scratch() as scratch:
        exact_ends(scratch)
        errors(scratch)
        interrupt(scratch)
    print("limits hold")


main()
