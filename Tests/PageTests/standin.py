"""A stand-in for `emotive serve`: the page, the API's shapes, and faults on demand.

The real server answers the page in `test_page.py --server`; this one is for what a healthy server never does. Its
probabilities mean nothing.

    python3 Tests/PageTests/standin.py          serves on http://127.0.0.1:8090 until interrupted
"""

import hashlib
import http.server
import io
import json
import math
import pathlib
import socket
import threading
import time
import urllib.parse
import wave

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "Sources/Server/Page"
BUNDLE = json.loads((ROOT / "Bundles/emotive/bundle.json").read_text())
LABELS = BUNDLE["labels"]
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml", ".mp3": "audio/mpeg"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
          "media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def figures():
    for figure in BUNDLE["provenance"]["figures"]:
        interval = figure["intervals"]["uar"]
        if interval.get("clusters", 4) < 4:
            interval = {"low": None, "high": None}
        classes = []
        for row, entry in enumerate(figure["classes"]):
            wrong = [(count, column) for column, count in enumerate(figure["confusion"][row]) if column != row]
            classes.append({"label": entry["label"], "recall": entry["recall"], "confused_with": LABELS[max(wrong)[1]]})
        yield {"protocol": figure["protocol"], "notes": figure["notes"], "speaker_disjoint": figure["speaker_disjoint"], "n": figure["n"],
               "wa": figure["wa"], "uar": figure["uar"], "uar_low": interval["low"], "uar_high": interval["high"],
               "classes": classes}


def bundle(name):
    return {"name": name, "model": name, "labels": LABELS, "networks": [m["network"] for m in BUNDLE["members"]],
            "precision": "float32", "trained_on": BUNDLE["provenance"]["trained_on"], "figures": list(figures()),
            "licences": BUNDLE["provenance"]["licences"],
            "image": {"mel_count": 128, "frame_count": 128, "fit": "pad", "seconds": 3.125}, "dense": True, "loaded": "2026-01-01T00:00:00Z"}


def probabilities(seed, labels, sharpness=7):
    values = [math.exp(sharpness * byte / 255) for byte in hashlib.sha256(seed).digest()[: len(labels)]]
    return dict(zip(labels, (value / sum(values) for value in values)))


def entropy(distribution):
    return -sum(p * math.log(p) for p in distribution.values() if p > 0)


def sphere(body):
    """The fields of a NIST SPHERE header, a format that no browser decodes; None for what has none."""
    if not body.startswith(b"NIST_1A"):
        return None
    lines = body[:1024].decode("ascii", "replace").splitlines()
    return {parts[0]: parts[2] for parts in map(str.split, lines) if len(parts) == 3}


def duration(body):
    """Seconds of a WAV or SPHERE file; a guess for the example's MP3; None for what is no recording."""
    if header := sphere(body):
        return int(header["sample_count"]) / int(header["sample_rate"])
    try:
        with wave.open(io.BytesIO(body)) as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError):
        return len(body) * 8 / 40_000 if body[:3] == b"ID3" or body[:2] in (b"\xff\xf3", b"\xff\xfb") else None


def silence(body):
    """Which part of a WAV is digital silence: "all", "middle" (the 3 s that networks see), or none."""
    try:
        with wave.open(io.BytesIO(body)) as sound:
            frames, width = sound.readframes(sound.getnframes()), sound.getsampwidth() * sound.getnchannels()
            half = int(1.5 * sound.getframerate()) * width
    except (wave.Error, EOFError):
        return None
    middle = len(frames) // (2 * width) * width
    return "all" if not any(frames) else "middle" if not any(frames[max(0, middle - half):middle + half]) else None


def answer(body, length, name, timeline, labels, has_speech):
    members = [probabilities(name.encode() + body + bytes([index]), labels) for index in range(4)]
    mean = {label: sum(member[label] for member in members) / 4 for label in labels}
    best = max(mean, key=mean.get)
    result = {"bundle": name, "label": best, "duration": length, "probabilities": mean, "members": members,
              "uncertainty": {"predictive_entropy": entropy(mean),
                              "mutual_information": entropy(mean) - sum(map(entropy, members)) / 4,
                              "disagreement": sum(max(m, key=m.get) != best for m in members) / 4}}
    if timeline:
        windows = []
        for index in range(max(1, int((length - 3) / 0.5) + 1)):
            shares = probabilities(f"{int(length)} {index // 6}".encode(), labels)
            windows.append({"start": index * 0.5, "end": min(length, index * 0.5 + 3), "level": -20.0 if has_speech else -80.0,
                            "label": max(shares, key=shares.get) if has_speech else None,
                            "probabilities": list(shares.values()) if has_speech else None})
        segments = []
        for window in windows if has_speech else []:
            if not segments or segments[-1]["label"] != window["label"]:
                start = segments[-1]["end"] if segments else 0
                segments.append({"start": start, "label": window["label"],
                                 "probability": max(window["probabilities"])})
            segments[-1]["end"] = (window["start"] + window["end"]) / 2
        if segments:
            segments[-1]["end"] = length
        result["timeline"] = {"bundle": name, "labels": labels, "settings": {"window": 3.0, "hop": 0.5}, "duration": length,
                              "windows": windows, "segments": segments}
    return result


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, content, kind="application/json", headers=()):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in [("Content-Type", kind), ("Content-Length", str(len(data))), ("X-Content-Type-Options", "nosniff"),
                            *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def problem(self, status, kind, title, detail, headers=()):
        document = {"type": f"urn:problem-type:emotive:{kind}", "title": title, "status": status, "detail": detail}
        self.reply(status, document, "application/problem+json", headers)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/v1/bundles":
            if self.authorized():
                told = {"labels": self.server.labels} | self.server.about
                limits = {"maximum_body": self.server.body_bytes, "maximum_duration": self.server.duration, "minimum_duration": 0.05}
                self.reply(200, {"default": self.server.bundles[0], "bundles": [bundle(name) | told for name in self.server.bundles],
                                 "limits": limits})
            return
        file = PAGE / (path.lstrip("/") or "index.html")
        if path == "/openapi.json":
            self.reply(200, {})
        elif file.is_file() and file.parent == PAGE:
            self.reply(200, file.read_bytes(), TYPES[file.suffix], [
                ("Content-Security-Policy", POLICY), ("Permissions-Policy", "microphone=(self)"), ("Referrer-Policy", "no-referrer"),
                ("Cross-Origin-Opener-Policy", "same-origin"), ("Cache-Control", "no-cache")])
        else:
            self.problem(404, "not-found", "Not found", "There is nothing at this address.")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if not self.authorized():
            return
        with self.server.lock:
            self.server.requests.append((query, len(body), self.headers.get("Content-Type")))
            is_busy = self.server.busy > 0
            self.server.busy -= is_busy
        if is_busy:
            return self.problem(503, "busy", "The server is busy", "64 recordings wait already; try again in a moment.",
                                [("Retry-After", "1")])
        if self.server.turns:
            self.server.turns.acquire()
        time.sleep(self.server.delay)
        length = duration(body)
        if length is None:
            return self.problem(415, "not-a-recording", "Not a recording", "The body is no recording that libsndfile decodes.")
        name, timeline = query.get("bundle", self.server.bundles[0]), query.get("timeline") == "true"
        if name not in self.server.bundles:
            return self.problem(404, "unknown-bundle", "There is no bundle of this name",
                                f'No bundle is called "{name}"; there is {", ".join(self.server.bundles)}.')
        if silence(body) in (["all"] if timeline else ["all", "middle"]):
            return self.problem(422, "silent", "The recording is silent", "All of its samples are zero. Check the microphone.")
        if length < 0.05:
            return self.problem(422, "too-short", "The recording is too short", "It lasts 20 ms, at least 50 ms are needed.")
        self.reply(200, answer(body, length, name, timeline, self.server.labels, self.server.has_speech))

    def authorized(self):
        if self.server.token is None or self.headers.get("Authorization") == f"Bearer {self.server.token}":
            return True
        self.problem(401, "token", "A token is needed", "Send it as `Authorization: Bearer TOKEN`.", [("WWW-Authenticate", "Bearer")])
        return False


class StandIn(http.server.ThreadingHTTPServer):
    """The server; its attributes are the faults."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()
        self.connections = set()
        self.token = None
        self.busy = 0  # how many of the next recordings are turned away
        self.delay = 0.0  # seconds before an answer
        self.turns = None  # a semaphore, where no answer comes before the test releases it
        self.body_bytes = 25 << 20
        self.duration = 600
        self.bundles = ["emotive-1"]
        self.labels = LABELS
        self.has_speech = True  # in recordings that get a timeline
        self.about = {}  # what is said of all bundles instead of what is true of the one that ships
        self.requests = []  # (query, bytes, content type) of each recording sent
        self.address = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def handle_error(self, request, client_address):
        pass  # the page is free to go

    def go_away(self):
        self.shutdown()
        self.server_close()
        for connection in self.connections:  # kept alive by the browser
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


if __name__ == "__main__":
    print(StandIn(8090).address)
    threading.Event().wait()
