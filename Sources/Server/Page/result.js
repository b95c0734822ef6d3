// The answer: the word, how sure it is, the probabilities as bars.

import { byId, element, percent, plural, seconds } from "./dom.js";

const entropy = (probabilities) => probabilities.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);

/** Among how many equally probable classes a choice would be as unsure: e to the entropy. */
const spreadText = ({ predictive_entropy }) => `as unsure as an even choice among ${Math.exp(predictive_entropy).toFixed(1)} emotions.`;

/** How sure an answer is, in two words at most. */
export function certainty(uncertainty, labels) {
  const share = uncertainty.predictive_entropy / Math.log(labels.length);
  return share < 0.4 ? "Fairly sure" : share < 0.7 ? "Unsure" : "Very unsure";
}

/** How sure an answer is, in sentences. */
function sentences({ uncertainty, members }, labels) {
  const count = members.length;
  const others = Math.round(uncertainty.disagreement * count);
  const agreement = count < 2 ? ""
    : others === 0 ? ` All ${count} networks agree.`
    : ` ${others} of the ${count} networks ${others === 1 ? "says" : "say"} something else.`;
  return spreadText(uncertainty) + agreement;
}

/** Shows the answer to a short recording; `caption` stands above the word. */
export function showAnswer(answer, labels, caption) {
  showVerdict(caption, answer.label, percent(answer.probabilities[answer.label]));
  byId("certainty").replaceChildren(
    element("strong", {}, certainty(answer.uncertainty, labels)), `: ${sentences(answer, labels)}`);
  showBars(answer.probabilities, labels, answer.label, answer.members);
  showUncertainty(answer, labels);
}

/** Shows the answer to a longer recording, from the summary of its timeline. */
export function showSummary(summary, labels) {
  if (!summary.label) return showNoAnswer("Sounds mostly like", "silence", "No window of it holds speech.");
  showVerdict("Sounds mostly like", summary.label, `${percent(summary.share)} of the time`);
  const others = summary.shares.filter(({ label }) => label !== summary.label).slice(0, 2);
  const rest = others.length ? `Then ${others.map(({ label, share }) => `${label} (${percent(share)})`).join(" and ")}. ` : "";
  byId("certainty").textContent =
    `${rest}The bars are the mean of ${plural(summary.windows, "window")} of ${summary.seconds} s; play or click to see one place.`;
  showBars(summary.probabilities, labels, summary.label);
  byId("figures").hidden = true;
}

/** Shows one window of a timeline. */
export function showWindow(window, labels) {
  showVerdict(`From ${seconds(window.start)} to ${seconds(window.end)}`, window.label ?? "silence",
    window.label ? percent(window.probabilities[window.label]) : "");
  showBars(window.probabilities ?? {}, labels, window.label);
  if (!window.label) return byId("certainty").replaceChildren();
  const uncertainty = { predictive_entropy: entropy(Object.values(window.probabilities)) };
  byId("certainty").replaceChildren(element("strong", {}, certainty(uncertainty, labels)), `: ${spreadText(uncertainty)}`);
}

function showVerdict(caption, verdict, share) {
  byId("caption").textContent = caption;
  byId("verdict").replaceChildren(verdict, element("span", { class: "share" }, share));
}

/** Shows probabilities as bars in the order of the labels; with `members`, a line from the least to the most a network says. */
export function showBars(probabilities, labels, best, members = []) {
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

function showUncertainty({ uncertainty, members }, labels) {
  byId("figures").hidden = false;
  const facts = [
    ["Predictive entropy", `${uncertainty.predictive_entropy.toFixed(2)} of ${Math.log(labels.length).toFixed(2)} nats`,
      "the whole uncertainty; the most there can be is an even choice among all"],
  ];
  // One network has nobody to disagree with.
  if (members.length > 1) facts.push(
    ["Mutual information", `${uncertainty.mutual_information.toFixed(3)} nats`,
      "the part of it that is the networks’ disagreement"],
    ["Disagreement", `${Math.round(uncertainty.disagreement * members.length)} of ${plural(members.length, "network")}`,
      "whose own answer is another; the thin lines in the bars reach from the least to the most that any of them gives"]);
  byId("uncertainty").replaceChildren(...facts.flatMap(([name, value, meaning]) => [
    element("dt", {}, name), element("dd", {}, element("span", { class: "figure" }, value), element("span", { class: "aside" }, meaning)),
  ]));
}

/** Empties the answer: for sound that has none yet. */
export function showNoAnswer(caption, verdict = "", certainty = "") {
  byId("caption").textContent = caption;
  byId("verdict").textContent = verdict;
  byId("certainty").textContent = certainty;
  byId("bars").replaceChildren();
  byId("figures").hidden = true;
}
