// A picture that can be enlarged and moved, with a layer on top whose parts are placed in pixels of the picture.
import { make } from "../core/dom.js";

const ZOOM_STEP = 1.25, LARGEST_ZOOM = 40;

/** Emits `moved` whenever parts of the layer must be placed again. */
export class PictureView extends EventTarget {
  constructor(label) {
    super();
    this.image = make("img", { alt: label, draggable: false });
    this.layer = make("div", { class: "layer" });
    this.box = make("div", { class: "picture-view" }, this.image, this.layer);
    const button = (text, name, work) => make("button", { type: "button", "aria-label": name, title: name, onclick: work }, text);
    this.element = make("div", { class: "picture-frame" }, this.box, make("div", { class: "views", role: "group", "aria-label": "Size of the picture" },
      button("−", "Smaller", () => this.zoom(1 / ZOOM_STEP)), button("+", "Larger", () => this.zoom(ZOOM_STEP)), button("Fit", "Fit the picture", () => this.fit())));
    [this.width, this.height, this.scale, this.left, this.top] = [1, 1, 1, 0, 0];
    this.box.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), event);
    }, { passive: false });
    this.box.addEventListener("pointerdown", (event) => this.#pan(event));
    new ResizeObserver(() => this.#resize()).observe(this.box);
  }

  /** Show a picture whose pixels are `width` by `height` in the units of the layer, `area` of it first. */
  setPicture(url, width, height, area = null) {
    if (this.image.getAttribute("src") === url && this.width === width) return;
    const isAnother = this.width !== width || this.height !== height;
    this.image.src = url;
    [this.width, this.height] = [width, height];
    if (isAnother || !this.area) this.fit(area);
  }

  /** Show an area {x, y, width, height}; without one, the whole picture. */
  fit(area = null) {
    this.area = area ?? { x: 0, y: 0, width: this.width, height: this.height };
    const { clientWidth, clientHeight } = this.box;
    if (!clientWidth || !clientHeight) return;
    this.scale = Math.min(clientWidth / this.area.width, clientHeight / this.area.height);
    this.left = (clientWidth - this.area.width * this.scale) / 2 - this.area.x * this.scale;
    this.top = (clientHeight - this.area.height * this.scale) / 2 - this.area.y * this.scale;
    this.isFitted = true;
    this.#place();
  }

  zoom(factor, event = null) {
    const box = this.box.getBoundingClientRect();
    const x = event ? event.clientX - box.left : box.width / 2, y = event ? event.clientY - box.top : box.height / 2;
    const smallest = 0.5 * Math.min(box.width / this.width, box.height / this.height);
    const scale = Math.min(Math.max(this.scale * factor, smallest), Math.max(LARGEST_ZOOM, smallest));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.isFitted = false;
    this.#place();
  }

  toScreen([x, y]) {
    return [this.left + x * this.scale, this.top + y * this.scale];
  }

  toPicture(event) {
    const box = this.box.getBoundingClientRect();
    return [(event.clientX - box.left - this.left) / this.scale, (event.clientY - box.top - this.top) / this.scale];
  }

  #resize() {
    if (this.isFitted !== false) this.fit(this.area);
    else this.#place();
  }

  #place() {
    Object.assign(this.image.style, {
      width: `${this.width * this.scale}px`, height: `${this.height * this.scale}px`, transform: `translate(${this.left}px, ${this.top}px)`,
      imageRendering: this.scale > 8 ? "pixelated" : "auto",
    });
    this.dispatchEvent(new Event("moved"));
  }

  #pan(event) {
    if (event.target.closest("button") || event.defaultPrevented) return;
    const start = [event.clientX - this.left, event.clientY - this.top];
    this.isFitted = false;
    follow(this.box, event, (move) => {
      [this.left, this.top] = [move.clientX - start[0], move.clientY - start[1]];
      this.#place();
    });
  }
}

/** Call `onmove` for every movement of the pressed pointer, then `onend`. */
export function follow(element, down, onmove, onend = () => {}) {
  element.setPointerCapture(down.pointerId);
  const move = (event) => { if (event.pointerId === down.pointerId) onmove(event); };
  const end = (event) => {
    if (event.pointerId !== down.pointerId) return;
    for (const name of ["pointerup", "pointercancel"]) element.removeEventListener(name, end);
    element.removeEventListener("pointermove", move);
    onend(event);
  };
  element.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, end);
}

/** The step in pixels that an arrow key means, or null. */
export function readArrow(event) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  return step && !event.ctrlKey && !event.metaKey ? step.map((value) => value * (event.shiftKey ? 10 : 1)) : null;
}
