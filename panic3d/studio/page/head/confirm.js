// A question that is answered by one of two buttons.
import { make, newId } from "../core/dom.js";

/** Ask, and return whether the answer was yes. */
export function confirmWith(question, yes) {
  return new Promise((resolve) => {
    const id = newId("question");
    const answer = (value) => () => {
      dialog.close(value);
    };
    const dialog = make("dialog", { "aria-labelledby": id },
      make("p", { id }, question),
      make("div", { class: "actions" },
        make("button", { type: "button", onclick: answer("no"), autofocus: true }, "Keep it"),
        make("button", { type: "button", class: "danger", onclick: answer("yes") }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
