// What the page knows of the heads: kept up to date by the server's events, with which one is chosen.
import { listHeads } from "./api.js";

const RETRY_MS = 1500;

/** Emits `heads` (the list or any head has changed), `chosen` (another one is shown) and `connection`. */
export class Heads extends EventTarget {
  #heads = new Map();
  chosenId = null;
  isConnected = null;

  get chosen() {
    return this.#heads.get(this.chosenId) ?? null;
  }

  /** All heads, newest first. */
  list() {
    return [...this.#heads.values()].sort((a, b) => b.created - a.created);
  }

  get(id) {
    return this.#heads.get(id) ?? null;
  }

  choose(id) {
    if (id === this.chosenId) return;
    this.chosenId = id;
    this.dispatchEvent(new Event("chosen"));
  }

  /** Listen to the server, and again when it has been away. */
  follow() {
    const source = new EventSource("/api/events");
    source.addEventListener("open", async () => {
      await this.#reconcile();
      this.#setConnected(true);
    });
    source.addEventListener("head", (event) => {
      const head = JSON.parse(event.data);
      this.#heads.set(head.id, head);
      this.#changed();
    });
    source.addEventListener("removed", (event) => this.#remove(JSON.parse(event.data).id));
    source.addEventListener("error", () => {
      this.#setConnected(false);
      source.close();
      setTimeout(() => this.follow(), RETRY_MS);
    });
  }

  async #reconcile() {
    try {
      const heads = await listHeads();
      const ids = new Set(heads.map((head) => head.id));
      for (const head of heads) this.#heads.set(head.id, head);
      for (const id of this.#heads.keys()) if (!ids.has(id)) this.#heads.delete(id);
      if (this.chosenId && !ids.has(this.chosenId)) this.choose(null);
      this.#changed();
    } catch { /* the events say that the server is away */ }
  }

  #remove(id) {
    this.#heads.delete(id);
    if (this.chosenId === id) this.choose(this.list()[0]?.id ?? null);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("heads"));
  }

  #setConnected(value) {
    if (this.isConnected === value) return;
    this.isConnected = value;
    this.dispatchEvent(new Event("connection"));
  }
}

/** The address of a file of a head, or null. */
export const fileUrl = (head, name) => head.files.find((file) => file.name === name)?.url ?? null;

export const isBusy = (head) => head.status === "queued" || head.status === "running";
