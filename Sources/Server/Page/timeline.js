// What a timeline says of a recording as a whole, its table, and the window of a moment.

import { byId, element, exactTime, percent } from "./dom.js";

/** A timeline as the server sends it, with probabilities by label and each window's `from` and `to`: what it alone speaks for. */
export function read({ labels, settings, duration, windows, segments }) {
  const centre = ({ start, end }) => (start + end) / 2;
  const between = (index) => (centre(windows[index]) + centre(windows[index + 1])) / 2; // windows overlap
  return {
    segments,
    duration,
    seconds: settings.window,
    windows: windows.map((window, index) => ({
      ...window,
      from: index === 0 ? window.start : between(index - 1),
      to: index === windows.length - 1 ? window.end : between(index),
      probabilities: window.probabilities && Object.fromEntries(labels.map((label, at) => [label, window.probabilities[at]])),
    })),
  };
}

/** How unsure probabilities are, in nats. */
export const entropy = (probabilities) =>
  Object.values(probabilities).reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);

/**
 * The emotion that holds for most of the speech, each one's share of it, and the means of the windows' probabilities and
 * of their entropies: `{label, share, shares, probabilities, entropy, windows, seconds}`; `label` is null where all is
 * silent. That of the mean probabilities would also count how much the emotion changes as being unsure.
 */
export function summarise({ windows, segments, seconds }, labels) {
  const heard = windows.filter(({ probabilities }) => probabilities);
  const probabilities = Object.fromEntries(labels.map((label) => [
    label, heard.reduce((sum, { probabilities }) => sum + (probabilities[label] ?? 0), 0) / Math.max(1, heard.length)]));
  const lengths = new Map();
  for (const { label, start, end } of segments) lengths.set(label, (lengths.get(label) ?? 0) + end - start);
  const whole = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  const shares = [...lengths].map(([label, length]) => ({ label, share: length / whole })).sort((a, b) => b.share - a.share);
  return {
    label: shares[0]?.label ?? null, share: shares[0]?.share ?? 0, shares, probabilities, windows: heard.length, seconds,
    entropy: heard.reduce((sum, { probabilities }) => sum + entropy(probabilities), 0) / Math.max(1, heard.length),
  };
}

/** The window that speaks for a time. */
export const windowAt = ({ windows }, time) => windows.find(({ to }) => time < to) ?? windows.at(-1);

/** Fills the table of segments; each row has a button that plays it, if there is a way to play it. */
export function showSegments(timeline, play) {
  const written = (time) => exactTime(time, timeline.duration);
  byId("segments").hidden = !timeline?.segments.length;
  byId("segments").querySelector("tbody").replaceChildren(...(timeline?.segments ?? []).map(({ start, end, label, probability }) =>
    element("tr", {},
      element("td", { class: "number" }, written(start)),
      element("td", { class: "number" }, written(end)),
      element("td", {}, label),
      element("td", { class: "number" }, percent(probability)),
      element("td", {}, play && element("button", {
        type: "button", class: "small", "aria-label": `Play ${written(start)} to ${written(end)}`, onclick: () => play(start, end),
      }, "Play")))));
}
