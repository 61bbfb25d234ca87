"use strict";
// Sort a table by the clicked heading: the better value first, the other way round at the second click.
for (const table of document.querySelectorAll(".board")) {
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
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y); // no value comes last
      return (x < y ? -1 : x > y ? 1 : 0) * (ascending ? 1 : -1);
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }));
}
for (const button of document.querySelectorAll(".order")) {
  const pairs = button.closest("main").querySelector(".pairs");
  button.addEventListener("click", () => {
    pairs.append(...[...pairs.children].reverse());
    const best = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(best));
    button.textContent = best ? "best first" : "worst first";
  });
}
