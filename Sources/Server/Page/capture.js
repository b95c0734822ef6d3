// Sound from the microphone in the view: recording, and live mode. Loaded when one of them is first asked for.

import { byId, clock, percent } from "./dom.js";
import { Problem } from "./api.js";
import { encodeWav, level } from "./sound.js";
import { Microphone } from "./microphone.js";
import { Live, liveWindow } from "./live.js";
import { serverState } from "./model.js";
import { showAnswer, showAsOld, showNoAnswer } from "./result.js";
import { showProblem, speak } from "./notices.js";
import { draw, drawScale } from "./plots.js";

const shown = 10; // seconds of sound in the picture
const keptLive = 60; // seconds of live mode that stay as a recording

export class Capture {
  #microphone;
  #live = null;
  #isLive;
  #labels;
  #longest; // seconds, then it stops by itself
  #timer;
  #pause; // milliseconds between two steps
  #facts; // what stands beside the name
  #began = new Date();
  #announced = { label: null, time: 0 };
  /** Called when it is over with the recording as a file and `{duration, note}`; with nothing if nothing was kept. */
  onEnd = () => {};

  /** Opens the microphone and shows what it hears. Throws a `Problem` if there is none. */
  static async start(isLive, { limits, labels }) {
    const capture = new Capture();
    capture.#isLive = isLive;
    capture.#facts = capture.#usual;
    capture.#labels = labels;
    capture.#longest = isLive ? Infinity : limits.maximum_duration;
    capture.#microphone = await Microphone.open(isLive ? keptLive : limits.maximum_duration);
    capture.#microphone.onend = () => {
      const detail = capture.stop() ? "What it heard until then was kept." : "Until then it had heard next to nothing.";
      showProblem(new Problem("The microphone went away", detail, "microphone"));
    };
    if (isLive) capture.#startLive();
    capture.#show();
    return capture;
  }

  get isLive() {
    return this.#isLive;
  }

  /** The facts while nothing is the matter. */
  get #usual() {
    return this.#isLive ? `the last ${shown} s; when you stop, the last minute is kept` : `the last ${shown} s`;
  }

  #show() {
    byId("view").hidden = false;
    byId("plots").hidden = false;
    byId("plots").classList.remove("empty");
    byId("quiet").hidden = true;
    byId("no-picture").hidden = true;
    byId("save").hidden = true;
    byId("level").hidden = false;
    drawScale();
    byId("view-name").textContent = this.#isLive ? "Live" : "Recording";
    this.#showFacts();
    if (this.#isLive) {
      showNoAnswer("Live", "…", "Speak: the first answer comes after a second.");
      speak("Live. Press Stop live when you have spoken: the last minute is kept.");
    } else {
      showNoAnswer("Recording", "0:00",
        `Speak, then press Stop. It stops by itself after ${clock(this.#longest)}, the longest that this server takes.`);
      speak("Recording. Press Stop when you have spoken.");
    }
    this.#pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 150;
    this.#timer = setTimeout(() => this.#step(), this.#pause);
  }

  #step() {
    if (this.#microphone.heard >= this.#longest) {
      const note = `Stopped after ${clock(this.#longest)}, the longest that this server takes.`;
      speak(note);
      return this.stop(note);
    }
    const began = performance.now();
    try {
      this.#showSound();
    } finally {
      // On a slow machine other work has its turn, too.
      this.#timer = setTimeout(() => this.#step(), Math.max(this.#pause, 2 * (performance.now() - began)));
    }
  }

  #showFacts() {
    const text = this.#microphone.isMuted ? "The microphone is muted: switch it on." : this.#facts;
    if (byId("view-facts").textContent === text) return;
    byId("view-facts").textContent = text;
    if (text !== this.#usual) speak(text);
  }

  #showSound() {
    const microphone = this.#microphone;
    this.#showFacts();
    if (!this.#isLive) byId("verdict").textContent = clock(microphone.heard);
    const now = Math.max(-60, level(microphone.last(0.1)));
    byId("level").setAttribute("aria-valuenow", Math.round(now));
    byId("level").setAttribute("aria-valuetext", `${Math.round(now)} dB`);
    byId("level").firstElementChild.style.transform = `scaleX(${1 + now / 60})`;

    const { rate } = microphone;
    const samples = new Float32Array(shown * rate);
    const last = microphone.last(shown);
    samples.set(last, samples.length - last.length);
    draw({
      sound: { samples, rate }, span: { start: 0, end: shown, origin: -shown }, labels: this.#labels, isLive: true,
      timeline: this.#live && timelineOf(this.#live.answers, microphone.heard - shown),
    });
  }

  #startLive() {
    const old = "A moment ago it sounded most like";
    let isLate = false;
    this.#live = new Live(this.#microphone);
    this.#live.onAnswer = ({ answer, labels }) => {
      this.#labels = labels; // a restarted server may have others
      showAnswer(answer, this.#labels, isLate ? old : `The last ${liveWindow} seconds sound most like`);
      serverState(`${answer.bundle} is ready`, "ready");
      const now = performance.now();
      if (answer.label === this.#announced.label || now - this.#announced.time < 3000) return;
      this.#announced = { label: answer.label, time: now };
      speak(`${answer.label}, ${percent(answer.probabilities[answer.label])}`);
    };
    this.#live.onState = (state, problem) => {
      isLate = state === "behind";
      this.#facts = {
        listening: this.#usual, quiet: "It is quiet: speak, or come closer to the microphone.",
        behind: "The server is slower than the sound: some answers are left out.",
        waiting: "The server is busy or away: waiting for it.",
      }[state];
      this.#showFacts();
      if (state !== "listening" && this.#live.answers.length) showAsOld(old);
      if (problem) serverState(problem.message, problem.kind === "busy" ? "asking" : "gone");
    };
    this.#live.onFailure = (problem) => {
      this.stop();
      showProblem(problem);
    };
  }

  /**
   * Switches the microphone off; what it heard becomes a recording, unless it is next to nothing: then false.
   *
   * @param note what is to be said of the recording
   */
  stop(note = this.#microphone.heard > this.#microphone.duration ? "The last minute of it." : undefined) {
    clearTimeout(this.#timer);
    this.#live?.stop();
    const samples = this.#microphone.last(this.#longest); // blocks reach a little beyond what the server takes
    const { rate } = this.#microphone;
    this.#microphone.close();
    byId("level").hidden = true;
    const duration = samples.length / rate;
    if (duration < 0.3) {
      byId("view").hidden = true;
      this.onEnd();
      showProblem(new Problem("That was too short", "Press the button, speak, then press it again.", "short"));
      return false;
    }
    const time = this.#began.toTimeString().slice(0, 8).replaceAll(":", ".");
    const name = `${this.#isLive ? "live" : "recording"} ${time}.wav`;
    this.onEnd(new File([encodeWav(samples, rate)], name, { type: "audio/wav" }), { duration, note });
    return true;
  }
}

/** A timeline of live answers, beginning at `start`: each answer fills the time since the one before it. */
function timelineOf(answers, start) {
  const windows = answers.map(({ answer: { label, probabilities }, end }, index) => ({
    from: Math.max(end - liveWindow, answers[index - 1]?.end ?? 0) - start, to: end - start, label, probabilities,
  })).filter(({ to }) => to > 0);
  const segments = [];
  for (const { from, to, label } of windows) {
    const last = segments.at(-1);
    if (last?.label === label && last.end >= from) last.end = to;
    else segments.push({ start: from, end: to, label });
  }
  return { windows, segments };
}
