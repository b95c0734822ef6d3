// The microphone: asks for it, keeps what it heard, gives it back.

import { gone, Problem } from "./api.js";
import { wait } from "./dom.js";

const pause = 500; // milliseconds between two looks whether sound still comes
// Looks in a row that find none: then the browser is asked to go on, and then given up.
const missesToResume = 3;
const missesToEnd = 8;

export class Microphone {
  #stream;
  #context;
  #source; // kept here: browsers may forget one that nobody holds
  #blocks = [];
  #count = 0; // samples kept
  #heard = 0; // samples since the beginning
  #limit;
  #watch;
  #hasEnded = false;
  /** Called once if no more sound comes while the microphone is being used: the device went away. */
  onend = () => {};

  /** Opens the microphone. Keeps the last `longest` seconds. Throws a `Problem` that says why there is none. */
  static async open(longest) {
    if (!navigator.mediaDevices?.getUserMedia)
      throw new Problem("No microphone on this address",
        "Browsers allow the microphone only on pages over HTTPS or from this machine (localhost). You can still choose a recording.",
        "microphone");
    const microphone = new Microphone();
    try {
      // What makes calls pleasant changes voices: all of it off.
      microphone.#stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
    } catch (error) {
      throw microphoneProblem(error);
    }
    try {
      await microphone.#listen(longest);
      if (microphone.#hasEnded) throw new Problem("The microphone went away", "Connect it again, then press the button again.", "microphone");
    } catch (error) {
      microphone.close();
      throw error instanceof Problem ? error : microphoneProblem(error);
    }
    return microphone;
  }

  async #listen(longest) {
    this.#context = new AudioContext();
    this.#limit = longest * this.#context.sampleRate;
    const [track] = this.#stream.getAudioTracks();
    track.onended = () => this.#end();
    await this.#context.audioWorklet.addModule(new URL("microphone-worklet.js", import.meta.url)).catch(() => {
      throw gone("A part of this page is missing without it. Start it, then press the button again.");
    });
    const node = new AudioWorkletNode(this.#context, "microphone");
    node.port.onmessage = ({ data }) => this.#keep(data);
    // Its output is silence; without a way to the speakers some browsers would not run it.
    this.#source = this.#context.createMediaStreamSource(this.#stream);
    this.#source.connect(node).connect(this.#context.destination);
    const began = await Promise.race([this.#context.resume().then(() => true), wait(4000)]);
    if (!began) throw new Error("its sound system does not start. Is there a loudspeaker or headset?");
    if (track.readyState === "ended") this.#end();
    else this.#watchSound();
  }

  /**
   * Ends when no more sound comes, which some browsers say in no other way. Looks are counted, not seconds: a page that
   * was asleep, or busy with something else, is late to look.
   */
  #watchSound() {
    let heard = 0;
    let misses = 0;
    this.#watch = setInterval(() => {
      misses = this.#heard === heard ? misses + 1 : 0;
      heard = this.#heard;
      if (misses === missesToResume) this.#context.resume().catch(() => {}); // after a telephone call it may go on
      if (misses === missesToEnd) this.#end();
    }, pause);
  }

  #end() {
    clearInterval(this.#watch);
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onend();
  }

  #keep(block) {
    this.#blocks.push(block);
    this.#count += block.length;
    this.#heard += block.length;
    while (this.#count - this.#blocks[0].length >= this.#limit) this.#count -= this.#blocks.shift().length;
  }

  get rate() {
    return this.#context.sampleRate;
  }

  /** Whether the device, or the browser, sends silence in place of sound. */
  get isMuted() {
    return this.#stream.getAudioTracks()[0].muted;
  }

  /** Seconds kept. */
  get duration() {
    return this.#count / this.rate;
  }

  /** Seconds since the beginning. */
  get heard() {
    return this.#heard / this.rate;
  }

  /** The last seconds heard, or all that is kept. */
  last(seconds = Infinity) {
    const wanted = Math.min(this.#count, Math.round(seconds * this.rate));
    const samples = new Float32Array(wanted);
    let end = wanted;
    for (let index = this.#blocks.length - 1; end > 0; index--) {
      const block = this.#blocks[index];
      const part = block.subarray(Math.max(0, block.length - end));
      end -= part.length;
      samples.set(part, end);
    }
    return samples;
  }

  close() {
    clearInterval(this.#watch);
    this.#stream?.getTracks().forEach((track) => {
      track.onended = null;
      track.stop();
    });
    this.#context?.close();
  }
}

function microphoneProblem(error) {
  const reasons = {
    NotAllowedError: ["The microphone is blocked",
      "Allow it for this page in the browser’s address bar or settings, then press the button again. You can still choose a recording."],
    NotFoundError: ["No microphone was found", "Connect one, then press the button again; or choose a recording."],
    NotReadableError: ["The microphone is in use", "Another program is using it, or the system blocks it. Close that program, then press the button again."],
  };
  const [title, detail] = reasons[error.name] ?? ["The microphone does not work", `The browser says: ${error.message}`];
  return new Problem(title, detail, "microphone");
}
