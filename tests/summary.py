#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a `meson test` run came to: failures, what was skipped and why, and the counts as the last line.

usage: summary.py TESTLOG.json MESON-EXIT-STATUS
"""
import json
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
# cmocka's own skip() leaves the program's exit status 0; its cases are told, not counted.
SKIPPED_CASE = re.compile(r"^\[  SKIPPED \] (?!\d)(\S+)", re.M)
NOISE = re.compile(r"^(\[|Bail out|==|$)")


def reason(test):
    """The last line the test printed itself, which says why it skipped."""
    for stream in ("stderr", "stdout"):
        lines = [line.strip() for line in test.get(stream, "").splitlines()]
        lines = [line for line in lines if not NOISE.match(line)]
        if lines:
            return re.sub(r"^skipped: ", "", lines[-1])
    return "no reason given"


def main():
    status = int(sys.argv[2])
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            tests = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        print(f"no test results: {error}")
        tests = []
    passed = [t for t in tests if t["result"] in PASSED]
    skipped = [t for t in tests if t["result"] == "SKIP"]
    failed = [t for t in tests if t["result"] not in PASSED and t["result"] != "SKIP"]
    for test in passed:
        for case in SKIPPED_CASE.findall(test.get("stdout", "") + test.get("stderr", "")):
            print(f"skipped case: {test['name']}: {case}")
    for test in skipped:
        print(f"skipped: {test['name']}: {reason(test)}")
    for test in failed:
        print(f"failed: {test['name']}: {test['result'].lower()}")
    # meson can fail without a failed test (nothing built, the log not written): that is a failure too.
    n_failed = len(failed) or int(status != 0 or not tests)
    print(f"{len(passed)} passed, {n_failed} failed, {len(skipped)} skipped")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
