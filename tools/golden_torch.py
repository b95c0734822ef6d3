"""Makes Tests/TorchTests/Golden/torch.safetensors: what PyTorch gives for small inputs, operation by operation.

Run with a Python that has torch and safetensors:  python tools/golden_torch.py
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FILE = Path(__file__).parent.parent / "Tests/TorchTests/Golden/torch.safetensors"
GOLDEN = {}


def keep(**tensors):
    for name, tensor in tensors.items():
        GOLDEN[name.replace("__", ".")] = tensor.detach().contiguous().clone()


def operations():
    x, y, row = torch.randn(2, 3, 4), torch.randn(2, 3, 4), torch.randn(4)
    left, right = torch.randn(2, 3, 5), torch.randn(2, 5, 4)
    keep(x=x, y=y, row=row, left=left, right=right)
    keep(permute=x.permute(2, 0, 1), narrow=x.narrow(2, 1, 2), select=x.index_select(1, torch.tensor([2, 0, 2])),
         concatenate=torch.cat([x, y], 1), add=x + row, subtract=x - y, multiply=x * row, divide=x / y,
         scale=x * 2.5 - 0.75, power=x.pow(3), matmul=left @ right, sum=x.sum(1), mean=x.mean(-1, keepdim=True),
         argmax=x.argmax(2), softmax=x.softmax(1), float16=x.half(), bfloat16=x.bfloat16(), int64=(x * 10).long())
    signal = torch.randn(3, 50)
    spectrum = torch.fft.rfft(signal)
    keep(signal=signal, irfft=torch.fft.irfft(spectrum, 50), resampled=torch.fft.irfft(spectrum, 30))
    root = torch.randn(2, 6, 6, dtype=torch.float64)
    symmetric = root @ root.mT
    keep(symmetric=symmetric, eigenvalues=torch.linalg.eigh(symmetric).eigenvalues)
    keep(image=torch.randn(2, 3, 9, 14))


def layers():
    image = GOLDEN["image"]
    torch.manual_seed(2)
    conv, wide = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1), torch.nn.Conv2d(3, 4, 5, bias=False)
    keep(conv__weight=conv.weight, conv__bias=conv.bias, conv=conv(image), wide__weight=wide.weight, wide=wide(image))
    norm = torch.nn.BatchNorm2d(3)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    keep(norm__weight=norm.weight, norm__bias=norm.bias, norm_training=norm(image), norm__running_mean=norm.running_mean,
         norm__running_var=norm.running_var)
    keep(norm_evaluation=norm.eval()(image))
    linear = torch.nn.Linear(14, 5)
    keep(linear__weight=linear.weight, linear__bias=linear.bias, linear=linear(image))
    keep(max_pool=F.max_pool2d(image, 3, 2, 1), max_pool_ceil=F.max_pool2d(image, 3, 2, ceil_mode=True),
         average_pool=F.avg_pool2d(image, 2, 2), adaptive=F.adaptive_avg_pool2d(image, (6, 6)))
    with torch.autocast("cpu", torch.bfloat16):
        keep(autocast=conv(image))


def quantized():
    """A convolution of inputs quantized by image and weights quantized by output channel."""
    torch.manual_seed(3)
    conv = torch.nn.Conv2d(6, 5, 3, stride=2, padding=1)
    images = torch.randn(3, 6, 9, 14).relu() * torch.tensor([1.0, 30, 0]).reshape(3, 1, 1, 1)
    inputs = torch.stack([torch.fake_quantize_per_tensor_affine(x, max(x.max().item(), 1e-30) / 127, 0, 0, 127)
                          for x in images])
    scales = conv.weight.detach().abs().amax((1, 2, 3)) / 127
    weight = torch.fake_quantize_per_channel_affine(conv.weight, scales, torch.zeros(5, dtype=torch.int32), 0, -127, 127)
    keep(quantized__weight=conv.weight, quantized__bias=conv.bias, quantized_input=images,
         quantized=F.conv2d(inputs.double(), weight.double(), conv.bias.double(), 2, 1).float())


def losses():
    logits = torch.randn(6, 8)
    classes = torch.tensor([0, 7, 3, 3, 1, 5])
    mixed = torch.softmax(torch.randn(6, 8), 1)
    several = torch.full((6, 8), -1)
    for row, labels in enumerate([[1], [2, 5], [], [0, 1, 2], [7], [3, 6]]):
        several[row, : len(labels)] = torch.tensor(labels, dtype=torch.long)
    keep(logits=logits, classes=classes, mixed=mixed, several=several)
    cases = {
        "cross_entropy": lambda x: F.cross_entropy(x, classes),
        "smoothed": lambda x: F.cross_entropy(x, classes, label_smoothing=0.1),
        "probabilities": lambda x: F.cross_entropy(x, mixed),
        "smoothed_probabilities": lambda x: F.cross_entropy(x, mixed, label_smoothing=0.2),
        "multi_margin": lambda x: F.multi_margin_loss(x, classes),
        "multi_label_margin": lambda x: F.multilabel_margin_loss(x, several),
    }
    for name, loss in cases.items():
        leaf = logits.clone().requires_grad_()
        value = loss(leaf)
        value.backward()
        keep(**{f"{name}": value, f"{name}__gradient": leaf.grad})


def optimizer():
    """Five AdamW steps of a small network in channels-last, with clipped gradients and one parameter left alone."""
    image, classes = torch.randn(4, 3, 6, 6), torch.tensor([0, 1, 2, 1])
    conv, linear = torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(64, 3)
    idle = torch.nn.Parameter(torch.randn(5))
    keep(step__image=image, step__conv__weight=conv.weight, step__conv__bias=conv.bias,
         step__linear__weight=linear.weight, step__linear__bias=linear.bias, step__idle=idle)
    conv = conv.to(memory_format=torch.channels_last)
    parameters = [*conv.parameters(), *linear.parameters(), idle]
    adam = torch.optim.AdamW(parameters, lr=0.01, weight_decay=0.1, betas=(0.8, 0.99), eps=1e-6)
    values, norms = [], []
    for step in range(5):
        adam.param_groups[0]["lr"] = 0.01 * (step + 1)
        adam.zero_grad()
        hidden = conv(image.contiguous(memory_format=torch.channels_last)).relu()
        loss = F.cross_entropy(linear(hidden.flatten(1)), classes)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, 0.5))
        adam.step()
        values.append(loss)
    keep(step__losses=torch.stack(values), step__norms=torch.stack(norms), step__after__weight=conv.weight,
         step__after__bias=conv.bias, step__after__linear__weight=linear.weight, step__after__linear__bias=linear.bias)


def randomness():
    torch.manual_seed(42)
    keep(uniform=torch.empty(40).uniform_(-2, 3), normal=torch.empty(40).normal_(1, 0.5))
    keep(dropout=F.dropout(torch.ones(40), 0.3, training=True))


torch.manual_seed(1)
operations()
layers()
losses()
optimizer()
randomness()
quantized()
save_file(GOLDEN, FILE)
