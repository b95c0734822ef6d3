// The page: its buttons, the view of one recording, the microphone on and off.

import { byId, percent, seconds } from "./dom.js";
import { Problem } from "./api.js";
import { decode, refuseIfLong } from "./sound.js";
import { Recordings } from "./recordings.js";
import { model, serverState, showModel } from "./model.js";
import { showAnswer, showNoAnswer, showSummary, showWindow } from "./result.js";
import { showSegments, windowAt } from "./timeline.js";
import { hideProblem, say, showProblem, speak } from "./notices.js";
import { draw } from "./plots.js";
import * as player from "./player.js";

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
  if (capture) return say("Stop the microphone first.");
  open(entry);
  byId("view").scrollIntoView({ block: "start" });
};
recordings.onAnswer = (entry) => {
  if (entry === recordings.opened) showEntry(entry);
  if (entry.answer) serverState(`${entry.answer.bundle} is ready`, "ready");
};
recordings.onDone = speak;
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
  capture?.stop(false);
  hideProblem();
  const [first] = recordings.add(files, known);
  open(first);
}

/** Opens a recording in the view: its pictures at once, its answer when it has come. */
async function open(entry) {
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
  else if (state === "done") showAnswer(answer, labels, "Sounds most like");
  else if (state === "failed") showNoAnswer(problem.message, "no answer", problem.detail);
  else if (state === "waiting") showNoAnswer("Not asked yet", "no answer");
  else showNoAnswer("Listening …", "…");
  byId("no-picture").hidden = sound !== null || state === "failed";
  if (state === "failed" || state === "done") speak(spoken(entry));
  if (!sound) return;
  const heard = heardPart(entry);
  byId("view-facts").textContent = entry.note ?? (heard ? `The answer is of the ${seconds(heard.end - heard.start)} between the dashed lines.` : "");
  showSegments(entry.timeline, (start, end) => player.play(start, end));
  draw({ sound, span: { start: 0, end: sound.duration }, heard, timeline: entry.timeline, labels });
}

function spoken({ name, state, answer, summary, problem }) {
  if (state === "failed") return `${name}: ${problem.message}. ${problem.detail}`;
  if (summary) return `${name} sounds mostly like ${summary.label ?? "silence"}, ${percent(summary.share)} of the time.`;
  return `${name} sounds most like ${answer.label}, ${percent(answer.probabilities[answer.label])}.`;
}

/** The part of a recording that its answer is of, where that is not all of it. */
function heardPart({ sound, answer, summary, heard }) {
  if (!answer || summary || !heard || sound.duration <= heard * 1.02) return null;
  return { start: (sound.duration - heard) / 2, end: (sound.duration + heard) / 2 };
}

/** Shows the answer of the moment that plays; null is the whole again. */
function showMoment(entry, time) {
  if (!entry.summary) return;
  const window = time === null ? null : windowAt(entry.timeline, time);
  if (window === entry.shown) return;
  entry.shown = window;
  if (window) showWindow(window, entry.labels);
  else showSummary(entry.summary, entry.labels);
}

function describeMoment({ timeline }, time) {
  return timeline ? `, ${windowAt(timeline, time).label ?? "silence"}` : "";
}

// Microphone

let capture = null; // while it is on
let isAsking = false; // for it

async function startCapture(isLive) {
  if (isAsking) return;
  isAsking = true;
  hideProblem();
  say("Asking for the microphone …");
  try {
    const known = await model();
    const { Capture } = await import("./capture.js").catch(() => {
      throw new Problem("The server does not answer", "A part of this page is missing without it. Start it, then reload the page.", "gone");
    });
    capture = await Capture.start(isLive, known);
    capture.onEnd = endCapture;
    recordings.opened = null;
    player.unload();
    showSegments(null);
    showButtons();
  } catch (problem) {
    showProblem(problem);
  } finally {
    say("");
    isAsking = false;
  }
}

function endCapture(file, duration) {
  capture = null;
  showButtons();
  if (file) addFiles([file], { duration });
}

function showButtons() {
  const isRecording = capture?.isLive === false;
  const isLive = capture?.isLive === true;
  byId("record-text").textContent = isRecording ? "Stop" : "Record";
  byId("record").classList.toggle("on", isRecording);
  byId("live").textContent = isLive ? "Stop live" : "Live";
  byId("live").classList.toggle("on", isLive);
  byId("record").disabled = isLive;
  byId("live").disabled = isRecording;
  byId("bundle").disabled = capture !== null;
}

byId("record").addEventListener("click", () => (capture ? capture.stop() : startCapture(false)));
byId("live").addEventListener("click", () => (capture ? capture.stop() : startCapture(true)));

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
