#!/usr/bin/env bash
# The bundle that ships, from start to end: its speaker-disjoint and its random-split figures, then the bundle itself,
# trained on everything with the same settings, which quotes both and takes its temperature from the first.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
recipe=(--recipe shipped --network resnet18 --weights imagenet --validation none --bundle-weights int8)

# The folds are of RAVDESS alone; the bundle hears the other corpora besides.
train shipped-emobox "${ravdess[@]}" "${recipe[@]}" --split emobox
train shipped-random "${ravdess[@]}" "${recipe[@]}" --split random:0.2
train shipped-all "${all[@]}" "${recipe[@]}" --split none \
  --evidence "$runs/shipped-emobox" --evidence "$runs/shipped-random" --name emotive-4 \
  --licence "RAVDESS (Livingstone & Russo 2018): CC BY-NC-SA 4.0" \
  --licence "SAVEE (Haq & Jackson, University of Surrey): research use, by registration" \
  --licence "TESS (Pichora-Fuller & Dupuis 2020): CC BY-NC-ND 4.0" \
  --licence "CREMA-D (Cao et al. 2014): Open Database License" \
  --licence "ResNet-18 ImageNet weights (Permute, Quantize and Fine-tune, Martinez et al. 2021): non-commercial"
mkdir -p Bundles/emotive
rm -f Bundles/emotive/bundle.json Bundles/emotive/*.safetensors  # LICENCE.md stays
cp "$runs"/shipped-all/all/bundle/* Bundles/emotive
