// A second head beside the first: another of the list, or the same picture by another method.
import { addHead } from "../core/api.js";
import { fillSelect, labelled, make } from "../core/dom.js";
import { attempt } from "../core/messages.js";
import { uploads } from "../gallery/upload.js";

const PREFIX = "method:";

/** Emits `chosen` with the id of the other head (or null) in `detail`. */
export class CompareChoice extends EventTarget {
  constructor(heads, info, id) {
    super();
    Object.assign(this, { heads, info, id, otherId: null });
    this.select = make("select", { onchange: () => this.#choose(this.select.value) });
    this.element = labelled("Beside it", this.select);
  }

  update(head) {
    const others = this.heads.list().filter((other) => other.id !== this.id);
    const methods = this.info.methods.filter((method) => method.weights && method.name !== head.method);
    const groups = [
      ["", [["", "Nothing"]]],
      ["Other heads", others.map((other) => [other.id, other.method ? `${other.name} (${other.method})` : other.name])],
      ["Make it by another method", methods.map((method) => [PREFIX + method.name, method.name])],
    ];
    const state = JSON.stringify(groups);
    if (this.otherId && !this.heads.get(this.otherId)) this.#set(null);
    if (state === this.state) return;
    this.state = state;
    fillSelect(this.select, groups, this.otherId ?? "");
  }

  async #choose(value) {
    if (!value.startsWith(PREFIX)) {
      this.#set(value || null);
      return;
    }
    const head = this.heads.get(this.id);
    await attempt(async () => this.#set(await makeByMethod(head, value.slice(PREFIX.length))));
    this.select.value = this.otherId ?? "";
  }

  #set(id) {
    this.otherId = id;
    this.dispatchEvent(new CustomEvent("chosen", { detail: id }));
  }
}

/** Upload the picture of a head again, with its corrections but another method; returns the new id. */
async function makeByMethod(head, method) {
  const settings = Object.fromEntries(Object.entries({ ...head.settings, method }).filter(([, value]) => value !== null));
  let file = uploads.get(head.id);
  if (!file) {
    if (!head.picture) throw new Error("The picture of this head could not be read.");
    file = await (await fetch(head.picture.url)).blob();
    scaleSettings(settings, (await createImageBitmap(file)).width / head.picture.width);
  }
  const { id } = await addHead(file, head.name, settings);
  uploads.set(id, file);
  return id;
}

/** The server keeps large pictures reduced: points and frame go along. */
function scaleSettings(settings, scale) {
  if (settings.landmarks_px) settings.landmarks_px = settings.landmarks_px.map(([x, y]) => [x * scale, y * scale]);
  if (settings.crop) settings.crop = { x: settings.crop.x * scale, y: settings.crop.y * scale, size: settings.crop.size * scale };
}
