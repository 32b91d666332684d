# SPDX-License-Identifier: Apache-2.0
"""Damage to flow tables and captures, made on purpose: what metrics are for. The tests of metrics and docs/evaluation.py share it.

A table is a list of rows as csv.DictReader has them; a capture is a list of packets, see read_capture().
"""
import csv
import struct
import zlib


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0"))


def second(value):
    return f"{value // 10**9}.{value % 10**9:09}"


def together(rows, rng, columns):
    """These columns of a row come from another row, together."""
    other = rng.sample(rows, len(rows))
    return [{**r, **{c: o[c] for c in columns}} for r, o in zip(rows, other)]


def marginals(rows, rng):
    """Every column on its own."""
    for c in rows[0]:
        rows = together(rows, rng, [c])
    return sorted(rows, key=lambda r: ns(r["ts"]))


def shuffled(rows, rng):
    """Numbers without regard to the rest of the row."""
    return together(rows, rng, ["fwd_bytes", "bwd_bytes", "fwd_packets", "bwd_packets", "duration"])


def collapsed(rows, rng):
    """Ten rows over and over, at the times of the others."""
    few = rng.sample(rows, 10)
    return [{**rng.choice(few), "ts": r["ts"]} for r in rows]


def bunched(rows, rng):
    """Starts moved to the beginning of their ten seconds."""
    return [{**r, "ts": second(ns(r["ts"]) // 10**10 * 10**10)} for r in rows]


def apart(rows, rng):
    """Every client on its own clock: no two of its flows are near each other."""
    return sorted(({**r, "ts": second(ns(r["ts"]) + rng.randrange(600) * 10**9)} for r in rows), key=lambda r: ns(r["ts"]))


def dropped(rows, rng):
    """Without the most frequent service."""
    names = [r["service"] for r in rows]
    most = max(sorted(set(names)), key=names.count)
    return [r for r in rows if r["service"] != most]


def doubled(rows, rng):
    """Four times the bytes."""
    return [{**r, "fwd_bytes": str(4 * int(r["fwd_bytes"])), "bwd_bytes": str(4 * int(r["bwd_bytes"]))} for r in rows]


def impossible(rows, rng):
    """TCP's flags on everything."""
    return [{**r, "flags": "SA"} for r in rows]


def write(path, rows):
    with open(path, "w", newline="", encoding="ascii") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


class Packet:
    """A frame of Ethernet: time in ns, bytes, and where its payload begins. ends: the two ends and the protocol in an order of
    their own, or None when it is no IP packet with ports or ICMP."""

    def __init__(self, time, data, original):
        self.time, self.data, self.original = time, data, original
        self.ends, self.port, self.transport, self.payload = None, 0, 0, len(data)
        at = 14
        kind = data[12:14]
        while kind in (b"\x81\x00", b"\x88\xa8"):
            kind = data[at + 2:at + 4]
            at += 4
        if kind == b"\x08\x00" and len(data) >= at + 20:
            proto, addresses, ip = data[at + 9], (data[at + 12:at + 16], data[at + 16:at + 20]), at
            at += (data[at] & 15) * 4
            if struct.unpack_from(">H", data, ip + 6)[0] & 0x1fff:
                return
        elif kind == b"\x86\xdd" and len(data) >= at + 40:
            proto, addresses = data[at + 6], (data[at + 8:at + 24], data[at + 24:at + 40])
            at += 40
        else:
            return
        ports, self.transport = (b"", b""), at
        if proto in (6, 17) and len(data) >= at + 8:
            ports = (data[at:at + 2], data[at + 2:at + 4])
            self.port = min(struct.unpack(">HH", data[at:at + 4]))
            self.payload = min(len(data), at + (data[at + 12] >> 4) * 4 if proto == 6 and len(data) > at + 12 else at + 8)
        self.ends = (proto, *sorted(zip(addresses, ports)))

    def but(self, time=None, data=None):
        """A copy at another time or with other bytes."""
        return Packet(self.time if time is None else time, self.data if data is None else data, self.original)

    def chance(self, salt):
        """The same number in [0, 1) for all packets of a conversation."""
        return zlib.crc32(salt + repr(self.ends).encode()) / 2**32


def read_capture(path, limit=-1):
    """The packets of a capture, or of its first bytes: pcap, little-endian, Ethernet."""
    with open(path, "rb") as file:
        data = file.read(limit)
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[struct.unpack_from("<I", data)[0]]
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, part, captured, original = struct.unpack_from("<IIII", data, at)
        if at + 16 + captured > len(data):
            break
        packets.append(Packet(seconds * 10**9 + part * unit, data[at + 16:at + 16 + captured], original))
        at += 16 + captured
    return packets


def write_capture(path, packets):
    parts = [struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1)]
    for p in packets:
        parts += [struct.pack("<IIII", p.time // 10**9, p.time % 10**9, len(p.data), p.original), p.data]
    path.write_bytes(b"".join(parts))
    return path


def conversations(packets):
    found = {}
    for p in packets:
        found.setdefault(p.ends, []).append(p)
    return list(found.values())


def in_order(packets):
    return sorted(packets, key=lambda p: p.time)


def packets_randomised(packets, rng):
    """Payloads of random bytes, as long as they were."""
    return [p.but(data=p.data[:p.payload] + rng.randbytes(len(p.data) - p.payload)) for p in packets]


def packets_dropped(packets, rng):
    """Without the port that most conversations are about."""
    ports = [c[0].port for c in conversations(packets)]
    most = max(sorted(set(ports) - {0}), key=ports.count)
    return [p for p in packets if p.port != most]


def packets_bunched(packets, rng):
    """Conversations moved, whole, to where their ten seconds began."""
    moved = []
    for c in conversations(packets):
        back = c[0].time % 10**10
        moved += [p.but(time=p.time - back) for p in c]
    return in_order(moved)


def packets_scattered(packets, rng):
    """Every conversation at another time, with no regard to the others'."""
    first, last = packets[0].time, packets[-1].time
    moved = []
    for c in conversations(packets):
        by = rng.randrange(first, last) - c[0].time
        moved += [p.but(time=p.time + by) for p in c]
    return in_order(moved)


def packets_collapsed(packets, rng):
    """Ten conversations over and over, at the times of the others and each time from another port."""
    all_of_them = [c for c in conversations(packets) if c[0].port and c[0].ends[0] in (6, 17)]
    few = [(c, min(c[0].ends[1:], key=lambda end: end[1])[1]) for c in rng.sample(all_of_them, 10)]
    made = []
    for i, c in enumerate(conversations(packets)):
        pattern, server = rng.choice(few)
        client = struct.pack(">H", 32768 + i % 32000)
        for p in pattern:
            ports = p.data[p.transport:p.transport + 4]
            ports = b"".join(x if x == server else client for x in (ports[:2], ports[2:]))
            data = p.data[:p.transport] + ports + p.data[p.transport + 4:]
            made.append(p.but(p.time - pattern[0].time + c[0].time, data))
    return in_order(made)
