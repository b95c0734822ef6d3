"""What `emotive predict --json` does, with PyTorch, torchvision, torchaudio and SciPy: python predict.py BUNDLE FILE"""

import json
import sys
from pathlib import Path

import torch
import torchvision
from features import Features
from weights import load_weights

bundle, path = Path(sys.argv[1]), sys.argv[2]
manifest = json.loads((bundle / "bundle.json").read_text())
labels = manifest["labels"]
image = Features(manifest["features"]).image(path)[None]

probabilities = torch.zeros(len(labels))
with torch.inference_mode():
    for member in manifest["members"]:
        model = torchvision.models.get_model(member["network"], weights=None, num_classes=len(labels)).eval()
        model.load_state_dict(load_weights(bundle / member["file"]), strict=False)  # no num_batches_tracked there
        probabilities += model(image)[0].softmax(0) / len(manifest["members"])
probabilities = (probabilities.log() / manifest["temperature"]).softmax(0)
label = labels[int(probabilities.argmax())]
print(json.dumps({"file": path, "label": label, "probabilities": dict(zip(labels, probabilities.tolist()))}))
