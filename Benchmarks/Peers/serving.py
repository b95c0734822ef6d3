"""The other end of `Worker` in measure.py: a line of JSON when ready, then one for every line on standard input."""

import json
import sys
import time


def answer_lines(hello, answer):
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(line.strip())), flush=True)


def seconds(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start
