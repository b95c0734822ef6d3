"""Makes Tests/NetworksTests/Golden: what torchvision's networks, and a CRNN, give for weights that both sides can make.

Run with a Python that has torch, torchvision and safetensors:  python tools/golden_networks.py

No weights are stored. Every value comes from one sequence of 65,537 numbers in [-1, 1), a linear congruential generator's,
which is repeated without end; each tensor reads it from a place that the hash of its key gives. `Tests/NetworksTests/
SeededWeights.swift` says the same in Swift.
"""

import gzip
import hashlib
import json
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import load, save_file

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "Tests/NetworksTests/Golden"
REAL = ROOT.parent / "shared/weights"
NAMES = ["alexnet", "squeezenet1_0", "squeezenet1_1", "densenet121", "densenet161", "densenet169", "densenet201",
         "resnet18", "resnet34", "resnet50", "crnn"]
LENGTH = 65_537


def sequence():
    values, state = [], 1
    for _ in range(LENGTH):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        values.append((state >> 8) / 2**23 - 1)
    return torch.tensor(values)


BASE = sequence()


def seeded(key, shape):
    """Values in [-1, 1); the place is the 32-bit FNV-1a hash of the key."""
    place = 2_166_136_261
    for byte in key.encode():
        place = (place ^ byte) * 16_777_619 % 2**32
    count = torch.Size(shape).numel()
    start = place % LENGTH
    return BASE.repeat((start + count) // LENGTH + 1)[start:start + count].reshape(shape).clone()


def seeded_weight(key, shape):
    values = seeded(key, shape)
    if len(shape) > 1:  # keeps the variance through a ReLU
        return values * (6 / torch.Size(shape[1:]).numel()) ** 0.5
    if key.endswith("running_var"):
        return values * 0.25 + 1
    is_normalisation = any(part in key for part in ["norm", "bn", "downsample.1"])
    return values * 0.2 + 1 if is_normalisation and key.endswith("weight") else values * 0.1


class CRNN(torch.nn.Module):
    """The network of Sources/Networks/CRNN.swift."""

    def __init__(self, num_classes):
        super().__init__()
        widths = [3, 32, 64, 128, 128]
        for index in range(4):
            setattr(self, f"conv{index + 1}", torch.nn.Conv2d(widths[index], widths[index + 1], 3, padding=1, bias=False))
            setattr(self, f"bn{index + 1}", torch.nn.BatchNorm2d(widths[index + 1]))
        self.gru = torch.nn.GRU(4 * 128, 256, batch_first=True, bidirectional=True)
        self.fc = torch.nn.Linear(2 * 256, num_classes)

    def forward(self, x):
        for index in range(4):
            x = getattr(self, f"bn{index + 1}")(getattr(self, f"conv{index + 1}")(x)).relu()
            if index < 3:
                x = F.max_pool2d(x, 2)
        x = F.adaptive_avg_pool2d(x, (4, None))  # (batch, channel, mel, time)
        x = x.permute(0, 3, 1, 2).flatten(2)
        return self.fc(F.dropout(self.gru(x)[0].mean(1), 0.5, self.training))


def network(name, classes):
    model = (CRNN if name == "crnn" else getattr(torchvision.models, name))(num_classes=classes)
    keys = {key: list(value.shape) for key, value in model.state_dict().items() if "num_batches" not in key}
    model.load_state_dict({key: seeded_weight(key, shape) for key, shape in keys.items()}, strict=False)
    return model, keys


def recurrent_gradients():
    """Gradients through the GRU, in evaluation mode for the dropout's sake.

    In float64 and of small images: in float32, rounding decides on which side of ReLU's and max-pooling's kinks a value lies,
    and with 65,536 places an image some value is always near one.
    """
    model, _ = network("crnn", 8)
    images = seeded("input", [2, 3, 64, 64]) * 2
    F.cross_entropy(model.double().eval()(images.double()), torch.tensor([3, 5])).backward()
    return {
        f"crnn.{key}.gradient": dict(model.named_parameters())[key].grad[:2].float()
        for key in ["conv1.weight", "gru.weight_ih_l0", "gru.weight_hh_l0_reverse", "gru.bias_hh_l0"]}


def adapted_logits(name, images):
    """Logits once every batch normalisation has taken half of its statistics from these images (AdaBN), layer by layer."""
    def adapt(norm, inputs):
        F.batch_norm(inputs[0], norm.running_mean, norm.running_var, training=True, momentum=0.5, eps=norm.eps)

    model, _ = network(name, 8)
    hooks = [norm.register_forward_pre_hook(adapt) for norm in model.eval().modules()
             if isinstance(norm, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        model(images)
        for hook in hooks:
            hook.remove()
        return model(images)


def dense_logits(name, images):
    """Logits of parts of the last map: all of it, its left half, and half of it from the third of its columns on."""
    model, _ = network(name, 8)
    model.eval()
    with torch.no_grad():
        if name.startswith("resnet"):
            body = torch.nn.Sequential(*list(model.children())[:-2])
            head = lambda part: model.fc(part.mean((2, 3)))
        elif name.startswith("densenet"):
            body = torch.nn.Sequential(model.features, torch.nn.ReLU())
            head = lambda part: model.classifier(part.mean((2, 3)))
        elif name.startswith("squeezenet"):
            body, head = model.features, lambda part: model.classifier(part).flatten(1)
        else:
            body, head = model.features, lambda part: model.classifier(model.avgpool(part).flatten(1))
        columns = body(images[:1])
        width = columns.shape[3]
        parts = [slice(0, width), slice(0, round(width / 2)), slice(2, 2 + round(width / 2))]
        return torch.cat([head(columns[..., part]) for part in parts])


def main():
    images = seeded("input", [2, 3, 128, 256]) * 2
    tensors, facts = {}, {}
    for name in NAMES:
        model, keys = network(name, 1000)
        with torch.no_grad():
            logits = model.eval()(images)
        spread = logits.std(1).mean() / logits.abs().max(), (logits[0] - logits[1]).abs().max() / logits.abs().max()
        print(name, [f"{value:.3f}" for value in spread], float(logits.abs().max()))
        tensors[f"{name}.logits"] = logits
        if name.startswith("squeezenet"):  # elsewhere the head and the logits say what the pooled vector must be
            with torch.no_grad():
                tensors[f"{name}.pooled"] = model.features(images).mean((2, 3))
        listing = "".join(f"{key} {shape}\n" for key, shape in sorted(keys.items()))
        facts[name] = {
            "keys": len(keys), "sha256": hashlib.sha256(listing.encode()).hexdigest(),
            "parameters": sum(p.numel() for p in model.parameters())}

    # One backward pass in training mode, for the networks without dropout.
    for name in ["resnet18", "densenet121"]:
        model, _ = network(name, 8)
        loss = F.cross_entropy(model.train()(images), torch.tensor([3, 5]))
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        first, statistic = ("conv1.weight", "bn1.running_var") if name == "resnet18" else (
            "features.conv0.weight", "features.norm0.running_var")
        tensors[f"{name}.loss"] = torch.stack([loss.detach(), norm])
        tensors[f"{name}.gradient"] = dict(model.named_parameters())[first].grad[:2].clone()
        tensors[f"{name}.running_var"] = model.state_dict()[statistic]

    tensors |= recurrent_gradients()
    tensors |= {f"{name}.adapted": adapted_logits(name, images) for name in ["resnet18", "densenet121", "crnn"]}

    tensors |= {f"{name}.dense": dense_logits(name, images) for name in ["alexnet", "squeezenet1_1", "densenet121", "resnet18"]}

    for path in sorted(REAL.glob("*.gz")) if REAL.exists() else []:
        name = next(name for name in NAMES if path.name.startswith(name + "_"))
        model = getattr(torchvision.models, name)()
        missing = model.load_state_dict(load(gzip.decompress(path.read_bytes())), strict=False)
        assert not missing.unexpected_keys and all("num_batches" in key for key in missing.missing_keys)
        with torch.no_grad():
            tensors[f"{path.name.removesuffix('.safetensors.gz')}.logits"] = model.eval()(images)

    save_file(tensors, FOLDER / "networks.safetensors")
    (FOLDER / "networks.json").write_text(json.dumps(facts, indent=1))


main()
