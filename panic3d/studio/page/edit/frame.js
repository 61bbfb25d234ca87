// Correct the frame: the square of the picture that the head is made from.
import { changeHead } from "../core/api.js";
import { labelled, make, say } from "../core/dom.js";
import { isBusy } from "../core/heads.js";
import { Actions } from "./actions.js";
import { PictureView, follow, readArrow } from "./picture_view.js";

const SMALLEST_PX = 16, RESIZE = 1.02, AROUND = 0.12;
const CORNERS = [["nw", 0, 0], ["ne", 1, 0], ["sw", 0, 1], ["se", 1, 1]];

export class FramePanel {
  constructor({ id }) {
    Object.assign(this, { id, square: null });
    this.view = new PictureView("The picture, with the frame of the head");
    this.shade = make("div", { class: "shade" });
    this.box = make("button", {
      type: "button", class: "frame-box", onpointerdown: (event) => this.#drag(event), onkeydown: (event) => this.#key(event),
    });
    this.corners = CORNERS.map(([name, right, low]) => make("button", {
      type: "button", tabIndex: -1, class: `corner ${name}`, "aria-label": "Drag to change the size", onpointerdown: (event) => this.#dragCorner(event, right, low),
    }));
    this.view.layer.append(this.shade, this.box, ...this.corners);
    this.view.addEventListener("moved", () => this.#place());
    this.numbers = Object.fromEntries([["x", "Left"], ["y", "Top"], ["size", "Side"]].map(([name, text]) => {
      const input = make("input", { type: "number", step: 1, onchange: () => this.#readNumbers() });
      return [name, { input, row: labelled(`${text} (px)`, input) }];
    }));
    this.hint = make("p", { class: "hint" }, "The square is what the head is made from. The face should fill about a third of its width and look out of its middle.");
    this.actions = new Actions({
      apply: () => changeHead(id, { crop: { x: this.square.x, y: this.square.y, size: this.square.size } }),
      discard: () => this.#reset(),
      takeBack: () => changeHead(id, { crop: null }),
      takeBackText: "Align by the face again",
    });
    this.element = make("div", { class: "two wide-left" }, this.view.element,
      make("div", { class: "controls" }, make("h3", {}, "Frame"), this.hint, make("div", { class: "numbers" }, Object.values(this.numbers).map(({ row }) => row)), this.actions.element));
  }

  isCorrected(head) {
    return Boolean(head.settings.crop);
  }

  update(head) {
    this.head = head;
    this.actions.setCorrected(this.isCorrected(head));
    this.view.element.hidden = !head.picture;
    if (!head.picture) return;
    const frame = JSON.stringify(head.settings.crop ?? head.frame);
    if ((!this.actions.isDirty || this.isSuggested) && (frame !== this.shown || this.isSuggested !== false)) this.#reset();
    this.view.setPicture(head.picture.url, head.picture.width, head.picture.height, this.#measure());
  }

  onShow() {
    this.view.fit(this.#measure());
  }

  #reset() {
    const { picture, settings, frame } = this.head;
    this.shown = JSON.stringify(settings.crop ?? frame);
    const side = Math.min(picture.width, picture.height);
    this.square = { ...(settings.crop ?? frame ?? { x: (picture.width - side) / 2, y: 0, size: side }) };
    this.isSuggested = !settings.crop && !frame;
    this.actions.setDirty(this.isSuggested && !isBusy(this.head)); // a suggestion can be built as it is
    this.#place();
  }

  /** The picture and the square, which may reach beyond it. */
  #measure() {
    if (!this.square) return null;
    const { width, height } = this.head.picture, { x, y, size } = this.square, around = AROUND * size;
    const left = Math.max(Math.min(0, x), x - size) - around * 0.2, top = Math.max(Math.min(0, y), y - size) - around * 0.2;
    return { x: left, y: top, width: Math.min(Math.max(width, x + size), x + 2 * size) - left + around * 0.2, height: Math.min(Math.max(height, y + size), y + 2 * size) - top + around * 0.2 };
  }

  #set(square) {
    this.square = { x: Math.round(square.x * 10) / 10, y: Math.round(square.y * 10) / 10, size: Math.max(Math.round(square.size * 10) / 10, SMALLEST_PX) };
    this.isSuggested = false;
    this.actions.setDirty(true);
    this.#place();
  }

  #drag(event) {
    event.preventDefault();
    this.box.focus();
    const start = this.view.toPicture(event), from = this.square;
    follow(this.box, event, (move) => {
      const now = this.view.toPicture(move);
      this.#set({ ...from, x: from.x + now[0] - start[0], y: from.y + now[1] - start[1] });
    });
  }

  #dragCorner(event, right, low) {
    event.preventDefault();
    const from = this.square, fixed = [from.x + (right ? 0 : from.size), from.y + (low ? 0 : from.size)];
    follow(event.target, event, (move) => {
      const [x, y] = this.view.toPicture(move);
      const size = Math.max((right ? x - fixed[0] : fixed[0] - x), (low ? y - fixed[1] : fixed[1] - y), SMALLEST_PX);
      this.#set({ x: right ? fixed[0] : fixed[0] - size, y: low ? fixed[1] : fixed[1] - size, size });
    });
  }

  #key(event) {
    const step = readArrow(event), factor = { "+": RESIZE, "=": RESIZE, "-": 1 / RESIZE }[event.key];
    if (!step && !factor) return;
    event.preventDefault();
    const { x, y, size } = this.square;
    if (step) this.#set({ x: x + step[0], y: y + step[1], size });
    else this.#set({ x: x + (size - size * factor) / 2, y: y + (size - size * factor) / 2, size: size * factor });
  }

  #readNumbers() {
    const [x, y, size] = ["x", "y", "size"].map((name) => this.numbers[name].input.valueAsNumber);
    if ([x, y, size].every(Number.isFinite)) this.#set({ x, y, size });
  }

  #place() {
    if (!this.square) return;
    const { x, y, size } = this.square, [left, top] = this.view.toScreen([x, y]), side = size * this.view.scale;
    for (const element of [this.shade, this.box]) Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${side}px`, height: `${side}px` });
    CORNERS.forEach(([, right, low], index) => { this.corners[index].style.transform = `translate(${left + right * side}px, ${top + low * side}px)`; });
    this.box.setAttribute("aria-label", `Frame, left ${Math.round(x)}, top ${Math.round(y)}, side ${Math.round(size)} pixels. Arrow keys move it, plus and minus change its size.`);
    for (const [name, { input }] of Object.entries(this.numbers)) if (document.activeElement !== input) input.value = Math.round(this.square[name]);
  }
}
