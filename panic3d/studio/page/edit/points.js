// Correct the 28 points of the face: drag each, or all of them together.
import { changeHead } from "../core/api.js";
import { make, say } from "../core/dom.js";
import { isBusy } from "../core/heads.js";
import { attempt } from "../core/messages.js";
import { Actions } from "./actions.js";
import { placeMeanFace } from "./mean_face.js";
import { PictureView, follow, readArrow } from "./picture_view.js";

const SVG = "http://www.w3.org/2000/svg";
const CLOSED = ["left eye", "right eye", "mouth"];
const MARGIN = 0.35, MOST_UNDO = 100;

export class PointsPanel {
  constructor({ info, id }) {
    Object.assign(this, { info, id, points: null, undone: [] });
    this.view = new PictureView("The picture, with the points of the face");
    this.view.box.classList.add("points");
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("aria-hidden", "true");
    this.paths = [...new Set(info.landmarks.map((point) => point.group))].map((group) => {
      const path = this.lines.appendChild(document.createElementNS(SVG, "path"));
      return { path, group, numbers: info.landmarks.flatMap((point, index) => (point.group === group ? [index] : [])) };
    });
    this.dots = info.landmarks.map((point, index) => this.#makeDot(point, index));
    this.whole = make("button", { type: "button", class: "grip move", onkeydown: (event) => this.#keyWhole(event), onpointerdown: (event) => this.#dragWhole(event) }, "✥");
    this.whole.setAttribute("aria-label", "All points: arrow keys move them, plus and minus change their size");
    this.whole.title = "Drag to move all points";
    this.size = make("button", { type: "button", class: "grip size", tabIndex: -1, "aria-label": "Drag to change the size of the face", onpointerdown: (event) => this.#dragSize(event) }, "⤡");
    this.size.title = "Drag to change the size of the face";
    this.view.layer.append(this.lines, ...this.dots, this.whole, this.size);
    this.view.addEventListener("moved", () => this.#place());
    this.hint = make("p", { class: "hint" });
    this.named = make("p", { class: "named", "aria-hidden": "true" });
    this.faces = make("div", { class: "actions faces", role: "group", "aria-label": "Which face" });
    this.undo = make("button", { type: "button", class: "quiet", onclick: () => this.#undo(), disabled: true }, "Undo");
    this.fresh = make("button", { type: "button", class: "quiet", onclick: () => this.#startFresh() }, "Start from a mean face");
    this.actions = new Actions({
      apply: () => changeHead(id, { landmarks_px: this.points.map((point) => point.map((value) => Math.round(value * 100) / 100)) }),
      discard: () => this.#reset(),
      takeBack: () => changeHead(id, { landmarks_px: null }),
      takeBackText: "Use the points that were found",
    });
    this.element = make("div", { class: "two wide-left" }, this.view.element,
      make("div", { class: "controls" }, make("h3", {}, "Points of the face"), this.hint, this.named,
        this.faces, make("div", { class: "actions" }, this.undo, this.fresh), this.actions.element));
    this.element.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#undo();
    });
  }

  isCorrected(head) {
    return Boolean(head.settings.landmarks_px || head.settings.face);
  }

  update(head) {
    this.head = head;
    this.actions.setCorrected(Boolean(head.settings.landmarks_px));
    if (!head.picture) {
      this.view.element.hidden = true;
      say(this.hint, "The picture is not read yet.");
      return;
    }
    this.view.element.hidden = false;
    const found = this.#findPoints();
    const isSame = this.shown === JSON.stringify(found);
    if ((!this.actions.isDirty || this.isSuggested) && (!isSame || !found)) this.#reset();
    this.view.setPicture(head.picture.url, head.picture.width, head.picture.height, this.#measureFace());
    say(this.hint, found || isBusy(head) ? "Drag a point to where it belongs, or choose one with the Tab key and move it with the arrow keys." : "No face was found. Move and size these points so that they lie on the face, then build again.");
    this.#showFaces();
  }

  onShow() {
    this.view.fit(this.#measureFace());
  }

  #findPoints() {
    return this.head.settings.landmarks_px ?? this.head.faces.find((face) => face.chosen)?.landmarks_px ?? this.head.faces[0]?.landmarks_px ?? null;
  }

  #reset() {
    const { picture } = this.head, found = this.#findPoints();
    this.shown = JSON.stringify(found);
    this.points = (found ?? placeMeanFace(picture.width, picture.height)).map((point) => [...point]);
    this.undone = [];
    this.undo.disabled = true;
    this.isSuggested = !found;
    this.actions.setDirty(!found && !isBusy(this.head)); // a suggestion can be built as it is
    this.#place();
  }

  #startFresh() {
    this.#keep();
    this.points = placeMeanFace(this.head.picture.width, this.head.picture.height);
    this.view.fit();
    this.#changed();
  }

  #measureFace() {
    if (!this.points || !this.#findPoints()) return null;
    const box = bound(this.points), margin = MARGIN * Math.max(box.width, box.height);
    return { x: box.x - margin, y: box.y - margin * 1.6, width: box.width + 2 * margin, height: box.height + 2.6 * margin };
  }

  #showFaces() {
    const faces = [...this.head.faces].sort((a, b) => a.box_px[0] + a.box_px[2] / 2 - b.box_px[0] - b.box_px[2] / 2);
    const state = JSON.stringify([faces.map((face) => [face.box_px, face.chosen]), this.head.settings.face]);
    if (state === this.facesShown) return;
    this.facesShown = state;
    this.faces.hidden = faces.length < 2;
    if (this.faces.hidden) return;
    this.faces.replaceChildren(...faces.map((face, index) => make("button", {
      type: "button", "aria-pressed": String(face.chosen),
      onclick: () => attempt(async () => {
        await changeHead(this.id, { face: index + 1, landmarks_px: null });
        this.actions.setDirty(false);
      }),
    }, `Face ${index + 1} from the left`)));
  }

  #makeDot(point, index) {
    const dot = make("button", { type: "button", class: "dot", onkeydown: (event) => this.#keyDot(event, index), onpointerdown: (event) => this.#dragDot(event, index) });
    dot.dataset.group = point.group;
    const name = () => say(this.named, point.name);
    dot.addEventListener("focus", name);
    dot.addEventListener("pointerenter", name);
    return dot;
  }

  #keep() {
    this.undone.push(this.points.map((point) => [...point]));
    if (this.undone.length > MOST_UNDO) this.undone.shift();
    this.undo.disabled = false;
  }

  #undo() {
    if (!this.undone.length) return;
    this.points = this.undone.pop();
    this.undo.disabled = this.undone.length === 0;
    this.#place();
  }

  #changed() {
    this.isSuggested = false;
    this.actions.setDirty(true);
    this.#place();
  }

  #clamp([x, y]) {
    const { width, height } = this.head.picture;
    return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
  }

  #dragDot(event, index) {
    event.preventDefault();
    this.dots[index].focus();
    this.#keep();
    const start = this.view.toPicture(event), from = this.points[index];
    follow(this.dots[index], event, (move) => {
      const now = this.view.toPicture(move);
      this.points[index] = this.#clamp([from[0] + now[0] - start[0], from[1] + now[1] - start[1]]);
      this.#changed();
    });
  }

  #keyDot(event, index) {
    const step = readArrow(event);
    if (!step) return;
    event.preventDefault();
    this.#keep();
    this.points[index] = this.#clamp([this.points[index][0] + step[0], this.points[index][1] + step[1]]);
    this.#changed();
  }

  #dragWhole(event) {
    event.preventDefault();
    this.whole.focus();
    this.#keep();
    const start = this.view.toPicture(event), from = this.points;
    follow(this.whole, event, (move) => {
      const now = this.view.toPicture(move);
      this.points = from.map(([x, y]) => [x + now[0] - start[0], y + now[1] - start[1]]);
      this.#changed();
    });
  }

  #keyWhole(event) {
    const step = readArrow(event), factor = { "+": 1.02, "=": 1.02, "-": 1 / 1.02 }[event.key];
    if (!step && !factor) return;
    event.preventDefault();
    this.#keep();
    this.points = step ? this.points.map(([x, y]) => [x + step[0], y + step[1]]) : this.#scale(this.points, factor, centre(this.points));
    this.#changed();
  }

  #scale(points, factor, [x0, y0]) {
    return points.map(([x, y]) => [x0 + (x - x0) * factor, y0 + (y - y0) * factor]);
  }

  #dragSize(event) {
    event.preventDefault();
    this.#keep();
    const from = this.points, box = bound(from), corner = [box.x, box.y], start = this.view.toPicture(event);
    const reach = Math.max(start[0] - corner[0], 1);
    follow(this.size, event, (move) => {
      this.points = this.#scale(from, Math.max((this.view.toPicture(move)[0] - corner[0]) / reach, 0.05), corner);
      this.#changed();
    });
  }

  #place() {
    if (!this.points || !this.head?.picture) return;
    const screen = this.points.map((point) => this.view.toScreen(point));
    this.dots.forEach((dot, index) => {
      dot.style.transform = `translate(${screen[index][0]}px, ${screen[index][1]}px)`;
      const [x, y] = this.points[index];
      dot.setAttribute("aria-label", `${this.info.landmarks[index].name}, at ${Math.round(x)}, ${Math.round(y)}`);
    });
    for (const { path, group, numbers } of this.paths) {
      const line = numbers.map((number) => screen[number].map((value) => value.toFixed(1)).join(" ")).join(" L ");
      path.setAttribute("d", `M ${line}${CLOSED.includes(group) ? " Z" : ""}`);
    }
    const box = bound(screen);
    this.whole.style.transform = `translate(${box.x - 22}px, ${box.y - 22}px)`;
    this.size.style.transform = `translate(${box.x + box.width + 22}px, ${box.y + box.height + 22}px)`;
  }
}

function bound(points) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function centre(points) {
  const box = bound(points);
  return [box.x + box.width / 2, box.y + box.height / 2];
}
