// What the page tells the person: problems, what it waits for, what a screen reader is to say; and the question for the token.

import { byId } from "./dom.js";
import { askForTokenWith, isToken, Problem } from "./api.js";
import { serverState } from "./model.js";

let tryAgain = null;

/** Shows a problem, with a button to try again if there is something to try. */
export function showProblem(problem, again = null) {
  if (!(problem instanceof Problem)) console.error(problem);
  byId("notice-title").textContent = problem.message;
  byId("notice-text").textContent = problem.detail ?? "Reload the page and try again.";
  byId("notice-again").hidden = !again;
  tryAgain = again;
  byId("notice").hidden = false;
  if (problem.kind === "gone") serverState("The server does not answer", "gone");
}

export function hideProblem() {
  byId("notice").hidden = true;
}

function dismiss() {
  hideProblem();
  (byId("record").disabled ? byId("live") : byId("record")).focus();
}

byId("notice-close").addEventListener("click", dismiss);
byId("notice-again").addEventListener("click", () => {
  dismiss();
  tryAgain?.();
});

/** Shows, and has spoken, what the page waits for. */
export const say = (text) => (byId("status").textContent = text);

/** Takes back what was said, unless something else has been said since. */
export const unsay = (text) => byId("status").textContent === text && say("");

let sentences = []; // that are about to be spoken

/** Has a sentence spoken that is to be seen elsewhere. Those of the same moment are spoken together: the last would silence the others. */
export function speak(sentence) {
  if (sentences.length === 0) setTimeout(() => {
    byId("spoken").textContent = sentences.join(" ");
    sentences = [];
  }, 100);
  if (!sentences.includes(sentence)) sentences.push(sentence);
}

const whoKnows = "Whoever runs the server can tell you.";

askForTokenWith(async (wasWrong) => {
  const dialog = byId("token");
  const input = byId("token-value");
  byId("token-text").textContent = wasWrong
    ? `That is not the right token. ${whoKnows}`
    : `${whoKnows} It stays in this tab until you close it.`;
  input.value = "";
  dialog.showModal();
  const given = await new Promise((resolve) => {
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (isToken(text)) return resolve(text);
      byId("token-text").textContent =
        `That is not a token: a token has no spaces in it, and no letters but those from A to Z. ${whoKnows}`;
      input.select();
    };
    byId("token-cancel").onclick = () => resolve(null);
    // Not "cancel", which some ways to close it leave out. That of an earlier question may come late.
    dialog.onclose = () => dialog.open || resolve(null);
  });
  dialog.close();
  return given;
});
