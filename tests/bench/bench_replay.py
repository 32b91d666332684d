#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sosie replay beside tcpreplay, on a veth pair in namespaces of its own: how fast, and how evenly. Prints rows for ./dev bench.

Speed is frames per second of user + system CPU time, for the machine is shared; what starting takes (a run of one frame) is taken off.
Runs are interleaved, medians count. Evenness is measured by the kernel's receive timestamps, beside what the machine takes from
a program that does nothing but look at the clock: where that is more often than one packet in a hundred, p99 is the machine's.
"""
import fcntl
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
import lab  # noqa: E402  pylint: disable=wrong-import-position

lab.enter(real_root=True)

from e2e import SOSIE, Scratch, skip  # noqa: E402  pylint: disable=wrong-import-position

FRAMES, REPEATS, PACED, EVEN_REPEATS = 10000, 9, 20000, 15
F_SETPIPE_SZ = 1031  # fcntl(2)


def row(name, value, unit, note=""):
    print(f"{name}\t{value:.4g}\t{unit}\t{note}", flush=True)


def capture(path, n_bytes, n=FRAMES):
    """n UDP frames to nobody, of so many bytes with the frame check sequence, which is not in it."""
    n_bytes -= 4
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, n_bytes - 14, 0, 0, 64, 17, 0, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
    frame = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + ip + struct.pack("!HHHH", 9, 9, n_bytes - 34, 0)
    frame += bytes(n_bytes - len(frame))
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            f.write(struct.pack("<IIII", 1 + i // 10**6, i % 10**6, n_bytes, n_bytes) + frame)


def cpu(args, one_core=True):
    """CPU seconds of a run, tied to one core: starting it and playing."""
    # The namespace is entered before it is tied down, so both programs pay alike.
    out = os.open(os.devnull, os.O_WRONLY)
    pid = os.fork()
    if pid == 0:
        os.dup2(out, 1)
        os.dup2(out, 2)
        if one_core:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        os.execvp(args[0], args)
    os.close(out)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(args)}: exit status {status}")
    return usage.ru_utime + usage.ru_stime


def blue(*args):
    return ["ip", "netns", "exec", "blue", *args]


def speed(path, loops):
    """Frames per CPU second of each way, one list each, of runs beside one another."""
    ways = {
        "tcpreplay": (blue("tcpreplay", "-q", "-K", "--topspeed", "-i", "b0"), ["-L", "1"], [f"--loop={loops}"]),
        "af_packet": ([SOSIE, "replay", "-q", "--preload", "--topspeed", "-i", "b0@blue"], ["--limit", "1"], ["--loop", str(loops)]),
        "dpdk": ([SOSIE, "replay", "-q", "--preload", "--topspeed", "-i", "b0@blue", "--sink", "dpdk"], ["--limit", "1"],
                 ["--loop", str(loops)]),
    }
    if not has_dpdk():
        del ways["dpdk"]
    found = {way: [] for way in ways}
    for _ in range(REPEATS):
        for way, (command, once, often) in ways.items():
            found[way].append(cpu([*command, *often, path]) - cpu([*command, *once, path]))
    return {way: [loops * FRAMES / t for t in times] for way, times in found.items()}


def has_dpdk():
    said = subprocess.run([SOSIE, "replay", "/dev/null", "--sink", "dpdk:"], stderr=subprocess.PIPE, check=False).stderr
    return b"built without DPDK" not in said


def speeds(scratch):
    for n_bytes in (64, 512, 1500):
        path = scratch.path("frames.pcap")
        capture(path, n_bytes)
        found = speed(path, 30)
        row(f"tcpreplay -K --topspeed, {n_bytes} bytes", statistics.median(found["tcpreplay"]) / 1e6, "M/s", "veth")
        for way, goal in (("af_packet", 1.15), ("dpdk", 1.6)):
            if way in found:
                # The machine's speed moves between runs, and less between two that follow one another.
                ratios = sorted(a / b for a, b in zip(found[way], found["tcpreplay"]))
                row(f"replay {way}, {n_bytes} bytes", statistics.median(ratios), "x", f"goal {goal} of tcpreplay; "
                    f"{ratios[len(ratios) // 4]:.2f} to {ratios[-1 - len(ratios) // 4]:.2f} in half of {REPEATS} pairs; "
                    f"{statistics.median(found[way]) / 1e6:.2f} M/s" + ("; net_af_xdp" if way == "dpdk" else ""))


def null_device(scratch):
    path = scratch.path("frames.pcap")
    capture(path, 512)
    command = [SOSIE, "replay", "-q", "--preload", "--topspeed", "--sink", "dpdk:--vdev=net_null0", path]
    times = [cpu([*command, "--loop", "1000"]) - cpu([*command, "--limit", "1"]) for _ in range(REPEATS)]
    row("replay dpdk net_null, 512 bytes", 1000 * FRAMES / statistics.median(times) / 1e6, "M/s", "goal 12; preloaded")


def gaps(command):
    """p50, p90 and p99 of how far gaps are from 10 us, in ns."""
    receiver = lab.Receiver("red", "r0", frames=1 << 15, frame_bytes=256, early=True)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    times = [t for t, _ in receiver.finish()]
    errors = sorted(abs(b - a - 10000) for a, b in zip(times, times[1:]))
    return [errors[len(errors) * share // 100] for share in (50, 90, 99)]


def stalls(seconds=0.2, least_ns=2000):
    """How often a second the machine takes the core away for 2 us or more from one who only looks at the clock, under the scheduler's policy
    that the evenness runs have."""
    here = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    n, before = 0, time.monotonic_ns()
    end = before + int(seconds * 1e9)
    while before < end:
        now = time.monotonic_ns()
        n += now - before >= least_ns
        before = now
    os.sched_setscheduler(0, *here)
    return n / seconds


def evenness(scratch):
    path = scratch.path("paced.pcap")
    capture(path, 64, PACED)
    ways = {"replay": [SOSIE, "replay", "-q", "--preload", "--pps", "100000", "-i", "b0@blue", path],
            "tcpreplay": blue("tcpreplay", "-q", "-K", "--pps=100000", "-i", "b0", path)}
    found = {way: [] for way in ways}
    # On a machine that others use, a quiet core is one that is not shared for the fifth of a second this takes.
    alone = ["chrt", "-f", "50"] if shutil.which("chrt") else []
    taken = []
    for _ in range(EVEN_REPEATS):
        taken.append(stalls() if alone else 0)
        for way, command in ways.items():
            found[way].append(gaps([*alone, *command]))
    for way, runs in found.items():
        p50, p90, p99 = (statistics.median(r[i] for r in runs) for i in range(3))
        goal = "goal 50; " if way == "replay" else ""
        row(f"{way}: gap error at 100,000/s, p50", p50, "ns", f"{goal}p90 {p90:.0f}, p99 {p99:.0f} ns; kernel receive times")
    ratio = statistics.median(a[2] / b[2] for a, b in zip(found["replay"], found["tcpreplay"]))
    row("replay: gap error at 100,000/s, p99", ratio, "x", "goal 1 of tcpreplay's, run beside it")
    if alone:
        row("a bare spin loses its core for 2 us", statistics.median(taken), "1/s", "beside the runs above; 1,000 are one gap in 100")


def rates(scratch):
    """How near to what was asked ten seconds on the wire come, in every mode."""
    path = scratch.path("frames.pcap")
    capture(path, 512)
    # Frames are a microsecond apart there.
    for args, rate in ((["--speed", "0.05", "--loop-delay", "1us"], 50000), (["--pps", "20000.5"], 20000.5),
                       (["--mbps", "100"], 100e6 / 8 / (508 + 24)), (["--mbps", "100", "--l2"], 100e6 / 8 / 508)):
        line = subprocess.run([SOSIE, "replay", "-q", "--stats", "json", "-i", "b0@blue", "--preload", "--loop", "0", "-d", "10", *args,
                               path], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[-1]
        said = json.loads(line)
        # From the first frame to the last there is a gap less than there are frames.
        row(f"replay {' '.join(args)}, off by", abs((said["frames"] - 1) / said["played_s"] / rate - 1) * 100, "%",
            f"goal 0.1; ten seconds on veth; late p99 {said['late_ns']['p99']} ns")


def ten_gigabytes():
    """A capture of 10 GB at a rate, made on the spot: a file would mostly measure how the machine finds pages for its cache."""
    n, size = 9014, 10 * 10**9
    frames = (struct.pack("<IIII", 1, 0, n, n) + bytes(n)) * 512
    n_blocks = size // len(frames) + 1
    child = subprocess.Popen([SOSIE, "replay", "-q", "--stats", "json", "--sink", "null", "--mbps", "5000", "--l2", "-"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    fcntl.fcntl(child.stdin, F_SETPIPE_SZ, 1 << 20)
    child.stdin.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for _ in range(n_blocks):
        child.stdin.write(frames)
    child.stdin.close()
    said = json.loads(child.stdout.read().decode().splitlines()[-1])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0 or said["frames"] != 512 * n_blocks:
        sys.exit(f"ten gigabytes: status {status}: {said}")
    row("replay of 10 GB, peak memory", usage.ru_maxrss / 1024, "MB", f"goal 64; 5 Gbit/s asked, {said['bytes'] * 8e-9 / said['played_s']:.3f} "
        f"held; {usage.ru_utime + usage.ru_stime:.1f} s of CPU")


def main():
    if shutil.which("tcpreplay") is None:
        skip("tcpreplay is not installed (package tcpreplay)")
    with Scratch() as scratch:
        lab.pair()
        speeds(scratch)
        evenness(scratch)
        rates(scratch)
        lab.remove_pair()
        if has_dpdk():
            null_device(scratch)
        ten_gigabytes()


main()
