"""Makes Tests/AudioTests/Golden: small sound files, each beside its samples as soundfile decodes them.

Run from the repository's root: python tools/golden_audio.py
The samples (NAME.f32, little-endian float32) are the mean of the channels, as the method's first step asks.
"""

from pathlib import Path

import numpy
import soundfile

FOLDER = Path("Tests/AudioTests/Golden")
RATE = 16_000
FRAMES = 1_600
FILES = {
    "unsigned8.wav": ("WAV", "PCM_U8", 1),
    "signed24.flac": ("FLAC", "PCM_24", 2),
    "signed16.aiff": ("AIFF", "PCM_16", 3),
    "vorbis.ogg": ("OGG", "VORBIS", 1),
    "layer3.mp3": ("MP3", "MPEG_LAYER_III", 1),
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(7)
    time = numpy.arange(FRAMES) / RATE
    for name, (container, encoding, channels) in FILES.items():
        tones = numpy.stack([numpy.sin(2 * numpy.pi * 300 * (k + 1) * time) for k in range(channels)], axis=1)
        samples = 0.5 * tones + 0.01 * random.standard_normal((FRAMES, channels))
        path = FOLDER / name
        soundfile.write(path, samples, RATE, subtype=encoding, format=container)
        decoded, _ = soundfile.read(path, dtype="float32", always_2d=True)
        mean = decoded.astype(numpy.float64).mean(axis=1)
        path.with_suffix(path.suffix + ".f32").write_bytes(mean.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
