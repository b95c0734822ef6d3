// Recordings in the page: what a file is, decoding, and WAV.

import { Problem } from "./api.js";
import { megabytes, clock } from "./dom.js";

// The rate that sound is decoded to for drawing, playing and, where it must be, sending: the networks see up to 16 kHz.
const workingRate = 32_000;
const lowestRate = 8_000; // that is sent: a telephone's

/** Whether the server surely decodes this file. Then it is sent as it is, for the answer of the command line to the bit. */
export async function serverDecodes(file) {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  return (
    ["RIFF", "RIFX", "RF64", "fLaC", "OggS", "caff", ".snd", "ID3"].some((magic) => text.startsWith(magic)) ||
    (text.startsWith("FORM") && text.slice(8, 11) === "AIF") ||
    (bytes[0] === 0xff && (bytes[1] & 0xe6) === 0xe2) // MPEG audio, layer III
  );
}

/** Decodes a file to one channel at a rate: `{samples, rate, duration}`; null if this browser cannot. */
export async function decode(file, rate = workingRate) {
  try {
    const context = new OfflineAudioContext(1, 1, rate);
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    return { samples: averageOfChannels(buffer), rate: buffer.sampleRate, duration: buffer.duration };
  } catch {
    return null;
  }
}

/** The sound of an entry, decoded once for all who want it at a time; null if this browser cannot. */
export const soundOf = (entry) => (entry.decoding ??= decode(entry.file));

function averageOfChannels(buffer) {
  const samples = buffer.getChannelData(0);
  if (buffer.numberOfChannels === 1) return samples;
  for (let channel = 1; channel < buffer.numberOfChannels; channel++) {
    const other = buffer.getChannelData(channel);
    for (let index = 0; index < samples.length; index++) samples[index] += other[index];
  }
  for (let index = 0; index < samples.length; index++) samples[index] /= buffer.numberOfChannels;
  return samples;
}

/**
 * What to send for a file: the file; or a WAV of what the browser decoded, where the server may not read the format or the
 * file is over its limit. What the browser does not decode goes as it is: libsndfile knows formats that no browser does.
 * Throws a `Problem` for what cannot be sent. `decoded` gives the file's sound if it is needed.
 */
export async function bodyFor(file, limits, decoded = () => decode(file)) {
  if (file.size === 0) throw new Problem("The file is empty", `${file.name} holds no bytes.`, "empty");
  const [asIs, fits] = [await serverDecodes(file), file.size <= limits.maximum_body];
  if (asIs && fits) return file;
  await refuseIfLong(file, limits);
  let sound = await decoded();
  if (!sound) {
    if (fits) return file;
    throw asIs ? tooLarge(file.size, limits) : notARecording(file);
  }
  if (sound.duration > limits.maximum_duration) throw tooLong(sound.duration, limits);
  // Ten minutes from a microphone fit into 25 MB at 21 kHz: of a voice, little is lost with what is above 10 kHz.
  const rate = Math.floor((limits.maximum_body - 44) / 2 / sound.duration / 1000) * 1000;
  if (rate < sound.rate) sound = rate >= lowestRate ? await decode(file, rate) : null;
  if (!sound) throw tooLarge(file.size, limits);
  return encodeWav(sound.samples, sound.rate);
}

export const notARecording = ({ name }) =>
  new Problem("Not a recording that can be read",
    `${name} is damaged, or of a kind that neither this browser nor the server decodes. WAV, FLAC, OGG, MP3 and M4A work.`,
    "not-a-recording");

const tooLarge = (size, limits) =>
  new Problem("The recording is too big",
    `It has ${megabytes(size)}; this server takes ${megabytes(limits.maximum_body)}. Cut it, or save it as FLAC or MP3.`, "too-large");

const tooLong = (duration, limits) =>
  new Problem("The recording is too long",
    `It lasts ${clock(duration)} minutes; this server takes ${clock(limits.maximum_duration)}. Cut it, or use emotive predict --timeline.`,
    "too-long");

/** Reads the length from the file's header, so that a film is not decoded into memory only to be refused. */
export async function refuseIfLong(file, limits) {
  const audio = new Audio();
  const address = URL.createObjectURL(file);
  try {
    const duration = await new Promise((resolve) => {
      audio.onloadedmetadata = () => resolve(audio.duration);
      audio.onerror = () => resolve(0);
      setTimeout(() => resolve(0), 3000);
      audio.preload = "metadata";
      audio.src = address;
    });
    if (Number.isFinite(duration) && duration > limits.maximum_duration * 1.02) throw tooLong(duration, limits);
  } finally {
    audio.removeAttribute("src");
    URL.revokeObjectURL(address);
  }
}

/** The level of samples in dB of full scale, -100 at the least. */
export function level(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.max(-100, 10 * Math.log10(sum / Math.max(1, samples.length)));
}

/** The level, in dB of full scale, below which nobody speaks. */
export const quiet = -55;

/** Whether no second of a sound is loud enough for somebody who speaks. */
export function isQuiet({ samples, rate }) {
  for (let start = 0; start < samples.length; start += rate)
    if (level(samples.subarray(start, start + rate)) >= quiet) return false;
  return true;
}

/** One channel as a 16-bit WAV file. */
export function encodeWav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (offset, letters) => [...letters].forEach((letter, index) => view.setUint8(offset + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  const values = new Int16Array(view.buffer, 44); // little-endian, as every machine with a browser is
  for (let index = 0; index < samples.length; index++)
    values[index] = Math.round(Math.min(1, Math.max(-1, samples[index])) * 32767);
  return new Blob([view.buffer], { type: "audio/wav" });
}
