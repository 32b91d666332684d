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
    hour, day = peak_kb("1h"), peak_kb("24h")
    print(f"1 h: {hour} KB, 24 h: {day} KB")
    check(day <= hour * 1.10, "24 h use over 10 % more memory than 1 h")


main()
