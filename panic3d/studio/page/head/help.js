// What the page can do, and its keys.
import { make } from "../core/dom.js";

const KEYS = [
  ["1 2 3 4", "Front, left, right and back view of the head"],
  ["Arrow keys", "On the head: turn it. On a point: move it by a pixel, with Shift by ten"],
  ["+ -", "On the head: nearer and further. On the frame and the handle of all points: their size"],
  ["[ ]", "Smaller and larger brush"],
  ["Space", "On the matte: paint where the mark is, which arrow keys move"],
  ["X", "On the matte: change between add and remove"],
  ["Ctrl Z", "Undo the last stroke or move"],
  ["Ctrl V", "Make a head of the picture in the clipboard"],
];

/** Return the dialog. */
export function makeHelp() {
  const rows = KEYS.map(([keys, text]) => make("div", {}, make("dt", {}, ...keys.split(" ").flatMap((key) => [make("kbd", {}, key), " "])), make("dd", {}, text)));
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title" }, "Keys and help"),
    make("p", {}, "Add a picture of a character; its head appears when all stages are done. If something is wrong, correct it where it went wrong: the points of the face, the frame, the matte or the character. Everything after that stage is built again, and every correction can be taken back."),
    make("dl", {}, rows),
    make("form", { method: "dialog" }, make("button", { class: "primary" }, "Close")));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  return dialog;
}
