// The list of heads: a thumbnail, the name and how far each is.
import { byId, make, say } from "../core/dom.js";
import { fileUrl, isBusy } from "../core/heads.js";
import { countStages, describeStatus } from "../core/words.js";

/** Keep the list in step with the heads. */
export function showGallery(heads) {
  const list = byId("gallery"), entries = new Map();
  const update = () => {
    const shown = heads.list(), ids = new Set(shown.map((head) => head.id));
    for (const [id, entry] of entries) {
      if (ids.has(id)) continue;
      entry.item.remove();
      entries.delete(id);
    }
    shown.forEach((head, index) => {
      if (!entries.has(head.id)) entries.set(head.id, makeEntry(head.id, heads));
      const entry = entries.get(head.id);
      if (list.children[index] !== entry.item) list.insertBefore(entry.item, list.children[index] ?? null);
      entry.update(head, head.id === heads.chosenId);
    });
    list.hidden = shown.length === 0;
  };
  heads.addEventListener("heads", update);
  heads.addEventListener("chosen", update);
  update();
}

function makeEntry(id, heads) {
  const image = make("img", { alt: "", loading: "lazy", decoding: "async" });
  const name = make("span", { class: "name" }), status = make("span", { class: "status" });
  const bar = make("progress", { max: 1, "aria-hidden": "true" });
  const button = make("button", { type: "button", class: "entry", onclick: () => heads.choose(id) },
    make("span", { class: "thumb" }, image), make("span", { class: "words" }, name, status, bar));
  const item = make("li", {}, button);
  return {
    item,
    update(head, isChosen) {
      const url = fileUrl(head, "canonical.png") ?? head.picture?.url ?? "";
      if (image.getAttribute("src") !== url) {
        if (url) image.src = url;
        else image.removeAttribute("src");
      }
      image.hidden = !url;
      say(name, head.name);
      say(status, describeStatus(head));
      button.title = head.name;
      button.dataset.status = head.status;
      button.setAttribute("aria-current", isChosen ? "true" : "false");
      const [done, total] = countStages(head);
      bar.hidden = !isBusy(head);
      bar.value = done / total;
    },
  };
}
