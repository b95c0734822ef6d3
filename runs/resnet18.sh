#!/usr/bin/env bash
# ResNet-18: an ensemble of four on a random split. A single one on EmoBox's folds is the teacher in shipped.sh.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

train resnet18-random "${ravdess[@]}" --recipe shipped --network resnet18 --weights imagenet --validation test \
  --split random:0.2 --members 4 --epochs 30
