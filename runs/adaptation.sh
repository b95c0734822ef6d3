#!/usr/bin/env bash
# What networks gain that listen to each test speaker first, without labels: docs/results/adaptation.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
train adaptation "${ravdess[@]}" --recipe shipped --network resnet18 --weights imagenet --validation none --split emobox
for adapt in 20 all; do
  "$emotive" evaluate --run "$runs/adaptation" "${ravdess[@]}" --adapt "$adapt" --json "$runs/adaptation/adapted-$adapt.json"
done
