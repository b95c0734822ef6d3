"""Makes Tests/TorchTests/Golden/WeightFiles: small weight files of every form, and hostile ones.

Run with a Python that has torch and safetensors:  python tools/golden_weights.py
"""

import collections
import copyreg
import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = Path(__file__).parent.parent / "Tests/TorchTests/Golden/WeightFiles"
TYPES = {
    "float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32, "float64": torch.float64,
    "int8": torch.int8, "uint8": torch.uint8, "int16": torch.int16, "int32": torch.int32, "int64": torch.int64,
    "bool": torch.bool,
}


def state():
    """One tensor of each type, a scalar, an empty one, views, and two that share their storage."""
    generator = torch.Generator().manual_seed(7)
    values = (torch.randn(2, 3, generator=generator) * 50).round() / 2
    tensors = collections.OrderedDict((f"types.{name}", values.to(dtype)) for name, dtype in TYPES.items())
    tensors["scalar"] = torch.tensor(-0.0)
    tensors["special"] = torch.tensor([float("nan"), float("inf"), -float("inf"), 1e-45])
    tensors["empty"] = torch.zeros(3, 0, 2)
    grid = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    tensors["view.permuted"] = grid.permute(2, 0, 1)
    tensors["view.row"] = grid[1]
    tensors["view.column"] = grid[:, 1, 3]
    tensors["view.steps"] = grid[:, ::2, 1::2]
    tensors["view.expanded"] = torch.tensor([[1.5], [2.5]]).expand(2, 3)
    tensors["channels_last"] = grid.reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
    tensors["ünïcode \"name\"\\"] = torch.tensor([1, 2], dtype=torch.int16)
    return tensors


def expected(tensors):
    def describe(tensor):
        packed = tensor.detach().contiguous()
        data = packed.view(torch.uint8).numpy().tobytes() if packed.dim() and packed.numel() else (
            packed.reshape(-1).view(torch.uint8).numpy().tobytes() if packed.numel() else b"")
        return {"dtype": str(packed.dtype).removeprefix("torch."), "shape": list(packed.shape), "bytes": data.hex()}

    return {name: describe(tensor) for name, tensor in tensors.items()}


class OldTensor:
    """Pickled as PyTorch 0.1 to 0.3 pickled a tensor."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        tensor = self.tensor
        arguments = (tensor.storage(), tensor.storage_offset(), tuple(tensor.size()), tensor.stride())
        return torch._utils._rebuild_tensor, arguments


class OldParameter:
    """Pickled as PyTorch 0.1 pickled a parameter."""

    def __init__(self, tensor):
        self.data = OldTensor(tensor)

    # The pickler insists that __newobj__ makes what it is asked to pickle.
    __class__ = property(lambda self: nn.Parameter)

    def __reduce_ex__(self, protocol):
        return copyreg.__newobj__, (nn.Parameter, self.data), (True, False, None)


class OldDictionary(dict):
    """Pickled as Python 2 pickled an OrderedDict."""

    def __reduce__(self):
        return collections.OrderedDict, ([[key, value] for key, value in self.items()],)


def legacy_views(path):
    """A legacy file whose storages are views of one, as PyTorch 0.1 to 0.3 could write it."""

    class Storage:
        def __init__(self, view):
            self.view = view

    class View:
        def __init__(self, first, count):
            self.storage = Storage((f"view{first}", first, count))
            self.count = count

        def __reduce__(self):
            return torch._utils._rebuild_tensor, (self.storage, 0, (self.count,), (1,))

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                return ("storage", torch.FloatStorage, "root", "cpu", 6, value.view)

    with open(path, "wb") as file:
        pickle.dump(torch.serialization.MAGIC_NUMBER, file, protocol=2)
        pickle.dump(torch.serialization.PROTOCOL_VERSION, file, protocol=2)
        pickle.dump({"little_endian": True}, file, protocol=2)
        Pickler(file, 2).dump({"head": View(0, 2), "tail": View(2, 4)})
        pickle.dump(["root"], file, protocol=2)
        file.write(struct.pack("<q6f", 6, 0, 1, 2, 3, 4, 5))


def archive(pickled, name, compression=zipfile.ZIP_STORED, byteorder=b"little"):
    with zipfile.ZipFile(FOLDER / name, "w", compression) as file:
        file.writestr(zipfile.ZipInfo("x/data.pkl"), pickled, compression)
        file.writestr(zipfile.ZipInfo("x/byteorder"), byteorder)
        file.writestr(zipfile.ZipInfo("x/data/0"), bytes(8))


class Call:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile():
    command = Call(os.system, "touch /tmp/emotive-was-here")
    archive(pickle.dumps({"weight": command}, protocol=2), "hostile-system.pth")
    archive(pickle.dumps({"weight": command}, protocol=4), "hostile-system-4.pth")
    archive(pickle.dumps({"weight": Call(eval, "1 + 1")}, protocol=2), "hostile-eval.pth")
    archive(b"(S'touch /tmp/emotive-was-here'\nios\nsystem\n.", "hostile-inst.pth")
    archive(b"(cos\nsystem\nS'touch /tmp/emotive-was-here'\no.", "hostile-obj.pth")
    archive(pickle.dumps({"weight": Call(torch.nn.Linear, 1, 1)}, protocol=2), "hostile-module.pth")
    # An allowed name, called with what it is not made for, and a storage type called like a function.
    archive(b"\x80\x02ccollections\nOrderedDict\nK\x01\x85R.", "hostile-arguments.pth")
    archive(b"\x80\x02ctorch\nFloatStorage\nK\x01\x85R.", "hostile-storage.pth")
    # A list that holds itself, a memo index of four billion, a text of two gigabytes.
    archive(b"\x80\x02]q\x00h\x00a.", "hostile-cycle.pth")
    archive(b"\x80\x02}r\xff\xff\xff\xff.", "good-memo.pth")
    archive(b"\x80\x02X\xff\xff\xff\x7fabc.", "hostile-text.pth")
    archive(pickle.dumps({}, protocol=2), "hostile-compressed.pth", zipfile.ZIP_DEFLATED)
    archive(pickle.dumps({}, protocol=2), "hostile-big-endian.pth", byteorder=b"big")
    legacy = io.BytesIO()
    for value in (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION, {}, command, []):
        pickle.dump(value, legacy, protocol=2)
    (FOLDER / "hostile-legacy.pth").write_bytes(legacy.getvalue())

    def tensor(shape, stride, offset=0, count=2):
        numbers = lambda values: b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", v) for v in values) + b"t"
        return (b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
                b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + b"\x8a\x08"
                + struct.pack("<q", count) + b"tQ" + b"\x8a\x08" + struct.pack("<q", offset)
                + numbers(shape) + numbers(stride) + b"\x89}tRs.")

    archive(tensor([2], [1]), "good-tensor.pth")
    big = 2**62
    for name, pickled in {
        "beyond": tensor([3], [1]), "offset": tensor([2], [1], offset=1), "negative-offset": tensor([1], [1], offset=-1),
        "negative-shape": tensor([-1], [1]), "negative-stride": tensor([2], [-1], offset=1),
        "overflow": tensor([big, big], [1, 1]), "overflow-stride": tensor([3, 3], [big, big]),
        "unit-stride": tensor([1, 2], [2**63 - 1, 1]), "repeat": tensor([big], [0]), "repeat-some": tensor([2**40], [0]),
        "rank": tensor([1] * 65, [1] * 65), "storage-count": tensor([2], [1], count=big), "ranks": tensor([2], [1, 1]),
        "empty-huge": tensor([0, big, big], [1, big, big]),
    }.items():
        archive(pickled, f"tensor-{name}.pth")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tensors = state()
    contiguous = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    save_file(contiguous, FOLDER / "state.safetensors", metadata={"format": "pt", "note": "made \"here\"\n"})
    torch.save(tensors, FOLDER / "state.pth")
    torch.save(tensors, FOLDER / "state-protocol4.pth", pickle_protocol=4)
    torch.save(tensors, FOLDER / "state-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "lr": 0.1, "state_dict": tensors}, FOLDER / "state-nested.pth")
    old = OldDictionary((name, OldParameter(tensor)) for name, tensor in tensors.items() if tensor.dtype != torch.bfloat16)
    torch.save(old, FOLDER / "state-old.pth", _use_new_zipfile_serialization=False)
    (FOLDER / "state.json").write_text(json.dumps(expected(tensors), indent=1, sort_keys=True))

    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    torch.save(dict(module.named_parameters()), FOLDER / "parameters.pth")
    torch.save(module.state_dict(), FOLDER / "module.pth")
    torch.save(module, FOLDER / "hostile-whole-module.pth")
    torch.save(tensors["scalar"], FOLDER / "no-dictionary.pth")
    torch.save({"epoch": 3}, FOLDER / "no-tensors.pth")
    legacy_views(FOLDER / "views-legacy.pth")
    hostile()


main()
