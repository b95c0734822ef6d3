// The row of a recording in the table: its name, what it sounds like or why there is no answer.

import { element, exactTime, percent } from "./dom.js";
import { keep } from "./download.js";
import { certainty } from "./result.js";

/** Fills an entry's row anew; `open` is called when the person picks it. */
export function renderRow(entry, isOpened, open) {
  const { answer, summary, problem, state } = entry;
  const name = element("button", { type: "button", class: "link", "aria-current": isOpened && "true", onclick: open }, entry.name);
  // What the microphone heard is nowhere else.
  const saving = entry.isOurs ? element("button", {
    type: "button", class: "small keep", "aria-label": `Save ${entry.name}`, onclick: () => keep(entry),
  }, "Save") : null;
  const note = entry.isOurs && entry.note ? element("span", { class: "note aside" }, entry.note) : null;
  const cells = [element("th", { scope: "row" }, name, saving, note)];
  if (state === "done") {
    const label = summary ? summary.label ?? "silence" : answer.label;
    cells.push(
      element("td", { class: "said" }, label),
      element("td", { class: "number" }, summary && !summary.label ? "" : percent((summary ?? answer).probabilities[label])),
      element("td", {}, howSure(entry)),
      element("td", { class: "number" }, exactTime(answer.duration, answer.duration)));
  } else {
    const text = { waiting: "Waiting", busy: "Listening …", failed: problem?.detail }[state];
    cells.push(element("td", { colspan: 4, class: state }, element("span", { class: "reason" }, text)));
  }
  const focused = entry.row.contains(document.activeElement) && document.activeElement;
  entry.row.replaceChildren(...cells);
  if (focused) (focused.classList.contains("keep") ? saving : name).focus();
}

function howSure({ answer, summary, labels }) {
  if (!summary) return certainty(answer.uncertainty.predictive_entropy, labels);
  return summary.label ? `${certainty(summary.entropy, labels)}, ${percent(summary.share)} of the time` : "";
}
