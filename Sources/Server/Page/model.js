// What the server runs: its bundles, its limits, and what their figures say.

import { byId, element, percent, plural } from "./dom.js";
import { getBundles } from "./api.js";

let known = null;
let chosen = null; // what the person has picked; null is the server's default one
let whenChanged = () => {};

/** The bundle in use, all bundles and the server's limits, asked for when not known: `{bundle, labels, heard, bundles, limits}`. */
export async function model() {
  known ??= getBundles();
  try {
    const { bundles, limits, ...rest } = await known;
    const called = (wanted) => bundles.find(({ name }) => name === wanted);
    const bundle = called(chosen) ?? called(rest.default) ?? bundles[0];
    return { bundle: bundle.name, labels: bundle.labels, heard: bundle.image?.seconds ?? null, bundles, limits };
  } catch (problem) {
    known = null; // asked again the next time
    throw problem;
  }
}

/**
 * Runs `ask` with what `model` gives, and gives that and the answer: `[known, answer]`. The server is asked for its bundles
 * anew where it has none of that name any more, or another one.
 */
export async function withModel(ask) {
  let known = await model();
  let answer;
  try {
    answer = await ask(known);
  } catch (problem) {
    if (problem?.kind !== "unknown-bundle") throw problem;
    known = await askAnew();
    answer = await ask(known);
  }
  if (!hasLabels(answer, known)) known = await askAnew().catch(() => known);
  if (!hasLabels(answer, known)) known = { ...known, labels: Object.keys(answer.probabilities) };
  return [known, answer];
}

const hasLabels = ({ probabilities }, { labels }) =>
  Object.keys(probabilities).length === labels.length && labels.every((label) => label in probabilities);

async function askAnew() {
  await showModel();
  return model();
}

/** Asks the server for its bundles anew and shows them. `changed` is called with the name of another one that is chosen. */
export async function showModel(changed = whenChanged) {
  whenChanged = changed;
  known = null;
  const { bundle, bundles } = await model();
  if (bundle !== chosen) chosen = null; // it is gone
  const select = byId("bundle");
  select.replaceChildren(...bundles.map(({ name }) => element("option", { value: name, selected: name === bundle }, name)));
  byId("bundle-choice").hidden = bundles.length < 2;
  select.onchange = () => {
    chosen = select.value;
    showBundle(bundles.find(({ name }) => name === chosen));
    whenChanged(chosen);
  };
  showBundle(bundles.find(({ name }) => name === bundle));
}

const count = (number) => number.toLocaleString("en");

function showBundle(bundle) {
  const figures = bundle.figures ?? [];
  const best = figures.find((figure) => figure.speaker_disjoint) ?? figures[0];
  byId("model-taught").textContent = taught(bundle);
  byId("model-figures").textContent = best ? sentence(best, bundle.labels.length) : "No test figures come with this model.";
  const weak = byId("model-weak");
  weak.textContent = weakness(best);
  weak.hidden = !weak.textContent;
  byId("model-details").hidden = false;
  byId("model-facts").replaceChildren(
    element("p", {}, `${bundle.model ?? bundle.name}: ${networks(bundle.networks ?? [])}.`),
    ...(figures.length ? [element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Test figures" }, table(figures))] : []),
    ...(bundle.licences?.length
      ? [element("p", {}, "Terms of what it was trained on:"), element("ul", {}, ...bundle.licences.map((line) => element("li", {}, line)))]
      : []));
}

/** The networks of a bundle, counted: "4 × squeezenet1_1". */
function networks(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number]) => `${number} × ${name}`).join(", ");
}

function taught({ name, labels, trained_on }) {
  return `This one, ${name}, tells ${plural(labels.length, "emotion")} apart: ${labels.join(", ")}. Its training: ${trained_on || "unknown recordings"}.`;
}

function sentence(figure, classes) {
  const on = figure.speaker_disjoint
    ? `On ${count(figure.n)} recordings of speakers they had never heard`
    : `On ${count(figure.n)} recordings of speakers that they had heard in training, which flatters them`;
  return `${on}, models trained like this one were right ${percent(figure.wa)} of the time; guessing would give ${percent(1 / classes)}.`;
}

function weakness(figure) {
  const classes = figure?.classes?.filter(({ recall }) => recall != null) ?? [];
  if (classes.length < 2) return "";
  const sorted = [...classes].sort((a, b) => a.recall - b.recall);
  const worst = sorted[0];
  const best = sorted[sorted.length - 1];
  const taken = worst.confused_with ? `, most often taken for “${worst.confused_with}”` : "";
  return `It recognises “${best.label}” best (in ${percent(best.recall)} of the cases) and “${worst.label}” worst (${percent(worst.recall)}${taken}).`;
}

/** The interval of a figure; of few speakers there is none. */
const interval = ({ uar_low: low, uar_high: high }) => (low == null || high == null ? " (too few speakers for an interval)" : ` (${low.toFixed(3)}–${high.toFixed(3)})`);

function table(figures) {
  const number = (value) => element("td", { class: "number" }, value);
  return element("table", {},
    element("caption", { class: "unseen" }, "Test figures by protocol"),
    element("thead", {}, element("tr", {}, ...["Protocol", "Speakers", "Recordings", "WA", "UAR (95% interval)"].map((text, index) =>
      element("th", { scope: "col", class: index > 1 && "number" }, text)))),
    element("tbody", {}, ...figures.map((figure) => element("tr", {},
      element("th", { scope: "row" }, [figure.protocol, ...figure.notes].join("; ")),
      element("td", {}, figure.speaker_disjoint ? "new to them" : "also in training"),
      number(count(figure.n)), number(figure.wa.toFixed(3)),
      number(figure.uar.toFixed(3) + interval(figure))))));
}

export const serverState = (text, state) => {
  byId("server-state").textContent = text;
  byId("server-state").dataset.state = state;
};

