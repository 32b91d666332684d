# SPDX-License-Identifier: Apache-2.0
"""A careless or malicious user: contradictions, full disks, signals in odd hours; and the round trip under every option that changes the bytes."""
import itertools
import json
import os
import signal
import subprocess
import time

from e2e import COLUMNS, SOSIE, Scratch, bytes_under_way, check, rows, same_rows, sosie

START = ("-s", "7", "-t", "2026-11-21T09:00:00Z")
LOCAL = 'local = ["10.1.0.0/24"]; '
HOST = '{ name = "a"; addresses = ["10.1.0.1"]; %s }'


def interrupt_anywhere(scratch):
    """A second of a million flows, and years without one, must hear the signal as well: both once ran on for minutes."""
    for rate, threads, number in itertools.product(("1000000", "0.000000001"), ("1", "3"), (signal.SIGINT, signal.SIGTERM)):
        capture, labels, table = scratch.path("i.pcap"), scratch.path("i.csv"), scratch.path("f.csv")
        run = subprocess.Popen([SOSIE, "generate", "-q", "-o", capture, "--labels", labels, "-d", "9000d", "--rate", rate, "-j", threads,
                                "-s", "7", "-t", "2000-01-01T00:00:00Z"])
        # Installed handlers are what the run is asked to show; before them there is nothing to clean up.
        deadline = time.monotonic() + 20
        while bytes_under_way(run.pid, scratch.dir) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        run.send_signal(number)
        try:
            status = run.wait(timeout=20)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            check(False, f"--rate {rate} -j{threads}: still running 20 s after signal {number}")
        check(status == 130, f"--rate {rate} -j{threads}: exit status {status} after signal {number}, expected 130")
        check(sorted(os.listdir(scratch.dir)) == ["i.csv", "i.pcap"], f"left {os.listdir(scratch.dir)}")
        sosie("flows", "-q", capture, "-o", table)
        same_rows(rows(table), rows(labels))
        for path in (capture, labels, table):
            os.unlink(path)


def no_space(scratch):
    """Labels that cannot be written take the capture with them: one without the other is a trap."""
    capture = scratch.path("c.pcap")
    for how_much, threads in itertools.product((("-n", "10"), ("-d", "60s")), ("1", "3")):
        done = sosie("generate", "-q", "-o", capture, "--labels", "/dev/full", "-j", threads, *START, *how_much, status=1)
        check("/dev/full" in done.said and "No space left" in done.said, f"said '{done.said}'")
        check(os.listdir(scratch.dir) == [], f"left {os.listdir(scratch.dir)}")
    with open(capture, "w", encoding="ascii") as f:
        f.write("precious")
    sosie("generate", "-q", "-o", capture, "--labels", "/dev/full", *START, "-n", "10", status=1)
    with open(capture, encoding="ascii") as f:
        check(f.read() == "precious", "a failed run replaced the file that was there")
    os.unlink(capture)


def seen_enough(scratch):
    """Who reads only the head of a text gets no complaint: the reader is gone before the first byte."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([SOSIE, "show", "office", "hosts"], stdout=write, stderr=subprocess.PIPE, check=False, cwd=scratch.dir)
    os.close(write)
    check(done.returncode == -signal.SIGPIPE and done.stderr == b"", f"{done.returncode}, said {done.stderr}")


def contradictions(scratch):
    capture, plan = scratch.path("c.pcap"), scratch.path("plan.conf")
    for status, args, expected in (
            (2, ["-o", capture, "--labels", capture, "-n", "1"], "both"),
            (2, ["--sink", "nosuch", "-n", "1"], "nosuch"),
            (2, ["-o", capture, "--sink", "digest", "-n", "1"], "one of them"),
            (1, ["-o", capture, "-n", "1000", "-t", "2106-02-07T06:28:14Z"], "2106"),
            (1, ["-o", capture, "-n", "1", "--rate", "999999999999"], "the rate is too high")):
        done = sosie("generate", "-q", *args, status=status)
        check(expected in done.said, f"{args}: said '{done.said}', expected '{expected}' in it")
        check(not os.path.exists(capture), f"{args}: left {capture} behind")
    for text, expected in (
            ("", "'local' is missing"),
            (LOCAL + "hosts = ();", "not 0"),
            (LOCAL + "hosts = (%s, %s);" % (HOST % "", HOST % ""), "plan.conf:1"),
            (LOCAL + "hosts = (%s);" % (HOST % 'mac = "01:00:00:00:00:01";'), "group"),
            (LOCAL + "internet = false; hosts = (%s);" % (HOST % 'uses = ["ssh"];'), "nobody serves"),
            ('local = ["10.2.0.0/24"]; hosts = (%s);' % (HOST % ""), "in none of"),
            (LOCAL + "hosts = (%s);" % (HOST % "weight = 1e999;"), "too large"),
            ('@include "/etc/passwd"', "include"),
            ("local = " + "[" * 5000, "nested")):
        with open(plan, "w", encoding="ascii") as f:
            f.write(text)
        done = sosie("generate", "-q", "-c", plan, "-o", capture, "-n", "10", *START, status=1)
        check(expected in done.said, f"plan {text[:60]}: said '{done.said}', expected '{expected}' in it")
        check(not os.path.exists(capture), f"plan {text[:60]}: left {capture} behind")
    with open(plan, "w", encoding="ascii") as f:
        f.write('local = ["10.1.0.1/32"]; hosts = (%s);' % (HOST % ""))
    sosie("generate", "-q", "-c", plan, "--sink", "null", "-n", "100", *START)  # its broadcast address: a shift by 32


def a_directory_by_its_slash(scratch):
    capture, model = scratch.path("c.pcap"), scratch.path("m")
    sosie("generate", "-q", "-o", capture, "-n", "2000", *START)
    for _ in range(2):
        sosie("learn", "-q", capture, "-o", model + "/")
        check(sorted(os.listdir(scratch.dir)) == ["c.pcap", "m"], f"left {os.listdir(scratch.dir)}")
    check(os.path.exists(os.path.join(model, "model.conf")), "no model.conf in the model")


def table(path):
    """The columns that a measured table and labels share, whatever the format."""
    if path.endswith(".csv"):
        return [[row[column] for column in COLUMNS[:-1]] for row in rows(path)]
    with open(path, encoding="utf-8") as f:
        if path.endswith(".jsonl"):
            return [[record[column] for column in COLUMNS[:-1]] for record in map(json.loads, f)]
        lines = [line.rstrip("\n").split("\t") for line in f]
    fields = next(line[1:] for line in lines if line[0] == "#fields")
    common = [i for i, field in enumerate(fields) if field in ZEEK]
    check(len(common) == len(ZEEK), f"fields {fields}")
    return [[line[i] for i in common] for line in lines if not line[0].startswith("#")]


ZEEK = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes", "resp_bytes", "conn_state",
        "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes")
OPTIONS = ((), ("--snaplen", "96"), ("--precision", "ns", "-j", "3"), ("--mtu", "576"), ("--mtu", "9000", "--payload", "zero"),
           ("--mtu", "1280", "--payload", "random", "--precision", "ns", "--snaplen", "128"))
HOW_MUCH = (("-d", "15s", "--rate", "x3", *START), ("--flows", "200", "-s", "7", "-t", "1970-01-01T00:00:00Z"),
            ("-n", "2000", "-s", "7", "-t", "2100-12-31T23:59:50Z"), ("-d", "1ns", *START))


def round_trips(scratch):
    n = 0
    for model, options, how_much in itertools.product(("office", "iot"), OPTIONS, HOW_MUCH):
        # All of the formats in turn, not all with all.
        capture = scratch.path("c." + ("pcap", "pcapng")[n % 2])
        ending = ("csv", "jsonl", "log")[n % 3]
        labels, measured = scratch.path("l." + ending), scratch.path("f." + ending)
        sosie("generate", "-q", "-m", model, "-o", capture, "--labels", labels, *how_much, *options)
        sosie("flows", "-q", capture, "-o", measured)
        a, b = table(measured), table(labels)
        check(a == b, f"{model} {options} {how_much} {ending}: measured and labels differ, first in "
              f"{next((pair for pair in zip(a, b) if pair[0] != pair[1]), (len(a), len(b)))}")
        n += 1
    return n


def main():
    for part in (interrupt_anywhere, no_space, seen_enough, contradictions, a_directory_by_its_slash):
        with Scratch() as scratch:
            part(scratch)
    with Scratch() as scratch:
        print(f"{round_trips(scratch)} round trips hold")


main()
