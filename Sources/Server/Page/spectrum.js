// The spectrogram that the page draws, and the envelope of the waveform.

const size = 1024; // samples of one transform: 32 ms at the working rate
const half = size / 2;
const hann = Float32Array.from({ length: size }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size));
const cosines = Float32Array.from({ length: half }, (_, index) => Math.cos((2 * Math.PI * index) / size));
const sines = Float32Array.from({ length: half }, (_, index) => -Math.sin((2 * Math.PI * index) / size));
const reversed = Uint16Array.from({ length: size }, (_, index) => {
  let result = 0;
  for (let bit = 1; bit < size; bit <<= 1) result = (result << 1) | (index & bit ? 1 : 0);
  return result;
});
const real = new Float32Array(size);
const imaginary = new Float32Array(size);

/** The range of levels that is drawn, in dB below the loudest. */
export const range = 70;

/** The mel scale (O'Shaughnessy's formula, as in HTK). */
export const mel = (hertz) => 2595 * Math.log10(1 + hertz / 700);
export const hertz = (mel) => 700 * (10 ** (mel / 2595) - 1);

/** Adds the power spectrum of one windowed frame to `power` (half values). */
function addPower(samples, start, power) {
  real.fill(0);
  imaginary.fill(0);
  const last = Math.min(size, samples.length - start);
  for (let index = Math.max(0, -start); index < last; index++) real[reversed[index]] = samples[start + index] * hann[index];
  for (let span = 1; span < size; span <<= 1) {
    const stride = half / span;
    for (let block = 0; block < size; block += span << 1) {
      for (let index = 0; index < span; index++) {
        const top = block + index;
        const bottom = top + span;
        const c = cosines[index * stride];
        const s = sines[index * stride];
        const r = real[bottom] * c - imaginary[bottom] * s;
        const i = real[bottom] * s + imaginary[bottom] * c;
        real[bottom] = real[top] - r;
        imaginary[bottom] = imaginary[top] - i;
        real[top] += r;
        imaginary[top] += i;
      }
    }
  }
  for (let bin = 0; bin < half; bin++) power[bin] += real[bin] ** 2 + imaginary[bin] ** 2;
}

/**
 * Levels between 0 (`range` dB below the loudest) and 1, row by row from the highest frequency down, rows even in mel.
 *
 * @param start,end the part of the sound to draw, in seconds; what lies outside it is silence
 * @param most how many frames are averaged at most where a column is longer than one
 */
export function spectrogram({ samples, rate }, { start, end, columns, rows, most = 4 }) {
  const step = ((end - start) * rate) / columns;
  const frames = Math.min(most, Math.max(1, Math.round(step / half)));
  const edges = Float32Array.from({ length: rows + 1 }, (_, row) => (hertz((mel(rate / 2) * row) / rows) * size) / rate);
  const levels = new Float32Array(rows * columns);
  const power = new Float32Array(half);
  let loudest = -60; // so that silence is not blown up
  for (let column = 0; column < columns; column++) {
    power.fill(0);
    for (let frame = 0; frame < frames; frame++) {
      const centre = start * rate + (column + (frame + 0.5) / frames) * step;
      addPower(samples, Math.round(centre) - half, power);
    }
    for (let row = 0; row < rows; row++) {
      const level = 10 * Math.log10(strongest(power, edges[row], edges[row + 1]) / frames / (size * size / 16) + 1e-12);
      levels[(rows - 1 - row) * columns + column] = level;
      loudest = Math.max(loudest, level);
    }
  }
  return levels.map((level) => Math.min(1, Math.max(0, 1 + (level - loudest) / range)));
}

/** The strongest bin between two fractional bins, or the value between their neighbours where there is none. */
function strongest(power, low, high) {
  let result = 0;
  for (let bin = Math.ceil(low); bin < high && bin < half; bin++) result = Math.max(result, power[bin]);
  if (result > 0) return result;
  const position = Math.min(half - 1.001, (low + high) / 2);
  const bin = Math.floor(position);
  return power[bin] + (power[bin + 1] - power[bin]) * (position - bin);
}

/** The lowest and highest sample of each column: pairs. */
export function envelope({ samples, rate }, { start, end, columns }) {
  const result = new Float32Array(columns * 2);
  const step = ((end - start) * rate) / columns;
  for (let column = 0; column < columns; column++) {
    const first = Math.max(0, Math.floor(start * rate + column * step));
    const last = Math.min(samples.length, Math.max(first + 1, Math.floor(start * rate + (column + 1) * step)));
    let low = 0;
    let high = 0;
    for (let index = first; index < last; index++) {
      if (samples[index] < low) low = samples[index];
      if (samples[index] > high) high = samples[index];
    }
    result[2 * column] = low;
    result[2 * column + 1] = high;
  }
  return result;
}

// Even in lightness and told apart without red and green: from the page's own background to its far end.
const ramps = {
  light: ["#fdfdfb", "#cfe7dd", "#88c9bb", "#439ca3", "#2b6b8c", "#28396f", "#1a1140"],
  dark: ["#0d1315", "#1d2848", "#284a74", "#237a88", "#35a982", "#95d162", "#fdea72"],
};

/** The 256 colours of a ramp, as `ImageData` holds them. */
export function colours(theme) {
  const stops = ramps[theme].map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const bytes = new Uint8ClampedArray(256 * 4).fill(255);
  for (let index = 0; index < 256; index++) {
    const position = (index / 255) * (stops.length - 1);
    const stop = Math.min(stops.length - 2, Math.floor(position));
    for (let part = 0; part < 3; part++)
      bytes[index * 4 + part] = stops[stop][part] + (stops[stop + 1][part] - stops[stop][part]) * (position - stop);
  }
  return new Uint32Array(bytes.buffer);
}
