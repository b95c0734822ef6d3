#!/usr/bin/env bash
# The main job from end to end: classify a recording with the bundle that ships, then fine-tune that bundle's network.
#   tools/demo.sh           on a sentence that espeak-ng speaks
#   tools/demo.sh FILE      on a recording of yours, in any format that libsndfile reads
# Installs and builds what is missing first. All results go to output/demo/; each run replaces the last one's.
set -euo pipefail

recording=${1:-}
if [ -n "$recording" ]; then
  [ -f "$recording" ] && [ -r "$recording" ] || {
    echo "demo: $recording is not a file that can be read: give a recording, as in \`make demo FILE=speech.wav\`." >&2
    exit 1
  }
  recording=$(realpath "$recording")
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n\n' "$*"; }
make --no-print-directory build
emotive=.build/release/emotive
out=output/demo
mkdir -p "$out"

if [ -z "$recording" ]; then
  recording=$out/spoken.wav
  espeak-ng -v en-us+f3 -p 70 -s 180 -w "$recording" "I have been waiting for this day, and now it is here!"
fi
step "What the bundle that ships hears in $recording"
"$emotive" predict "$recording"
"$emotive" features "$recording" --fit pad --whitening none --picture "$out/spectrogram.png"

step "A corpus to learn from, made with espeak-ng"
echo "It is SYNTHETIC: eight manners of speaking, set by pitch, speed and pauses, named after the eight emotions."
echo "It shows that training works. Figures on it say nothing about how people sound."
voices=(en-us+f2 en-us+m3 en-gb-x-rp+f4 en-gb-x-rp+m5 en-gb-scotland+f3 en-gb-scotland+m7)
unheard=(en-gb-x-rp+f4 en-gb-scotland+m7)
sentences=("Kids are talking by the door." "Dogs are sitting by the door." "The parcel came on Tuesday." "We will meet at the station.")
# emotion, then espeak-ng's pitch (0 to 99), speed in words a minute and pause between words in 10 ms
manners="neutral 50 160 0
calm 40 125 2
happy 75 185 0
sad 20 105 5
angry 62 215 0
fearful 92 230 0
disgust 8 140 3
surprised 99 150 1"

# speak VOICE: all sentences in all manners, and their lines of the table
speak() {
  local number emotion pitch speed pause file
  for number in "${!sentences[@]}"; do
    while read -r emotion pitch speed pause; do
      file=$emotion/$1-$number.wav
      espeak-ng -v "$1" -p "$pitch" -s $((speed + 4 * number)) -g "$pause" -w "$corpus/$file" "${sentences[number]}"
      echo "$file,$emotion,$1"
    done <<<"$manners"
  done >"$corpus/$1.csv"
}
corpus=$out/corpus
rm -rf "$corpus" "$out/run"
while read -r emotion _; do mkdir -p "$corpus/$emotion"; done <<<"$manners"
speakers=()
for voice in "${voices[@]}"; do
  speak "$voice" &
  speakers+=($!)
done
for speaker in "${speakers[@]}"; do wait "$speaker"; done
{ echo path,label,speaker; cat "$corpus"/en-*.csv; } >"$corpus/corpus.csv"
rm "$corpus"/en-*.csv
echo "$(find "$corpus" -name '*.wav' | wc -l) recordings by ${#voices[@]} voices are in $corpus."

# The manners differ by pitch and speed, so that copies at other speeds would be copies of other manners.
step "Fine-tuning the bundle's own network for a few minutes, tested on two voices that it does not hear"
"$emotive" train --corpus "csv=$corpus/corpus.csv" --weights bundle --recipe shipped --epochs 20 --speed 0 --validation test \
  --split "speakers:$(IFS=,; echo "${unheard[*]}")" --output "$out/run"

step "Pictures"
ls "$out"/spectrogram.png "$out"/run/*.png
