// Everything that can be taken away.
import { archiveUrl, downloadUrl, makeTurntable } from "../core/api.js";
import { make, withCode } from "../core/dom.js";
import { isBusy } from "../core/heads.js";
import { attempt } from "../core/messages.js";
import { describeFile, formatBytes } from "../core/words.js";

const MAIN = ["glb", "vrm", "json", "webp"];

export class FilesPanel {
  constructor({ id }) {
    this.id = id;
    this.main = make("ul", { class: "files", "aria-label": "The head" });
    this.stages = make("ul", { class: "files small", "aria-label": "Pictures of the stages" });
    this.turn = make("button", { type: "button", onclick: () => this.#turn() }, "Make a turntable");
    this.preview = make("img", { class: "turntable", alt: "The head turns once", hidden: true });
    this.empty = make("p", { class: "hint" }, "There are no files yet.");
    this.archive = make("a", { class: "button", href: archiveUrl(id), download: "" }, "Everything as a zip");
    this.element = make("div", { class: "two" },
      make("section", {}, make("h3", {}, "Take away"), this.empty, this.main, make("div", { class: "actions" }, this.archive, this.turn), this.preview),
      make("section", {}, make("h3", {}, "Pictures of the stages"), this.stages));
  }

  async #turn() {
    this.turn.disabled = true;
    if (!(await attempt(() => makeTurntable(this.id)))) this.turn.disabled = false;
  }

  update(head) {
    const state = JSON.stringify([head.files, head.status]);
    if (state === this.state) return;
    this.state = state;
    const main = head.files.filter((file) => MAIN.includes(file.kind));
    this.empty.hidden = main.length > 0;
    this.main.replaceChildren(...main.map(makeFile));
    this.stages.replaceChildren(...head.files.filter((file) => !main.includes(file)).map(makeFile));
    const turntable = head.files.find((file) => file.kind === "webp");
    this.archive.hidden = head.files.length === 0;
    this.turn.hidden = Boolean(turntable) || !main.length;
    this.turn.disabled = isBusy(head);
    this.preview.hidden = !turntable;
    if (turntable && this.preview.getAttribute("src") !== turntable.url) this.preview.src = turntable.url;
  }
}

function makeFile(file) {
  const [title, note] = describeFile(file);
  const link = make("a", { href: downloadUrl(file.url), download: "" }, title);
  link.dataset.file = file.name;
  return make("li", {}, link, make("span", { class: "size" }, formatBytes(file.bytes)), make("small", {}, ...withCode(note)));
}
