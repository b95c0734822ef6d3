#!/usr/bin/env bash
# The bundle that ships, from start to end: four SqueezeNet 1.1 that learn from a ResNet-18, which is too large to ship.
# First the speaker-disjoint and the random-split figures, each with a teacher that has not heard the test side; then the
# bundle itself, on all recordings with the same settings, which quotes both and takes its temperature from the first.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
teacher=(--recipe shipped --network resnet18 --weights imagenet)
pupils=(--recipe shipped --epochs 20 --network squeezenet1_1 --weights imagenet --members 4 --distillation 0.7)

# The folds are of RAVDESS alone; the bundle hears the other corpora besides.
train teacher-emobox "${ravdess[@]}" "${teacher[@]}" --split emobox --validation test
train teacher-random "${ravdess[@]}" "${teacher[@]}" --epochs 30 --split random:0.2 --validation test
train teacher-all "${all[@]}" "${teacher[@]}" --split none --validation none
train shipped-emobox "${ravdess[@]}" "${pupils[@]}" --teacher "$runs/teacher-emobox" --split emobox --validation test
train shipped-random "${ravdess[@]}" "${pupils[@]}" --teacher "$runs/teacher-random" --split random:0.2 --validation test
train shipped-all "${all[@]}" "${pupils[@]}" --teacher "$runs/teacher-all" --split none --validation none \
  --evidence "$runs/shipped-emobox" --evidence "$runs/shipped-random" --name emotive-2 \
  --licence "RAVDESS (Livingstone & Russo 2018): CC BY-NC-SA 4.0" \
  --licence "SAVEE (Haq & Jackson, University of Surrey): research use, by registration" \
  --licence "TESS (Pichora-Fuller & Dupuis 2020): CC BY-NC-ND 4.0" \
  --licence "CREMA-D (Cao et al. 2014): Open Database License" \
  --licence "SqueezeNet 1.1 ImageNet weights (Iandola et al. 2016): BSD 2-clause" \
  --licence "ResNet-18 ImageNet weights, the teacher's start (Martinez et al. 2021, Permute, Quantize, and Fine-tune): non-commercial"
mkdir -p Bundles
rm -rf Bundles/emotive
cp -r "$runs/shipped-all/all/bundle" Bundles/emotive
