// One control for each field of the character: a menu, a slider or boxes. A control reports a value, or null: as found.
import { fillSelect, make, newId, say } from "../core/dom.js";
import { formatShare, toWords } from "../core/words.js";

const STEPS = 200;

/** Make the control of a field; `onchange` gets its name and value. Its `update(found, likeliest, set)` shows the state. */
export function makeField(field, onchange) {
  const control = { choice: makeChoice, number: makeNumber, set: makeSet }[field.kind](field, (value) => onchange(field.name, value));
  control.element.dataset.field = field.name;
  control.text = `${field.group} ${field.description} ${field.name}`.toLowerCase();
  return control;
}

const AXES = { 0: "across", 1: "up" };

/** The words of a field, without its unit. */
function describe(field) {
  const words = field.description.split(", ").map((part) => AXES[part] ?? part.replace(/ (m|deg)$/, ""));
  return words.filter((part, index) => part !== words[index - 1]).join(", ");
}

const title = (field) => toWords(describe(field));

/** The words of a label; the group's are left out where the group is named above. */
function makeTitle(field) {
  const words = describe(field);
  return field.group === words ? [toWords(words)] : [make("span", { class: "group" }, `${toWords(field.group)}, `), make("span", {}, words)];
}

function makeChoice(field, onchange) {
  const select = make("select", { id: newId("style"), onchange: () => onchange(select.value || null) });
  const element = make("div", { class: "field" }, make("label", { for: select.id }, ...makeTitle(field)), select);
  let state = "";
  return {
    element,
    update(found, likeliest, set) {
      const likely = (likeliest ?? []).map(({ value, probability }) => [String(value), `${toWords(value)}, ${formatShare(probability)}`]);
      const known = new Set(likely.map(([value]) => value));
      const others = field.choices.filter((value) => !known.has(value)).map((value) => [value, toWords(value)]);
      const groups = [
        ["", [["", found === undefined || set !== undefined ? "As found" : `Found: ${toWords(found)}`]]],
        ["Likeliest", likely],
        [likely.length ? "Others" : "", others],
      ];
      const now = JSON.stringify([groups, set]);
      if (now === state) return;
      state = now;
      fillSelect(select, groups, set === undefined ? "" : String(set));
      element.classList.toggle("set", set !== undefined);
    },
  };
}

function makeNumber(field, onchange) {
  const [low, high] = field.range, id = newId("style");
  const slider = make("input", { type: "range", id, min: low, max: high, step: (high - low) / STEPS, oninput: () => tell(slider.valueAsNumber) });
  const shown = make("output", { for: id });
  const clear = make("button", { type: "button", class: "quiet", "aria-label": `${title(field)}: as found`, onclick: () => onchange(null) }, "As found");
  const element = make("div", { class: "field number" }, make("label", { for: id }, ...makeTitle(field)), slider, shown, clear);
  const write = (value) => say(shown, field.unit === "m" ? `${(1000 * value).toFixed(1)} mm` : `${Number(value).toFixed(2)}${field.unit === "deg" ? "°" : ""}`);
  const tell = (value) => {
    write(value);
    onchange(value);
  };
  return {
    element,
    update(found, _likeliest, set) {
      const value = Number(set ?? found ?? (low + high) / 2);
      if (slider.valueAsNumber !== value) slider.value = value;
      write(value);
      element.classList.toggle("set", set !== undefined);
      clear.hidden = set === undefined;
    },
  };
}

function makeSet(field, onchange) {
  const boxes = field.choices.map((value) => make("input", { type: "checkbox", value, onchange: () => onchange(boxes.filter((box) => box.checked).map((box) => box.value)) }));
  const clear = make("button", { type: "button", class: "quiet", "aria-label": `${title(field)}: as found`, onclick: () => onchange(null) }, "As found");
  const element = make("fieldset", { class: "field set-field" }, make("legend", {}, ...makeTitle(field)), make("div", { class: "boxes" }, boxes.map((box) => make("label", { class: "check" }, box, toWords(box.value)))), clear);
  return {
    element,
    update(found, _likeliest, set) {
      const members = set ?? found ?? [];
      const chosen = Array.isArray(members) ? members : String(members).split("+");
      for (const box of boxes) box.checked = chosen.includes(box.value);
      element.classList.toggle("set", set !== undefined);
      clear.hidden = set === undefined;
    },
  };
}
