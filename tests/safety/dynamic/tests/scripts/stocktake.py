"""Adds up a list: stocktake.py FILE."""

import sys

from stockroom.text.units import plural

HEADER = "Stock"


def read(path, separator=","):
    with open(path) as f:
        return [line.strip().split(separator) for line in f]


def main(path):
    rows = read(path)
    total = sum(int(n) for _, n in rows)
    print(f"{HEADER}: {plural(total, 'piece')} of {plural(len(rows), 'kind')}")
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
