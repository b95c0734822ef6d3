"""What `emotive serve` does, with FastAPI, PyTorch, torchvision, torchaudio and SciPy: python server.py BUNDLE PORT

POST /v1/classify with a recording as body. Features are made by --features threads of one torch thread each; networks run
on another one, on up to --batch recordings at once that came within --delay seconds. With --processes 2 all of this is
there twice, each with its own interpreter lock, and the kernel deals out the connections. --frozen has TorchScript fold
normalisations into convolutions first; --int8 has PyTorch quantize networks, calibrated on some recordings.
"""

import argparse
import asyncio
import concurrent.futures
import io
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import torch
import torchvision
import uvicorn
from fastapi import FastAPI, Request
from features import Features
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
from weights import load_weights


class Model:
    def __init__(self, bundle, frozen, calibration):
        manifest = json.loads((bundle / "bundle.json").read_text())
        self.labels, self.temperature = manifest["labels"], manifest["temperature"]
        self.features = Features(manifest["features"])
        self.members = []
        for member in manifest["members"]:
            network = torchvision.models.get_model(member["network"], weights=None, num_classes=len(self.labels)).eval()
            network.load_state_dict(load_weights(bundle / member["file"]), strict=False)
            network = network.to(memory_format=torch.channels_last)
            if frozen:
                size = manifest["features"]["mel_count"], manifest["features"]["frame_count"]
                images = torch.zeros(2, 3, *size).contiguous(memory_format=torch.channels_last)
                network = torch.jit.optimize_for_inference(torch.jit.trace(network, images))
            if calibration:
                network = quantized(network, torch.stack([self.features.image(file) for file in calibration]))
            self.members.append(network)

    @torch.inference_mode()
    def image(self, body):
        return self.features.image(io.BytesIO(body))

    @torch.inference_mode()
    def probabilities(self, images):
        batch = torch.stack(images).contiguous(memory_format=torch.channels_last)
        mean = sum(member(batch).softmax(1) for member in self.members) / len(self.members)
        return (mean.log() / self.temperature).softmax(1).tolist()


@torch.inference_mode()
def quantized(network, images):
    prepared = prepare_fx(network, get_default_qconfig_mapping("x86"), (images,))
    prepared(images)
    return convert_fx(prepared)


class Batcher:
    """One thread that takes what has come together through the networks."""

    def __init__(self, model, size, delay, threads):
        self.model, self.size, self.delay = model, size, delay
        self.waiting = queue.Queue()
        threading.Thread(target=self.run, args=(threads,), daemon=True).start()

    async def predict(self, image):
        future = concurrent.futures.Future()
        self.waiting.put((image, future))
        return await asyncio.wrap_future(future)

    def run(self, threads):
        torch.set_num_threads(threads)
        while True:
            items = [self.waiting.get()]
            deadline = time.monotonic() + self.delay
            while len(items) < self.size:
                try:
                    items.append(self.waiting.get(timeout=max(0, deadline - time.monotonic())))
                except queue.Empty:
                    break
            # Whoever has gone is left out; and an error is that of the batch, not the end of the thread.
            items = [(image, future) for image, future in items if future.set_running_or_notify_cancel()]
            if not items:
                continue
            try:
                rows = self.model.probabilities([image for image, _ in items])
            except Exception as error:
                for _, future in items:
                    future.set_exception(error)
            else:
                for (_, future), row in zip(items, rows):
                    future.set_result(row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--delay", type=float, default=0.005)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--features", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--int8", nargs="+", metavar="FILE")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # Before torch has threads, which a fork would lose.
    others = []
    for _ in range(1, options.processes):
        others.append(os.fork())
        if others[-1] == 0:
            others.clear()
            break
    try:
        serve(options)
    finally:
        for process in others:
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)


def serve(options):
    torch.set_num_threads(1)
    model = Model(options.bundle, options.frozen, options.int8)
    pool = concurrent.futures.ThreadPoolExecutor(
        options.features, initializer=lambda: torch.set_num_threads(1))
    batcher = Batcher(model, options.batch, options.delay, options.threads)
    app = FastAPI()

    @app.post("/v1/classify")
    async def classify(request: Request):
        body = await request.body()
        image = await asyncio.get_running_loop().run_in_executor(pool, model.image, body)
        row = await batcher.predict(image)
        return {"label": model.labels[row.index(max(row))], "probabilities": dict(zip(model.labels, row))}

    @app.get("/readyz")
    async def ready():
        return {"status": "ready"}

    # A socket of its own for each process, so that connections are dealt out and not fought over.
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", options.port))
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([listener])


if __name__ == "__main__":
    main()
