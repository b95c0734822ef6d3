// The recordings of this visit: classified two at a time, listed in a table.

import { byId, element, plural } from "./dom.js";
import { classify, Problem } from "./api.js";
import { saveTable } from "./download.js";
import { renderRow } from "./row.js";
import { bodyFor, notARecording, soundOf } from "./sound.js";
import { read, summarise } from "./timeline.js";

const atOnce = 2;
// From this length on, in seconds, an answer is made of a timeline.
const timelineFrom = 4;

/** What stops the whole queue, not only one recording. */
const halts = new Set(["gone", "token", "slow", "busy", "shutting-down"]);

export class Recordings {
  entries = [];
  /** Called with an entry when the person picks it. */
  onOpen = () => {};
  /** Called with an entry whose state has changed: it is asked about, or its answer, or problem, has come. */
  onChange = () => {};
  /** Called with the problem that has stopped the queue; `resume` goes on. */
  onHalt = () => {};
  /** Called with a sentence when all of several recordings are done. */
  onDone = () => {};
  /** Called when the list has been emptied. */
  onClear = () => {};
  /** Called with what a wait for a busy server is about, null when it is over. */
  onWait = () => {};

  #running = new Set();
  #abort = new AbortController();
  #withModel; // runs a function with {bundle, labels, limits, heard}
  #opened = null;
  #wasBusy = false;
  #batch = 0; // how many were asked for since all were done
  #halted = false; // by a problem that the next request would have too

  constructor(withModel) {
    this.#withModel = withModel;
    byId("csv").addEventListener("click", () => saveTable(this.entries.filter(isFinished)));
    byId("clear").addEventListener("click", () => this.#mayClear() && this.clear());
    byId("stop").addEventListener("click", () => this.stop());
  }

  /** Adds files and begins to classify them; `known` is what is known of them already: `duration`, `note`, `isOurs`. */
  add(files, known = {}) {
    const added = [...files].map((file) => ({ ...known, file, name: file.name, state: "waiting" }));
    for (const entry of added) {
      entry.row = element("tr");
      byId("rows").append(entry.row);
      this.#render(entry);
    }
    this.entries.push(...added);
    this.#batch = this.#wasBusy ? this.#batch + added.length : added.length;
    this.resume();
    return added;
  }

  /** Goes on with what waits, first with what is open in the view. */
  resume() {
    this.#halted = false;
    while (this.#running.size < atOnce) {
      const next = [this.#opened, ...this.entries].find((entry) => entry?.state === "waiting");
      if (!next) break;
      this.#run(next);
    }
    this.#renderState();
  }

  /** Leaves out what waits and what is on its way. */
  stop() {
    this.#cancel();
    for (const entry of this.entries.filter(({ state }) => state === "waiting" || state === "busy"))
      this.#finish(entry, { state: "failed", problem: new Problem("Stopped", "Stopped before it was classified.", "stopped") });
    this.#renderState();
  }

  #cancel() {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#halted = false;
  }

  /** Whether nothing is lost with the list: there is no recording from the microphone that was not saved. */
  get isSaved() {
    return this.#unsaved.length === 0;
  }

  get #unsaved() {
    return this.entries.filter(({ isOurs, isKept }) => isOurs && !isKept);
  }

  /** Asks the person, where something would be lost with the list. */
  #mayClear() {
    const { length } = this.#unsaved;
    return length === 0 || confirm(length === 1
      ? "A recording from the microphone was not saved, and will be lost. Clear the list all the same?"
      : `${length} recordings from the microphone were not saved, and will be lost. Clear the list all the same?`);
  }

  clear() {
    this.#cancel();
    this.entries = [];
    byId("rows").replaceChildren();
    this.opened = null;
    this.#renderState();
    this.onClear();
  }

  /** Asks for all answers anew: another bundle was chosen. */
  again() {
    this.#cancel();
    this.#batch = this.entries.length;
    for (const entry of this.entries) this.#finish(entry, { state: "waiting", answer: null, timeline: null, summary: null, problem: null });
    this.resume();
  }

  /** The entry that is open in the view. */
  get opened() {
    return this.#opened;
  }

  set opened(entry) {
    const before = this.#opened;
    this.#opened = entry;
    if (before && before !== entry) {
      before.sound = before.decoding = undefined; // a long recording decoded takes megabytes
      this.#render(before);
    }
    if (entry) this.#render(entry);
  }

  async #run(entry) {
    const run = { waits: false };
    const onWait = (...waiting) => {
      run.waits = true;
      this.onWait(...waiting);
    };
    this.#running.add(run);
    this.#finish(entry, { state: "busy" });
    const { signal } = this.#abort;
    try {
      const [{ labels, heard }, answer] = await this.#withModel((known) => this.#ask(entry, known, { signal, onWait }));
      if (signal.aborted) return;
      const timeline = answer.timeline && read(answer.timeline);
      const summary = timeline && summarise(timeline, labels);
      this.#finish(entry, { state: "done", answer, timeline, summary, labels, heard });
    } catch (problem) {
      if (signal.aborted) return; // whoever cancelled has said what becomes of the entry
      if (halts.has(problem.kind)) this.#halt(entry, problem);
      else this.#finish(entry, { state: "failed", problem: problemOf(entry, problem) });
    } finally {
      if (entry !== this.#opened) entry.decoding = undefined;
      this.#running.delete(run);
      if (run.waits && ![...this.#running].some(({ waits }) => waits)) this.onWait(null);
      if (!this.#halted) this.resume();
      this.#renderState();
    }
  }

  /** The answer to an entry, with a timeline where it is long; its length may be known only from an answer. */
  async #ask(entry, { bundle, limits }, { signal, onWait }) {
    const body = await bodyFor(entry.file, limits, () => soundOf(entry));
    const options = { bundle, signal, onWait };
    const { duration } = entry.sound ?? entry;
    try {
      const answer = await classify(body, { ...options, timeline: duration > timelineFrom });
      if (answer.timeline || answer.duration <= timelineFrom) return answer;
    } catch (problem) {
      // Without a timeline only the middle of a long recording is listened to.
      if (problem.kind !== "silent" || duration !== undefined) throw problem;
    }
    return classify(body, { ...options, timeline: true });
  }

  #halt(entry, problem) {
    this.#finish(entry, { state: "waiting" });
    if (this.#halted) return;
    this.#halted = true;
    this.onHalt(problem);
  }

  #finish(entry, change) {
    Object.assign(entry, change);
    this.#render(entry);
    this.onChange(entry);
  }

  #render(entry) {
    renderRow(entry, entry === this.#opened, () => this.onOpen(entry));
  }

  #renderState() {
    const { entries } = this;
    const finished = entries.filter(isFinished).length;
    const failed = entries.filter(({ state }) => state === "failed").length;
    const isBusy = finished < entries.length;
    byId("list").hidden = entries.length < 2;
    byId("progress").hidden = !isBusy;
    byId("progress").max = entries.length;
    byId("progress").value = finished;
    byId("csv").disabled = isBusy || !finished;
    if (!isBusy && document.activeElement === byId("stop")) byId("csv").focus();
    byId("stop").hidden = !isBusy;
    const text = isBusy ? `${finished} of ${entries.length} done`
      : `${plural(entries.length, "recording")}${failed ? `, ${failed} not classified` : ""}`;
    byId("list-state").textContent = text;
    if (this.#wasBusy && !isBusy && this.#batch > 1) this.onDone(`Done: ${text}.`);
    this.#wasBusy = isBusy;
  }
}

const isFinished = ({ state }) => state === "done" || state === "failed";

/** What the server says of a recording in words for programs, in words for people, who know it by its name. */
const inPlainWords = {
  "not-a-recording": notARecording,
  silent: ({ name }) => new Problem("The recording is silent", `${name} holds no sound at all. Was the microphone muted?`, "silent"),
  "too-short": ({ name }) =>
    new Problem("The recording is too short", `${name} is too short for an answer. Record a word, or better a sentence.`, "too-short"),
};

/** What is said of a failure: of the server's, of a file that the browser could not read, and of what nobody foresaw. */
function problemOf({ file }, problem) {
  if (problem instanceof Problem) return inPlainWords[problem.kind]?.(file) ?? problem;
  if (problem instanceof DOMException)
    return new Problem("The file cannot be read", `${file.name} is a folder, or was moved or changed. Choose it again.`, "unreadable");
  console.error(problem);
  return new Problem("This page has failed", `${problem.message}. Reload it and try again.`, "page");
}
