// How the head is made: method, matting, lines, colours, back hair, a picture from behind, and what the files say.
import { changeHead, deleteBack, putBack } from "../core/api.js";
import { fillSelect, labelled, make, say, withCode } from "../core/dom.js";
import { attempt } from "../core/messages.js";
import { toWords } from "../core/words.js";
import { Actions } from "./actions.js";

const ALIGN = [["", "By the face, unless it is in place"], ["always", "By the face, always"], ["never", "Take the whole picture"]];
const MATTING = [["", "The best for the picture"], ["given", "The picture's own transparency"], ["ours", "Our network"], ["u2netp", "U2-Netp"]];
const TEXTURE = [["", "As drawn"], ["albedo", "Without drawn light and shade"]];
const VRM = [["", "VRM 1.0"], ["0.x", "VRM 0.x"]];

export class OptionsPanel {
  constructor({ info, id }) {
    Object.assign(this, { info, id, changes: {} });
    const methods = [["", "As usual"], ...info.methods.map(({ name, weights }) => [name, weights ? name : `${name} (weights not installed)`])];
    const menus = {
      method: ["Method", methods, ""],
      texture: ["Colours", TEXTURE, ""],
      line_removal: ["Line remover", [["", "As usual"], ...info.line_removers.map(({ name }) => [name, name === "none" ? "Keep the lines" : name])], ""],
      back_hair: ["Back hair", [["", "As the network finds it"], ...info.backs.map((name) => [name, toWords(name)])], "What the hair is like behind, where the picture does not show it."],
      matting: ["Background", MATTING, ""],
      align: ["Alignment", ALIGN, ""],
      vrm_version: ["VRM version", VRM, ""],
    };
    this.controls = new Map(Object.entries(menus).map(([name, [title, options, note]]) => [name, this.#makeMenu(name, title, options, note)]));
    for (const [name, title, note] of [["title", "Name of the character", "Stands in the VRM file."], ["author", "Author", "Stands in the VRM file."]]) this.controls.set(name, this.#makeText(name, title, note));
    this.actions = new Actions({
      apply: async () => {
        await changeHead(id, this.changes);
        this.changes = {};
      },
      discard: () => this.#reset(),
      takeBack: () => changeHead(id, Object.fromEntries([...this.controls.keys()].map((name) => [name, null]))),
      takeBackText: "Take all options back",
    });
    this.element = make("div", { class: "two" },
      make("section", {}, make("h3", {}, "How the head is made"), make("div", { class: "stack" }, [...this.controls.values()].map(({ row }) => row)), this.actions.element),
      make("section", {}, this.#makeBack(), make("h3", {}, "The methods"), make("dl", { class: "methods" }, info.methods.map(({ name, description }) => make("div", {}, make("dt", {}, name), make("dd", {}, ...withCode(description)))))));
  }

  isCorrected(head) {
    return head.back || [...this.controls.keys()].some((name) => head.settings[name] !== null && head.settings[name] !== undefined);
  }

  #makeMenu(name, title, options, note) {
    const select = make("select", { onchange: () => this.#set(name, select.value || null) });
    fillSelect(select, [["", options]], "");
    return { row: labelled(title, select, note), show: (value) => {
      select.value = value ?? "";
      if (select.selectedIndex < 0) select.value = ""; // the default by its name
    } };
  }

  #makeText(name, title, note) {
    const input = make("input", { type: "text", maxLength: 200, autocomplete: "off", oninput: () => this.#set(name, input.value.trim() || null) });
    return { row: labelled(title, input, note), show: (value) => { if (input.value.trim() !== (value ?? "")) input.value = value ?? ""; } };
  }

  #makeBack() {
    const input = make("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "Picture from behind", onchange: async () => {
      if (input.files[0]) await attempt(() => putBack(this.id, input.files[0]));
      input.value = "";
    } });
    this.addBack = make("button", { type: "button", onclick: () => input.click() }, "Add a picture from behind");
    this.dropBack = make("button", { type: "button", onclick: () => attempt(() => deleteBack(this.id)) }, "Take it back");
    this.backState = make("p", { class: "hint" });
    return make("div", { class: "back" }, make("h3", {}, "Picture from behind"), this.backState, input, make("div", { class: "actions" }, this.addBack, this.dropBack));
  }

  update(head) {
    this.head = head;
    this.actions.setCorrected([...this.controls.keys()].some((name) => (head.settings[name] ?? null) !== null));
    say(this.backState, head.back ? "The back of the head follows the picture that you gave." : "If you have drawn the character from behind, the back of the head can follow that.");
    say(this.addBack, head.back ? "Replace it" : "Add a picture from behind");
    this.dropBack.hidden = !head.back;
    if (!this.actions.isDirty) this.#reset();
  }

  #set(name, value) {
    this.changes = { ...this.changes, [name]: value };
    this.actions.setDirty(true);
  }

  #reset() {
    this.changes = {};
    for (const [name, { show }] of this.controls) show(this.head.settings[name]);
  }
}
