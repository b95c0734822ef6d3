"""Learning rates of PyTorch's schedulers, step by step, for Tests/TrainingTests."""

import json
import pathlib

import torch
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


golden = {
    "stepsPerEpoch": STEPS_PER_EPOCH,
    "epochs": EPOCHS,
    "rate": RATE,
    "steps": rates(lambda o: lr_scheduler.StepLR(o, step_size=2, gamma=0.1), per_epoch=True),
    "triangular": rates(
        # A period of 4 epochs: 2 up and 2 down.
        lambda o: lr_scheduler.CyclicLR(o, base_lr=0.1 * RATE, max_lr=RATE, step_size_up=2 * STEPS_PER_EPOCH, cycle_momentum=False)
    ),
    "oneCycle": rates(lambda o: lr_scheduler.OneCycleLR(o, max_lr=RATE, total_steps=TOTAL, cycle_momentum=False)),
    "cosine": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=TOTAL)),
}
folder = pathlib.Path(__file__).parent.parent / "Tests/TrainingTests/Golden"
(folder / "schedules.json").write_text(json.dumps(golden))
