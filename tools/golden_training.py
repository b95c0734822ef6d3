"""Learning rates of PyTorch's schedulers, step by step, and images bent by SciPy, for Tests/TrainingTests."""

import json
import pathlib

import numpy
import torch
from scipy.ndimage import map_coordinates
from torch.optim import lr_scheduler

STEPS_PER_EPOCH, EPOCHS, RATE = 7, 6, 0.8
TOTAL = STEPS_PER_EPOCH * EPOCHS


def rates(make, per_epoch=False):
    """The rate at each step; a scheduler is stepped per batch, or per epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = make(optimizer)
    values = []
    for step in range(TOTAL):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not per_epoch or (step + 1) % STEPS_PER_EPOCH == 0:
            scheduler.step()
    return values


def steps(every, factor):
    return {"steps": {"every": every, "factor": factor}}, rates(
        lambda o: lr_scheduler.StepLR(o, step_size=every, gamma=factor), per_epoch=True)


def triangular(period, low):
    """Half a period up and half down, in epochs."""
    return {"triangular": {"period": period, "low": low}}, rates(
        lambda o: lr_scheduler.CyclicLR(
            o, base_lr=low * RATE, max_lr=RATE, step_size_up=period * STEPS_PER_EPOCH / 2, cycle_momentum=False))


def one_cycle(warm_up):
    return {"oneCycle": {"warmUp": warm_up}}, rates(
        lambda o: lr_scheduler.OneCycleLR(
            o, max_lr=RATE, total_steps=TOTAL, pct_start=warm_up, cycle_momentum=False))


cases = [
    steps(2, 0.1), steps(1, 0.5), steps(10, 0.1), triangular(4, 0.1), triangular(3, 0.0), triangular(2, 0.5),
    one_cycle(0.3), one_cycle(0.1), one_cycle(0.75),
    ({"cosine": {}}, rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=TOTAL))),
    ({"constant": {}}, rates(lambda o: lr_scheduler.ConstantLR(o, factor=1))),
]
golden = {
    "stepsPerEpoch": STEPS_PER_EPOCH,
    "epochs": EPOCHS,
    "rate": RATE,
    "cases": [{"schedule": schedule, "rates": values} for schedule, values in cases],
}
folder = pathlib.Path(__file__).parent.parent / "Tests/TrainingTests/Golden"
(folder / "schedules.json").write_text(json.dumps(golden))


def warping(vocal_tract, tempo, mels=12, frames=10, rate=16_000):
    """An image (3, mel, time) of a voice with other frequencies and another pace; torchaudio's HTK mel scale."""
    def mel(frequency):
        return 2595 * numpy.log10(1 + frequency / 700)

    centres = numpy.linspace(0, mel(rate / 2), mels + 2)
    frequencies = 700 * (10 ** (centres[1:-1] / 2595) - 1)
    rows = mel(frequencies / vocal_tract) / centres[1] - 1
    columns = (frames - 1) / 2 + (numpy.arange(frames) - (frames - 1) / 2) * tempo
    image = numpy.round(numpy.random.default_rng(7).normal(size=(3, mels, frames)), 4)
    warped = [
        map_coordinates(channel, numpy.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest")
        for channel in image]
    return {
        "melCount": mels, "frameCount": frames, "rate": rate, "vocalTract": vocal_tract, "tempo": tempo,
        "image": image.ravel().tolist(), "warped": numpy.round(warped, 6).ravel().tolist()}


cases = [warping(1, 1), warping(1.15, 1), warping(0.85, 1.1, rate=32_000), warping(1, 0.8)]
(folder / "warping.json").write_text(json.dumps(cases))
