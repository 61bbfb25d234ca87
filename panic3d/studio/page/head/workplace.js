// Everything about the chosen head: its state above, and below it tabs to look, to correct and to take away.
import { cancelHead, changeHead, removeHead, toSentence } from "../core/api.js";
import { make, say } from "../core/dom.js";
import { isBusy } from "../core/heads.js";
import { attempt } from "../core/messages.js";
import { countStages, describeStatus } from "../core/words.js";
import { CharacterPanel } from "../edit/character.js";
import { FramePanel } from "../edit/frame.js";
import { MattePanel } from "../edit/matte.js";
import { OptionsPanel } from "../edit/options.js";
import { PointsPanel } from "../edit/points.js";
import { ViewPanel } from "../viewer/panel.js";
import { confirmWith } from "./confirm.js";
import { FilesPanel } from "./files.js";
import { StagesPanel } from "./stages.js";
import { Tabs } from "./tabs.js";

const PANELS = [
  ["stages", "Stages", StagesPanel],
  ["view", "Head", ViewPanel],
  ["points", "Points", PointsPanel],
  ["frame", "Frame", FramePanel],
  ["matte", "Matte", MattePanel],
  ["character", "Character", CharacterPanel],
  ["options", "Options", OptionsPanel],
  ["files", "Files", FilesPanel],
];

export class Workplace {
  constructor(place, heads, info) {
    Object.assign(this, { place, heads, info, id: undefined });
    heads.addEventListener("chosen", () => this.#change());
    heads.addEventListener("heads", () => this.#update());
    this.#change();
  }

  #change() {
    for (const panel of this.panels ?? []) panel.close?.();
    this.panels = [];
    this.id = this.heads.chosenId;
    this.place.replaceChildren();
    if (!this.heads.chosen) {
      this.place.append(makeWelcome());
      return;
    }
    const [heads, info, id] = [this.heads, this.info, this.id];
    this.panels = PANELS.map(([name, title, Panel]) => Object.assign(new Panel({ heads, info, id }), { name, title }));
    this.summary = new Summary(heads, id);
    this.tabs = new Tabs("Look, correct, take away", this.panels);
    this.place.append(this.summary.element, this.tabs.element);
    this.lastStatus = null;
    this.#update();
  }

  #update() {
    const head = this.heads.chosen;
    if (!head || head.id !== this.id) {
      if (this.id) this.#change();
      return;
    }
    this.summary.update(head);
    for (const panel of this.panels) {
      panel.update(head);
      this.tabs.mark(panel.name, Boolean(panel.isCorrected?.(head)));
    }
    if (head.status !== this.lastStatus && !this.tabs.isChosenByUser) this.tabs.show(head.status === "done" ? "view" : "stages");
    this.lastStatus = head.status;
  }
}

function makeWelcome() {
  return make("section", { class: "welcome" },
    make("h2", {}, "From one drawing, the head"),
    make("p", {}, "Add a portrait of an anime character, face to the front. A minute or two later there is a 3D head that you can turn, correct and take into other programs. Everything stays on this machine."));
}

/** Name, state, progress, errors and warnings of a head, with the buttons to stop and to delete it. */
class Summary {
  constructor(heads, id) {
    this.title = make("h2");
    this.status = make("p", { class: "state" });
    this.bar = make("progress", { max: 100, "aria-label": "Progress" });
    this.notes = make("ul", { class: "warnings", "aria-label": "Warnings" });
    this.error = make("p", { class: "error", role: "alert" });
    this.cancel = make("button", { type: "button", onclick: () => attempt(() => cancelHead(id)) }, "Cancel");
    this.again = make("button", { type: "button", onclick: () => attempt(() => changeHead(id, {})) }, "Try again");
    this.remove = make("button", {
      type: "button",
      class: "danger",
      onclick: async () => {
        if (await confirmWith(`Delete ${heads.get(id).name} and all its files?`, "Delete")) await attempt(() => removeHead(id));
      },
    }, "Delete");
    this.element = make("section", { class: "summary", "aria-label": "State" },
      make("div", { class: "heading" }, this.title, make("div", { class: "actions" }, this.cancel, this.again, this.remove)),
      make("div", { class: "progress" }, this.status, this.bar),
      this.error, this.notes);
  }

  update(head) {
    say(this.title, head.name);
    const [done, total] = countStages(head);
    const detail = head.status === "running" ? `, stage ${Math.min(done + 1, total)} of ${total}` : "";
    const seconds = head.stages.reduce((sum, stage) => sum + stage.seconds, 0);
    const time = head.status === "done" ? ` in ${Math.round(seconds)} s${head.method ? ` by ${head.method}` : ""}` : "";
    say(this.status, describeStatus(head) + detail + time);
    this.element.dataset.status = head.status;
    this.bar.hidden = !isBusy(head);
    this.bar.value = Math.round((100 * done) / total);
    this.cancel.hidden = !isBusy(head);
    this.again.hidden = !(head.status === "cancelled" || head.status === "failed");
    this.error.hidden = !head.error;
    say(this.error, head.error ? toSentence(head.error, head.name) : "");
    const notes = head.warnings.map(toSentence);
    this.notes.hidden = notes.length === 0;
    if (notes.join("\n") !== this.shownNotes) this.notes.replaceChildren(...notes.map((note) => make("li", {}, note)));
    this.shownNotes = notes.join("\n");
  }
}
