# SPDX-License-Identifier: Apache-2.0
"""Two interfaces, each in its own namespace, from one process: each side's frames byte for byte, order across the two with --gate;
a model played onto a wire, with marks; probe."""
import json
import signal
import subprocess
import sys
import time

import lab

lab.enter()

from e2e import SOSIE, Scratch, check, fail, rows, sosie  # noqa: E402  pylint: disable=wrong-import-position

START = "2026-01-05T09:00:00Z"


def two_pairs():
    """A pair for each side; the senders b0 and b1 live in blue and red, the receivers r0 and r1 in each other's namespace."""
    lab.pair()
    lab.run("ip", "link", "add", "b1", "netns", "red", "type", "veth", "peer", "name", "r1", "netns", "blue")
    lab.run("ip", "-n", "red", "link", "set", "b1", "up")
    lab.run("ip", "-n", "blue", "link", "set", "r1", "up")


def is_client(frame):
    """Of office's hosts, in Ethernet and IPv4: 10.0.0.0/24 is the clients' here."""
    return frame[12:14] == b"\x08\x00" and frame[26:29] == b"\x0a\x00\x00"


def sides(capture, *args):
    """Plays onto both; what arrived on either, with times, and the account."""
    receivers = lab.Receiver("red", "r0"), lab.Receiver("blue", "r1")
    said = json.loads(sosie("replay", "-q", capture, "-i", "b0@blue", "-I", "b1@red", "--stats", "json", *args)
                      .stdout.decode().splitlines()[-1])
    return [r.finish() for r in receivers], said


def both_sides(scratch):
    capture = scratch.path("two.pcap")
    sosie("generate", "-q", "-m", "office", "-o", capture, "-n", 2000, "-s", 5, "-t", START, "--rate", "x4")
    sent = lab.frames(capture)[1]
    wanted = [f for f in sent if is_client(f)], [f for f in sent if not is_client(f)]
    check(min(map(len, wanted)) > 300, f"a test of two sides needs frames on both: {list(map(len, wanted))}")
    for pace in (["--topspeed"], ["--topspeed", "--gate"], ["--speed", "20"]):
        two_pairs()
        got, said = sides(capture, "--split", "cidr:10.0.0.0/24", *pace)
        for i in (0, 1):
            check([f for _, f in got[i]] == wanted[i], f"{pace}: side {i}: {len(got[i])} of {len(wanted[i])} frames, or they differ")
            port = said["interfaces"][i]
            check(port["asked"] == port["handed_over"] == port["confirmed"] == len(wanted[i]), f"{pace}: side {i}: {port}")
            check(port["netns"] == ("blue", "red")[i], f"{port}")
        if "--gate" in pace:
            # The kernel's receive times say in which order the two sides' frames came.
            order = [f for _, _, f in sorted([(t, i, f) for i in (0, 1) for t, f in got[i]], key=lambda x: x[0])]
            check(order == sent, "--gate: the frames of the two sides came in another order than they stand in the capture")
        lab.run("ip", "-n", "red", "link", "del", "b1")
        lab.remove_pair()


def marked(scratch):
    """A model played onto the wire in real time; every packet that arrives bears the mark, and is what the same run writes to a file."""
    lab.pair()
    args = ["generate", "-q", "-m", "office", "-s", 7, "-t", START, "--rate", "x50", "-d", "2s", "--mark", "evil-bit"]
    receiver = lab.Receiver("red", "r0", frames=1 << 14, frame_bytes=2048)
    began = time.monotonic()
    sosie(*args, "-i", "b0@blue", "--labels", scratch.path("wire.csv"))
    took = time.monotonic() - began
    got = [f for _, f in receiver.finish()]
    sosie(*args, "-o", scratch.path("file.pcap"), "--labels", scratch.path("file.csv"))
    check(got == lab.frames(scratch.path("file.pcap"))[1], "the wire and the file got different frames")
    check(rows(scratch.path("wire.csv")) == rows(scratch.path("file.csv")), "the labels differ")
    check(len(got) > 100 and all(f[20] & 0x80 for f in got if f[12:14] == b"\x08\x00"), "packets without a mark")
    check(1 < took < 30, f"two seconds of traffic took {took:.1f} s")
    lab.remove_pair()


def until_stopped():
    lab.pair()
    child = subprocess.Popen([SOSIE, "generate", "-m", "office", "-s", "7", "--rate", "x20", "-i", "b0@blue"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # However long a busy machine takes to begin.
    until = time.monotonic() + 30
    while lab.counter("red", "r0", "rx_packets") == 0 and child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    check(lab.counter("red", "r0", "rx_packets") > 0, "nothing was sent")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    check(child.returncode == 130, f"generate -i and Ctrl-C: exit status {child.returncode}: {said.decode()}")
    check("handed over" in said.decode(), f"no account: {said.decode()}")
    lab.remove_pair()


def second_signal(scratch):
    """The first Ctrl-C is waited for no longer once there is a second: here the program is stopped so that both are pending."""
    lab.pair()
    child = subprocess.Popen([SOSIE, "replay", "-q", scratch.path("two.pcap"), "-i", "b0@blue", "--speed", "0.0001"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    child.send_signal(signal.SIGTERM)
    try:
        child.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        fail("two signals did not end it")
    check(child.returncode in (130, -signal.SIGINT, -signal.SIGTERM), f"exit status {child.returncode}")
    lab.remove_pair()


def probe():
    lab.pair()
    said = json.loads(sosie("probe", "b0@blue", "--json").stdout)
    for key, value in (("interface", "b0"), ("kind", "veth"), ("up", True), ("carrier", True), ("mtu", 1500)):
        check(said[key] == value, f"probe: {key}: {said}")
    check(set(said["sinks"]) == {"af_packet", "dpdk"} and said["sinks"]["af_packet"] is True, f"probe: {said}")
    check(said["xdp"] in ("unknown", "generic", "native", "zero-copy") and said["tx_queues"] >= 1, f"probe: {said}")
    text = sosie("probe", "b0@blue").stdout.decode()
    check("veth" in text and "sink af_packet  works" in text, text)
    for args, status, words in ((["b9@blue"], 1, "no interface 'b9'"), (["b0@none"], 1, "'none'"), ([], 2, "one interface"),
                                (["b0", "b1"], 2, "one interface"), (["@"], 2, "IFACE@NETNS")):
        done = sosie("probe", *args, status=status)
        check(words in done.said and len(done.said.splitlines()) == 1, f"probe {args}: {done.said}")
    lab.remove_pair()


with Scratch() as s:
    both_sides(s)
    marked(s)
    until_stopped()
    second_signal(s)
    probe()
sys.exit(0)
