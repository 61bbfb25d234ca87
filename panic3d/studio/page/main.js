// Starts the page: connects the server's events, the gallery and the chosen head.
import { getInfo } from "./core/api.js";
import { byId, make, say } from "./core/dom.js";
import { Heads } from "./core/heads.js";
import { announce, showError } from "./core/messages.js";
import { describeStatus } from "./core/words.js";
import { showGallery } from "./gallery/gallery.js";
import { takePictures } from "./gallery/upload.js";
import { makeHelp } from "./head/help.js";
import { Workplace } from "./head/workplace.js";

const RETRY_MS = 1500;

async function waitForInfo() {
  for (;;) {
    try {
      return await getInfo();
    } catch (error) {
      if (error.status) showError(error);
      await new Promise((go) => setTimeout(go, RETRY_MS));
    }
  }
}

function showConnection(heads) {
  const line = byId("connection");
  heads.addEventListener("connection", () => {
    line.classList.toggle("away", !heads.isConnected);
    say(line, heads.isConnected ? "" : "The server does not answer. This page waits for it.");
  });
}

/** Tell screen readers how far the chosen head is. */
function announceProgress(heads) {
  let told = "";
  heads.addEventListener("heads", () => {
    const head = heads.chosen;
    const now = head ? `${head.name}: ${describeStatus(head)}` : "";
    if (now !== told && head) announce(now);
    told = now;
  });
}

/** Keep the chosen head in the address, so that a reload shows it again. */
function followAddress(heads) {
  const read = () => {
    const id = location.hash.slice(1);
    if (heads.get(id)) heads.choose(id);
  };
  addEventListener("hashchange", read);
  heads.addEventListener("chosen", () => history.replaceState(null, "", heads.chosenId ? `#${heads.chosenId}` : location.pathname));
  const wanted = location.hash.slice(1);
  const chooseFirst = () => {
    if (heads.chosenId) return;
    if (heads.get(wanted)) heads.choose(wanted);
    else if (heads.list().length) heads.choose(heads.list()[0].id);
  };
  heads.addEventListener("connection", chooseFirst);
}

const heads = new Heads();
showConnection(heads);
showGallery(heads);
announceProgress(heads);
followAddress(heads);
const help = makeHelp();
document.body.append(help);
byId("help-button").addEventListener("click", () => help.showModal());
heads.follow();
const info = await waitForInfo();
const workplace = new Workplace(byId("work"), heads, info);
takePictures(info.limits, (id) => {
  if (heads.get(id)) heads.choose(id);
  else heads.addEventListener("heads", function wait() {
    if (!heads.get(id)) return;
    heads.removeEventListener("heads", wait);
    heads.choose(id);
  });
});
document.querySelector(".top").append(make("small", { class: "version" }, info.version));
document.documentElement.dataset.ready = "true";
window.panic3dStudio = { heads, workplace };
