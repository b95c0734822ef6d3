#!/usr/bin/env bash
# The best figures so far: four ResNet-18 with the recipe of the bundle that ships, but no lossy copies, on EmoBox's folds
# and on a random split; and one ResNet-18 that learns from two of them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
recipe=("${ravdess[@]}" --recipe shipped --network resnet18 --weights imagenet --validation none)

train ensemble-emobox "${recipe[@]}" --lossy-coding 0 --members 4 --split emobox
train ensemble-random "${recipe[@]}" --lossy-coding 0 --members 4 --split random:0.2
train pair-emobox "${recipe[@]}" --lossy-coding 0 --members 2 --split emobox
train taught-emobox "${recipe[@]}" --split emobox --teacher "$runs/pair-emobox" --distillation 0.7
