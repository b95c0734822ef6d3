// The pictures of a sound: waveform, spectrogram, timeline, on canvases with a common time axis.

import { byId, exactTime, frame, percent, rem, timeText } from "./dom.js";
import { colours, envelope, hertz, mel, range, spectrogram } from "./spectrum.js";

// Heights, as multiples of the root's font size: letters grow with it.
const axisHeight = 1.375;
const timelineRow = 1.3125;

/** The theme in use: "dark" or "light". */
const theme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const computed = new WeakMap(); // of each sound, by name

/** What `compute` makes of a sound, kept for the next picture of it: it is drawn again when its answer comes. */
function once(sound, name, key, compute) {
  if (!computed.has(sound)) computed.set(sound, {});
  const known = computed.get(sound);
  if (known[name]?.key !== key) known[name] = { key, value: compute() };
  return known[name].value;
}

/** Sizes a canvas for the screen and clears it; `height` is that of the plot itself, a multiple of the root's font size. */
function prepare(canvas, height, hasAxis) {
  const unit = rem();
  const width = canvas.parentElement.clientWidth;
  const { gutter, margin } = frame(width);
  const density = devicePixelRatio || 1;
  const whole = (height + (hasAxis ? axisHeight : 0)) * unit;
  canvas.style.height = `${whole}px`;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(whole * density);
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.font = `${0.75 * unit}px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  return { context, density, unit, gutter, height: height * unit, width: Math.max(40, width - gutter - margin) };
}

/** Draws the times under a plot: as many as fit, at round numbers. */
function drawTimes({ context, unit, gutter, width, height }, { start, end, origin = 0 }) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300];
  const step = steps.find((step) => ((end - start) / step) * 3.5 * unit <= width) ?? 600;
  context.fillStyle = colour("muted");
  context.strokeStyle = colour("line");
  for (let index = Math.ceil(start / step - 1e-6); index * step <= end + 1e-6; index++) {
    const x = gutter + ((index * step - start) / (end - start)) * width;
    const time = index * step + origin;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, height);
    context.lineTo(Math.round(x) + 0.5, height + 5);
    context.stroke();
    const number = (step < 1 ? time.toFixed(1) : String(time)).replace("-", "−");
    const text = end < 100 ? number + (time === 0 ? " s" : "") : timeText(time, end);
    context.textAlign = "center";
    context.fillText(text, x, height + 0.875 * unit);
  }
}

function drawLabel({ context, gutter }, text, y) {
  context.fillStyle = colour("muted");
  context.textAlign = "right";
  context.fillText(text, gutter - 10, y, gutter - 12); // narrower letters where a label is long
}

/** @param heard the part that the answer is of, `{start, end}`; null if it is all */
function drawWaveform(canvas, sound, span, heard) {
  const plot = prepare(canvas, 5.25, false);
  const { context, unit, gutter, width, height } = plot;
  const columns = Math.round(width);
  const values = once(sound, "envelope", columns, () => envelope(sound, { ...span, columns }));
  const peak = Math.max(0.01, values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const middle = height / 2;
  context.fillStyle = colour("line");
  context.fillRect(gutter, Math.round(middle), width, 1);
  const x = (time) => gutter + ((time - span.start) / (span.end - span.start)) * width;
  const [inside, outside] = [colour("accent"), colour("faint")];
  for (let column = 0; column < columns; column++) {
    const time = span.start + ((column + 0.5) / columns) * (span.end - span.start);
    context.fillStyle = heard && (time < heard.start || time > heard.end) ? outside : inside;
    const top = middle - (values[2 * column + 1] / peak) * (middle - 3);
    const bottom = middle - (values[2 * column] / peak) * (middle - 3);
    context.fillRect(gutter + column, top - 0.5, 1, bottom - top + 1);
  }
  if (heard) {
    context.strokeStyle = inside;
    for (const time of [heard.start, heard.end]) {
      context.beginPath();
      context.setLineDash([3, 3]);
      context.moveTo(Math.round(x(time)) + 0.5, 0);
      context.lineTo(Math.round(x(time)) + 0.5, height);
      context.stroke();
    }
  }
  drawLabel(plot, peak.toFixed(2), unit / 2);
  drawLabel(plot, "0", middle);
  drawLabel(plot, `−${peak.toFixed(2)}`, height - unit / 2);
}

/** Draws the spectrogram and returns the levels that it is made of. */
function drawSpectrogram(canvas, sound, span, isLive) {
  const plot = prepare(canvas, 12.5, true);
  const { context, density, unit, gutter, width, height } = plot;
  const columns = Math.min(isLive ? 320 : 1600, Math.round(width * density)); // live: several times a second
  const rows = Math.min(isLive ? 120 : 400, Math.round(height * density));
  const levels = once(sound, "spectrogram", `${columns} × ${rows}`, () =>
    spectrogram(sound, { ...span, columns, rows, most: isLive ? 1 : 4 }));
  const palette = colours(theme());
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < pixels.length; index++) pixels[index] = palette[Math.round(levels[index] * 255)];
  const picture = new OffscreenCanvas(columns, rows);
  picture.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(picture, gutter, 0, width, height);
  context.strokeStyle = colour("line");
  context.strokeRect(gutter + 0.5, 0.5, width - 1, height - 1);

  const highest = sound.rate / 2;
  for (const frequency of [250, 500, 1000, 2000, 4000, 8000, 16000].filter((frequency) => frequency <= highest)) {
    const y = height * (1 - mel(frequency) / mel(highest));
    drawLabel(plot, frequency < 1000 ? `${frequency} Hz` : `${frequency / 1000} kHz`, Math.max(0.45 * unit, y));
    context.fillStyle = colour("line");
    context.fillRect(gutter - 6, Math.round(y), 6, 1);
  }
  drawTimes(plot, span);
  return { levels, columns, rows };
}

/** Draws one row for each label: how probable it is in each window, and the segments outlined. */
function drawTimeline(canvas, { windows, segments }, labels, span) {
  const plot = prepare(canvas, timelineRow * labels.length, true);
  const { context, density, unit, gutter, width, height } = plot;
  const rowHeight = timelineRow * unit;
  const share = (time) => Math.min(1, Math.max(0, (time - span.start) / (span.end - span.start)));
  const x = (time) => Math.round((gutter + share(time) * width) * density) / density; // whole pixels leave no seams
  labels.forEach((label, row) => {
    context.fillStyle = colour("line");
    context.fillRect(gutter, row * rowHeight, width, 1);
    drawLabel(plot, label, (row + 0.5) * rowHeight);
  });
  context.fillStyle = colour("accent");
  for (const { from, to, probabilities } of windows.filter(({ probabilities }) => probabilities)) {
    labels.forEach((label, row) => {
      context.globalAlpha = (probabilities[label] ?? 0) * 0.9;
      context.fillRect(x(from), row * rowHeight + 1, x(to) - x(from), rowHeight - 1);
    });
  }
  context.globalAlpha = 1;
  context.strokeStyle = colour("ink");
  for (const segment of segments) {
    const row = labels.indexOf(segment.label);
    if (row < 0) continue;
    const length = x(segment.end) - x(segment.start);
    context.lineWidth = length < 12 ? 0.75 : 1.5; // many short ones would be a black bar
    context.beginPath();
    context.roundRect(x(segment.start) + 1, row * rowHeight + 2, Math.max(1, length - 2), rowHeight - 3, Math.min(4, length / 4));
    context.stroke();
  }
  context.lineWidth = 1;
  context.strokeStyle = colour("line");
  context.strokeRect(gutter + 0.5, 0.5, width - 1, height - 1);
  drawTimes(plot, span);
}

/** Draws the key to the colours of the spectrogram. */
export function drawScale() {
  const canvas = byId("scale");
  canvas.width = 256;
  canvas.height = 1;
  const image = new ImageData(256, 1);
  new Uint32Array(image.data.buffer).set(colours(theme()));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

let shown = null;

/**
 * Draws a sound, and its timeline if it has one.
 *
 * @param view `{sound, span, heard, timeline, labels, isLive}`, the span as `{start, end, origin}` with the time that
 *   the axis shows at 0 as its origin; null forgets what was drawn
 */
export function draw(view) {
  shown = view;
  if (!view) return;
  const { sound, span, heard, timeline, labels, isLive } = view;
  if (!isLive) drawScale();
  drawWaveform(byId("waveform"), sound, span, heard);
  const picture = drawSpectrogram(byId("spectrogram"), sound, span, isLive);
  byId("timeline-figure").hidden = !timeline;
  if (timeline) drawTimeline(byId("timeline"), timeline, labels, span);
  if (!isLive) return describe(view, picture);
  for (const name of ["waveform", "spectrogram", "timeline"])
    byId(name).setAttribute("aria-label", `${name} of the last ${span.end} seconds from the microphone`);
}

/** Where a sound is loudest, and how loud it is there. */
function peakOf({ samples, rate }) {
  let peak = 0;
  for (let index = 1; index < samples.length; index++) if (Math.abs(samples[index]) > Math.abs(samples[peak])) peak = index;
  return { time: peak / rate, value: Math.abs(samples[peak] ?? 0) };
}

/** Says in words what the pictures show. */
function describe({ sound, span, timeline }, { levels, columns, rows }) {
  const { rate } = sound;
  const written = (time) => exactTime(time, span.end);
  const peak = once(sound, "peak", null, () => peakOf(sound));
  byId("waveform").setAttribute("aria-label",
    `Waveform of ${written(span.end)}; loudest at ${written(peak.time)}, ${peak.value.toFixed(2)} of full scale.`);
  const strongest = { level: -1, row: 0 };
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += levels[row * columns + column];
    if (sum > strongest.level) Object.assign(strongest, { level: sum, row });
  }
  const melOfRow = mel(rate / 2) * (1 - (strongest.row + 0.5) / rows);
  const frequency = Math.round(hertz(melOfRow) / 10) * 10;
  byId("spectrogram").setAttribute("aria-label",
    `Spectrogram, 0 to ${rate / 2000} kHz, ${range} dB: strongest on average around ${frequency} Hz.`);
  if (timeline)
    byId("timeline").setAttribute("aria-label",
      `Timeline: ${timeline.segments.map((part) => `${part.label} from ${written(part.start)} to ${written(part.end)}, ${percent(part.probability)}`)
        .slice(0, 12).join("; ") || "no speech"}. The table below has all.`);
}

// Drawn anew when the theme, the width, the letters or the screen's resolution changes.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  drawScale();
  draw(shown);
});
let drawn = "";
new ResizeObserver(([entry]) => {
  const size = `${entry.contentRect.width} ${rem()}`;
  if (size === drawn) return;
  drawn = size;
  draw(shown);
}).observe(byId("plots"));
const watchResolution = () => matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
  draw(shown);
  watchResolution();
}, { once: true });
watchResolution();
