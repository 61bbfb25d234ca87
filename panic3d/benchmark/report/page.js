"use strict";
const element = (name, className = "", text = "") => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};
const titleOf = (tile) => tile.replace("error-", "error ").replace(/spin0*(\d+)/, "$1°");

// A tile shows one part of a strip; object-position is a percentage of the range over which the part can move.
function tile(strip, index, count, words) {
  const figure = element("figure"), image = element("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.src = strip;
  image.alt = words;
  image.style.objectPosition = `${(100 * index / (count - 1)).toFixed(3)}% 0`;
  figure.append(image, element("figcaption", "", titleOf(words.split(", ").at(-1))));
  return figure;
}

// Sort a table by the clicked heading: better values first, and in reverse order at the second click.
function sortable(table) {
  const headings = [...table.tHead.rows[1].cells];
  headings.forEach((heading, column) => heading.firstElementChild.addEventListener("click", () => {
    const better = heading.firstElementChild.dataset.better;
    const ascending = heading.ariaSort ? heading.ariaSort === "descending" : better !== "high";
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const value = (row) => {
      const cell = row.cells[column];
      if (!better) return cell.textContent.trim();
      return cell.dataset.value ? Number(cell.dataset.value) : NaN;
    };
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y); // rows without a value come last
      return (x < y ? -1 : x > y ? 1 : 0) * (ascending ? 1 : -1);
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }));
}

// Show means, or paired differences from a chosen row, green or red if their interval does not contain 0.
function comparable(main, board, columns) {
  const cells = [...main.querySelectorAll("td[data-number]")];
  const plain = new Map(cells.map((cell) => [cell, cell.innerHTML]));
  main.querySelector(".compare").addEventListener("change", (event) => {
    const other = event.target.value;
    for (const cell of cells) {
      const row = cell.parentElement.dataset.row, number = columns.find(({ name }) => name === cell.dataset.number);
      cell.classList.remove("better", "worse");
      cell.classList.toggle("compared", other !== "");
      cell.innerHTML = plain.get(cell);
      if (other === "" || row === other) continue;
      const forward = Number(row) < Number(other);
      const found = board.differences[forward ? `${row}-${other}` : `${other}-${row}`][number.name];
      if (!found) {
        cell.textContent = "–";
        continue;
      }
      const [mean, low, high] = forward ? found : [-found[0], -found[2], -found[1]];
      const signed = (value) => (value > 0 ? "+" : "") + value.toFixed(number.digits);
      cell.textContent = signed(mean) + " ";
      cell.append(element("small", "", `${signed(low)} to ${signed(high)}`));
      if (low > 0 || high < 0) cell.classList.add((mean > 0) === number.higher ? "better" : "worse");
    }
  });
}

function methodRow(pair, row, board, columns) {
  const box = element("div", "row"), head = element("h5", "", board.labels[row.row]);
  for (const number of columns.filter(({ key, name }) => key && name in row.numbers)) {
    const small = element("small", "", `${number.title} `);
    small.append(element("b", "", row.numbers[number.name].toFixed(number.digits)), number.unit ? ` ${number.unit}` : "");
    head.append(small);
  }
  box.append(head, ...row.faults.map((fault) => element("p", "warning", fault)));
  const tiles = element("div", "tiles");
  tiles.append(...panic3d.tiles.map((name, i) => tile(row.strip, i, panic3d.tiles.length, `${board.labels[row.row]}, ${name}`)));
  box.append(tiles);
  return box;
}

function fill(section, pair, board, columns) {
  const about = element("div", "about"), rows = element("div", "rows"), truth = element("div", "row truth");
  const names = panic3d.truthTiles, count = names.length;
  about.append(element("h4", "", pair.title), element("p", "", pair.key));
  if (pair.credit) about.append(element("p", "", pair.credit));
  about.append(tile(pair.strip, names.indexOf("portrait"), count, `${pair.title}, portrait`));
  const button = element("button", "turn", "turn in 3D");
  button.addEventListener("click", () => panic3dView(section, pair, board, button));
  about.append(button);
  const tiles = element("div", "tiles");
  tiles.append(...names.slice(0, -1).map((name, i) => tile(pair.strip, i, count, `truth, ${name}`)));
  truth.append(element("h5", "", "truth"), tiles);
  rows.append(truth, ...pair.rows.map((row) => methodRow(pair, row, board, columns)));
  section.replaceChildren(about, rows);
}

// Called by data/board-N.js. The section of a character is filled when it comes close to the visible part of the page.
window.panic3dBoard = (index, board) => {
  const main = document.querySelector(`[data-board="${index}"]`), list = main.querySelector(".pairs");
  const columns = JSON.parse(main.querySelector(".columns").textContent);
  comparable(main, board, columns);
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      fill(target, target.pair, board, columns);
    }
  }, { rootMargin: "800px" });
  const sections = board.pairs.map((pair) => {
    const section = element("section", "pair");
    section.id = `board-${index}-${pair.key}`;
    section.pair = pair;
    section.style.minHeight = `${120 * (pair.rows.length + 1)}px`;
    near.observe(section);
    return section;
  });
  const by = main.querySelector(".order-by"), button = main.querySelector(".order");
  for (const number of columns.filter(({ name }) => board.pairs.some((pair) => pair.rows.some((row) => name in row.numbers)))) {
    by.append(new Option(number.title, number.name, number.order, number.order));
  }
  const order = () => {
    const number = columns.find(({ name }) => name === by.value), best = button.getAttribute("aria-pressed") === "true";
    if (!number) return list.append(...sections);
    const sign = (best === number.higher) ? -1 : 1;
    const mean = ({ pair }) => {
      const values = pair.rows.filter((row) => number.name in row.numbers).map((row) => row.numbers[number.name]);
      return values.length ? values.reduce((a, b) => a + b) / values.length : NaN;
    };
    const ranked = sections.map((section) => [mean(section), section]);
    ranked.sort(([a], [b]) => Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(b) - Number.isNaN(a) : sign * (a - b));
    list.append(...ranked.map(([, section]) => section));
  };
  by.addEventListener("change", order);
  button.addEventListener("click", () => {
    const best = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(best));
    button.textContent = best ? "best first" : "worst first";
    order();
  });
  order();
};
document.querySelectorAll(".board").forEach(sortable);
