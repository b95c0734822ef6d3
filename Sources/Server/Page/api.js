// The server's API: one function to send, which waits while the server is busy, asks for the token, and turns
// every failure into a `Problem` with a sentence for people.

import { wait } from "./dom.js";

const attempts = 4; // of a request that a busy server turns away
const longestWait = 10; // seconds, whatever Retry-After says
const longestAnswer = 300_000; // milliseconds

/**
 * A failure to show; `kind` is the last part of the server's problem type, or its status. The page's own kinds are "gone",
 * "busy", "token", "slow", "empty", "not-a-recording", "too-large", "too-long", "unreadable", "microphone", "short", "stopped",
 * "page".
 */
export class Problem extends Error {
  constructor(title, detail, kind, retryAfter = 0) {
    super(title);
    this.detail = detail;
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

/** The problem that there is no server. */
export const gone = (detail) => new Problem("The server does not answer", detail, "gone");

/** Whether a text can be a token: what else it may hold does not fit into a header, and `fetch` would throw. */
export const isToken = (text) => /^[\x21-\x7e]+$/.test(text);

let store = null;
try {
  store = sessionStorage;
} catch {} // refused by a browser that is told to keep nothing
let token = store?.getItem("token") ?? null; // one that was right
let asking = null; // the promise of a token, shared by all requests that wait for it
let ask = async () => null;

/** Sets how the person is asked for the token: an async function that is told whether one was wrong; null if refused. */
export function askForTokenWith(question) {
  ask = question;
}

async function renewToken(refused) {
  if (token !== refused) return; // another request has brought a new one meanwhile
  asking ??= ask(refused !== null).finally(() => (asking = null));
  const answer = await asking;
  if (answer === null) throw new Problem("No token, no answer", "This server answers only with its token.", "token");
  token = answer;
}

/** Sends a request and returns the JSON of its answer. `onWait(seconds, next, of)` hears of each wait for a busy server. */
async function send(path, { body, signal, retries = attempts - 1, patience = longestAnswer, onWait } = {}) {
  for (let attempt = 1; ; ) {
    const used = token;
    const ending = new AbortController(); // one for both reasons: `AbortSignal.any` is not in browsers of 2023
    const end = () => ending.abort();
    const timer = setTimeout(end, patience);
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
    let response;
    let problem;
    try {
      response = await fetch(path, {
        method: body ? "POST" : "GET",
        body,
        headers: used ? { Authorization: `Bearer ${used}` } : {},
        signal: ending.signal,
      });
      if (used && response.status !== 401) store?.setItem("token", used);
      if (response.ok) return await response.json();
      problem = await problemOf(response);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw ending.signal.aborted ? slow(patience) : unanswered(error);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
    if (response.status === 401) {
      store?.removeItem("token");
      await renewToken(used);
      continue;
    }
    if (response.status !== 503 || problem.kind === "shutting-down" || attempt > retries) throw problem;
    attempt += 1;
    onWait?.(problem.retryAfter, attempt, retries + 1);
    await wait(problem.retryAfter * 1000, signal);
  }
}

const slow = (patience) => new Problem("The server takes too long",
  `No answer came within ${Math.round(patience / 1000)} s. Try a shorter recording, or try again when the server is less busy.`, "slow");

/** What to say where no answer came that can be read. What is no failure of the network is one of the page, and no news of the server. */
function unanswered(error) {
  if (error instanceof TypeError) return gone("Its address cannot be reached: perhaps emotive serve was stopped. Start it, then try again.");
  if (!(error instanceof SyntaxError)) return error;
  return new Problem("The answer cannot be read",
    "Something between this page and emotive serve may have answered in its place. Try again, or ask whoever runs the server.", "page");
}

async function problemOf(response) {
  const busy = response.status === 503;
  const retryAfter = Math.min(Math.max(Number(response.headers.get("Retry-After")) || 1, 0.5), longestWait);
  let said = {};
  try {
    said = await response.json();
  } catch {
    // Not a problem document: something between the server and the page has answered.
  }
  const kind = said.type?.split(":").pop() ?? (busy ? "busy" : String(response.status));
  return new Problem(
    said.title ?? (busy ? "The server is busy" : `The server answered ${response.status}`),
    said.detail ?? (busy ? "Try again in a moment." : "It gave no reason."), kind, retryAfter);
}

export const getBundles = () => send("v1/bundles");

/** Classifies a recording. `options`: timeline, bundle, signal, retries, patience (milliseconds), onWait. */
export function classify(body, { timeline = false, bundle, ...options } = {}) {
  const query = new URLSearchParams();
  if (bundle) query.set("bundle", bundle);
  if (timeline) query.set("timeline", "true");
  return send(`v1/classify?${query}`, { body, ...options });
}
