# SPDX-License-Identifier: Apache-2.0
"""sosie replay into files and nowhere, which needs no privilege: rewriting as tshark sees it, marks put on and taken off, several
captures on one timeline, windows, memory, and what happens when the output or the input gives way."""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

from e2e import SHARED, SOSIE, Scratch, check, rows, sosie, tshark_complaints

START = "2026-01-05T09:00:00Z"


def packets(path):
    """(time in ns, bytes) of a little-endian classic pcap, read without our own reader."""
    with open(path, "rb") as f:
        data = f.read()
    unit = {b"\xd4\xc3\xb2\xa1": 1000, b"\x4d\x3c\xb2\xa1": 1}[data[:4]]
    at, found = 24, []
    while at < len(data):
        sec, frac, n, _ = struct.unpack_from("<IIII", data, at)
        found.append((sec * 10**9 + frac * unit, data[at + 16:at + 16 + n]))
        at += 16 + n
    return found


def office(scratch, name, *args):
    path = scratch.path(name)
    sosie("generate", "-q", "-m", "office", "-o", path, "-t", START, *args)
    return path


def account(*args, status=0):
    return json.loads(sosie("replay", "-q", "--stats", "json", *args, status=status).stdout.decode().splitlines()[-1])


def into_file(scratch):
    """The file sink keeps the frames and gives them the times that were asked for."""
    capture, out = office(scratch, "a.pcap", "-n", 3000, "-s", 1), scratch.path("out.pcap")
    sent = packets(capture)
    for args, when in (([], lambda i: sent[i][0]), (["--speed", "4"], lambda i: sent[0][0] + (sent[i][0] - sent[0][0]) // 4),
                       (["--pps", "1000"], lambda i: sent[0][0] + i * 10**6), (["--topspeed"], lambda i: sent[i][0])):
        sosie("replay", "-q", capture, "--sink", f"pcap:{out}", *args)
        got = packets(out)
        check([f for _, f in got] == [f for _, f in sent], f"{args}: other frames")
        check([t for t, _ in got] == [when(i) for i in range(len(sent))], f"{args}: other times")
    # Pauses cut to 2 ms, all at twice the pace.
    said = account(capture, "--sink", f"pcap:{out}", "--max-gap", "2ms", "--speed", "2")
    gaps = [b - a for (a, _), (b, _) in zip(sent, sent[1:])]
    wanted = [sum(min(gap, 2 * 10**6) for gap in gaps[:i]) // 2 + sent[0][0] for i in range(0, len(sent), 50)]
    check([t for t, _ in packets(out)][::50] == wanted, "--max-gap: other times")
    long = [gap - 2 * 10**6 for gap in gaps if gap > 2 * 10**6]
    check(said["shortened"] == len(long) > 10 and round(said["shortened_s"] * 1e9) == sum(long), f"--max-gap: {said}")
    begin, end = sent[1000][0], sent[2000][0]
    sosie("replay", "-q", capture, "--sink", f"pcap:{out}", "--from", f"{begin // 10**9}.{begin % 10**9:09}", "--to",
          f"{end // 10**9}.{end % 10**9:09}")
    check(packets(out) == [p for p in sent if begin <= p[0] < end], "--from and --to cut elsewhere")


def merged(scratch):
    """Three captures on one timeline, and a pcapng with several interfaces."""
    paths = [office(scratch, f"{i}.pcap", "-n", 700, "-s", i) for i in (1, 2, 3)]
    out = scratch.path("merged.pcap")
    sosie("replay", "-q", *paths, "--sink", f"pcap:{out}")
    wanted = sorted([(t, i, f) for i, p in enumerate(paths) for t, f in packets(p)], key=lambda x: x[:2])
    check([(t, f) for t, _, f in wanted] == packets(out), "merged otherwise than by time, then by the order of the files")
    if shutil.which("mergecap") is None:
        return
    many = scratch.path("many.pcapng")
    subprocess.run(["mergecap", "-I", "none", "-F", "pcapng", "-w", many, *paths], check=True)
    sosie("replay", "-q", many, "--sink", f"pcap:{out}")
    check(sorted(f for _, f in packets(out)) == sorted(f for _, _, f in wanted), "a pcapng of three interfaces lost frames")


# Services whose messages tshark reads in part, too: what is cut or dropped of others (Kerberos, IPP) is malformed to it, and rightly so.
PLAN = """
local = ["10.0.0.0/24"]; internet = true;
hosts = ( { name = "a"; addresses = ["10.0.0.20"]; uses = ["dns", "http", "https", "imaps"]; },
          { name = "b"; addresses = ["10.0.0.21"]; uses = ["dns", "http", "https", "imaps"]; },
          { name = "c"; addresses = ["10.0.0.5"]; serves = ["dns", "imaps"]; uses = ["dns", "https"]; } );
"""
REWRITE = ["--ip-map", "10.0.0.0/16=172.20.0.0/16", "--ip-map", "198.18.0.0/15=203.0.0.0/15", "--port-map", "443=8443", "--ttl", "-1",
           "--dscp", "10", "--vlan", "add:7", "--mac", "dst=02:00:00:00:00:99", "--mtu", "600", "--mtu-policy"]


def planned(scratch, name, text):
    """Traffic of a plan: of services whose messages may be cut."""
    plan = scratch.path(f"{name}.conf")
    with open(plan, "w", encoding="ascii") as f:
        f.write(text)
    return office(scratch, f"{name}.pcap", "-n", 3000, "-s", 1, "-c", plan)


def rewritten(scratch):
    need = shutil.which("tshark") is not None
    out = scratch.path("rewritten.pcap")
    # What follows a dropped segment of HTTP is taken for the beginning of a message; in "b" all have records to go by.
    captures = [planned(scratch, "a", PLAN), planned(scratch, "b", PLAN.replace('"http", ', ""))]
    # A capture of real hosts whose own checksums are right, so that a bad one is ours.
    real = os.path.join(SHARED, "protocols", "zeek", "http", "get.pcap")
    if need and os.path.exists(real) and tshark_complaints(real)[0] == 0:
        captures.append(real)
    for i, capture in enumerate(captures):
        for policy in ("segment", "fragment", "truncate", "drop"):
            sosie("replay", "-q", capture, "--sink", f"pcap:{out}", *REWRITE, policy)
            if need:
                n_bad, text = tshark_complaints(out, pieces="tcp.analysis.lost_segment" if policy == "drop" and i == 0 else None)
                # What was truncated is short, which tshark may say, but none of it is wrong.
                check(n_bad == 0, f"{capture} --mtu-policy {policy}: tshark complains about {n_bad} frames:\n{text}")
            for _, f in packets(out):
                check(f[:6] == bytes.fromhex("020000000099") and f[12:16] == b"\x81\x00\x00\x07", f"no tag, no MAC: {f[:20].hex()}")
                if f[16:18] == b"\x08\x00":
                    check(f[18 + 1] >> 2 == 10 and f[18 + 12:18 + 14] != b"\x0a\x00", f"DSCP or address: {f[18:38].hex()}")
                    check(int.from_bytes(f[20:22], "big") <= 600, "an IP packet over the MTU")


def break_sums(capture, broken):
    """Every checksum of IP, TCP and UDP is wrong then; returns how many frames have one."""
    with open(capture, "rb") as f:
        data = bytearray(f.read())
    at, n_broken = 24, 0
    while at < len(data):
        n, ip = int.from_bytes(data[at + 8:at + 12], "little"), at + 16 + 14
        if data[ip - 2:ip] == b"\x08\x00":
            data[ip + 10] ^= 0x55
            if data[ip + 9] in (6, 17):
                data[ip + (data[ip] & 15) * 4 + (16 if data[ip + 9] == 6 else 6)] ^= 0xaa
            n_broken += 1
        at += 16 + n
    with open(broken, "wb") as f:
        f.write(data)
    return n_broken


def mended(scratch):
    """Every checksum broken, and mended: the capture is what it was, also when more is changed on the way."""
    capture, broken, out = office(scratch, "c.pcap", "-n", 3000, "-s", 1), scratch.path("broken.pcap"), scratch.path("out.pcap")
    n_broken = break_sums(capture, broken)
    said = sosie("replay", broken, "--sink", f"pcap:{out}", "--fix-checksums").said
    check(packets(capture) == packets(out), "mended, it is not what it was")
    check(n_broken > 1000 and f"{n_broken} frames had a wrong checksum" in said, f"{n_broken} were broken: {said}")
    # Of SSH's messages tshark does not put pieces together.
    for path, pieces in ((capture, "ssh"), (planned(scratch, "a", PLAN), None)):
        break_sums(path, broken)
        sosie("replay", "-q", broken, "--sink", f"pcap:{out}", "--fix-checksums", *REWRITE, "segment")
        if shutil.which("tshark") is not None:
            n_bad, text = tshark_complaints(out, pieces=pieces)
            check(n_bad == 0, f"mended and rewritten, tshark complains about {n_bad} frames:\n{text}")


def marks(scratch):
    """Put on by generate or by replay, they are the same bits; taken off, the capture is what it was."""
    plain, marked, back = office(scratch, "a.pcap", "-n", 5000, "-s", 9), scratch.path("m.pcap"), scratch.path("b.pcap")
    made = office(scratch, "g.pcap", "-n", 5000, "-s", 9, "--mark", "evil-bit", "--labels", scratch.path("l.csv"))
    sosie("replay", "-q", plain, "--sink", f"pcap:{marked}", "--mark", "evil-bit")
    check([f for _, f in packets(marked)] == [f for _, f in packets(made)], "generate and replay mark differently")
    sosie("flows", "-q", made, "-o", scratch.path("f.csv"))
    a, b = rows(scratch.path("f.csv")), rows(scratch.path("l.csv"))
    check(len(a) == len(b) and all(x[c] == y[c] for x, y in zip(a, b) for c in x if c != "label"), "labels differ from flows")
    said = sosie("unmark", made, "-o", back).said
    with open(plain, "rb") as f, open(back, "rb") as g:
        was, came = f.read(), g.read()
    if all(p[12:14] == b"\x08\x00" for _, p in packets(plain)):
        check(was == came, "unmark did not give the capture back")
    else:
        # Of IPv6 flow labels the mask's bits are gone.
        same = [p == q for (_, p), (_, q) in zip(packets(plain), packets(back)) if p[12:14] == b"\x08\x00"]
        check(len(was) == len(came) and all(same), "unmark did not give the IPv4 packets back")
    check("bore a mark" in said, said)
    check(" 0 of them" in sosie("unmark", back, "-o", scratch.path("c.pcap")).said, "a second time there was still a mark")


def memory(scratch):
    """A capture played a hundred times takes no more memory than played once."""
    capture = office(scratch, "a.pcap", "-n", 20000, "-s", 1)
    peaks = []
    # A sanitizer is not to keep what was freed: that would grow with every loop.
    environment = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
    for loops in (1, 100):
        pid = os.posix_spawn(SOSIE, [SOSIE, "replay", "-q", capture, "--sink", "null", "--topspeed", "--loop", str(loops)], environment)
        _, status, usage = os.wait4(pid, 0)
        check(status == 0, f"--loop {loops}: {status}")
        peaks.append(usage.ru_maxrss)
    print(f"peak memory: {peaks[0]} KB, a hundred times as long: {peaks[1]} KB")
    check(peaks[1] < peaks[0] * 1.5 + 4096 and ("asan" in sys.argv or peaks[1] < 64 << 10), f"memory: {peaks}")


def stopped(args, stdin=None, after=0.5):
    """Ctrl-C after a while; exit status, words, and how long it took to end."""
    child = subprocess.Popen([SOSIE, *map(str, args)], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(after)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    return child.returncode, said.decode(), time.monotonic() - began


def interrupted(scratch):
    capture = office(scratch, "a.pcap", "-n", 3000, "-s", 1)
    status, said, took = stopped(["replay", capture, "--sink", "null", "--loop", 0, "--pps", 1000])
    check(status == 130 and "interrupted" in said and took < 1, f"--loop 0 and Ctrl-C: {status} after {took:.2f} s: {said}")
    print(f"--loop 0: ended {took * 1e3:.0f} ms after Ctrl-C")
    # A stdin that says nothing, before the header and behind it.
    for header in (b"", b"\xd4\xc3\xb2\xa1" + struct.pack("<HHiIII", 2, 4, 0, 0, 65535, 1)):
        read, write = os.pipe()
        os.write(write, header)
        status, said, took = stopped(["replay", "-", "--sink", "null"], stdin=read)
        os.close(read)
        os.close(write)
        check(status in (1, 130) and took < 1, f"stdin that says nothing, {len(header)} bytes: {status} after {took:.2f} s: {said}")
    if os.path.exists("/dev/full"):
        done = sosie("replay", "-q", capture, "--sink", "pcap:/dev/full", status=1)
        check("No space left" in done.said, done.said)


def twice_interrupted(scratch):
    """Blocked where a first Ctrl-C is not seen, in a pipe that nobody reads: the second ends it at once, and nothing is left. Best of three, for
    the machine may have other things to do."""
    capture, took = office(scratch, "a.pcap", "-n", 3000, "-s", 1), []
    before = os.listdir(scratch.path("."))
    for args in (["--sink", "pcap:-"], ["--sink", "pcap:-", "--preload"], ["--sink", "pcap:-", "--loop", "0"]):
        child = subprocess.Popen([SOSIE, "replay", "-q", capture, *args], stdout=subprocess.PIPE)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        time.sleep(0.2)
        check(child.poll() is None, f"{args}: it was not blocked, so this tests nothing")
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        check(child.wait(60) == -signal.SIGINT, f"{args}: exit status {child.returncode}")
        took.append(time.monotonic() - began)
        child.stdout.close()
    print(f"second Ctrl-C: ended after {', '.join(f'{t * 1e3:.0f}' for t in took)} ms")
    check(min(took) < 0.1, f"the second Ctrl-C took {took} s")
    check(os.listdir(scratch.path(".")) == before, f"left behind: {os.listdir(scratch.path('.'))}")


def refused(scratch):
    capture = office(scratch, "a.pcap", "-n", 10, "-s", 1)
    for args, words in ((["--sink", "null", "--pps", "0"], "--pps"), (["--sink", "null", "--pps", "1", "--topspeed"], "one of them"),
                        (["--sink", "nothing"], "no sink 'nothing'"), ([], "where to"), (["--sink", "null", "--gate"], "two interfaces"),
                        (["--sink", "null", "--ip-map", "10.0.0.0/8"], "OLD/BITS=NEW/BITS"), (["--sink", "null", "--mark", "red"], "mark"),
                        (["-I", "b0", "--sink", "null"], "-i is missing"), (["--sink", "null", "--max-gap", "1s", "--pps", "9"], "own pace"),
                        (["--sink", "null", "--from", "2026-01-02", "--to", "2026-01-01"], "not before")):
        done = sosie("replay", capture, *args, status=2)
        check(words in done.said and len(done.said.splitlines()) == 1, f"{args}: {done.said}")
    check("no frames" in sosie("replay", "-q", capture, "--sink", "null", "--to", "1999-01-01T00:00:00Z", status=1).said, "no frames")
    said = account(capture, "--sink", "digest")
    check(said["result"] in sosie("replay", "-q", capture, "--sink", "digest").stdout.decode(), f"--stats json: {said}")
    said = account(capture, "--sink", "null", "--dry-run", "--pps", "0.001")
    check(said["frames"] == 10 and said["whole"] and said["missing"] == 0, f"--dry-run: {said}")


with Scratch() as s:
    into_file(s)
    merged(s)
    rewritten(s)
    mended(s)
    marks(s)
    memory(s)
    interrupted(s)
    twice_interrupted(s)
    refused(s)
sys.exit(0)
