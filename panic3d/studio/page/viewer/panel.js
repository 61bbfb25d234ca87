// The tab that shows the head: the canvas, a second one to compare, and what changes the view.
import { isTyping, make, makeSegments, say } from "../core/dom.js";
import { fileUrl } from "../core/heads.js";
import { describeStatus, toWords } from "../core/words.js";
import { CompareChoice } from "./compare.js";
import { ExpressionSliders } from "./expressions.js";
import { Motion } from "./motion.js";
import { Stage } from "./stage.js";
import { SURFACES, listParts } from "./surface.js";

const VIEWS = [["front", "Front", "1"], ["left", "Left", "2"], ["right", "Right", "3"], ["back", "Back", "4"]];
const LONGEST_STEP_S = 0.1;
const NO_MODEL = { done: "This head has no model.", failed: "No head was made.", cancelled: "The work on this head was cancelled." };

export class ViewPanel {
  constructor({ heads, info, id }) {
    Object.assign(this, { heads, id, isShown: false, surface: "drawn", isWireframe: false });
    this.motion = new Motion();
    this.sides = [this.#makeSide("The head. Arrow keys turn it."), this.#makeSide("The head beside it. Arrow keys turn both.")];
    this.sides[1].figure.hidden = true;
    this.choice = new CompareChoice(heads, info, id);
    this.choice.addEventListener("chosen", () => this.#load());
    this.sliders = new ExpressionSliders((name, value) => {
      for (const { stage } of this.sides) stage.avatar?.expressions.set(name, value);
    });
    this.views = make("div", { class: "views", role: "group", "aria-label": "View" },
      VIEWS.map(([name, text, key]) => make("button", { type: "button", "aria-keyshortcuts": key, title: `${text} view (${key})`, onclick: () => this.#view(name) }, text)));
    this.parts = make("ul", { class: "parts", "aria-label": "Colours of the parts", hidden: true });
    this.motions = make("div", { class: "stack", hidden: true },
      this.#makeCheck("Eyes and head follow the pointer", this.motion.follows, (value) => { this.motion.follows = value; }),
      this.#makeCheck("Blink now and then", this.motion.blinks, (value) => { this.motion.blinks = value; }),
      make("button", { type: "button", onclick: () => this.motion.shake() }, "Shake the head"));
    this.place = make("div", { class: "stages3d" }, this.sides.map((side) => side.figure), this.views);
    this.element = make("div", { class: "two wide-left" }, this.place,
      make("div", { class: "controls" },
        makeSegments("Surface", SURFACES, this.surface, (value) => { this.surface = value; this.#applySurface(); }),
        this.parts,
        this.#makeCheck("Triangles", false, (value) => { this.isWireframe = value; this.#applySurface(); }),
        this.motions,
        this.choice.element,
        this.sliders.element));
    this.onKey = (event) => this.#onKey(event);
    this.place.addEventListener("pointermove", (event) => this.#point(event));
    this.place.addEventListener("pointerleave", () => { this.motion.pointer = { x: 0, y: 0 }; });
  }

  #makeSide(label) {
    const stage = new Stage(label), note = make("p", { class: "note", role: "status" }), caption = make("figcaption");
    stage.addEventListener("turned", () => {
      for (const side of this.sides ?? []) if (side.stage !== stage && side.stage.renderer) side.stage.follow(stage);
    });
    return { stage, note, caption, figure: make("figure", {}, stage.canvas, note, caption), url: null };
  }

  #makeCheck(text, checked, onchange) {
    const box = make("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
    return make("label", { class: "check" }, box, text);
  }

  update(head) {
    this.choice.update(head);
    if (this.isShown) this.#load();
  }

  onShow() {
    this.isShown = true;
    addEventListener("keydown", this.onKey);
    this.#load();
    this.before = performance.now();
    const frame = (now) => {
      if (!this.isShown) return;
      this.#draw(now);
      this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  onHide() {
    this.isShown = false;
    removeEventListener("keydown", this.onKey);
    cancelAnimationFrame(this.frame);
  }

  close() {
    this.onHide();
    for (const { stage } of this.sides) stage.close();
  }

  #load() {
    const ids = [this.id, this.choice.otherId];
    this.sides[1].figure.hidden = !ids[1];
    this.sides.forEach((side, index) => {
      const head = ids[index] ? this.heads.get(ids[index]) : null;
      this.#loadSide(side, head);
    });
  }

  async #loadSide(side, head) {
    const url = head ? fileUrl(head, "head.vrm") ?? fileUrl(head, "head.glb") : null;
    say(side.caption, head && this.choice.otherId ? `${head.name}${head.method ? `, ${head.method}` : ""}` : "");
    if (!url) say(side.note, head ? NO_MODEL[head.status] ?? `${describeStatus(head)}.` : "");
    if (!url || !this.isShown || url === side.url) return;
    side.url = url;
    try {
      side.stage.open();
      say(side.note, "Loading the head.");
      if (!(await side.stage.load(url))) return;
      say(side.note, "");
      this.#applySurface();
      this.motions.hidden = !this.sides.some((other) => other.stage.avatar?.vrm);
      this.sliders.show(this.sides.flatMap(({ stage }) => stage.avatar?.names ?? []), this.sides.map(({ stage }) => stage.avatar));
      if (side === this.sides[1]) side.stage.follow(this.sides[0].stage);
      side.figure.dataset.loaded = url;
    } catch (error) {
      say(side.note, `The head could not be shown: ${error.message}`);
    }
  }

  #applySurface() {
    const avatars = this.sides.map(({ stage }) => stage.avatar).filter(Boolean);
    for (const avatar of avatars) avatar.setSurface(this.surface, this.isWireframe);
    this.parts.hidden = this.surface !== "parts" || !avatars.length;
    if (!this.parts.hidden) {
      this.parts.replaceChildren(...listParts(avatars.flatMap((avatar) => avatar.meshes)).map(([name, colour]) => make("li", {}, make("span", { class: "swatch", style: { background: colour } }), toWords(name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`)))));
    }
  }

  #view(name) {
    if (this.sides[0].stage.renderer) this.sides[0].stage.view(name);
  }

  #onKey(event) {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const view = VIEWS.find(([, , key]) => key === event.key);
    if (view) this.#view(view[0]);
  }

  #point(event) {
    const box = this.place.getBoundingClientRect();
    const clamp = (value) => Math.min(Math.max(value, -1), 1);
    this.motion.pointer = {
      x: clamp((2 * (event.clientX - box.left)) / box.width - 1),
      y: clamp(1 - (2 * (event.clientY - box.top)) / box.height),
    };
  }

  #draw(now) {
    const seconds = Math.min(Math.max(now - this.before, 0) / 1000, LONGEST_STEP_S);
    this.before = now;
    const pose = this.motion.step(seconds);
    for (const { stage, figure } of this.sides) if (stage.renderer && !figure.hidden) stage.draw(pose, seconds);
  }
}
