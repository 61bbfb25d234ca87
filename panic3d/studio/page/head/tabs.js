// Tabs, as the ARIA practices describe them: arrow keys move, the panel of the chosen tab is shown.
import { make, newId } from "../core/dom.js";

/** `panels` are {name, title, element, onShow, onHide}. */
export class Tabs {
  constructor(label, panels) {
    this.panels = panels;
    this.buttons = panels.map((panel) => {
      panel.element.id = newId("panel");
      const button = make("button", { type: "button", role: "tab", id: newId("tab"), "aria-controls": panel.element.id, onclick: () => this.show(panel.name, true) }, panel.title);
      button.dataset.tab = panel.name;
      panel.element.setAttribute("role", "tabpanel");
      panel.element.setAttribute("aria-labelledby", button.id);
      panel.element.hidden = true;
      button.tabIndex = -1;
      return button;
    });
    this.bar = make("div", { role: "tablist", "aria-label": label, onkeydown: (event) => this.#move(event) }, this.buttons);
    this.element = make("div", { class: "tabs" }, this.bar, panels.map((panel) => panel.element));
    this.isChosenByUser = false;
  }

  get current() {
    return this.panels.find((panel) => !panel.element.hidden)?.name ?? null;
  }

  show(name, byUser = false) {
    this.isChosenByUser ||= byUser;
    if (this.current === name) return;
    this.panels.forEach((panel, index) => {
      const isShown = panel.name === name, button = this.buttons[index];
      if (!panel.element.hidden && !isShown) panel.onHide?.();
      panel.element.hidden = !isShown;
      button.setAttribute("aria-selected", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
      if (isShown) {
        panel.onShow?.();
        const bar = this.bar;
        if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = button.offsetLeft - bar.offsetLeft - 40;
      }
    });
  }

  mark(name, isMarked) {
    const button = this.buttons.find((other) => other.dataset.tab === name);
    button.classList.toggle("corrected", isMarked);
  }

  #move(event) {
    const index = this.buttons.indexOf(document.activeElement), last = this.buttons.length - 1;
    const next = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key];
    if (next === undefined || index < 0) return;
    event.preventDefault();
    this.buttons[next].focus();
    this.show(this.panels[next].name, true);
  }
}
