// Requests to the server. Every failure is an Error whose message is a sentence for the page.

async function request(method, path, body, type) {
  let response;
  try {
    response = await fetch(path, { method, body, headers: type ? { "Content-Type": type } : {} });
  } catch {
    throw new Error("The server does not answer. Is `panic3d studio` still running?");
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  let sentence = `The server refused this (${response.status}).`;
  try {
    sentence = toSentence((await response.json()).error);
  } catch { /* no JSON: the general sentence stays */ }
  throw Object.assign(new Error(sentence), { status: response.status });
}

/** Begin with a capital, unless the text begins with the name of a file, and end with a full stop. */
export function toSentence(text, fileName = null) {
  const trimmed = String(text ?? "").trim();
  const first = fileName && trimmed.startsWith(fileName) ? trimmed[0] : trimmed[0]?.toUpperCase();
  return trimmed && first + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? "" : ".");
}

function makeForm(parts) {
  const form = new FormData();
  for (const [name, value, fileName] of parts) {
    if (fileName === undefined) form.append(name, value);
    else form.append(name, value, fileName);
  }
  return form;
}

const place = (id, rest = "") => `/api/heads/${encodeURIComponent(id)}${rest}`;

export const getInfo = () => request("GET", "/api/info");
export const listHeads = async () => (await request("GET", "/api/heads")).heads;
export const addHead = (file, name, settings) => request("POST", "/api/heads", makeForm([
  ["picture", file, name], ...(settings ? [["settings", JSON.stringify(settings)]] : []),
]));
export const changeHead = (id, settings) => request("PATCH", place(id), JSON.stringify(settings), "application/json");
export const putMatte = (id, blob) => request("PUT", place(id, "/matte"), makeForm([["matte", blob, "matte.png"]]));
export const deleteMatte = (id) => request("DELETE", place(id, "/matte"));
export const putBack = (id, file) => request("PUT", place(id, "/back"), makeForm([["back", file, "back"]]));
export const deleteBack = (id) => request("DELETE", place(id, "/back"));
export const makeTurntable = (id) => request("POST", place(id, "/turntable"));
export const cancelHead = (id) => request("POST", place(id, "/cancel"));
export const removeHead = (id) => request("DELETE", place(id));
export const archiveUrl = (id) => place(id, "/all.zip");
export const downloadUrl = (url) => url + (url.includes("?") ? "&" : "?") + "download=1";
