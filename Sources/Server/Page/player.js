// Playing a sound: button, slider, playhead over the plots, a click on a plot.

import { byId, frame, timeText } from "./dom.js";
import { encodeWav } from "./sound.js";

const audio = new Audio();
const button = byId("play");
const slider = byId("position");
const playheads = document.querySelectorAll(".playhead");
let duration = 0;
let onMove = () => {};
let describe = () => "";

/**
 * Makes a sound the one that plays.
 *
 * @param moved called with the time whenever it changes, null when it is back at the beginning
 * @param described what is to be said of a time, for the slider's text
 */
export function load(sound, moved, described) {
  unload();
  duration = sound.duration;
  onMove = moved;
  describe = described;
  audio.src = URL.createObjectURL(encodeWav(sound.samples, sound.rate)); // decoded sound seeks to the sample
  slider.max = duration.toFixed(1);
  slider.step = duration > 60 ? 1 : 0.1;
  byId("transport").hidden = false;
  show(0);
}

export function unload() {
  audio.pause();
  setPlaying(false);
  onMove = () => {};
  if (audio.src) URL.revokeObjectURL(audio.src);
  audio.removeAttribute("src");
  audio.load(); // only this lets go of the sound
  byId("transport").hidden = true;
  playheads.forEach((line) => (line.hidden = true));
}

/** Plays from a time on; to `end` only, if given. */
export function play(time, end = Infinity) {
  audio.currentTime = Math.min(time, Math.max(0, duration - 0.05));
  stopAt = end;
  begin();
}

let stopAt = Infinity;

// Refused if the sound is taken away at the same moment.
const begin = () => audio.play().catch(() => {});

function show(time) {
  slider.value = time;
  describePosition(time);
  byId("clock").textContent = `${timeText(time, duration)} / ${timeText(duration, duration)}`;
  const whole = byId("plots").clientWidth;
  const { gutter, margin } = frame(whole);
  for (const line of playheads) {
    line.hidden = time === 0;
    line.style.transform = `translateX(${gutter + Math.min(1, time / duration) * (whole - gutter - margin)}px)`;
  }
}

let described = 0; // when the slider's text was last written

/** Writes what a screen reader says of the slider: not sixty times a second while it moves by itself. */
function describePosition(time) {
  const text = `${timeText(time, duration)} of ${timeText(duration, duration)}${describe(time)}`;
  const now = performance.now();
  if (text === slider.getAttribute("aria-valuetext") || (!audio.paused && now - described < 1000)) return;
  described = now;
  slider.setAttribute("aria-valuetext", text);
}

function follow() {
  if (audio.paused) return;
  if (audio.currentTime >= stopAt) audio.pause();
  showMoment();
  requestAnimationFrame(follow);
}

function showMoment() {
  show(audio.currentTime);
  onMove(audio.currentTime);
}

function setPlaying(isPlaying) {
  button.classList.toggle("playing", isPlaying);
  button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
}

audio.addEventListener("play", () => {
  setPlaying(true);
  follow();
});
audio.addEventListener("pause", () => {
  setPlaying(false);
  if (audio.currentTime > 0) showMoment(); // some time after the last frame; a sound just loaded is at 0
});
audio.addEventListener("ended", () => {
  audio.currentTime = 0;
  stopAt = Infinity;
  show(0);
  onMove(null);
});

button.addEventListener("click", () => {
  stopAt = Infinity;
  if (audio.paused) begin();
  else audio.pause();
});

slider.addEventListener("input", () => {
  audio.currentTime = Number(slider.value);
  described = 0; // a person has moved it
  stopAt = Infinity;
  show(audio.currentTime);
  onMove(audio.currentTime || !audio.paused ? audio.currentTime : null);
});

byId("plots").addEventListener("click", (event) => {
  if (event.target.tagName !== "CANVAS" || event.target.id === "scale" || !audio.src) return;
  const box = event.target.getBoundingClientRect();
  const { gutter, margin } = frame(box.width);
  const share = (event.clientX - box.left - gutter) / (box.width - gutter - margin);
  if (share >= 0 && share <= 1) play(share * duration);
});

addEventListener("resize", () => audio.src && show(audio.currentTime));
