"""Small recordings in all the formats that soundfile's libsndfile writes; also the hooks that give them to schemathesis."""

import io

import numpy
import soundfile

# Media type, and libsndfile's names of the container and the encoding.
FORMATS = [
    ("audio/wav", "WAV", "PCM_16"),
    ("audio/flac", "FLAC", "PCM_16"),
    ("audio/ogg", "OGG", "VORBIS"),
    ("audio/mpeg", "MP3", "MPEG_LAYER_III"),
    ("application/octet-stream", "AIFF", "PCM_24"),
    ("application/octet-stream", "OGG", "OPUS"),
    ("application/octet-stream", "WAV", "FLOAT"),
    ("application/octet-stream", "WAV", "IMA_ADPCM"),
    ("application/octet-stream", "WAV", "GSM610"),
    ("application/octet-stream", "AU", "ULAW"),
    ("application/octet-stream", "CAF", "ALAC_16"),
    ("application/octet-stream", "W64", "PCM_16"),
    ("application/octet-stream", "RF64", "PCM_16"),
    ("application/octet-stream", "NIST", "PCM_16"),
]


def recording(container, encoding, seconds=0.4, rate=16000, channels=1, seed=0):
    noise = numpy.random.default_rng(seed).normal(size=(int(seconds * rate), channels))
    time = numpy.arange(len(noise))[:, None] / rate
    sound = 0.3 * numpy.sin(2 * numpy.pi * (200 + 60 * seed) * time) + 0.02 * noise
    file = io.BytesIO()
    rate = 8000 if encoding == "GSM610" else rate
    soundfile.write(file, sound, rate, format=container, subtype=encoding)
    return file.getvalue()


def all_recordings():
    return [recording(container, encoding, seed=number) for number, (_, container, encoding) in enumerate(FORMATS)]


def register():
    import schemathesis
    from hypothesis import strategies

    for media_type in {media_type for media_type, _, _ in FORMATS}:
        bodies = [recording(*names) for kind, *names in FORMATS if kind == media_type]
        schemathesis.openapi.media_type(media_type, strategies.sampled_from(bodies))


if __name__ != "__main__":
    try:
        register()
    except ImportError:  # the fuzzer alone does not need schemathesis
        pass
