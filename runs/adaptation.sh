#!/usr/bin/env bash
# What the networks of shipped.sh and ensemble.sh, which must be finished, are worth on EmoBox's folds, and what they gain
# by listening to each test speaker first, without labels: docs/results/best.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
for run in mixture shipped ensemble taught; do
  judge=("$emotive" evaluate --run "$runs/$run-emobox" "${ravdess[@]}" --device "$device")
  "${judge[@]}" --output "$runs/$run-emobox.json"
  for adapt in 20 all; do "${judge[@]}" --adapt "$adapt" --output "$runs/$run-emobox-adapted-$adapt.json"; done
done
