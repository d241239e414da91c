import sys

from stockroom import errors

found = errors.StockError.all_codes()
sys.stdout.write(",".join(f"{k}={v}" for k, v in sorted(found.items())))
