"""Makes Tests/FeaturesTests/Golden: a spoken sentence, what torchaudio, SciPy and NumPy make of six waveforms, and
three of torchaudio's filter banks.

Run from the repository's root: python tools/golden_features.py
Every result of a waveform is sampled at even steps, so that the file stays small; FeaturesTests makes the same
waveforms and takes the same samples. torchaudio computes in float64 here, with its float32 windows and filters: in
float32 its own rounding moves whitened images of pure tones and clicks by up to 0.1.
"""

import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy
import scipy.signal
import soundfile
import torch
import torchaudio
from safetensors.numpy import save_file

FOLDER = Path("Tests/FeaturesTests/Golden")
SENTENCE = "Kids are talking by the door, and dogs are sitting by it."
RESOLUTIONS = [(1024, 256), (2048, 512), (4096, 1024)]
LENGTH, RATE, MELS, FRAMES = 100_000, 32_000, 128, 256
# Rate, points of the Fourier transform and filters; the default's bank is part of every spectrogram.
BANKS = [(16_000, 512, 40), (22_051, 2048, 64), (8_000, 1024, 80)]


def noise(count):
    """The same white noise in Swift and here."""
    state, values = 1, []
    for _ in range(count):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        values.append(((state >> 16) ^ 0x8000) - 0x8000)
    return numpy.array(values) / 65_536


def waveforms(speech):
    time = numpy.arange(118_213) / 48_000
    click = numpy.zeros(30_000)
    click[9_999] = 0.9
    signals = {
        "tone": 0.5 * numpy.sin(2 * numpy.pi * 440 * numpy.arange(32_007) / 16_000),
        "chirp": 0.5 * numpy.sin(2 * numpy.pi * (50 * time + 1_400 * time**2)),
        "noise": noise(120_002),
        "click": click,
        "speech": speech,
        # One or two steps of 16 bits.
        "quiet": numpy.round(noise(LENGTH) * 3) / 32_768,
    }
    return {name: samples.astype(numpy.float32).astype(numpy.float64) for name, samples in signals.items()}


def standardized(values):
    return (values - values.mean()) / values.std()


def whitened(values, floor=lambda largest: 0.01 * largest):
    """ZCA-Mahalanobis whitening of (mel, time)."""
    eigenvalues, vectors = numpy.linalg.eigh(numpy.cov(values))
    root = vectors @ numpy.diag(numpy.maximum(eigenvalues, floor(eigenvalues[-1])) ** -0.5) @ vectors.T
    return root @ (values - values.mean(1, keepdims=True))


def mel_spectrogram(signal, window, hop):
    transform = torchaudio.transforms.MelSpectrogram(
        sample_rate=RATE, n_fft=4096, win_length=window, hop_length=hop, n_mels=MELS).double()
    return transform(torch.from_numpy(signal))


def resized(spectrogram):
    return torch.nn.functional.interpolate(spectrogram[None, None], (MELS, FRAMES), mode="bilinear")[0, 0]


def channel(spectrogram):
    return torch.log(resized(spectrogram) + 1e-6).numpy()


def cepstra(signal):
    transform = torchaudio.transforms.MFCC(
        sample_rate=RATE, n_mfcc=128, melkwargs={"n_fft": 4096, "win_length": 1024, "hop_length": 256, "n_mels": MELS})
    coefficients = transform.double()(torch.from_numpy(signal))
    return coefficients, torchaudio.transforms.ComputeDeltas(win_length=5)(coefficients)


def results(name, samples):
    signal = scipy.signal.resample(samples, LENGTH)
    yield f"{name}.resampled", signal
    signal = standardized(signal)
    mels = [mel_spectrogram(signal, window, hop) for window, hop in RESOLUTIONS]
    coefficients, deltas = cepstra(signal)
    yield f"{name}.mfcc", coefficients.numpy()
    yield f"{name}.delta", deltas.numpy()
    for index, mel in enumerate(mels):
        yield f"{name}.mel{index}", mel.T.numpy()  # (time, mel)
    zca = [whitened(channel(mel)) for mel in mels]
    for index, values in enumerate(zca):
        yield f"{name}.zca{index}", values
    yield f"{name}.image", numpy.stack([standardized(values) for values in zca])
    yield f"{name}.mfcc-image", numpy.stack(
        [standardized(whitened(values)) for values in
         [channel(mels[0]), resized(coefficients).numpy(), resized(deltas).numpy()]])


def variants(samples):
    """Images of the sentence with one setting changed."""
    signal = standardized(scipy.signal.resample(samples, LENGTH))
    mels = [mel_spectrogram(signal, window, hop) for window, hop in RESOLUTIONS]
    log_mels = [channel(mel) for mel in mels]
    yield "no-whitening", [standardized(values) for values in log_mels]
    yield "no-scale", log_mels
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    yield "imagenet", [
        ((values - values.min()) / (values.max() - values.min()) - mean[index]) / deviation[index]
        for index, values in enumerate(log_mels)]
    yield "absolute-floor", [standardized(whitened(values, lambda largest: 0.5)) for values in log_mels]
    yield "low-floor", [standardized(whitened(values, lambda largest: 1e-4 * largest)) for values in log_mels]
    yield "log-first", [standardized(whitened(resized(torch.log(mel + 1e-6)).numpy())) for mel in mels]
    literal = [mel_spectrogram(signal, hop, window) for window, hop in RESOLUTIONS]
    yield "literal", [standardized(whitened(channel(mel))) for mel in literal]
    # Taken for 32,000 Hz, so that nothing is resampled: zeros before and after.
    before = (LENGTH - len(samples)) // 2
    padded = standardized(numpy.pad(samples, (before, LENGTH - len(samples) - before)))
    yield "pad", [standardized(whitened(channel(mel_spectrogram(padded, *pair)))) for pair in RESOLUTIONS]


def mel_banks():
    """The weights that are not zero, and their places among all (mel, bin)."""
    for rate, size, mels in BANKS:
        weights = torchaudio.functional.melscale_fbanks(size // 2 + 1, 0.0, float(rate // 2), mels, rate)
        flat = weights.T.numpy().reshape(-1)
        places = numpy.flatnonzero(flat)
        yield f"{rate}.{size}.{mels}.weights", flat[places]
        yield f"{rate}.{size}.{mels}.places", places.astype(numpy.int32)


def sample(values, count):
    flat = numpy.asarray(values, dtype=numpy.float64).reshape(-1)
    return numpy.append(flat[:: max(1, flat.size // count)], [flat.sum(), (flat**2).sum()])


def speech():
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-w", file.name, SENTENCE], check=True)
        samples, rate = soundfile.read(file.name, dtype="int16")
    assert len(samples) > 55_001
    soundfile.write(FOLDER / "speech.flac", samples[:55_001], rate, subtype="PCM_16")
    return soundfile.read(FOLDER / "speech.flac")[0]


def main() -> None:
    warnings.filterwarnings("ignore")  # torchaudio's literal windows leave filters without bins
    FOLDER.mkdir(parents=True, exist_ok=True)
    sentence = speech()
    golden = {}
    for name, samples in waveforms(sentence).items():
        for key, values in results(name, samples):
            golden[key] = sample(values, 300)
    for key, values in variants(sentence):
        golden[f"variant.{key}"] = sample(numpy.stack(values), 300)
    save_file(golden, FOLDER / "features.safetensors")
    save_file(dict(mel_banks()), FOLDER / "melbanks.safetensors")


if __name__ == "__main__":
    main()
