// What is taken away from the page: recordings from the microphone, and the answers as CSV.

import { element } from "./dom.js";

/** Has the browser save a recording. */
export function keep(entry) {
  save(entry.file, entry.name);
  entry.isKept = true;
}

/** Has the browser save a file. */
function save(content, name) {
  const address = URL.createObjectURL(content);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * Has the browser save the answers, a row for each recording. What an answer made of a timeline says is the mean of its
 * windows, predictive entropy included; of how far the networks agree, the server says what it says of the recording.
 */
export function saveTable(entries) {
  const labels = [...new Set(entries.flatMap((entry) => entry.labels ?? []))]; // a restarted server may have brought others
  const rows = [["file", "label", ...labels, "predictive_entropy", "mutual_information", "disagreement",
    "duration", "windows", "bundle", "error"]];
  for (const { name, answer, summary, problem } of entries) {
    const { label, probabilities } = summary ?? answer ?? {};
    const { predictive_entropy, mutual_information, disagreement } = answer?.uncertainty ?? {};
    rows.push([name, label, ...labels.map((label) => probabilities?.[label]?.toFixed(6)), summary?.entropy ?? predictive_entropy,
      mutual_information, disagreement, answer?.duration, answer && (summary?.windows ?? 1), answer?.bundle, problem?.detail]);
  }
  const quoted = (value = "") => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
  const text = rows.map((row) => row.map((value) => quoted(value ?? "")).join(",") + "\r\n").join("");
  const now = new Date();
  const local = new Date(now - now.getTimezoneOffset() * 60_000); // as if it were UTC, which is all that ISO is written in
  const day = local.toISOString().slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
  save(new Blob([text], { type: "text/csv" }), `emotive-${day}.csv`);
}
