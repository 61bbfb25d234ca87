// Builds elements. Text goes through textContent alone, so that no name or title is ever read as HTML.

/** Make an element. `options` are properties, listeners (`onclick`), `class`, `style` (an object) and attributes (`aria-label`, `role`). */
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "style") Object.assign(element.style, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for" || name === "list") element.setAttribute(name, value === true ? "" : value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Set a text only where it differs: screen readers read out what is written. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Parts of a text for `append`: what stands between backticks becomes code. */
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));
}

let ids = 0;
export const newId = (prefix) => `${prefix}-${++ids}`;

/** A label with its control beside or above it. */
export function labelled(text, control, note = "") {
  if (!control.id) control.id = newId("control");
  const label = make("label", { for: control.id }, text);
  const row = make("div", { class: "field" }, label, control);
  if (note) {
    const id = newId("note");
    control.setAttribute("aria-describedby", id);
    row.append(make("small", { id }, note));
  }
  return row;
}

/** A group of radio buttons that look like one segmented control; `choices` are [value, text]. */
export function makeSegments(legend, choices, chosen, onchoose) {
  const name = newId("segments");
  const group = make("fieldset", { class: "segments" }, make("legend", {}, legend));
  for (const [value, text] of choices) {
    const radio = make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchoose(value) });
    group.append(make("label", {}, radio, make("span", {}, text)));
  }
  return group;
}

/** Fill a <select>; `groups` are [label, [[value, text], ...]], an empty label means no group. */
export function fillSelect(select, groups, value) {
  const content = groups.filter(([, options]) => options.length).map(([label, options]) => {
    const made = options.map(([optionValue, text]) => make("option", { value: optionValue }, text));
    return label ? make("optgroup", { label }, ...made) : made;
  });
  select.replaceChildren(...content.flat());
  select.value = value;
}

/** Whether keys typed now go into a control that uses them itself. */
export function isTyping(event) {
  return Boolean(event.target.closest?.("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable], dialog"));
}
