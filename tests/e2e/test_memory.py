# SPDX-License-Identifier: Apache-2.0
"""Promise 3: memory grows with the flows open at once, not with the length of the run."""
import os
import sys

from e2e import SOSIE, check, skip


def peak_kb(duration):
    pid = os.posix_spawn(SOSIE, [SOSIE, "generate", "-q", "--sink", "null", "-s", "11", "-t", "2026-11-21T00:00:00Z", "-j", "1",
                                 "-d", duration, "--rate", "3"], os.environ)
    _, status, usage = os.wait4(pid, 0)
    check(status == 0, f"exit status {status}")
    return usage.ru_maxrss


def main():
    if "asan" in sys.argv[1:]:
        skip("the sanitizer keeps freed memory: peak memory says nothing")
    # Sessions of hours: the number of flows open at once is only steady after some.
    quarter, days = peak_kb("6h"), peak_kb("72h")
    print(f"6 h: {quarter} KB, 72 h: {days} KB")
    check(days <= quarter * 1.10, "72 h use over 10 % more memory than 6 h")


main()
