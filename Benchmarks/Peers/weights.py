"""A bundle's weights for torchvision's networks, those in eight bits as float32."""

from safetensors.torch import load_file


def load_weights(file):
    tensors = load_file(file)
    for name in [name for name in tensors if name + ".scale" in tensors]:
        scale = tensors.pop(name + ".scale")
        tensors[name] = tensors[name].float() * scale.reshape(-1, *[1] * (tensors[name].dim() - 1))
    return tensors
