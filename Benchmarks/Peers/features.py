"""Spectrogram images with soundfile, SciPy, torchaudio and PyTorch, all in float32.

python features.py processes|threads|operations SETTINGS FILE...

Two workers of a kind; with `operations` one worker, whose operations use two threads. `images` asks for all images,
`stages` for the seconds of each stage with one worker.
"""

import json
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import scipy.signal
import soundfile
import torch
import torchaudio
from serving import answer_lines, seconds


class Features:
    """What a recording becomes under the settings of a bundle (`features` in its bundle.json)."""

    def __init__(self, settings):
        self.settings = settings
        known = {"representation": "spectrograms", "windowHopOrder": "standard", "logOrder": "resize-first",
                 "inputScale": "standardized", "zcaEpsilonIsAbsolute": False}
        other = [name for name, value in known.items() if settings[name] != value]
        if other or settings["whitening"] == "training-set":
            sys.exit(f"features.py knows {known} and no training-set whitening; found other {other or ['whitening']}")
        self.resamples = settings["fit"] == "resample"
        rate = settings["nominal_rate" if self.resamples else "pad_rate"]
        self.mels = [
            torchaudio.transforms.MelSpectrogram(
                sample_rate=rate, n_fft=settings["fft_size"], win_length=window, hop_length=hop,
                n_mels=settings["mel_count"])
            for window, hop in zip(settings["windows"], settings["hops"])]

    def fitted(self, samples, rate):
        length = self.settings["sample_count"]
        if self.resamples:
            return scipy.signal.resample(samples, length)
        target = self.settings["pad_rate"]
        if rate != target:
            common = math.gcd(rate, target)
            samples = scipy.signal.resample_poly(samples, target // common, rate // common)
        missing = length - len(samples)
        if missing < 0:
            return samples[-missing // 2:][:length]
        return numpy.pad(samples, (missing // 2, missing - missing // 2))

    def image(self, path, lap=lambda stage: None):
        """(3, mel, time); calls `lap` at the end of each stage."""
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        lap("decoding")
        signal = self.fitted(samples.mean(1), rate)
        signal = torch.from_numpy((signal - signal.mean()) / signal.std())
        lap("fitting")
        spectrograms = [mel(signal) for mel in self.mels]
        lap("spectrograms")
        size = (self.settings["mel_count"], self.settings["frame_count"])
        channels = torch.stack([
            torch.nn.functional.interpolate(spectrogram[None, None], size, mode="bilinear")[0, 0]
            for spectrogram in spectrograms])
        channels = torch.log(channels + self.settings["log_floor"])
        lap("channels")
        if self.settings["whitening"] == "per-spectrogram":
            channels = self.whitened(channels)
        lap("whitening")
        image = (channels - channels.mean((1, 2), keepdim=True)) / channels.std((1, 2), keepdim=True)
        lap("scaling")
        return image

    def whitened(self, channels):
        centred = channels - channels.mean(2, keepdim=True)
        covariance = centred @ centred.mT / (channels.shape[2] - 1)
        values, vectors = torch.linalg.eigh(covariance)
        values = torch.maximum(values, self.settings["zca_epsilon"] * values[:, -1:])
        return vectors @ ((vectors.mT @ centred) / values.sqrt()[:, :, None])


class Recordings(torch.utils.data.Dataset):
    """The images of files, for a DataLoader."""

    def __init__(self, features, files):
        self.features, self.files = features, files

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return self.features.image(self.files[index])


def stages(features, files):
    times = {}
    for path in files:
        start = time.perf_counter()

        def lap(stage):
            nonlocal start
            now = time.perf_counter()
            times[stage] = times.get(stage, 0) + now - start
            start = now

        features.image(path, lap)
    return times


def main():
    way, settings, files = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
    features = Features(settings)
    if way != "operations":
        torch.set_num_threads(1)
    if way == "processes":
        loader = torch.utils.data.DataLoader(
            Recordings(features, files), batch_size=None, num_workers=2, persistent_workers=True)
        make_all = lambda: [None for _ in loader]
    elif way == "threads":
        pool = ThreadPoolExecutor(2, initializer=lambda: torch.set_num_threads(1))
        make_all = lambda: [None for _ in pool.map(features.image, files)]
    else:
        make_all = lambda: [None for _ in map(features.image, files)]

    sample = features.image(files[0]).reshape(-1)[::997].tolist()
    answer_lines(
        {"sample": sample},
        lambda line: stages(features, files) if line == "stages" else {"seconds": seconds(make_all)})


if __name__ == "__main__":
    main()
