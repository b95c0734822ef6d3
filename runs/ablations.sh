#!/usr/bin/env bash
# What whitening, pretrained weights, augmentation and `fit` each bring: one SqueezeNet 1.1, each setting changed by
# itself, on a random split and on one of EmoBox's folds, with few epochs. For docs/LOG.md.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
base=("${ravdess[@]}" "${earlier_recipe[@]}" --network squeezenet1_1 --lossy-coding 0 --validation test --epochs 10)

for split in random:0.2 emobox:4; do
  tag=${split//[:.]/-}
  train "ablation-$tag-base" "${base[@]}" --weights imagenet --split $split
  train "ablation-$tag-whitening-per-spectrogram" "${base[@]}" --weights imagenet --split $split --whitening per-spectrogram
  train "ablation-$tag-whitening-training-set" "${base[@]}" --weights imagenet --split $split --whitening training-set
  train "ablation-$tag-random-start" "${base[@]}" --weights none --split $split
  train "ablation-$tag-no-augmentation" "${base[@]}" --weights imagenet --split $split --time-shift 0 --time-mask 0 --frequency-mask 0
  train "ablation-$tag-fit-resample" "${base[@]}" --weights imagenet --split $split --fit resample
done
