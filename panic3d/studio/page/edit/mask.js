// The matte as numbers: strokes of a soft brush, and their undoing.

export const SIDE = 512;
const MOST_UNDO = 60, SOFT_PX = 1.5;

export class Mask {
  constructor() {
    this.alpha = new Uint8Array(SIDE * SIDE);
    this.kept = [];
  }

  /** Take the grey values of a picture. */
  read(image) {
    const context = makeContext();
    context.drawImage(image, 0, 0, SIDE, SIDE);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    for (let i = 0; i < this.alpha.length; i++) this.alpha[i] = data[4 * i];
    this.kept = [];
  }

  /** Remember the present state; the next `undo` returns to it. */
  keep() {
    this.kept.push(this.alpha.slice());
    if (this.kept.length > MOST_UNDO) this.kept.shift();
  }

  get canUndo() {
    return this.kept.length > 0;
  }

  undo() {
    if (this.canUndo) this.alpha = this.kept.pop();
  }

  /** Paint from one place to another, in pixels of the mask. */
  stroke(from, to, radius, isAdding) {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]), steps = Math.max(Math.ceil(length / Math.max(radius / 3, 1)), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      this.#dab(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, radius, isAdding);
    }
  }

  #dab(x, y, radius, isAdding) {
    const reach = radius + SOFT_PX;
    for (let row = Math.max(Math.floor(y - reach), 0); row <= Math.min(Math.ceil(y + reach), SIDE - 1); row++) {
      for (let column = Math.max(Math.floor(x - reach), 0); column <= Math.min(Math.ceil(x + reach), SIDE - 1); column++) {
        const inside = (radius + SOFT_PX / 2 - Math.hypot(column + 0.5 - x, row + 0.5 - y)) / SOFT_PX;
        if (inside <= 0) continue;
        const value = 255 * Math.min(inside, 1), index = row * SIDE + column;
        this.alpha[index] = isAdding ? Math.max(this.alpha[index], value) : Math.min(this.alpha[index], 255 - value);
      }
    }
  }

  /** The mask as a grey PNG. */
  encode() {
    const context = makeContext(), image = context.createImageData(SIDE, SIDE);
    this.alpha.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
    context.putImageData(image, 0, 0);
    return new Promise((resolve) => context.canvas.toBlob(resolve, "image/png"));
  }
}

function makeContext() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  return canvas.getContext("2d", { willReadFrequently: true });
}
