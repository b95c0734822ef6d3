"""What `emotive serve` does, with FastAPI, PyTorch, torchvision, torchaudio and SciPy: python server.py BUNDLE PORT

POST /v1/classify with a recording as body. Features are made by two threads of one torch thread each, as everywhere in
the peers; networks run on a third, on up to --batch recordings at once that came within --delay seconds.
"""

import argparse
import asyncio
import io
import json
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import torchvision
import uvicorn
from fastapi import FastAPI, Request
from features import Features
from safetensors.torch import load_file


class Model:
    def __init__(self, bundle):
        manifest = json.loads((bundle / "bundle.json").read_text())
        self.labels, self.temperature = manifest["labels"], manifest["temperature"]
        self.features = Features(manifest["features"])
        self.members = []
        for member in manifest["members"]:
            network = torchvision.models.get_model(member["network"], weights=None, num_classes=len(self.labels)).eval()
            network.load_state_dict(load_file(bundle / member["file"]), strict=False)
            self.members.append(network.to(memory_format=torch.channels_last))

    @torch.inference_mode()
    def image(self, body):
        return self.features.image(io.BytesIO(body))

    @torch.inference_mode()
    def probabilities(self, images):
        batch = torch.stack(images).contiguous(memory_format=torch.channels_last)
        mean = sum(member(batch).softmax(1) for member in self.members) / len(self.members)
        return (mean.log() / self.temperature).softmax(1).tolist()


class Batcher:
    """One thread that takes what has come together through the networks."""

    def __init__(self, model, size, delay, threads):
        self.model, self.size, self.delay = model, size, delay
        self.waiting = queue.Queue()
        threading.Thread(target=self.run, args=(threads,), daemon=True).start()

    async def predict(self, image):
        loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        self.waiting.put((image, lambda result: loop.call_soon_threadsafe(future.set_result, result)))
        return await future

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
            for (_, deliver), row in zip(items, self.model.probabilities([image for image, _ in items])):
                deliver(row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--delay", type=float, default=0.005)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = Model(options.bundle)
    pool = ThreadPoolExecutor(2, initializer=lambda: torch.set_num_threads(1))
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

    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
