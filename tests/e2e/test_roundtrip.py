# SPDX-License-Identifier: Apache-2.0
"""Promise 1 and 5: what was drawn is what a meter sees, and tshark finds nothing wrong with it."""
import shutil
import subprocess
import sys

from e2e import Scratch, check, round_trip, sosie, tshark_complaints


def tshark_count(capture, query):
    done = subprocess.run(["tshark", "-n", "-r", capture, "-Y", query], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          timeout=900)
    return done.stdout.count(b"\n")


def noise(scratch, model):
    """Segments again and out of order, about as often as asked for; all else as without."""
    plain = round_trip(scratch, model, 4, "--flows", "1500")
    counts = [tshark_count(plain[0], f"tcp.{what}") for what in ("len > 0", "analysis.retransmission", "analysis.out_of_order")]
    check(counts[2] == 0, f"{counts[2]} segments out of order without noise")
    for kind, i in (("reemission", 1), ("transposition", 2)):
        capture, measured = round_trip(scratch, model, 4, "--flows", "1500", "--noise", f"{kind}=0.02")
        check(measured == plain[1], f"{kind} changes flows")
        n, text = tshark_complaints(capture)
        check(n == 0, f"{kind}: tshark complains about {n} frames:\n{text}")
        n = tshark_count(capture, f"tcp.analysis.{('retransmission', 'out_of_order')[i - 1]}") - counts[i]
        # Not more than asked for by six standard deviations; fewer, for not every flow can have noise.
        want = 0.02 * counts[0]
        check(want / 10 < n < want + 6 * want ** 0.5, f"{kind}: {n} of {counts[0]} segments")
    digests = {sosie("generate", "-q", "-m", model, "--sink", "digest", "-n", 20000, "-s", 4, "-t", 1800000000, "--noise", "0.05",
                     "-j", j).stdout for j in (1, 2)}
    check(len(digests) == 1, "noise depends on the number of threads")


def main():
    model = sys.argv[1]
    with Scratch() as scratch:
        # Cut off in the middle of flows by time, by packets, and not at all.
        for seed, how_much in ((1, ("-d", "90s", "--rate", "15")), (2, ("-n", "4321")), (3, ("--flows", "700"))):
            capture, measured = round_trip(scratch, model, seed, *how_much)
            check(len(measured) > 50, f"only {len(measured)} flows")
            if how_much[0] == "--flows":
                check(len(measured) == 700, f"{len(measured)} flows, 700 asked for")
            if shutil.which("tshark") is not None:
                n, text = tshark_complaints(capture)
                check(n == 0, f"tshark complains about {n} frames:\n{text}")
        if shutil.which("tshark") is not None:
            noise(scratch, model)
    print("round trip holds")


main()
