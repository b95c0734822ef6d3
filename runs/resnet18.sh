#!/usr/bin/env bash
# ResNet-18: a single one on EmoBox's folds, an ensemble of four on a random split, and the first of them as the teacher
# of four SqueezeNet 1.1, each fold's teacher having heard nothing of that fold's test side.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
recipe=("${ravdess[@]}" "${earlier_recipe[@]}" --lossy-coding 0 --weights imagenet --validation test)

train resnet18-emobox "${recipe[@]}" --network resnet18 --epochs 24 --split emobox
train resnet18-random "${recipe[@]}" --network resnet18 --epochs 30 --split random:0.2 --members 4
train taught-squeezenet-emobox "${recipe[@]}" --network squeezenet1_1 --members 4 --epochs 20 --split emobox \
  --teacher "$runs/resnet18-emobox" --distillation 0.7
