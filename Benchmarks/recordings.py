"""The recordings that are measured: RAVDESS where it lies beside the repository, else WAV files of the same kind."""

import csv
import random
from pathlib import Path

RAVDESS = Path(__file__).resolve().parent.parent.parent / "shared/data/ravdess"
LABELS = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]


def kind(options):
    return "of RAVDESS" if RAVDESS.exists() else "made: noise, 48 kHz, 16 bits, mono"


def files(options):
    """Paths, at even steps through the corpus."""
    if not RAVDESS.exists():
        return [str(path) for path in made(options)]
    found = sorted(map(str, RAVDESS.glob("Actor_*/*")))
    return found[:: max(1, len(found) // 60)]


def corpus(options):
    """The corpus as `emotive train --corpus` takes it."""
    if RAVDESS.exists() and not options.quick:
        return f"ravdess={RAVDESS}"
    table = options.work / "recordings.csv"
    with open(table, "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["path", "label", "speaker"])
        lines.writerows((path, LABELS[index % 8], f"speaker{index % 6}") for index, path in enumerate(made(options)))
    return f"csv={table}"


def long(options, seconds):
    """A WAV file of 16 kHz that long: recordings one after the other, without their silent ends."""
    import numpy
    import soundfile

    path = options.work / f"{seconds}s.wav"
    if path.exists():
        return path
    sounds = []
    for name in files(options)[:40]:
        samples, rate = soundfile.read(name, dtype="float32", always_2d=True)
        samples = samples.mean(axis=1)
        loud = numpy.flatnonzero(abs(samples) > 0.01 * abs(samples).max())
        # Every second or third sample: the aliases do not matter to a measurement of speed.
        sounds.append(samples[loud[0]:loud[-1] + 1:round(rate / 16_000)])
    sounds = numpy.concatenate(sounds)
    with soundfile.SoundFile(path.with_suffix(".part"), "w", 16_000, 1, "PCM_16", format="WAV") as file:
        while (rest := seconds * 16_000 - file.tell()) > 0:
            file.write(sounds[:rest])
    path.with_suffix(".part").replace(path)
    return path


def made(options):
    """Noise with the loudness and colour of syllables; lengths are odd numbers, as Fourier resampling likes least."""
    import numpy
    import soundfile

    folder = options.work / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    count = 48 if options.quick else 240
    lengths, noise = random.Random(1), numpy.random.default_rng(1)
    paths = [folder / f"{index:03}.wav" for index in range(count)]
    for path in paths:
        length = lengths.randrange(158_401, 206_400) | 1
        if path.exists():
            continue
        coloured = numpy.cumsum(noise.standard_normal(length))
        coloured = numpy.diff(coloured - numpy.convolve(coloured, numpy.ones(200) / 200, "same"), prepend=0)
        syllables = 0.05 + numpy.abs(numpy.sin(numpy.arange(length) * 2 * numpy.pi * 2 / 48_000))
        samples = coloured * syllables
        soundfile.write(path, 0.5 * samples / numpy.abs(samples).max(), 48_000, subtype="PCM_16")
    return paths
