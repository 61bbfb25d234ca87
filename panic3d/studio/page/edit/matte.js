// Correct the matte with a brush: what belongs to the character, and what does not.
import { deleteMatte, putMatte } from "../core/api.js";
import { labelled, make, makeSegments, say } from "../core/dom.js";
import { fileUrl } from "../core/heads.js";
import { showError } from "../core/messages.js";
import { Actions } from "./actions.js";
import { Mask, SIDE } from "./mask.js";
import { follow, readArrow } from "./picture_view.js";

const SIZES_PX = { smallest: 2, largest: 120, first: 18 };
const REMOVED = [217, 43, 98], REMOVED_SHARE = 0.55;

export class MattePanel {
  constructor({ id }) {
    Object.assign(this, { id, isAdding: false, radius: SIZES_PX.first / 2, shows: "tint", mark: [SIDE / 2, SIDE / 2] });
    this.mask = new Mask();
    this.canvas = make("canvas", { width: SIDE, height: SIDE, tabIndex: 0, role: "application" });
    this.canvas.setAttribute("aria-label", "Matte. Arrow keys move the mark, Space paints there, X changes between add and remove, square brackets change the size.");
    this.ring = make("div", { class: "ring", hidden: true });
    this.field = make("div", { class: "matte-field" }, this.canvas, this.ring);
    this.size = make("input", { type: "range", min: SIZES_PX.smallest, max: SIZES_PX.largest, value: SIZES_PX.first, oninput: () => this.#setSize(this.size.valueAsNumber) });
    this.tool = makeSegments("Brush", [["remove", "Remove"], ["add", "Add"]], "remove", (value) => { this.isAdding = value === "add"; });
    this.undo = make("button", { type: "button", class: "quiet", disabled: true, onclick: () => this.#undo() }, "Undo");
    this.hint = make("p", { class: "hint" });
    this.actions = new Actions({
      apply: async () => putMatte(id, await this.mask.encode()),
      discard: () => this.#read(),
      takeBack: () => deleteMatte(id),
      takeBackText: "Use the computed matte",
    });
    this.tools = make("div", { class: "stack" }, this.tool, labelled("Size", this.size),
      makeSegments("Show", [["tint", "Tinted"], ["cut", "Cut out"], ["matte", "Matte"]], "tint", (value) => { this.shows = value; this.#draw(); }),
      make("div", { class: "actions" }, this.undo));
    this.element = make("div", { class: "two wide-left" }, this.field,
      make("div", { class: "controls" }, make("h3", {}, "Matte"), this.hint, this.tools, this.actions.element));
    this.canvas.addEventListener("pointerdown", (event) => this.#paint(event));
    this.canvas.addEventListener("pointermove", (event) => this.#moveMark(this.#toMask(event)));
    this.canvas.addEventListener("pointerleave", () => { this.ring.hidden = document.activeElement !== this.canvas; });
    this.canvas.addEventListener("blur", () => { this.ring.hidden = true; });
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#undo();
    });
  }

  isCorrected(head) {
    return head.painted_matte;
  }

  update(head) {
    this.actions.setCorrected(this.isCorrected(head));
    this.urls = [fileUrl(head, "crop.png"), fileUrl(head, "matte.png")];
    const isThere = this.urls.every(Boolean);
    this.field.hidden = this.tools.hidden = !isThere;
    say(this.hint, isThere ? "Paint over what does not belong to the character, or bring back what was lost. The tint is what is removed." : "There is no matte yet.");
    if (isThere && !this.actions.isDirty && this.urls.join() !== this.shown && this.isShown) this.#read();
  }

  onShow() {
    this.isShown = true;
    if (this.urls?.every(Boolean) && !this.actions.isDirty && this.urls.join() !== this.shown) this.#read();
  }

  onHide() {
    this.isShown = false;
  }

  async #read() {
    const urls = this.urls;
    this.shown = urls.join();
    try {
      const [crop, matte] = await Promise.all(urls.map(loadImage));
      if (this.shown !== urls.join()) return;
      this.mask.read(matte);
      const canvas = new OffscreenCanvas(SIDE, SIDE), context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(crop, 0, 0, SIDE, SIDE);
      this.crop = context.getImageData(0, 0, SIDE, SIDE).data;
    } catch {
      this.shown = null;
      showError("The pictures of the matte could not be loaded.");
    }
    this.undo.disabled = true;
    this.#draw();
  }

  #draw() {
    if (!this.crop) return;
    const context = this.canvas.getContext("2d"), image = context.createImageData(SIDE, SIDE);
    const { alpha } = this.mask;
    for (let i = 0; i < alpha.length; i++) {
      const kept = alpha[i] / 255, at = 4 * i, opacity = this.crop[at + 3] / 255;
      for (let c = 0; c < 3; c++) {
        const colour = this.crop[at + c] * opacity + 255 * (1 - opacity);
        if (this.shows === "matte") image.data[at + c] = alpha[i];
        else if (this.shows === "cut") image.data[at + c] = colour;
        else image.data[at + c] = colour + (REMOVED[c] - colour) * REMOVED_SHARE * (1 - kept);
      }
      image.data[at + 3] = this.shows === "cut" ? alpha[i] * opacity : 255;
    }
    context.putImageData(image, 0, 0);
  }

  #toMask(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  #moveMark(place) {
    this.mark = place.map((value) => Math.min(Math.max(value, 0), SIDE));
    const scale = this.canvas.clientWidth / SIDE;
    this.ring.hidden = false;
    Object.assign(this.ring.style, {
      width: `${2 * this.radius * scale}px`, height: `${2 * this.radius * scale}px`,
      transform: `translate(${this.canvas.offsetLeft + this.mark[0] * scale}px, ${this.canvas.offsetTop + this.mark[1] * scale}px) translate(-50%, -50%)`,
    });
  }

  #begin() {
    this.mask.keep();
    this.undo.disabled = false;
    this.actions.setDirty(true);
  }

  #stroke(from, to) {
    this.mask.stroke(from, to, this.radius, this.isAdding);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.#draw());
  }

  #paint(event) {
    if (event.button !== 0 || !this.crop) return;
    this.#begin();
    let last = this.#toMask(event);
    this.#stroke(last, last);
    follow(this.canvas, event, (move) => {
      const now = this.#toMask(move);
      this.#stroke(last, now);
      last = now;
    });
  }

  #undo() {
    if (!this.mask.canUndo) return;
    this.mask.undo();
    this.undo.disabled = !this.mask.canUndo;
    this.#draw();
  }

  #setSize(size) {
    const kept = Math.min(Math.max(size, SIZES_PX.smallest), SIZES_PX.largest);
    this.radius = kept / 2;
    this.size.value = kept;
    if (!this.ring.hidden) this.#moveMark(this.mark);
  }

  #key(event) {
    const step = readArrow(event);
    if (step) this.#moveMark([this.mark[0] + 2 * step[0], this.mark[1] + 2 * step[1]]);
    else if (event.key === " ") {
      this.#begin();
      this.#stroke(this.mark, this.mark);
    } else if (event.key.toLowerCase() === "x" && !event.ctrlKey && !event.metaKey) {
      this.tool.querySelector(`input[value=${this.isAdding ? "remove" : "add"}]`).click();
      this.canvas.focus();
    } else if (event.key === "[" || event.key === "]") this.#setSize(2 * this.radius * (event.key === "]" ? 1.2 : 1 / 1.2));
    else return;
    event.preventDefault();
  }
}

async function loadImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
