// Correct the fitted character: its styles, the likeliest first, and all other fields by group.
import { changeHead } from "../core/api.js";
import { labelled, make, say } from "../core/dom.js";
import { toWords } from "../core/words.js";
import { Actions } from "./actions.js";
import { makeField } from "./fields.js";

export class CharacterPanel {
  constructor({ info, id }) {
    Object.assign(this, { info, id, styles: {} });
    this.fields = new Map(info.fields.map((field) => [field.name, makeField(field, (name, value) => this.#set(name, value))]));
    this.hint = make("p", { class: "hint" });
    this.main = make("div", { class: "field-grid" });
    this.search = make("input", { type: "search", placeholder: "eyes, part, collar", oninput: () => this.#filter() });
    this.none = make("p", { class: "hint", role: "status" });
    this.groups = [...new Set(info.fields.map((field) => field.group))].map((group) => {
      const grid = make("div", { class: "field-grid" });
      return { group, grid, details: make("details", {}, make("summary", {}, toWords(group)), grid) };
    });
    this.actions = new Actions({
      apply: () => changeHead(id, { styles: Object.keys(this.styles).length ? this.styles : null }),
      discard: () => this.#reset(),
      takeBack: () => changeHead(id, { styles: null }),
      takeBackText: "Take all styles back",
    });
    this.all = make("section", {}, make("h3", {}, "All fields"), labelled("Find a field", this.search), this.none, this.groups.map(({ details }) => details));
    this.element = make("div", { class: "character" }, this.hint, make("section", {}, make("h3", {}, "Styles"), this.main), this.actions.element, this.all);
    this.#arrange([]);
  }

  isCorrected(head) {
    return Object.keys(head.settings.styles ?? {}).length > 0;
  }

  update(head) {
    this.head = head;
    this.actions.setCorrected(this.isCorrected(head));
    const likeliest = Object.keys(head.character?.likeliest ?? {}).filter((name) => this.fields.has(name));
    if (likeliest.join() !== this.arranged) this.#arrange(likeliest);
    say(this.hint, head.character ? "The percentages say how probable the network finds a style. What you choose is kept; the rest of the character is fitted around it."
      : head.status === "done" ? "No character was fitted to this picture: the head has another method. Choose panic3d-character among the options to fit one." : "The character is not fitted yet. Styles that you choose now are kept when it is.");
    if (!this.actions.isDirty) this.#reset();
    else this.#show();
  }

  #arrange(likeliest) {
    this.arranged = likeliest.join();
    this.main.parentElement && (this.main.parentElement.hidden = likeliest.length === 0);
    this.main.replaceChildren(...likeliest.map((name) => this.fields.get(name).element));
    for (const { group, grid, details } of this.groups) {
      const rest = this.info.fields.filter((field) => field.group === group && !likeliest.includes(field.name));
      grid.replaceChildren(...rest.map((field) => this.fields.get(field.name).element));
      details.hidden = rest.length === 0;
    }
  }

  #set(name, value) {
    this.styles = { ...this.styles };
    if (value === null) delete this.styles[name];
    else this.styles[name] = value;
    this.actions.setDirty(true);
    this.#show();
  }

  #reset() {
    this.styles = { ...(this.head.settings.styles ?? {}) };
    this.#show();
  }

  #show() {
    const { values = {}, likeliest = {} } = this.head.character ?? {};
    for (const [name, field] of this.fields) field.update(values[name], likeliest[name], this.styles[name]);
  }

  #filter() {
    const words = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { grid, details } of this.groups) {
      let isAnyShown = false;
      for (const field of this.fields.values()) {
        if (!grid.contains(field.element)) continue;
        field.element.hidden = !words.every((word) => field.text.includes(word));
        isAnyShown ||= !field.element.hidden;
        count += field.element.hidden ? 0 : 1;
      }
      details.hidden = !isAnyShown;
      details.open = words.length > 0 && isAnyShown;
    }
    say(this.none, words.length ? `${count} ${count === 1 ? "field" : "fields"}.` : "");
  }
}
