// The words of the page for names of the API.

export const STAGES = [
  ["reading", "Picture"],
  ["faces", "Face"],
  ["alignment", "Alignment"],
  ["matte", "Matte"],
  ["lines", "Line-free portrait"],
  ["character", "Character"],
  ["avatar", "Head"],
  ["saving", "Files"],
];
const WORK = {
  reading: "Reading the picture",
  faces: "Looking for the face",
  alignment: "Aligning the face",
  matte: "Cutting out the character",
  lines: "Removing the ink lines",
  character: "Fitting the character",
  avatar: "Building the head",
  saving: "Saving the files",
};

export const STAGE_NOTES = {
  reading: "The picture as it was read, upright.",
  faces: "The faces that were found, with their 28 points.",
  alignment: "The part of the picture that the head is made from.",
  matte: "What belongs to the character: white is kept.",
  lines: "The portrait without its ink lines, for the colours.",
  character: "The portrait, and the head from six sides.",
  avatar: "The texture of the head.",
  saving: "All of it side by side.",
};

/** Say what happens with a head, in a few words. */
export function describeStatus(head) {
  if (head.status === "queued") return head.position ? `Waiting, ${head.position} before it` : "Waiting";
  if (head.status === "running") return WORK[head.stage] ?? "Starting";
  return { done: "Done", failed: "Failed", cancelled: "Cancelled" }[head.status] ?? head.status;
}

/** How many of the stages are finished, of how many. */
export function countStages(head) {
  if (head.status === "done") return [STAGES.length, STAGES.length];
  const index = STAGES.findIndex(([name]) => name === head.stage);
  return [Math.max(index, 0), STAGES.length];
}

/** Write the name of a value or field as words. */
export function toWords(name) {
  const words = String(name).replaceAll("_", " ").trim();
  if (words === "True") return "Yes";
  if (words === "False") return "No";
  return words && words[0].toUpperCase() + words.slice(1);
}

const FILES = {
  "head.glb": ["Model", "GLB: any 3D program, game engine or web page"],
  "head.vrm": ["Avatar", "VRM: bones, expressions and swinging hair, for avatar programs"],
  "head.character.json": ["Character", "JSON: all parameters, for `panic3d reconstruct --character`"],
  "turntable.webp": ["Turntable", "WebP: the head turns once"],
  "overview.png": ["Overview", "All stages side by side"],
  "picture.png": ["Picture", "As it was read, upright"],
  "faces.png": ["Faces", "With their 28 points"],
  "crop.png": ["Aligned portrait", "With its background"],
  "matte.png": ["Matte", "White is kept"],
  "canonical.png": ["Portrait", "Aligned, without background"],
  "line_free.png": ["Line-free portrait", "Without its ink lines"],
  "views.png": ["Views", "The portrait, and the head from six sides"],
  "texture.png": ["Texture", "Of the head, reduced"],
};
export const describeFile = (file) => FILES[file.name] ?? [toWords(file.name.replace(/\.\w+$/, "")), file.kind.toUpperCase()];

export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const formatShare = (share) => `${Math.round(100 * share)} %`;
