"""Tests a running `emotive serve` from outside: schemathesis with the server's own description, then mutated recordings.

    tools/api_tests.sh .build/release/emotive [--mutations 10000] [--examples 50] [--seed 1]

Every answer to a mutated recording must be 2xx or 4xx, and the server's memory must not grow. Exit status 1 otherwise.
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import recordings

HERE = pathlib.Path(__file__).resolve().parent


class Server:
    """The program on a free port, ended at the end."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", *arguments], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        match = re.search(r"http://([\d.]+):(\d+)", line)
        if not match:
            sys.exit(f"the server does not start: {line}{self.process.stderr.read()}")
        self.host, self.port = match[1], int(match[2])
        # Read all the time: whoever writes to a full pipe waits for ever, the server as well.
        self.said = collections.deque(maxlen=20)
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def memory(self):
        """Resident megabytes."""
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6

    def request(self, method, path, body=None, connection=None):
        connection = connection or http.client.HTTPConnection(self.host, self.port, timeout=60)
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=10)
        self.reader.join()
        if status != 0:
            sys.exit(f"the server ended with status {status}: {''.join(self.said)}")


def run_schemathesis(server, examples, seed):
    command = [
        str(pathlib.Path(sys.executable).parent.absolute() / "schemathesis"), "run", f"http://{server.host}:{server.port}/openapi.json",
        "--checks", "all", "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "recordings", "PYTHONPATH": str(HERE)}
    with tempfile.TemporaryDirectory() as folder:  # it leaves a cache where it runs
        return subprocess.run(command, env=environment, cwd=folder).returncode == 0


def check_picture(server):
    """The PNG is one that zlib agrees with."""
    status, picture = server.request("POST", "/v1/spectrogram", recordings.recording("WAV", "PCM_16"))
    assert status == 200 and picture[:8] == b"\x89PNG\r\n\x1a\n", status
    place, data = 8, b""
    while place < len(picture):
        length = int.from_bytes(picture[place:place + 4], "big")
        body = picture[place + 4:place + 8 + length]
        assert zlib.crc32(body) == int.from_bytes(picture[place + 8 + length:place + 12 + length], "big")
        if body[:4] == b"IHDR":
            width, height = int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")
        if body[:4] == b"IDAT":
            data += body[4:]
        place += 12 + length
    assert len(zlib.decompress(data)) == (width + 1) * height
    print(f"spectrogram: a valid PNG of {width} x {height}")


def mutated(bodies, generator):
    """One of the recordings with something wrong with it."""
    body = bytearray(generator.choice(bodies))
    for _ in range(generator.choice([1, 1, 1, 2, 4])):
        kind = generator.randrange(7)
        place = generator.randrange(len(body)) if body else 0
        if kind == 0:  # bit flips anywhere
            for _ in range(generator.choice([1, 4, 64])):
                if body:
                    body[generator.randrange(len(body))] ^= 1 << generator.randrange(8)
        elif kind == 1:  # bit flips in the header
            for _ in range(generator.choice([1, 4])):
                if body:
                    body[generator.randrange(min(len(body), 100))] ^= 1 << generator.randrange(8)
        elif kind == 2:  # cut
            del body[place:]
        elif kind == 3:  # a header that lies: a number of 2 or 4 bytes, often an extreme one
            size = generator.choice([2, 4])
            value = generator.choice([0, 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1), generator.randrange(2 ** (8 * size))])
            start = generator.randrange(max(1, min(len(body), 100)))
            body[start:start + size] = value.to_bytes(size, generator.choice(["little", "big"]))
        elif kind == 4:  # bytes put in
            body[place:place] = generator.randbytes(generator.choice([1, 16, 1000]))
        elif kind == 5:  # a part taken out
            del body[place:place + generator.choice([1, 16, 1000])]
        else:  # a part of another recording
            other = generator.choice(bodies)
            start = generator.randrange(len(other))
            body[place:place + 500] = other[start:start + 500]
    return bytes(body)


def run_mutations(server, count, seed):
    bodies = recordings.all_recordings()
    for (_, *names), body in zip(recordings.FORMATS, bodies):
        status, answer = server.request("POST", "/v1/classify", body)
        assert status == 200, (names, status, answer)
    connections = {}

    def send(number):
        body = mutated(bodies, random.Random(f"{seed}-{number}"))
        query = ["", "?top=2", "?timeline=true", "?timeline=true&dense=true"][number % 4]
        thread = threading.get_ident()
        for _ in range(2):  # the server may have closed the connection after its last answer
            connection = connections.pop(thread, None) or http.client.HTTPConnection(server.host, server.port, timeout=60)
            try:
                status, answer = server.request("POST", "/v1/classify" + query, body, connection)
                connections[thread] = connection
                if status >= 400:
                    problem = json.loads(answer)
                    assert problem["status"] == status and problem["detail"], problem
                    return status, problem["type"].split(":")[-1]
                return status, "ok"
            except (http.client.HTTPException, ConnectionError):
                connection.close()
        return 0, "no answer"

    outcomes = collections.Counter()
    bad = []
    memory = []
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for number, outcome in enumerate(pool.map(send, range(count))):
            outcomes[outcome] += 1
            if not (200 <= outcome[0] < 300 or 400 <= outcome[0] < 500):
                bad.append(number)
            if (number + 1) % max(1, count // 10) == 0:
                memory.append(server.memory())
                print(f"  {number + 1} mutations, {memory[-1]:.0f} MB, {time.monotonic() - start:.0f} s", flush=True)
    for (status, kind), number in sorted(outcomes.items()):
        print(f"  {status} {kind}: {number}")
    if bad:
        print(f"mutations with another answer than 2xx or 4xx: {bad[:20]} (seed {seed})")
    # The first part fills caches and arenas; after it, the middle must not lie above the one before.
    early, late = max(memory[:5]), max(memory[5:])
    print(f"memory: at most {early:.0f} MB in the first half, {late:.0f} MB in the second")
    grown = late > early * 1.1 + 10
    if grown:
        print("memory has grown")
    return not bad and not grown


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--examples", type=int, default=50, help="of schemathesis, for each operation")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    passed = True
    with Server(options.program) as server:
        check_picture(server)
        if options.examples:
            passed &= run_schemathesis(server, options.examples, options.seed)
        if options.mutations:
            passed &= run_mutations(server, options.mutations, options.seed)
    if server.said:  # what clients send is not logged, neither by us nor by the decoders
        passed = False
        print(f"the server wrote to standard error: {''.join(server.said)}")
    print("passed" if passed else "FAILED")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
