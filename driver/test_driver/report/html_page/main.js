// Puts the parts together: what is chosen in one is shown in the others.

function showKinds(rows) {
  const found = new Set(rows.flatMap((row) => row.bars.map((bar) => bar.kind)));
  byId("kinds").append(...KINDS.filter((kind) => found.has(kind)).map((kind) => {
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = `var(--${kind})`;
    return element("li", {}, swatch, KIND_TITLES[kind]);
  }));
}

async function main() {
  const data = await readData();
  for (const id of ["time-line", "log"]) show(id);
  const rows = makeRows(data);
  const bars = new Map(rows.flatMap((row) => row.bars.filter((bar) => bar.step.number).map((bar) => [bar.step.number, bar])));
  showKinds(rows);
  const log = new Log(data, (line) => {
    timeLine.setCursor(data.log.times[line]);
    const bar = bars.get(data.log.steps[line]);
    if (bar) {
      timeLine.chosen = bar;
      showDetails(data, { bar });
    } else if (SOURCES[data.log.sources[line]] === "picture") {
      const mark = data.pictures.find((one) => one.path === data.log.texts[line] && one.at === data.log.times[line]);
      if (mark) showDetails(data, { mark });
    }
  });
  const timeLine = new TimeLine(data, rows, {
    onChoose: (found) => {
      if (found.bar || found.mark) showDetails(data, found);
      log.goTo(found.moment, found.bar ? found.bar.step.number : 0);
    },
    onRange: (range) => log.setRange(range),
  });
  showTests(data, (step) => {
    timeLine.setCursor(step.at);
    timeLine.chosen = bars.get(step.number);
    log.goTo(step.at, step.number);
    byId("time-line").scrollIntoView();
  });
  showEvidence(data);
  showScreens(data, timeLine);
  showScript(data);
  byId("loading").hidden = true;
  document.documentElement.dataset.ready = "true";
}

main().catch((error) => {
  byId("loading").textContent = `This report cannot be shown: ${error}`;
});
