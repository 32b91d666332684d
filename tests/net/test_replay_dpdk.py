# SPDX-License-Identifier: Apache-2.0
"""The dpdk sink, without hugepages: every byte arrives through net_af_xdp and net_af_packet, a file of net_pcap's, net_null."""
import json
import os
import subprocess
import sys

import lab

# The leak sanitizer cannot stop DPDK's threads, and says so on stderr; all else it finds counts.
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
lab.enter(real_root=True)

from e2e import SOSIE, Scratch, check, skip, sosie  # noqa: E402  pylint: disable=wrong-import-position

START = "2026-01-05T09:00:00Z"


def play(*args, netns=None, status=0):
    """The account of a run, in a namespace of its own if asked for."""
    where = ["ip", "netns", "exec", netns] if netns else []
    done = subprocess.run([*where, SOSIE, "replay", "-q", "--stats", "json", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=120)
    said = done.stderr.decode()
    check(done.returncode == status, f"{args}: exit status {done.returncode}: {said}")
    check(said == "", f"{args}: a library wrote to stderr: {said}")
    return json.loads(done.stdout.decode().splitlines()[-1])


def whole(said, n, n_bytes, what):
    port = said["interfaces"][0]
    check(port["asked"] == port["handed_over"] == port["confirmed"] == n and said["missing"] == 0, f"{what}: {said}")
    check(port["handed_over_bytes"] == n_bytes, f"{what}: {port}")


def veth(capture, what, *args, netns=None):
    sent = lab.frames(capture)[1]
    for pace in (["--topspeed"], ["--topspeed", "--preload"], ["--speed", "20"]):
        lab.pair()
        receiver = lab.Receiver("red", "r0")
        said = play(capture, *args, *pace, netns=netns)
        got = [data for _, data in receiver.finish()]
        check(got == sent, f"{what} {pace}: {len(got)} frames of {len(sent)} arrived, or they differ")
        whole(said, len(sent), sum(map(len, sent)), what)
        check("xdp" not in lab.run("ip", "-n", "blue", "link", "show", "b0"), f"{what}: left a program on the interface")
        lab.remove_pair()


def accident(capture, act, cause, words):
    """What happens to the interface half a second after the run began ends it, is named, and leaves an account that adds up."""
    lab.pair()
    child = subprocess.Popen([SOSIE, "replay", capture, "-i", "b0@blue", "--sink", "dpdk", "--pps", "2000", "--loop", "0", "--stats", "json"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    act()
    out, text = child.communicate(timeout=60)
    said = json.loads(out.decode().splitlines()[-1])
    port = said["interfaces"][0]
    check(child.returncode == 1 and words in text.decode(), f"{cause}: exit status {child.returncode}: {text.decode()}")
    check(port["failed"][cause] > 0 and port["asked"] == port["handed_over"] + sum(port["failed"].values()), f"{cause}: {port}")
    check(0 < said["missing"] <= said["frames"] and port["dropped"] <= port["handed_over"], f"{cause}: {said}")
    for name in ("blue", "red"):
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


with Scratch() as s:
    office = s.path("office.pcap")
    said = subprocess.run([SOSIE, "replay", office, "--sink", "dpdk:"], stderr=subprocess.PIPE, check=False).stderr.decode()
    if "built without DPDK" in said:
        skip("built without DPDK")
    sosie("generate", "-q", "-m", "office", "-o", office, "-n", 3000, "-s", 3, "-t", START, "--rate", "x4")
    frames_sent = lab.frames(office)[1]
    total = sum(map(len, frames_sent))
    whole(play(office, "--sink", "dpdk:--vdev=net_null0", "--topspeed", "--loop", "10"), 30000, 10 * total, "net_null")
    written = s.path("out.pcap")
    whole(play(office, "--sink", f"dpdk:--vdev=net_pcap0,tx_pcap={written}", "--topspeed"), 3000, total, "net_pcap")
    check(lab.frames(written)[1] == frames_sent, "net_pcap wrote other bytes")
    refused = sosie("replay", office, "--sink", "dpdk:", status=1)
    check("no device" in refused.said, refused.said)
    veth(office, "net_af_xdp", "-i", "b0@blue", "--sink", "dpdk")
    veth(office, "net_af_packet", "--sink", "dpdk:--vdev=net_af_packet0,iface=b0", netns="blue")
    accident(office, lambda: lab.run("ip", "-n", "blue", "link", "set", "b0", "down"), "link_down", "'b0' went down")
    accident(office, lambda: lab.run("ip", "netns", "del", "red"), "gone", "is gone")
    check(not os.path.exists("/run/dpdk"), "the EAL left files in /run")
sys.exit(0)
