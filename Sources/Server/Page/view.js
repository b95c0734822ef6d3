// The view of one recording: its pictures, its answer, the moment that plays.

import { byId, percent, seconds } from "./dom.js";
import { keep } from "./download.js";
import { isQuiet, refuseIfLong, soundOf } from "./sound.js";
import { model } from "./model.js";
import { showAnswer, showNoAnswer, showSummary, showWindow } from "./result.js";
import { showSegments, windowAt } from "./timeline.js";
import { speak } from "./notices.js";
import * as player from "./player.js";

/** Shows a recording: its pictures at once, its answer when it has come; `isOpen` says whether it is still to be shown. */
export async function openView(entry, isOpen) {
  byId("view").hidden = false;
  byId("view-name").textContent = entry.name;
  byId("view-facts").textContent = "";
  player.unload();
  picture(null);
  showSegments(null);
  byId("plots").hidden = false;
  byId("plots").classList.add("empty");
  byId("no-picture").hidden = true;
  byId("save").hidden = !entry.isOurs;
  byId("save").onclick = () => keep(entry);
  showEntry(entry);
  speakEntry(entry);
  if (entry.sound === undefined) {
    const sound = await decoded(entry);
    if (!isOpen() || entry.sound !== undefined) return; // closed, or opened again, meanwhile
    entry.sound = sound;
    entry.isQuiet = sound !== null && isQuiet(sound);
    if (isDoubtful(entry)) speak(byId("quiet").textContent);
  }
  byId("plots").hidden = !entry.sound;
  byId("plots").classList.remove("empty");
  if (entry.sound) {
    player.load(entry.sound, (time) => showMoment(entry, time), (time) => describeMoment(entry, time));
  }
  showEntry(entry);
}

export function closeView() {
  player.unload();
  picture(null);
  byId("view").hidden = true;
}

let wanted = null;

/** Draws, as `draw` of plots.js does, which comes only now: the page's first look has no pictures. */
async function picture(view) {
  wanted = view;
  const plots = await import("./plots.js").catch(() => null); // null: the server is gone, and a notice says so
  if (view !== wanted) return; // what comes does not come in order
  if (view) byId("plots").hidden = !plots;
  plots?.draw(view);
}

async function decoded(entry) {
  const limits = await model().then(({ limits }) => limits, () => ({ maximum_duration: 600 })); // no server: its default
  try {
    await refuseIfLong(entry.file, limits);
  } catch {
    return null; // too long to be decoded here; the entry's own problem says so
  }
  return soundOf(entry);
}

/** Shows what is known of a recording by now. */
export function showEntry(entry) {
  const { state, answer, summary, problem, sound, labels } = entry;
  entry.shown = null; // the window of the timeline that plays
  if (state === "done" && summary) showSummary(entry, labels);
  else if (state === "done") showAnswer(answer, labels, "Sounds most like");
  else if (state === "failed") showNoAnswer(problem.message, "no answer", problem.detail);
  else if (state === "waiting") showNoAnswer("Not asked yet", "no answer");
  else showNoAnswer("Listening …", "…");
  byId("quiet").hidden = !isDoubtful(entry);
  byId("no-picture").hidden = sound !== null || state !== "done";
  showSegments(entry.timeline, sound ? (start, end) => player.play(start, end) : null);
  if (!sound) return;
  const heard = heardPart(entry);
  byId("view-facts").textContent = entry.note ?? (heard ? `The answer is for the ${seconds(heard.end - heard.start)} between the dashed lines.` : "");
  picture({ sound, span: { start: 0, end: sound.duration }, heard, timeline: entry.timeline, labels });
}

/** Whether there is an answer to a recording in which nobody can be heard. */
const isDoubtful = ({ state, summary, isQuiet }) => isQuiet && state === "done" && summary?.label !== null;

/** Has spoken what is known of a recording, once there is an answer or a reason for none. */
export function speakEntry(entry) {
  const { name, state, answer, summary, problem } = entry;
  if (state === "failed") speak(`${problem.detail.includes(name) ? "" : `${name}: `}${problem.message}. ${problem.detail}`);
  if (state !== "done") return;
  if (!summary) speak(`${name} sounds most like ${answer.label}, ${percent(answer.probabilities[answer.label])}.`);
  else if (!summary.label) speak(`No speech was found in ${name}.`);
  else speak(`${name} sounds mostly like ${summary.label}, ${percent(summary.share)} of the time.`);
  if (isDoubtful(entry)) speak(byId("quiet").textContent);
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
  if (window) showWindow(window, entry.labels, entry.timeline.duration);
  else showSummary(entry, entry.labels);
}

function describeMoment({ timeline }, time) {
  return timeline ? `, ${windowAt(timeline, time).label ?? "silence"}` : "";
}
