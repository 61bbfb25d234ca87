// The buttons below every correction: build again, discard, take back.
import { make, say } from "../core/dom.js";
import { attempt } from "../core/messages.js";

export class Actions {
  /** `apply` and `takeBack` ask the server; `discard` shows again what holds. */
  constructor({ apply, discard, takeBack, takeBackText = "Take the correction back" }) {
    this.isDirty = false;
    this.apply = make("button", { type: "button", class: "primary", onclick: () => this.#run(apply) }, "Build again");
    this.discard = make("button", { type: "button", onclick: () => { this.setDirty(false); discard(); } }, "Discard changes");
    this.takeBack = make("button", { type: "button", onclick: () => this.#run(takeBack) }, takeBackText);
    this.state = make("p", { class: "hint", role: "status" });
    this.element = make("div", { class: "apply" }, this.state, make("div", { class: "actions" }, this.apply, this.discard, this.takeBack));
    this.setDirty(false);
    this.setCorrected(false);
  }

  async #run(work) {
    this.apply.disabled = this.takeBack.disabled = true;
    if (await attempt(work)) this.setDirty(false);
    this.apply.disabled = !this.isDirty;
    this.takeBack.disabled = false;
  }

  setDirty(isDirty) {
    this.isDirty = isDirty;
    this.apply.disabled = !isDirty;
    this.discard.hidden = !isDirty;
    this.#tell();
  }

  setCorrected(isCorrected) {
    this.isCorrected = isCorrected;
    this.takeBack.hidden = !isCorrected;
    this.#tell();
  }

  #tell() {
    say(this.state, this.isDirty ? "Changed here; not built yet." : this.isCorrected ? "You have corrected this." : "");
  }
}
