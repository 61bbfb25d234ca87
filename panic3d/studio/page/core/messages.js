// Sentences about what went wrong, until they are dismissed; and what screen readers are told of progress.
import { byId, make, say } from "./dom.js";

const MOST = 4;

/** Show a sentence at the top of the page. */
export function showError(error) {
  const text = typeof error === "string" ? error : error.message;
  const list = byId("messages");
  for (const other of list.children) if (other.firstChild.textContent === text) other.remove();
  const close = make("button", { type: "button", class: "quiet", "aria-label": "Dismiss this message", onclick: () => item.remove() }, "Dismiss");
  const item = make("div", { class: "message" }, make("p", {}, text), close);
  list.append(item);
  while (list.children.length > MOST) list.firstChild.remove();
}

/** Run something that asks the server; its failure becomes a sentence, and the result is whether it succeeded. */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}

/** Let screen readers say a text. */
export function announce(text) {
  say(byId("announcer"), text);
}
