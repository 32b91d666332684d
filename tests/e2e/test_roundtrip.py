# SPDX-License-Identifier: Apache-2.0
"""Promise 1 and 5: what was drawn is what a meter sees, and tshark finds nothing wrong with it."""
import shutil
import sys

from e2e import Scratch, check, round_trip, tshark_complaints


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
    print("round trip holds")


main()
