// Takes pictures that are dropped, pasted or chosen, and sends each to the server.
import { addHead } from "../core/api.js";
import { byId } from "../core/dom.js";
import { formatBytes } from "../core/words.js";
import { announce, showError } from "../core/messages.js";

/** The files of this visit by head, for a second head of the same picture. */
export const uploads = new Map();

/** Let every way of adding pictures work. `limits` are those of the server; `onadded` gets the id of the first head. */
export function takePictures(limits, onadded) {
  const input = byId("files"), veil = byId("drop-veil");
  byId("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    send([...input.files], limits, onadded);
    input.value = "";
  });
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(depth - 1, 0);
    veil.hidden = depth === 0;
  });
  addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    send([...event.dataTransfer.files], limits, onadded);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    send(files, limits, onadded);
  });
}

async function send(files, limits, onadded) {
  let first = true;
  announce(files.length === 1 ? "Sending one picture." : `Sending ${files.length} pictures.`);
  for (const file of files) {
    if (limits && file.size > limits.picture_bytes) {
      showError(`${file.name} has ${formatBytes(file.size)}: at most ${formatBytes(limits.picture_bytes)} are taken.`);
      continue;
    }
    try {
      const { id } = await addHead(file, file.name || "pasted.png");
      uploads.set(id, file);
      if (first) onadded(id);
      first = false;
    } catch (error) {
      showError(`${file.name || "The pasted picture"}: ${error.message}`);
    }
  }
}
