// The pictures of the stages as they come; each opens in large.
import { make, say } from "../core/dom.js";
import { STAGES, STAGE_NOTES } from "../core/words.js";

export class StagesPanel {
  constructor() {
    this.rows = new Map(STAGES.map(([name, title]) => [name, makeRow(name, title)]));
    this.element = make("div", {}, make("ol", { class: "stages" }, [...this.rows.values()].map((row) => row.item)));
  }

  update(head) {
    const finished = new Map(head.stages.map((stage) => [stage.name, stage]));
    const first = head.status === "running" ? STAGES.findIndex(([name]) => name === head.stage) : STAGES.length;
    STAGES.forEach(([name], index) => {
      const state = index === first ? "running" : finished.has(name) && index < first ? "done" : "waiting";
      this.rows.get(name).update(finished.get(name), state);
    });
  }
}

function makeRow(name, title) {
  const image = make("img", { alt: `${title}: ${STAGE_NOTES[name]}`, decoding: "async" });
  const open = make("button", { type: "button", class: "picture", "aria-label": `Show in large: ${title}`, onclick: () => showLarge(image.src, title, STAGE_NOTES[name]) }, image);
  const time = make("span", { class: "time" });
  const frame = make("div", { class: "frame" }, open);
  const item = make("li", {}, frame, make("div", { class: "caption" }, make("h3", {}, title), time), make("p", {}, STAGE_NOTES[name]));
  item.dataset.stage = name;
  return {
    item,
    update(stage, state) {
      item.dataset.state = state;
      say(time, state === "running" ? "now" : state === "done" ? `${stage.seconds.toFixed(1)} s` : "");
      open.hidden = !stage?.picture;
      if (stage?.picture && image.getAttribute("src") !== stage.picture) image.src = stage.picture;
    },
  };
}

function showLarge(url, title, note) {
  const dialog = make("dialog", { class: "large", "aria-label": title },
    make("img", { src: url, alt: `${title}: ${note}` }),
    make("form", { method: "dialog" }, make("p", {}, note), make("button", { class: "primary", autofocus: true }, "Close")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
