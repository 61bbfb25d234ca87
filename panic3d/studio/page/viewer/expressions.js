// One slider for each expression of the heads that are shown.
import { labelled, make } from "../core/dom.js";
import { toWords } from "../core/words.js";

const WORDS = {
  blink: "Blink", blinkLeft: "Blink, left", blinkRight: "Blink, right",
  aa: "Mouth: a", ih: "Mouth: i", ou: "Mouth: u", ee: "Mouth: e", oh: "Mouth: o",
};

export class ExpressionSliders {
  constructor(onchange) {
    this.onchange = onchange;
    this.list = make("div", { class: "sliders" });
    this.reset = make("button", { type: "button", class: "quiet", onclick: () => this.#reset() }, "Reset");
    this.element = make("section", { class: "expressions", hidden: true }, make("div", { class: "heading" }, make("h3", {}, "Expressions"), this.reset), this.list);
    this.sliders = new Map();
  }

  /** Show the sliders of these names; newly loaded avatars take their values. */
  show(names, avatars) {
    const wanted = [...new Set(names)];
    if (wanted.join() !== [...this.sliders.keys()].join()) {
      const before = new Map([...this.sliders].map(([name, slider]) => [name, slider.value]));
      this.sliders = new Map(wanted.map((name) => [name, this.#makeSlider(name, before.get(name) ?? 0)]));
      this.list.replaceChildren(...[...this.sliders].map(([name, slider]) => labelled(WORDS[name] ?? toWords(name), slider)));
    }
    this.element.hidden = wanted.length === 0;
    for (const avatar of avatars) for (const [name, slider] of this.sliders) avatar?.expressions.set(name, Number(slider.value));
  }

  #makeSlider(name, value) {
    const slider = make("input", { type: "range", min: 0, max: 1, step: 0.01, value, id: `expression-${name}` });
    slider.addEventListener("input", () => this.onchange(name, Number(slider.value)));
    return slider;
  }

  #reset() {
    for (const [name, slider] of this.sliders) {
      slider.value = 0;
      this.onchange(name, 0);
    }
  }
}
