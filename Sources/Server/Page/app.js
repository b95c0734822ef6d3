// The page: its buttons, the microphone on and off, files chosen and dropped.

import { byId } from "./dom.js";
import { Problem } from "./api.js";
import { Recordings } from "./recordings.js";
import { model, serverState, showModel, withModel } from "./model.js";
import { openView, showEntry } from "./view.js";
import { showSegments } from "./timeline.js";
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

const recordings = new Recordings(withModel);
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
  capture?.stop(); // what the microphone has heard becomes a recording too
  hideProblem();
  const [first] = recordings.add(files, known);
  open(first);
}

function open(entry) {
  recordings.opened = entry;
  openView(entry, () => recordings.opened === entry);
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
  if (file) addFiles([file], { duration, isOurs: true });
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
  byId("clear").disabled = capture !== null; // it would hide the view that shows what is recorded
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
