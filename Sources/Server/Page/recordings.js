// The recordings of this visit: classified two at a time, listed in a table, given as CSV.

import { byId, element, percent, plural, seconds } from "./dom.js";
import { classify, Problem } from "./api.js";
import { bodyFor } from "./sound.js";
import { certainty } from "./result.js";
import { read, summarise } from "./timeline.js";

const atOnce = 2;
/** From this length on, in seconds, an answer is made of a timeline. */
export const timelineFrom = 4;

/** What stops the whole queue, not only one recording. */
const halts = new Set(["gone", "token", "slow", "busy", "shutting-down"]);

export class Recordings {
  entries = [];
  /** Called with an entry when the person picks it. */
  onOpen = () => {};
  /** Called with an entry whose answer, or problem, has come. */
  onAnswer = () => {};
  /** Called with the problem that has stopped the queue. */
  onHalt = () => {};
  /** Called with a sentence when all of several recordings are done. */
  onDone = () => {};
  /** Called when the list has been emptied. */
  onClear = () => {};
  /** Called with what a wait for a busy server is about, null when it is over. */
  onWait = () => {};

  #running = new Set();
  #abort = new AbortController();
  #model; // () => {bundle, labels, limits}, once it is known
  #opened = null;
  #wasBusy = false;
  #halted = false; // by a problem that the next request would have too

  constructor(model) {
    this.#model = model;
    byId("csv").addEventListener("click", () => this.#download());
    byId("clear").addEventListener("click", () => this.clear());
    byId("stop").addEventListener("click", () => this.stop());
  }

  /** Adds files and begins to classify them; `known` is what is known of them already: `duration`, `note`. */
  add(files, known = {}) {
    const added = [...files].map((file) => ({ ...known, file, name: file.name, state: "waiting" }));
    for (const entry of added) {
      entry.row = element("tr");
      byId("rows").append(entry.row);
      this.#render(entry);
    }
    this.entries.push(...added);
    this.resume();
    return added;
  }

  /** Goes on with what waits. */
  resume() {
    while (this.#running.size < atOnce) {
      const next = this.entries.find(({ state }) => state === "waiting");
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
    if (before) {
      before.sound = undefined; // a long recording decoded takes megabytes
      this.#render(before);
    }
    if (entry) this.#render(entry);
  }

  async #run(entry) {
    const run = {};
    this.#running.add(run);
    this.#finish(entry, { state: "busy" });
    const { signal } = this.#abort;
    try {
      const { bundle, labels, limits, heard } = await this.#model();
      const body = await bodyFor(entry.file, limits, entry.sound);
      const options = { bundle, signal, onWait: (...waiting) => this.onWait(...waiting) };
      let answer = await classify(body, { ...options, timeline: (entry.sound ?? entry).duration > timelineFrom });
      if (answer.duration > timelineFrom && !answer.timeline) answer = await classify(body, { ...options, timeline: true });
      if (signal.aborted) return;
      const timeline = answer.timeline && read(answer.timeline);
      const summary = timeline && summarise(timeline, labels);
      this.#finish(entry, { state: "done", answer, timeline, summary, labels, heard });
    } catch (problem) {
      if (signal.aborted) return; // whoever cancelled has said what becomes of the entry
      if (halts.has(problem.kind)) this.#halt(entry, problem);
      else this.#finish(entry, { state: "failed", problem: problem instanceof Problem ? problem : fileProblem(problem, entry) });
    } finally {
      this.#running.delete(run);
      this.onWait(null);
      if (!this.#halted) this.resume();
      this.#renderState();
    }
  }

  #halt(entry, problem) {
    this.#finish(entry, { state: "waiting" });
    if (this.#halted) return;
    this.#halted = true;
    this.onHalt(problem, () => {
      this.#halted = false;
      this.resume();
    });
  }

  #finish(entry, change) {
    Object.assign(entry, change);
    this.#render(entry);
    if (entry.state === "done" || entry.state === "failed") this.onAnswer(entry);
  }

  #render(entry) {
    const { answer, summary, problem, state } = entry;
    const name = element("button", {
      type: "button", class: "link", "aria-current": entry === this.#opened && "true", onclick: () => this.onOpen(entry),
    }, entry.name);
    const cells = [element("th", { scope: "row" }, name)];
    if (state === "done") {
      const label = summary ? summary.label ?? "silence" : answer.label;
      cells.push(
        element("td", { class: "said" }, label),
        element("td", { class: "number" }, percent((summary ?? answer).probabilities[label] ?? 0)),
        element("td", {}, summary ? `${percent(summary.share)} of the time` : certainty(answer.uncertainty, entry.labels)),
        element("td", { class: "number" }, seconds(answer.duration)));
    } else {
      const text = { waiting: "Waiting", busy: "Listening …", failed: problem?.detail }[state];
      cells.push(element("td", { colspan: 4, class: state }, text));
    }
    const hadFocus = entry.row.contains(document.activeElement);
    entry.row.replaceChildren(...cells);
    if (hadFocus) name.focus();
  }

  #renderState() {
    const { entries } = this;
    const finished = entries.filter(({ state }) => state === "done" || state === "failed").length;
    const failed = entries.filter(({ state }) => state === "failed").length;
    const isBusy = finished < entries.length;
    byId("list").hidden = entries.length < 2;
    byId("progress").hidden = !isBusy;
    byId("progress").max = entries.length;
    byId("progress").value = finished;
    byId("stop").hidden = !isBusy;
    byId("csv").disabled = isBusy || !finished;
    const text = isBusy ? `${finished} of ${entries.length} done`
      : `${plural(entries.length, "recording")}${failed ? `, ${failed} not classified` : ""}`;
    byId("list-state").textContent = text;
    if (this.#wasBusy && !isBusy && entries.length > 1) this.onDone(text);
    this.#wasBusy = isBusy;
  }

  #download() {
    const done = this.entries.filter(({ state }) => state === "done" || state === "failed");
    const labels = done.find((entry) => entry.labels)?.labels ?? [];
    const rows = [["file", "label", ...labels, "predictive_entropy", "mutual_information", "disagreement",
      "duration", "windows", "bundle", "error"]];
    for (const { name, answer, summary, problem } of done) {
      const { label, probabilities } = summary ?? answer ?? {};
      const uncertainty = summary ? {} : answer?.uncertainty ?? {};
      rows.push([name, label, ...labels.map((label) => probabilities?.[label]?.toFixed(6)), uncertainty.predictive_entropy,
        uncertainty.mutual_information, uncertainty.disagreement, answer?.duration, answer && (summary?.windows ?? 1),
        answer?.bundle, problem?.detail]);
    }
    const quoted = (value = "") => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
    const text = rows.map((row) => row.map((value) => quoted(value ?? "")).join(",") + "\r\n").join("");
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const day = new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
    element("a", { href: address, download: `emotive-${day}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

/** What is said of a file that the browser could not read, and of what nobody foresaw. */
function fileProblem(error, { name }) {
  if (error instanceof DOMException)
    return new Problem("The file cannot be read", `${name} is a folder, or was moved or changed. Choose it again.`, "unreadable");
  console.error(error);
  return new Problem("This page has failed", `${error.message}. Reload it and try again.`, "page");
}
