// The page: buttons, the view of one recording, microphone and live mode, what is said when something fails.

import { byId, clock, percent, seconds } from "./dom.js";
import { askForTokenWith, Problem } from "./api.js";
import { decode, encodeWav, level, refuseIfLong } from "./sound.js";
import { Microphone } from "./microphone.js";
import { Recordings } from "./recordings.js";
import { Live, liveWindow } from "./live.js";
import { model, serverState, showModel } from "./model.js";
import { showAnswer, showNoAnswer, showSummary, showWindow } from "./result.js";
import { liveTimeline, showSegments, windowAt } from "./timeline.js";
import { draw } from "./plots.js";
import * as player from "./player.js";

const shownLive = 10; // seconds of sound in the picture while the microphone is on
const keptLive = 60; // seconds of live mode that stay as a recording

// Notices

let tryAgain = null;

function showProblem(problem, again = null) {
  if (!(problem instanceof Problem)) console.error(problem);
  byId("notice-title").textContent = problem.message;
  byId("notice-text").textContent = problem.detail ?? "Reload the page and try again.";
  byId("notice-again").hidden = !again;
  tryAgain = again;
  byId("notice").hidden = false;
  if (problem.kind === "gone") serverState("The server does not answer", "gone");
}

function hideProblem() {
  byId("notice").hidden = true;
}

byId("notice-close").addEventListener("click", () => {
  hideProblem();
  byId("record").focus();
});
byId("notice-again").addEventListener("click", () => {
  hideProblem();
  byId("record").focus();
  tryAgain?.();
});

const say = (text) => (byId("status").textContent = text);
const speak = (text) => (byId("spoken").textContent = text);

// Token

askForTokenWith(async (wasWrong) => {
  const dialog = byId("token");
  const input = byId("token-value");
  byId("token-text").textContent = wasWrong
    ? "That token is not the one. Whoever runs the server can tell you."
    : "Whoever runs it can tell you. It stays in this tab until you close it.";
  input.value = "";
  dialog.showModal();
  const given = await new Promise((resolve) => {
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      resolve(input.value.trim());
    };
    byId("token-cancel").onclick = () => resolve(null);
    dialog.oncancel = () => resolve(null);
  });
  dialog.close();
  return given;
});

// The server

async function meetServer() {
  serverState("Asking the server …", "asking");
  try {
    await showModel(() => recordings.again());
    const { bundle } = await model();
    serverState(`${bundle} is ready`, "ready");
  } catch (problem) {
    if (problem.kind === "token") serverState("Locked: no token", "gone");
    else serverState("The server does not answer", "gone");
    showProblem(problem, meetServer);
  }
}

// Recordings and the view of one

const recordings = new Recordings(model);
recordings.onOpen = (entry) => {
  open(entry);
  byId("view").scrollIntoView({ block: "start" });
};
recordings.onAnswer = (entry) => {
  if (entry === recordings.opened) showEntry(entry);
  if (entry.answer) serverState(`${entry.answer.bundle} is ready`, "ready");
};
recordings.onClear = () => {
  player.unload();
  draw(null);
  byId("view").hidden = true;
  say("");
  byId("choose").focus();
};
recordings.onHalt = (problem, goOn) => {
  if (recordings.opened?.state === "waiting") showEntry(recordings.opened);
  showProblem(problem, () => {
    goOn();
    meetServer();
  });
};
recordings.onWait = (time, attempt, attempts) =>
  say(time ? `The server is busy: asking again in ${Math.ceil(time)} s (${attempt} of ${attempts}).` : "");

function addFiles(files, known) {
  if (files.length === 0) return;
  if (capture) stopCapture(false);
  hideProblem();
  const [first] = recordings.add(files, known);
  open(first);
}

/** Opens a recording in the view: its pictures at once, its answer when it has come. */
async function open(entry) {
  if (capture) return;
  recordings.opened = entry;
  byId("view").hidden = false;
  byId("view-name").textContent = entry.name;
  byId("view-facts").textContent = "";
  player.unload();
  draw(null);
  showSegments(null);
  byId("plots").hidden = false;
  byId("plots").classList.add("empty");
  byId("no-picture").hidden = true;
  showEntry(entry);
  if (entry.sound === undefined) {
    const sound = await soundOf(entry);
    if (recordings.opened !== entry) return;
    entry.sound = sound;
  }
  byId("plots").hidden = !entry.sound;
  byId("plots").classList.remove("empty");
  byId("no-picture").hidden = Boolean(entry.sound) || entry.state === "failed";
  if (entry.sound) {
    player.load(entry.sound, (time) => showMoment(entry, time), (time) => describeMoment(entry, time));
  }
  showEntry(entry);
}

async function soundOf(entry) {
  try {
    await refuseIfLong(entry.file, (await model()).limits);
  } catch {
    return null; // too long to be decoded here; the entry's own problem says so. Or there is no server.
  }
  return decode(entry.file);
}

function showEntry(entry) {
  const { state, answer, summary, problem, sound, labels } = entry;
  entry.shown = null; // the window of the timeline that plays
  if (state === "done" && summary) showSummary(summary, labels);
  else if (state === "done") showAnswer(answer, labels, "Sounds most");
  else if (state === "failed") showNoAnswer(problem.message, "no answer", problem.detail);
  else if (state === "waiting") showNoAnswer("Not asked yet", "no answer");
  else showNoAnswer("Listening …", "…");
  byId("no-picture").hidden = sound !== null || state === "failed";
  if (state === "failed" || state === "done") speak(spoken(entry));
  if (!sound) return;
  const heard = heardPart(entry);
  byId("view-facts").textContent = entry.note ?? (heard ? `The answer is of the ${seconds(heard.end - heard.start)} between the dashed lines.` : "");
  showSegments(answer?.timeline, (start, end) => player.play(start, end));
  draw({ sound, span: { start: 0, end: sound.duration }, heard, timeline: answer?.timeline, labels });
}

function spoken({ name, state, answer, summary, problem }) {
  if (state === "failed") return `${name}: ${problem.message}. ${problem.detail}`;
  if (summary) return `${name} sounds mostly ${summary.label ?? "silent"}, ${percent(summary.share)} of the time.`;
  return `${name} sounds most ${answer.label}, ${percent(answer.probabilities[answer.label])}.`;
}

/** The part of a recording that its answer is of, where that is not all of it. */
function heardPart({ sound, answer, summary, heard }) {
  if (!answer || summary || !heard || sound.duration <= heard * 1.02) return null;
  return { start: (sound.duration - heard) / 2, end: (sound.duration + heard) / 2 };
}

/** Shows the answer of the moment that plays; null is the whole again. */
function showMoment(entry, time) {
  if (!entry.summary) return;
  const window = time === null ? null : windowAt(entry.answer.timeline, time);
  if (window === entry.shown) return;
  entry.shown = window;
  if (window) showWindow(window, entry.labels);
  else showSummary(entry.summary, entry.labels);
}

function describeMoment({ summary, answer }, time) {
  return summary ? `, ${windowAt(answer.timeline, time).label ?? "silent"}` : "";
}

// Microphone

let capture = null; // {microphone, live, timer, began} while it is on

async function startCapture(isLive) {
  hideProblem();
  const buttons = [byId("record"), byId("live")];
  buttons.forEach((button) => (button.disabled = true));
  say("Asking for the microphone …");
  try {
    const { limits, bundle, labels } = await model();
    const microphone = await Microphone.open(isLive ? keptLive : limits.duration);
    capture = { microphone, isLive, labels, longest: isLive ? Infinity : limits.duration, began: new Date() };
    microphone.onend = () => {
      stopCapture(true);
      showProblem(new Problem("The microphone went away", "What it heard until then was kept.", "microphone"));
    };
    if (isLive) startLive(bundle, labels);
  } catch (problem) {
    showProblem(problem);
    return;
  } finally {
    say("");
    buttons.forEach((button) => (button.disabled = false));
  }
  showCapture();
}

function showCapture() {
  const { isLive } = capture;
  recordings.opened = null;
  player.unload();
  showSegments(null);
  byId("view").hidden = false;
  byId("plots").hidden = false;
  byId("plots").classList.remove("empty");
  byId("no-picture").hidden = true;
  byId("level").hidden = false;
  byId("view-name").textContent = isLive ? "Live" : "Recording";
  byId("view-facts").textContent = `the last ${shownLive} s`;
  showNoAnswer(isLive ? "Live" : "Recording", isLive ? "…" : "0:00", isLive ? "Speak: the first answer comes after a second." : "Speak, then press Stop.");
  setButtons();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  capture.timer = setInterval(showMicrophone, calm ? 1000 : 150);
}

function setButtons() {
  const isRecording = capture && !capture.isLive;
  const isLive = capture?.isLive ?? false;
  byId("record-text").textContent = isRecording ? "Stop" : "Record";
  byId("record").classList.toggle("on", Boolean(isRecording));
  byId("live").textContent = isLive ? "Stop live" : "Live";
  byId("live").classList.toggle("on", isLive);
  byId("record").disabled = isLive;
  byId("live").disabled = Boolean(isRecording);
}

/** One step of the picture while the microphone is on. */
function showMicrophone() {
  const { microphone, isLive, live, labels, longest } = capture;
  if (microphone.heard >= longest) return stopCapture(true);
  if (!isLive) byId("verdict").textContent = clock(microphone.heard);
  const now = Math.max(-60, level(microphone.last(0.1)));
  byId("level").setAttribute("aria-valuenow", Math.round(now));
  byId("level").setAttribute("aria-valuetext", `${Math.round(now)} dB`);
  byId("level").firstElementChild.style.transform = `scaleX(${1 + now / 60})`;

  const { rate } = microphone;
  const samples = new Float32Array(shownLive * rate);
  const last = microphone.last(shownLive);
  samples.set(last, samples.length - last.length);
  const from = microphone.heard - shownLive;
  const timeline = live && liveTimeline(live.answers, from);
  draw({ sound: { samples, rate }, span: { start: 0, end: shownLive, origin: -shownLive }, timeline, labels, isLive: true });
}

function startLive(bundle, labels) {
  const live = new Live(capture.microphone, bundle);
  capture.live = live;
  let announced = { label: null, time: 0 };
  live.onAnswer = ({ answer }) => {
    showAnswer(answer, labels, `The last ${liveWindow} seconds sound most`);
    const now = performance.now();
    if (answer.label === announced.label || now - announced.time < 3000) return;
    announced = { label: answer.label, time: now };
    speak(`${answer.label}, ${percent(answer.probabilities[answer.label])}`);
  };
  live.onState = (state) => {
    const text = {
      listening: `the last ${shownLive} s`, quiet: "It is quiet: speak, or come closer to the microphone.",
      behind: "The server is slower than the sound: some answers are left out.",
      waiting: "The server is busy or away: waiting for it.",
    }[state];
    byId("view-facts").textContent = text;
    if (state !== "listening") speak(text);
  };
  live.onFailure = (problem) => {
    stopCapture(true);
    showProblem(problem);
  };
}

/** Switches the microphone off; what it heard becomes a recording, unless it is not to be kept or is next to nothing. */
function stopCapture(keeps) {
  const { microphone, isLive, live, timer, began } = capture;
  clearInterval(timer);
  live?.stop();
  const samples = microphone.last();
  const { rate } = microphone;
  microphone.close();
  capture = null;
  setButtons();
  byId("level").hidden = true;
  say("");
  if (!keeps || samples.length < rate * 0.3) {
    byId("view").hidden = true;
    if (keeps) showProblem(new Problem("That was too short", "Nothing was heard in the time between the two presses. Press Record, speak, then press Stop.", "short"));
    return;
  }
  const time = began.toTimeString().slice(0, 8).replaceAll(":", ".");
  addFiles([new File([encodeWav(samples, rate)], `${isLive ? "live" : "recording"} ${time}.wav`, { type: "audio/wav" })],
    { duration: samples.length / rate });
}

byId("record").addEventListener("click", () => (capture ? stopCapture(true) : startCapture(false)));
byId("live").addEventListener("click", () => (capture ? stopCapture(true) : startCapture(true)));

// Files

byId("choose").addEventListener("click", () => byId("files").click());
byId("files").addEventListener("change", () => {
  addFiles([...byId("files").files]);
  byId("files").value = ""; // the same file can be chosen again
});

byId("example").addEventListener("click", async () => {
  try {
    const response = await fetch("example.mp3");
    addFiles([new File([await response.blob()], "example.mp3", { type: "audio/mpeg" })],
      { note: "A synthetic voice shows how this page works; the answer means nothing.", duration: 11.3 });
  } catch {
    showProblem(new Problem("The server does not answer", "The example could not be fetched. Is emotive serve still running?", "gone"));
  }
});

let dragged = 0; // how deep in the page's elements the pointer is
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  dragged += 1;
  byId("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!holdsFiles(event)) return;
  dragged -= 1;
  if (dragged === 0) byId("drop").hidden = true;
});
addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dragged = 0;
  byId("drop").hidden = true;
  addFiles([...event.dataTransfer.files]);
});

meetServer();
