// The answer: the word, how sure it is, the probabilities as bars.

import { byId, element, exactTime, percent, plural, seconds } from "./dom.js";
import { entropy } from "./timeline.js";

/** Among how many equally probable classes a choice would be as unsure: e to the entropy. */
const spread = (nats) => `as unsure as an even choice among ${Math.exp(nats).toFixed(1)} emotions.`;

/** How sure an answer of this entropy is, in two words at most. */
export function certainty(nats, labels) {
  const share = nats / Math.log(labels.length);
  return share < 0.4 ? "Fairly sure" : share < 0.7 ? "Unsure" : "Very unsure";
}

function showCertainty(nats, labels, text) {
  byId("certainty").replaceChildren(element("strong", {}, certainty(nats, labels)), `: ${text}`);
}

/** Whether the networks of an ensemble agree, as a sentence. */
function agreement({ uncertainty, members }) {
  const count = members.length;
  const others = Math.round(uncertainty.disagreement * count);
  return count < 2 ? ""
    : others === 0 ? ` All ${count} networks agree.`
    : ` ${others} of the ${count} networks ${others === 1 ? "says" : "say"} something else.`;
}

/** Shows the answer to a short recording; `caption` stands above the word. */
export function showAnswer(answer, labels, caption) {
  showVerdict(caption, answer.label, percent(answer.probabilities[answer.label]));
  const { predictive_entropy } = answer.uncertainty;
  showCertainty(predictive_entropy, labels, spread(predictive_entropy) + agreement(answer));
  showBars(answer.probabilities, labels, answer.label, answer.members);
  showFigures(uncertainty(answer, labels, "the total uncertainty; the maximum is an even choice among all",
    "; the thin lines in the bars reach from the lowest to the highest probability that any of them gives"));
}

/** Shows the answer to a longer recording, from the summary of its timeline; `heard`: the seconds that networks see at once. */
export function showSummary({ summary, answer, heard, sound }, labels) {
  if (!summary.label) return showNoAnswer("Sounds mostly like", "silence", "No window contains speech.");
  showVerdict("Sounds mostly like", summary.label, `${percent(summary.share)} of the time`);
  const others = summary.shares.filter(({ label }) => label !== summary.label).slice(0, 2);
  const rest = others.length ? ` Then ${others.map(({ label, share }) => `${label} (${percent(share)})`).join(" and ")}.` : "";
  showCertainty(summary.entropy, labels, `on average a window is ${spread(summary.entropy)}${rest} The bars are the mean of ${
    plural(summary.windows, "window")} of ${summary.seconds} s${sound ? "; play or click to see one place" : ""}.`);
  showBars(summary.probabilities, labels, summary.label);
  const part = heard && heard < answer.duration
    ? `for the ${seconds(heard)} in the middle, heard at once, or for the loudest window where those are silent`
    : "for the whole recording, heard at once";
  showFigures([
    ["Entropy of a window", `${summary.entropy.toFixed(2)} of ${Math.log(labels.length).toFixed(2)} nats`,
      "the mean; the maximum is an even choice among all"],
    ...uncertainty(answer, labels, part)]);
}

/** Shows one window of a timeline that goes up to `duration`. */
export function showWindow(window, labels, duration) {
  showVerdict(`From ${exactTime(window.start, duration)} to ${exactTime(window.end, duration)}`, window.label ?? "silence",
    window.label ? percent(window.probabilities[window.label]) : "");
  showBars(window.probabilities ?? {}, labels, window.label);
  if (!window.label) return byId("certainty").replaceChildren();
  const nats = entropy(window.probabilities);
  showCertainty(nats, labels, spread(nats));
}

/** Shows what is there as old, with a caption that says so, until something new is shown. */
export function showAsOld(caption) {
  byId("caption").textContent = caption;
  byId("view").classList.add("old");
}

function showVerdict(caption, verdict, share) {
  byId("view").classList.remove("old");
  byId("caption").textContent = caption;
  byId("verdict").replaceChildren(verdict, element("span", { class: "share" }, share));
}

/** Shows probabilities as bars in the order of the labels; with `members`, a line from the least to the most a network says. */
function showBars(probabilities, labels, best, members = []) {
  const list = byId("bars");
  if (list.children.length !== labels.length || [...list.children].some((row, index) => row.dataset.label !== labels[index]))
    list.replaceChildren(...labels.map(emptyBar));
  labels.forEach((label, index) => {
    const row = list.children[index];
    const share = probabilities[label] ?? 0;
    row.classList.toggle("best", label === best);
    row.querySelector(".value").textContent = percent(share);
    row.querySelector(".bar").style.width = `${share * 100}%`;
    const said = members.map((member) => member[label] ?? 0);
    const line = row.querySelector(".range");
    line.hidden = said.length < 2;
    if (line.hidden) return;
    line.style.left = `${Math.min(...said) * 100}%`;
    line.style.width = `${(Math.max(...said) - Math.min(...said)) * 100}%`;
  });
}

const emptyBar = (label) =>
  element("li", { "data-label": label },
    element("span", { class: "label" }, label),
    element("span", { class: "track", "aria-hidden": "true" },
      element("span", { class: "bar" }), element("span", { class: "range", hidden: true })),
    element("span", { class: "value" }));

/** The server's figures of an answer, each with what it means: `meaning` is that of the first, `lines` explains the bars' lines. */
function uncertainty({ uncertainty, members }, labels, meaning, lines = "") {
  const facts = [
    ["Predictive entropy", `${uncertainty.predictive_entropy.toFixed(2)} of ${Math.log(labels.length).toFixed(2)} nats`, meaning]];
  // One network has nobody to disagree with.
  if (members.length > 1) facts.push(
    ["Mutual information", `${uncertainty.mutual_information.toFixed(3)} nats`,
      "the part that comes from the networks’ disagreement"],
    ["Disagreement", `${Math.round(uncertainty.disagreement * members.length)} of ${plural(members.length, "network")}`,
      `that answer differently${lines}`]);
  return facts;
}

function showFigures(facts) {
  byId("figures").hidden = false;
  byId("uncertainty").replaceChildren(...facts.flatMap(([name, value, meaning]) => [
    element("dt", {}, name), element("dd", {}, value, element("span", { class: "aside" }, meaning)),
  ]));
}

/** Empties the answer: for sound that has none yet. */
export function showNoAnswer(caption, verdict = "", certainty = "") {
  byId("view").classList.remove("old");
  byId("caption").textContent = caption;
  byId("verdict").textContent = verdict;
  byId("certainty").textContent = certainty;
  byId("bars").replaceChildren();
  byId("figures").hidden = true;
}
