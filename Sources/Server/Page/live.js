// Live mode: every so often the last seconds from the microphone go to the server; never two requests at once.

import { classify, Problem } from "./api.js";
import { withModel } from "./model.js";
import { encodeWav, level, quiet } from "./sound.js";

/** The seconds that one live answer is of, and those between two questions. */
export const liveWindow = 3;
const hop = 0.75;
const mostFailures = 5; // in a row

export class Live {
  /** Each answer, with the time of the microphone's clock that it ends at: `{answer, end}`, the last minute of them. */
  answers = [];
  /** Called with each answer and the labels of the bundle that gave it: `{answer, labels}`. */
  onAnswer = () => {};
  /** Called with "listening", "quiet", "behind" or "waiting" whenever that changes; with the problem where it waits. */
  onState = () => {};
  /** Called with the problem after which live mode has given up. */
  onFailure = () => {};

  #microphone;
  #timer;
  #abort = new AbortController();
  #isAsking = false;
  #asked = 0; // when the request on its way was sent
  #heard = 0; // by the microphone when it was last asked about
  #failures = 0;
  #pausedUntil = 0;
  #state = "";

  constructor(microphone) {
    this.#microphone = microphone;
    this.#timer = setInterval(() => this.#tick(), hop * 1000);
  }

  stop() {
    clearInterval(this.#timer);
    this.#abort.abort();
  }

  #say(state, problem) {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state, problem);
  }

  async #tick() {
    const now = performance.now();
    if (this.#isAsking) {
      if (now - this.#asked > 2 * hop * 1000) this.#say("behind"); // this question is dropped: the next will be newer
      return;
    }
    if (now < this.#pausedUntil || this.#microphone.duration < 1) return;
    const end = this.#microphone.heard;
    if (end === this.#heard) return; // no sound has come since: it would be the same question
    this.#heard = end;
    const samples = this.#microphone.last(liveWindow);
    if (level(samples) < quiet) return this.#say("quiet");

    this.#isAsking = true;
    this.#asked = now;
    try {
      const body = encodeWav(samples, this.#microphone.rate);
      const options = { signal: this.#abort.signal, retries: 0, patience: 10_000 };
      const [{ labels }, answer] = await withModel(({ bundle }) => classify(body, { ...options, bundle }));
      if (this.#abort.signal.aborted) return;
      this.#failures = 0;
      this.answers = [...this.answers.slice(-120), { answer, end }];
      this.#say(performance.now() - now > 2 * hop * 1000 ? "behind" : "listening");
      this.onAnswer({ answer, labels });
    } catch (problem) {
      if (this.#abort.signal.aborted) return;
      if (!(problem instanceof Problem)) throw problem;
      this.#fail(problem);
    } finally {
      this.#isAsking = false;
    }
  }

  #fail(problem) {
    if (problem.kind === "silent") return this.#say("quiet");
    this.#failures += 1;
    const passes = ["busy", "gone", "slow"].includes(problem.kind);
    if (!passes || this.#failures >= mostFailures) {
      this.stop();
      return this.onFailure(problem);
    }
    this.#pausedUntil = performance.now() + 1000 * (problem.retryAfter || this.#failures);
    this.#say("waiting", problem);
  }
}
