// What a timeline says of a recording as a whole, its table, and the window of a moment.

import { byId, element, percent, seconds } from "./dom.js";

/**
 * The emotion that holds for most of the speech, each one's share of it, and the mean of the windows' probabilities:
 * `{label, share, shares, probabilities, windows, window}`; `label` is null where all is silent.
 */
export function summarise({ windows, segments, window }, labels) {
  const heard = windows.filter(({ probabilities }) => probabilities);
  const probabilities = Object.fromEntries(labels.map((label) => [
    label, heard.reduce((sum, { probabilities }) => sum + (probabilities[label] ?? 0), 0) / Math.max(1, heard.length)]));
  const lengths = new Map();
  for (const { label, start, end } of segments) lengths.set(label, (lengths.get(label) ?? 0) + end - start);
  const whole = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const shares = [...lengths].map(([label, length]) => ({ label, share: length / whole })).sort((a, b) => b.share - a.share);
  return { label: shares[0]?.label ?? null, share: shares[0]?.share ?? 0, shares, probabilities, windows: heard.length, window };
}

/** The window whose centre is nearest to a time. */
export const windowAt = ({ windows }, time) =>
  windows.reduce((best, window) => (distance(window, time) < distance(best, time) ? window : best), windows[0]);

const distance = ({ start, end }, time) => Math.abs((start + end) / 2 - time);

/** Fills the table of segments; each row has a button that plays it. */
export function showSegments(timeline, play) {
  byId("segments").hidden = !timeline?.segments.length;
  byId("segments").querySelector("tbody").replaceChildren(...(timeline?.segments ?? []).map(({ start, end, label, probability }) =>
    element("tr", {},
      element("td", { class: "number" }, seconds(start)),
      element("td", { class: "number" }, seconds(end)),
      element("td", {}, label),
      element("td", { class: "number" }, percent(probability)),
      element("td", {}, element("button", {
        type: "button", class: "small", "aria-label": `Play ${seconds(start)} to ${seconds(end)}`, onclick: () => play(start, end),
      }, "Play")))));
}
