"""Training steps in PyTorch on random images; each line asks for a number of steps.

python training.py NETWORK float32|bfloat16 contiguous|channels-last default|fused BATCH    the fourth: of AdamW
"""

import sys

import torch
import torchvision
from serving import answer_lines, seconds

name, precision, layout, adamw, batch = sys.argv[1:5] + [int(sys.argv[5])]

torch.manual_seed(1)
memory_format = torch.channels_last if layout == "channels-last" else torch.contiguous_format
model = torchvision.models.get_model(name, weights=None, num_classes=8).to(memory_format=memory_format).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-3, fused=adamw == "fused" or None)
criterion = torch.nn.CrossEntropyLoss()
images = torch.randn(batch, 3, 128, 256).to(memory_format=memory_format)
targets = torch.arange(batch) % 8
running_loss, correct = 0.0, 0


def step():
    global running_loss, correct
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        logits = model(images)
        loss = criterion(logits, targets)
    loss.backward()
    optimizer.step()
    running_loss += loss.item()
    correct += (logits.argmax(1) == targets).sum().item()


def steps(count):
    for _ in range(int(count)):
        step()


answer_lines(
    {"parameters": sum(parameter.numel() for parameter in model.parameters())},
    lambda line: {"seconds": seconds(lambda: steps(line))})
