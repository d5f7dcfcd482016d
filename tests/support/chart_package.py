"""Lint the chart with both Helms and package it: ``python tests/support/chart_package.py FOLDER``."""

import sys

from chart import CHART, helm


def main() -> None:
    for major in (3, 4):
        done = helm("lint", "--strict", str(CHART), major=major)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        print(f"Helm {major}: nothing to complain about")
    done = helm("package", str(CHART), "--destination", sys.argv[1])
    print((done.stdout or done.stderr).strip())
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
