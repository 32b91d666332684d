# SPDX-License-Identifier: Apache-2.0
"""
A little network of our own: this process enters new user, mount and network namespaces, so no privilege is needed, nothing
of it is seen outside, and all of it is gone when the process ends, however it ends.
"""
import ctypes
import json
import mmap
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from e2e import check, skip  # noqa: E402  pylint: disable=wrong-import-position

INSIDE = "SOSIE_TEST_INSIDE"


def enter(real_root=False):
    """
    Runs this script again inside the namespaces; skips where they cannot be made. With real_root there is no user namespace: what
    loads BPF programs needs the machine's own root.
    """
    if os.environ.get(INSIDE):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        return
    for tool in ("unshare", "ip", "mount"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            skip(f"{tool} is not installed")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if real_root and os.geteuid() != 0:
        skip("needs root")
    wanted = ["unshare", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if not real_root:
        wanted += ["--user", "--map-root-user"]
    if subprocess.run([*wanted, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("network namespaces cannot be made here")
    os.environ[INSIDE] = "1"
    os.execvp(wanted[0], [*wanted, sys.executable, *sys.argv])


def run(*args):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check(done.returncode == 0, f"{' '.join(args)}: {done.stdout.decode(errors='replace')}")
    return done.stdout.decode()


def pair(mtu=1500):
    """Namespaces blue and red with the two ends, b0 and r0, of a veth pair; nothing else speaks there."""
    for name in ("blue", "red"):
        run("ip", "netns", "add", name)
        # Set before any interface is up, so that no IPv6 of the kernel's own is on the wire.
        run("ip", "netns", "exec", name, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; "
                                                     "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
    run("ip", "link", "add", "b0", "netns", "blue", "mtu", str(mtu), "type", "veth", "peer", "name", "r0", "netns", "red", "mtu",
        str(mtu))
    for name, interface in (("blue", "b0"), ("red", "r0")):
        run("ip", "-n", name, "link", "set", interface, "up")


def remove_pair():
    run("ip", "netns", "del", "blue")
    run("ip", "netns", "del", "red")


def counter(netns, interface, name):
    """A counter of the kernel's, such as rx_packets."""
    side, what = name.split("_", 1)
    found = json.loads(run("ip", "-n", netns, "-s", "-j", "link", "show", interface))
    return found[0]["stats64"][side][what]


def frames(path):
    """Times (ns) and bytes of a little-endian classic pcap, read without our own reader."""
    with open(path, "rb") as f:
        data = f.read()
    unit = {b"\xd4\xc3\xb2\xa1": 1000, b"\x4d\x3c\xb2\xa1": 1}[data[:4]]
    at, times, found = 24, [], []
    while at < len(data):
        sec, frac, caplen = (int.from_bytes(data[at + i:at + i + 4], "little") for i in (0, 4, 8))
        times.append(sec * 10**9 + frac * unit)
        found.append(data[at + 16:at + 16 + caplen])
        at += 16 + caplen
    return times, found


class Receiver:
    """
    All frames that arrive at an interface from now on, in a packet socket's ring (packet(7), TPACKET_V2) that is large enough for
    a whole test: nobody has to read in time, so nothing is lost to a slow reader.
    """

    SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, ETH_P_ALL = 263, 5, 6, 10, 3
    SO_TIMESTAMPING, RX_SOFTWARE = 37, 1 << 3
    VLAN_VALID = 1 << 4

    def __init__(self, netns, interface, frames=4096, frame_bytes=16384, early=False):
        """early: times are taken when a frame reaches the interface, not when it has been copied into the ring: half the noise."""
        self.frames, self.frame_bytes = frames, frame_bytes
        here, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{netns}", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        check(libc.setns(there, 0) == 0, f"cannot enter {netns}")
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.setsockopt(self.SOL_PACKET, self.PACKET_VERSION, 1)
            if early:
                self.socket.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPING, self.RX_SOFTWARE)
            ring = struct.pack("IIII", 1 << 20, frames * frame_bytes >> 20, frame_bytes, frames)
            self.socket.setsockopt(self.SOL_PACKET, self.PACKET_RX_RING, ring)
            self.ring = mmap.mmap(self.socket.fileno(), frames * frame_bytes)
            self.socket.bind((interface, self.ETH_P_ALL))
        finally:
            check(libc.setns(here, 0) == 0, "cannot come back")
            os.close(here)
            os.close(there)

    def finish(self):
        """[(time in ns, bytes)] of what arrived; fails if anything was lost for want of room."""
        time.sleep(0.1)
        received, lost = struct.unpack("II", self.socket.getsockopt(self.SOL_PACKET, self.PACKET_STATISTICS, 8))
        check(lost == 0, f"the test's ring of {self.frames} was too small: {received} received, {lost} lost")
        found = []
        for i in range(self.frames):
            head = struct.unpack_from("=IIIHHIIHH", self.ring, i * self.frame_bytes)
            status, n, mac, sec, nsec, tci, tpid = head[0], head[2], head[3], head[5], head[6], head[7], head[8]
            if not status & 1:
                break
            data = self.ring[i * self.frame_bytes + mac:i * self.frame_bytes + mac + n]
            if status & self.VLAN_VALID:
                data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
            found.append((sec * 10**9 + nsec, data))
        self.ring.close()
        self.socket.close()
        return found
