# SPDX-License-Identifier: Apache-2.0
"""sosie automata score: rows of flows, their likely service, what noise is, and what is refused."""
import csv
import os
import signal
import struct
import subprocess
import time

from e2e import SOSIE, Scratch, check, sosie

COLUMNS = ("ts,proto,src_ip,src_port,dst_ip,dst_port,service,state,packets,automaton,bits_per_packet,likely_service,"
           "likely_bits_per_packet").split(",")


def score(*args):
    return list(csv.DictReader(sosie("automata", "score", *args).stdout.decode().splitlines()))


def without_packets(path, target, dropped):
    """A copy of a microsecond or nanosecond pcap without some of its packets."""
    with open(path, "rb") as f, open(target, "wb") as out:
        out.write(f.read(24))
        i = 0
        while header := f.read(16):
            body = f.read(struct.unpack("<IIII", header)[2])
            if i not in dropped:
                out.write(header + body)
            i += 1


def interrupted(scratch):
    """SIGTERM while automata are learned: exit status 130 within a second of work, and nothing left behind."""
    # So much that automata are learned for several seconds.
    capture, out = scratch.path("long.pcap"), scratch.path("interrupted")
    sosie("generate", "-o", capture, "-d", "90m", "-m", "office", "-s", 3, "-t", "2026-01-05T10:00:00Z", "-q")
    before = sorted(os.listdir(os.path.dirname(out)))
    with subprocess.Popen([SOSIE, "learn", capture, "--automata", "tadam", "-j", "1", "-o", out, "-v"], stderr=subprocess.PIPE) as run:
        used = 0
        while used < 3:  # reading the capture takes less, learning the automata more
            check(run.poll() is None, "learned before it could be interrupted")
            time.sleep(0.05)
            with open(f"/proc/{run.pid}/stat", encoding="ascii") as stat:
                used = sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")
        os.kill(run.pid, signal.SIGTERM)
        said = run.stderr.read()
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    # The time of all threads, so that it does not matter what else the machine does.
    after = usage.ru_utime + usage.ru_stime - used
    check(run.returncode == 130, f"exit status {run.returncode}: {said}")
    check(after < 1, f"{after:.2f} s of work after SIGTERM")
    check(sorted(os.listdir(os.path.dirname(out))) == before, "an interrupted run left something")


def main():
    with Scratch() as scratch:
        capture = scratch.path("office.pcap")
        sosie("generate", "-o", capture, "-d", "5m", "-m", "office", "-s", 3, "-t", "2026-01-05T10:00:00Z", "-q")
        flows = score("office", capture, "--headers")  # its payloads are made, not those that were learned from
        check(list(flows[0]) == COLUMNS, f"columns: {list(flows[0])}")
        table = sosie("flows", capture, "-q").stdout.decode().splitlines()
        check(len(flows) == len(table) - 1, f"{len(flows)} rows for {len(table) - 1} flows")
        own = sum(row["automaton"] == "own" for row in flows) / len(flows)
        check(own > 0.99, f"a model has automata for its own flows: {own}")
        right = sum(row["likely_service"] == row["service"] for row in flows) / len(flows)
        print(f"{len(flows)} flows, likely service right for {right:.3f}")
        check(right > 0.9, "a model's own flows are known by their packets")
        # A flow that the capture's end cuts short may be in a state that was never learned from.
        check(all((row["bits_per_packet"] == "-") == (row["automaton"] == "-") for row in flows), "bits without an automaton, or none with one")
        bits = sorted(float(row["bits_per_packet"]) for row in flows if row["automaton"] != "-")
        check(0 <= bits[0] and bits[-1] < 60, f"bits per packet from {bits[0]} to {bits[-1]}")

        number = next(i for i, row in enumerate(flows) if row["proto"] == "6" and int(row["packets"]) > 8)
        said = sosie("automata", "score", "office", capture, "--explain", number + 1).stdout.decode().splitlines()
        check(len(said) >= 1 + int(flows[number]["packets"]), f"a line for each packet: {said}")

        interrupted(scratch)

        # The same capture with holes: flows that lost packets need more bits.
        holes = scratch.path("holes.pcap")
        without_packets(capture, holes, set(range(5, 100000, 12)))
        worse = [float(row["bits_per_packet"]) for row in score("office", holes) if row["bits_per_packet"] != "-"]
        mean = sum(bits) / len(bits)
        print(f"bits per packet: {mean:.2f}, with holes {sum(worse) / len(worse):.2f}")
        check(sum(worse) / len(worse) > mean * 1.05, "lost packets are unusual")

        # With payloads, of which a model learned from this capture has sketches, more is known than without; and all of it is
        # in the model's text.
        model = scratch.path("model")
        sosie("learn", capture, "-o", model, "-q")
        with_payloads, without = (sum(row["likely_service"] == row["service"] for row in score(model, capture, *option)) /
                                  len(flows) for option in ((), ("--headers",)))
        print(f"learned from the capture: right for {with_payloads:.3f}, by headers {without:.3f}")
        check(with_payloads > 0.95, "flows are known by their packets and payloads")
        check(without < with_payloads, "payloads say something")
        for name in os.listdir(os.path.join(model, "automata")):
            path = os.path.join(model, "automata", name)
            with open(path, encoding="utf-8") as f:
                text = f.read().partition("# payloads:")[0]
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        check([row["likely_service"] for row in score(model, capture)] ==
              [row["likely_service"] for row in score(model, capture, "--headers")], "a model without sketches goes by headers")

        sosie("automata", status=2)
        sosie("automata", "score", "office", status=2)
        sosie("automata", "explain", "office", capture, status=2)
        sosie("automata", "score", "nowhere", capture, status=1)
        sosie("automata", "score", "office", capture, "--explain", len(flows) + 1, status=1)


if __name__ == "__main__":
    main()
