#!/usr/bin/env bash
# ResNet-18: a single network on EmoBox's folds, and an ensemble of four on a random split.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
recipe=("${ravdess[@]}" --recipe shipped --network resnet18 --weights imagenet --validation test)

train resnet18-emobox "${recipe[@]}" --split emobox
train resnet18-random "${recipe[@]}" --split random:0.2 --members 4
