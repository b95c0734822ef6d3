// The page: its buttons, the microphone on and off, files chosen and dropped.

import { byId } from "./dom.js";
import { gone, Problem } from "./api.js";
import { Recordings } from "./recordings.js";
import { model, serverState, showModel, withModel } from "./model.js";
import { closeView, openView, showEntry, speakEntry } from "./view.js";
import { showSegments } from "./timeline.js";
import { hideProblem, say, showProblem, speak, unsay } from "./notices.js";
import * as player from "./player.js";

// The server

async function meetServer() {
  serverState("Asking the server …", "asking");
  try {
    await showModel(changeBundle);
    const { bundle } = await model();
    serverState(`${bundle} is ready`, "ready");
    recordings.resume(); // what has waited for the server
  } catch (problem) {
    const failure = problem instanceof Problem ? problem.message : "This page has failed";
    serverState(problem.kind === "token" ? "Locked: no token" : failure, "gone");
    showProblem(problem, meetServer);
  }
}

function changeBundle(bundle) {
  if (byId("server-state").dataset.state === "ready") serverState(`${bundle} is ready`, "ready");
  recordings.again();
}

// Recordings and the view of one

const recordings = new Recordings(withModel);
recordings.onOpen = (entry) => {
  if (capture) return say(stopFirst);
  if (entry !== recordings.opened) open(entry);
  byId("view").scrollIntoView({ block: "start" });
};
recordings.onChange = (entry) => {
  if (entry === recordings.opened) {
    showEntry(entry);
    speakEntry(entry);
  }
  if (entry.state === "done") serverState(`${entry.answer.bundle} is ready`, "ready");
};
recordings.onDone = speak;
recordings.onClear = () => {
  closeView();
  byId("choose").focus();
};
recordings.onHalt = (problem) => showProblem(problem, meetServer);
let busyText = "";
recordings.onWait = (time, attempt, attempts) => {
  if (!time) return unsay(busyText);
  busyText = `The server is busy: asking again in ${Math.ceil(time)} s (${attempt} of ${attempts}).`;
  say(busyText);
};

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
const askingText = "Asking for the microphone …";
const stopFirst = "Stop the microphone first.";

async function startCapture(isLive) {
  if (isAsking) return;
  isAsking = true;
  showButtons();
  hideProblem();
  say(askingText);
  try {
    const known = await model();
    const { Capture } = await import("./capture.js").catch(() => {
      throw gone("A part of this page is missing without it. Start it, then reload the page.");
    });
    capture = await Capture.start(isLive, known);
    capture.onEnd = endCapture;
    recordings.opened = null;
    player.unload();
    showSegments(null);
  } catch (problem) {
    showProblem(problem);
  } finally {
    unsay(askingText);
    isAsking = false;
    showButtons();
  }
}

function endCapture(file, known) {
  capture = null;
  unsay(stopFirst);
  showButtons();
  if (file) addFiles([file], { ...known, isOurs: true });
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
  byId("bundle").disabled = capture !== null || isAsking;
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
    if (!response.ok) throw new Error(response.statusText);
    addFiles([new File([await response.blob()], "example.mp3", { type: "audio/mpeg" })],
      { note: "A synthetic voice shows how this page works; the answer means nothing.", duration: 11.3 });
  } catch {
    showProblem(gone("The example could not be fetched. Is emotive serve still running?"));
  }
});

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
for (const name of ["dragenter", "dragover"]) {
  addEventListener(name, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    byId("drop").hidden = false;
  });
}
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) byId("drop").hidden = true; // it has left the page
});
addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  byId("drop").hidden = true;
  addFiles([...event.dataTransfer.files]);
});

// What the microphone has heard is nowhere else.
addEventListener("beforeunload", (event) => {
  if (!capture && recordings.isSaved) return;
  event.preventDefault();
  event.returnValue = true; // what browsers of before 2024 go by
});

// What the first look does without is fetched at the first sign of a person: there it is should the server go away.
for (const sign of ["pointermove", "pointerdown", "keydown", "dragenter"])
  addEventListener(sign, () => import("./capture.js").catch(() => {}), { once: true });

meetServer();
