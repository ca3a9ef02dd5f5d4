// What is looked at after a notebook has run. Each check returns a list of complaints; an empty list is good.

/** The notebook's code cells with their outputs, as JupyterLab has them. */
export function readCells(page) {
  return page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.content.widgets
      .filter((cell) => cell.model.type === "code")
      .map((cell) => ({ count: cell.model.executionCount, outputs: cell.model.outputs.toJSON() })),
  );
}

const joined = (text) => (Array.isArray(text) ? text.join("") : (text ?? ""));

/** Every cell ran, in order, and none printed an error. */
export function errors(cells) {
  return cells.flatMap(({ count, outputs }, i) => {
    const failed = outputs
      .filter(({ output_type, name }) => output_type === "error" || name === "stderr")
      .map((output) => joined(output.text ?? output.evalue).slice(0, 300));
    if (count !== i + 1) failed.push(`its number is ${count}`);
    return failed.map((text) => `cell ${i + 1}: ${text}`);
  });
}

/** Times, rates and what was reused differ from run to run; all else must not. */
const passing = [
  /(in )?[\d,.]+ (ms|s|min|h)( \d+ (s|min))?\b( ago| left)?/g,
  /[\d,.]+(?= (a second|rows a second|photos a second))/g,
  / \(trained before\)/g,
];
const steady = (text) =>
  passing.reduce((rest, pattern) => rest.replace(pattern, "…"), text).replace(/… *…/g, "…");

/** What each cell says: its text without times, and the numbers of its figures. */
export function said(cells) {
  const plotly = "application/vnd.plotly.v1+json";
  return cells.map(({ outputs }) =>
    outputs
      .map(
        ({ text, data }) =>
          steady(joined(text ?? data?.["text/plain"])) + JSON.stringify(data?.[plotly]?.data ?? ""),
      )
      .join("\n"),
  );
}

/** Cells that said something else the second time. */
export function changes(first, second) {
  return first.flatMap((text, i) => {
    if (text === second[i]) return [];
    const at = [...text].findIndex((letter, j) => letter !== second[i][j]);
    const around = (all) => JSON.stringify(all.slice(Math.max(0, at - 30), at + 50));
    return [`cell ${i + 1} said ${around(text)}, then ${around(second[i])}`];
  });
}

/** How many figures are drawn: with marks in them, not only an empty frame. Runs in the page. */
function drawnFigures() {
  const marks =
    ".plot path, .plot text, .trace path, .bars path, .scatterlayer path, .hm image, .hm g";
  return [...document.querySelectorAll(".js-plotly-plot")].filter((plot) =>
    plot.querySelector(marks),
  ).length;
}

/** All interactive figures are drawn; the extension that does it is loaded with the first. */
export async function figures(page, cells) {
  const count = cells
    .flatMap(({ outputs }) => outputs)
    .filter(({ data }) => data?.["application/vnd.plotly.v1+json"]);
  const all = `(${drawnFigures})() >= ${count.length}`;
  await page.waitForFunction(all, undefined, { timeout: 30_000 }).catch(() => undefined);
  const drawn = await page.evaluate(`(${drawnFigures})()`);
  const uploads = await page.locator('.modebar-btn[data-title^="Share"]').count();
  return {
    drawn,
    complaints: [
      ...(drawn < count.length ? [`${drawn} of ${count.length} figures are drawn`] : []),
      ...(uploads > 0 ? [`${uploads} figures have a button that uploads them`] : []),
    ],
  };
}

/** Nothing is wider than the notebook: tables, text, pictures, figures. */
export function overflow(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".jp-OutputArea-output")].flatMap((output) => {
      const edge = output.getBoundingClientRect().right + 1;
      return [...output.querySelectorAll("table, pre, img, svg.main-svg, progress")]
        .filter(
          (part) =>
            part.getBoundingClientRect().right > edge || part.scrollWidth > part.clientWidth + 20,
        )
        .filter((part) => part.getBoundingClientRect().width > 0)
        .map((part) => {
          const over = Math.round(
            Math.max(
              part.getBoundingClientRect().right - edge,
              part.scrollWidth - part.clientWidth,
            ),
          );
          return `${part.tagName.toLowerCase()} is ${over} px too wide: ${part.textContent.slice(0, 40)}`;
        });
    }),
  );
}

/** Pictures are loaded and described, figures are described, tables have header cells that say what they head. */
export function accessibility(page) {
  return page.evaluate(() => {
    const outputs = [...document.querySelectorAll(".jp-OutputArea-child")];
    const described = (part) => {
      const next = outputs[outputs.indexOf(part.closest(".jp-OutputArea-child")) + 1];
      return Boolean(part.alt) || Boolean(next?.querySelector("p.description")?.textContent.trim());
    };
    const inOutputs = (selector) =>
      outputs.flatMap((output) => [...output.querySelectorAll(selector)]);
    const images = inOutputs("img[src]"); // Plotly keeps an empty one
    const plots = inOutputs(".js-plotly-plot");
    return [
      ...images
        .filter((image) => !image.complete || image.naturalWidth === 0)
        .map(() => "a picture is not loaded"),
      ...[...images, ...plots]
        .filter((part) => !described(part))
        .map((part) => `${part.tagName} without a description`),
      ...inOutputs("table")
        .filter((table) => !table.querySelector("th"))
        .map(() => "a table without header cells"),
      ...inOutputs("progress")
        .filter((bar) => !bar.ariaLabel)
        .map(() => "a progress bar without a name"),
      // What a mouse can do the keyboard can: JupyterLab's cells take the focus.
      ...(document.querySelector(".jp-Notebook [tabindex]") ? [] : ["no cell can be focused"]),
    ];
  });
}
