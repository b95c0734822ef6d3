"""Measures Emotive beside PyTorch doing the same work: `Benchmarks/run.sh` builds what this needs and starts it.

Both sides are prepared once and then take turns, so that whatever else the machine does meets both. A ratio is the
median of the rounds' ratios, theirs to ours, above 1 where we are faster; its range is that of the rounds.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import recordings
from report import Report

ROOT = Path(__file__).resolve().parent.parent
OURS = [str(ROOT / ".build/release/benchmarks")]
EMOTIVE = str(ROOT / ".build/release/emotive")
PEERS = ROOT / "Benchmarks/Peers"
STAGES = ["decoding", "fitting", "spectrograms", "channels", "whitening", "scaling"]


def peer(script, *arguments):
    return [sys.executable, str(PEERS / script), *arguments]


class Worker:
    """A process that prints a line of JSON when it is ready, and then one for each line that it is given."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.hello = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.name} ended with status {self.process.wait()}; what it said is above")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.read()

    def page_faults(self):
        # Field 10 of proc(5)'s stat; the name in front of it may hold spaces.
        return int(Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[7])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def rounds_of(count, turns):
    """What each of the named turns returned in each round, in alternating order, after a round for warming up."""
    results = {name: [] for name in turns}
    for number in range(-1, count):
        order = list(turns) if number % 2 == 0 else list(reversed(turns))
        for name in order:
            result = turns[name]()
            if number >= 0:
                results[name].append(result)
    return results


def training(options, report):
    steps = {"squeezenet1_1": 10, "resnet18": 4, "densenet161": 1}
    for network, count in steps.items():
        count = 1 if options.quick else count
        batch = 2 if options.quick else 24
        with contextlib.ExitStack() as stack:
            ours = stack.enter_context(Worker("Emotive", [*OURS, "training", network, "--batch-size", str(batch)]))
            precision = ours.hello["precision"]
            peers = {  # name: precision, layout, AdamW, and the ratio that we aim for
                f"PyTorch, {precision}, channels last": (precision, "channels-last", "default", 1),
                "PyTorch, its defaults": ("float32", "contiguous", "default", 2),
                f"PyTorch, {precision}, channels last, fused AdamW": (precision, "channels-last", "fused", None),
            }
            if network == "densenet161":  # each side needs gigabytes, and AdamW is a small part of its step
                del peers[f"PyTorch, {precision}, channels last, fused AdamW"]
            turns = {"ours": ours}
            for name, (*settings, _) in peers.items():
                turns[name] = stack.enter_context(Worker(name, peer("training.py", network, *settings, str(batch))))
                if turns[name].hello["parameters"] != ours.hello["parameters"]:
                    sys.exit(f"bench: {network} has another number of parameters in {name}")
            times = rounds_of(options.rounds, {
                name: (lambda worker=worker: worker.ask(count)["seconds"] / count) for name, worker in turns.items()})
        for name, (*_, aim) in peers.items():
            report.ratio(
                "training", f"{network} vs {name}", times["ours"], times[name], lambda s: batch / s, "images/s", aim)
    kept_memory(options, report)


def kept_memory(options, report):
    """What `Runtime.keepFreedMemory` brings."""
    batch, count = (2, 1) if options.quick else (24, 10)
    command = OURS + ["training", "squeezenet1_1", "--batch-size", str(batch)]
    with Worker("freed memory kept", command) as kept, \
            Worker("freed memory returned", command + ["--return-freed-memory"]) as returned:
        def turn(worker):
            faults = worker.page_faults()
            seconds = worker.ask(count)["seconds"] / count
            return seconds, (worker.page_faults() - faults) / count

        results = rounds_of(options.rounds, {
            worker: (lambda worker=worker: turn(worker)) for worker in (kept, returned)})
    times = {worker: [seconds for seconds, _ in result] for worker, result in results.items()}
    report.ratio(
        "training", "squeezenet1_1, Emotive: freed memory kept vs returned", times[kept], times[returned],
        lambda s: batch / s, "images/s", None)
    for worker, result in results.items():
        report.value(
            "training", f"page faults a step, {worker.name}", statistics.median(faults for _, faults in result), "")


def features(options, report):
    files = recordings.files(options)[: 4 if options.quick else 60]
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(Worker("Emotive", OURS + ["features", *files]))
        settings = json.dumps(ours.hello["settings"])
        theirs = [
            stack.enter_context(Worker(f"torchaudio + SciPy, {way}", peer("features.py", way, settings, *files)))
            for way in ("processes", "threads", "operations")]
        difference = max(abs(a - b) for a, b in zip(ours.hello["sample"], theirs[0].hello["sample"]))
        if difference > 0.05:
            sys.exit(f"bench: the sides' images differ by {difference:.3g}, expected at most 0.05")
        times = rounds_of(options.rounds, {
            worker: (lambda worker=worker: worker.ask("images")["seconds"] / len(files)) for worker in (ours, *theirs)})
        best = min(theirs, key=lambda worker: statistics.median(times[worker]))
        for worker in theirs:
            report.ratio(
                "features", f"whitened images vs {worker.name}", times[ours], times[worker], lambda s: 1 / s,
                "recordings/s", 4 if worker is best else None)
        stages = rounds_of(options.rounds, {
            worker: (lambda worker=worker: worker.ask("stages")) for worker in (ours, theirs[1])})
    report.value("features", "recordings measured", len(files), recordings.kind(options))
    report.value("features", "ms a recording, two workers", 1e3 * statistics.median(times[ours]), "ms")
    report.value("features", "ms a recording, the fastest peer's two", 1e3 * statistics.median(times[best]), "ms")
    for stage in STAGES:
        own, other = (
            1e3 * statistics.median(result[stage] for result in stages[worker]) / len(files)
            for worker in (ours, theirs[1]))
        report.value("features", f"{stage}, one thread (peer {other:.2f})", own, "ms")


def predict(options, report):
    bundle = Path(os.environ.get("EMOTIVE_BUNDLE", ROOT / "Bundles/emotive"))
    if not (bundle / "bundle.json").exists():
        report.note("predict", f"left out: there is no bundle at {bundle}; name one with EMOTIVE_BUNDLE")
        return
    file = recordings.files(options)[0]
    runs = {
        "Emotive": [EMOTIVE, "predict", "--bundle", str(bundle), "--json", file],
        "PyTorch": peer("predict.py", str(bundle), file),
    }
    results = rounds_of(options.rounds, {
        name: (lambda command=command: run_once(command)) for name, command in runs.items()})
    answers = [json.loads(result[0]["output"])["probabilities"] for result in results.values()]
    difference = max(abs(answers[0][label] - answers[1][label]) for label in answers[0])
    if difference > 0.02:
        sys.exit(f"bench: the sides' probabilities differ by {difference:.3g}, expected at most 0.02")
    for measure, unit, aim in [("seconds", "s", 5), ("megabytes", "MB peak", 2)]:
        ours, theirs = ([run[measure] for run in results[name]] for name in runs)
        report.ratio(
            "predict", "one file, start to printed result" if unit == "s" else "one file, peak memory", ours, theirs,
            lambda value: value, unit, aim)
    report.value("predict", "largest difference of a probability", difference, "")


def serving(options, report):
    """`emotive serve` and a FastAPI server of the same bundle, each with and without batching, under the same load."""
    bundle = Path(os.environ.get("EMOTIVE_BUNDLE", ROOT / "Bundles/emotive"))
    if not shutil.which("wrk"):
        report.note("serving", "left out: there is no wrk; `apt-get install wrk` brings it")
        return
    files = recordings.files(options)[:20]
    seconds = 2 if options.quick else 5
    port = 8_790
    ours = [EMOTIVE, "serve", "--bundle", str(bundle), "--port", str(port)]
    theirs = peer("server.py", str(bundle), str(port))
    twice, int8 = ["--processes", "2", "--threads", "1", "--features", "1"], ["--int8", *files]
    # What a FastAPI server does best on this machine is what counts: one or two threads for the networks, two processes,
    # networks that TorchScript has frozen, or in eight bits, as PyTorch has them.
    sides = {
        "ours": ours, "ours, singly": [*ours, "--batch-size", "1"], "ours, float32": [*ours, "--precision", "float32"],
        "FastAPI": theirs, "FastAPI, singly": [*theirs, "--batch", "1"],
        "FastAPI, one thread": [*theirs, "--threads", "1"],
        "FastAPI, frozen": [*theirs, "--frozen"],
        "FastAPI, two processes": [*theirs, *twice],
        "FastAPI, int8": [*theirs, *int8], "FastAPI, int8, two processes": [*theirs, *int8, *twice]}
    results = rounds_of(options.rounds, {
        name: (lambda command=command: serve_once(command, port, files, seconds)) for name, command in sides.items()})
    answers = [results[name][0]["probabilities"] for name in ("ours", "FastAPI")]
    difference = max(abs(answers[0][label] - answers[1][label]) for label in answers[0])
    if difference > 0.02:
        sys.exit(f"bench: the sides' probabilities differ by {difference:.3g}, expected at most 0.02")
    figures = {name: {key: [run[key] for run in runs] for key in runs[0]} for name, runs in results.items()}

    def fastest(names):
        return min(names, key=lambda name: statistics.median(figures[name]["each"]))

    peers = [name for name in sides if "FastAPI" in name]
    best = fastest(peers)
    pairs = [("ours", name) for name in sides if name != "ours"]
    pairs.append(("ours, float32", fastest(name for name in peers if "int8" not in name)))
    for own, other in pairs:
        aims = (2, 1, 10) if (own, other) == ("ours", best) else (None, None, None)
        for key, what, figure, unit, aim in [
                ("each", "throughput, 16 clients", lambda value: 1 / value, "requests/s", aims[0]),
                ("p50", "median latency", lambda value: 1e3 * value, "ms", None),
                ("p99", "99th percentile of latency", lambda value: 1e3 * value, "ms", aims[1]),
                ("start", "start to first answer", lambda value: value, "s", aims[2]),
                ("megabytes", "resident memory under load", lambda value: value, "MB", None)]:
            report.ratio(
                "serving", f"{own}: {what} vs {other}", figures[own][key], figures[other][key], figure, unit, aim)
    report.value("serving", "largest difference of a probability", difference, "")


def serve_once(command, port, files, seconds):
    """A server's seconds from its start to its first answer, and what 16 clients get from it for some seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        body = Path(files[0]).read_bytes()
        while True:
            if process.poll() is not None:
                sys.exit(f"bench: {command[0]} ended with status {process.returncode}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("POST", "/v1/classify", body)
                probabilities = json.loads(connection.getresponse().read())["probabilities"]
                break
            except ConnectionError:
                time.sleep(0.005)
        started = time.perf_counter() - start
        load = ["wrk", "-t1", "-c16", "-s", str(ROOT / "Benchmarks/serving.lua"), "--timeout", "30s"]
        address = f"http://127.0.0.1:{port}"
        for length in (1, seconds):  # the first for warming up
            output = subprocess.run(
                [*load, f"-d{length}s", address, "--", *files], stdout=subprocess.PIPE, check=True, text=True).stdout
        load = json.loads(output.splitlines()[-1])
        if load["errors"] or not load["requests"]:
            sys.exit(f"bench: {command[0]} answered with errors: {load}")
        return {
            "start": started, "each": load["seconds"] / load["requests"], "p50": load["p50"], "p99": load["p99"],
            "megabytes": resident(process.pid), "probabilities": probabilities}
    finally:
        process.terminate()
        process.wait()


def resident(process):
    """The megabytes that a process and its children hold, shared ones counted once."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))
    return own + sum(map(resident, children))


def run_once(command):
    """A program's output, the seconds from its start to the last that it prints, and its peak memory."""
    # A terminal, on which programs print lines at once and not when they end.
    terminal, end = os.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=end)
    os.close(end)
    output, seconds = b"", 0
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        output, seconds = output + part, time.perf_counter() - start
    # One that writes to a file prints nothing: then its end counts.
    seconds = seconds or time.perf_counter() - start
    os.close(terminal)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with status {process.returncode}: {output.decode()}")
    return {"output": output.decode(), "seconds": seconds, "megabytes": usage.ru_maxrss * 1024 / 1e6}


def soak(options, report):
    steps = 200 if options.quick else 10_000
    command = OURS + ["soak", "--steps", str(steps), "--every", str(steps // 10)]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    lines = [json.loads(line) for line in output.stdout.splitlines()]
    for line in lines:
        report.value("soak", f"resident after {line['step']:.0f} steps", line["megabytes"], "MB")
    growth = max(line["megabytes"] for line in lines[1:]) - lines[0]["megabytes"]
    report.value("soak", "largest growth after the first line", growth, "MB")


def timeline(options, report):
    """How fast `predict --timeline` is, with nothing taken for silence, and what it needs for ten hours."""
    def run(seconds, *flags):
        path = recordings.long(options, seconds)
        result = run_once([
            EMOTIVE, "predict", "--timeline", str(path), "--silence", "-120", "--jobs", "2", "--json",
            "--output", str(options.work / "timeline.json"), *flags])
        answer = json.loads((options.work / "timeline.json").read_text())
        if len(answer["windows"]) < seconds * 2 - 6 or any("label" not in window for window in answer["windows"]):
            sys.exit("bench: the timeline lacks windows, or some were not classified")
        return result

    short, medium, long = (20, 60, 120) if options.quick else (60, 600, 36_000)
    for flags in ["--no-dense"], ["--dense"]:
        name = " ".join(["timeline", *flags])
        speeds = [medium / run(medium, *flags)["seconds"] for _ in range(options.rounds)]
        report.value(name, f"times real time, {medium} s of sound, start to end (aim: 100)", statistics.median(speeds), "x")
        least = run(short, *flags)["megabytes"]
        most = run(long, *flags)
        report.value(name, f"times real time, {long} s of sound, start to end", long / most["seconds"], "x")
        report.value(name, f"peak memory, {short} s of sound", least, "MB")
        report.value(name, f"peak memory, {long} s of sound", most["megabytes"], "MB")
        report.value(name, "the difference (aim: at most 50)", most["megabytes"] - least, "MB")


def loading(options, report):
    folder = options.work / "loading"
    shutil.rmtree(folder, ignore_errors=True)
    corpus = recordings.corpus(options)
    subprocess.run(
        [EMOTIVE, "train", "--corpus", corpus, "--network", "squeezenet1_1", "--weights", "none", "--recipe", "shipped",
         "--split", "none", "--validation", "none", "--epochs", "1" if options.quick else "4",
         "--output", str(folder / "run"), "--feature-store", str(folder / "features")],
        check=True, stdout=subprocess.DEVNULL)
    epochs = [json.loads(line) for path in folder.glob("run/**/epochs.jsonl") for line in path.read_text().splitlines()]
    for epoch in epochs:
        report.value(
            "loading", f"epoch {epoch['epoch']}, {epoch['images_per_second']:.0f} images/s: waiting for data",
            100 * epoch["loading_share"], "%")
    shutil.rmtree(folder)


def main():
    parts = {part.__name__: part for part in (training, features, predict, timeline, serving, soak, loading)}
    parser = argparse.ArgumentParser(prog="Benchmarks/run.sh", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure, all by default: {', '.join(parts)}")
    parser.add_argument("--rounds", type=int, default=5, help="the number of paired measurements, 5 by default")
    parser.add_argument("--quick", action="store_true", help="one small round, to see that all of it runs")
    parser.add_argument("--json", type=Path, default=ROOT / "output/bench/results.json", metavar="FILE",
                        help="where all figures go, output/bench/results.json by default")
    parser.add_argument("--work", type=Path, default=ROOT / "output/bench", metavar="DIR",
                        help="where made recordings and runs go, output/bench by default")
    options = parser.parse_args()
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(parts)}")
    if options.quick:
        options.rounds = 1

    report = Report(options.json, rounds=options.rounds, quick=options.quick)
    for name in options.parts or parts:
        print(f"bench: {name}", file=sys.stderr)
        parts[name](options, report)
        report.save()
    print(report)


if __name__ == "__main__":
    main()
