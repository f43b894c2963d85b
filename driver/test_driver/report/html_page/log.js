// The log: only the rows that are in view are in the page, however many lines there are.

const ROW_HEIGHT = 20;
const SPARE_ROWS = 20;
const SOURCES = ["step", "console", "output", "qemu", "log", "warning", "error", "picture"];
const SOURCE_TITLES = {
  step: "steps", console: "consoles", output: "commands' output", qemu: "QEMU",
  log: "log", warning: "warnings", error: "errors", picture: "screenshots",
};

class Log {
  constructor(data, onChoose) {
    this.data = data;
    this.log = data.log;
    this.onChoose = onChoose;
    this.shown = Uint32Array.from(this.log.texts.keys());
    this.current = -1; // an index into the log, not into what is shown
    this.range = null;
    this.rows = new Map();
    this.view = byId("lines");
    this.sizer = byId("sizer");
    this.view.addEventListener("scroll", () => this.draw(), { passive: true });
    this.view.addEventListener("keydown", (event) => this.key(event));
    this.view.addEventListener("click", (event) => this.click(event));
    new ResizeObserver(() => this.draw()).observe(this.view);
    this.makeFilters();
    this.filter();
  }

  makeFilters() {
    const box = (label, checked) => {
      const input = element("input", { type: "checkbox", checked });
      input.addEventListener("change", () => this.filter());
      return { input, label: element("label", {}, input, label) };
    };
    const machines = ["no machine", ...this.data.machines];
    this.machineBoxes = machines.map((name) => box(name, true));
    byId("machine-filter").append(...this.machineBoxes.map(({ label }) => label));
    const found = new Set(this.log.sources);
    this.sourceBoxes = SOURCES.map((source, index) =>
      found.has(index) ? box(SOURCE_TITLES[source], true) : null);
    byId("source-filter").append(...this.sourceBoxes.filter(Boolean).map(({ label }) => label));
    let timer = 0;
    byId("search").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.filter(), 120);
    });
    byId("in-view").addEventListener("change", () => this.filter());
  }

  // A text is searched for as it stands, in whatever case; /text/ is a regular expression.
  pattern() {
    const text = byId("search").value;
    const expression = /^\/(.+)\/$/.exec(text);
    try {
      return text && new RegExp(expression ? expression[1] : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
    } catch {
      return /(?!)/; // not finished yet: nothing matches
    }
  }

  filter() {
    const machines = this.machineBoxes.map(({ input }) => input.checked);
    const sources = this.sourceBoxes.map((box) => box !== null && box.input.checked);
    const pattern = this.pattern();
    const range = byId("in-view").checked ? this.range : null;
    const { times, machines: whose, sources: whence, texts } = this.log;
    const shown = new Uint32Array(texts.length);
    let count = 0;
    for (let line = 0; line < texts.length; line++) {
      if (!machines[whose[line] + 1] || !sources[whence[line]]) continue;
      if (range && (times[line] < range[0] || times[line] > range[1])) continue;
      if (pattern && !pattern.test(texts[line])) continue;
      shown[count++] = line;
    }
    this.shown = shown.subarray(0, count);
    byId("count").textContent = `${count.toLocaleString("en")} of ${texts.length.toLocaleString("en")} lines`;
    this.sizer.style.height = `${count * ROW_HEIGHT}px`;
    this.rows.forEach((row) => row.remove());
    this.rows.clear();
    if (this.current >= 0) this.reveal(this.position(this.current));
    this.draw();
  }

  setRange(range) {
    this.range = range;
    if (byId("in-view").checked) this.filter();
  }

  // The place of a line among those shown, or of the next one.
  position(line) {
    let low = 0, high = this.shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown[middle] < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  draw() {
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const last = Math.min(this.shown.length,
      Math.ceil((this.view.scrollTop + this.view.clientHeight) / ROW_HEIGHT) + SPARE_ROWS);
    for (const [place, row] of this.rows) {
      if (place < first || place >= last) {
        row.remove();
        this.rows.delete(place);
      }
    }
    const made = [];
    for (let place = first; place < last; place++) {
      if (!this.rows.has(place)) {
        const row = this.makeRow(place);
        this.rows.set(place, row);
        made.push(row);
      }
    }
    this.sizer.append(...made);
  }

  makeRow(place) {
    const line = this.shown[place];
    const source = SOURCES[this.log.sources[line]];
    const row = element("div", {
      class: `row ${source}${line === this.current ? " current" : ""}`,
      role: "listitem", "aria-posinset": place + 1, "aria-setsize": this.shown.length,
    },
      element("span", { class: "at" }, (this.log.times[line] / 1000).toFixed(2)),
      element("span", { class: "who" }, machineName(this.data, this.log.machines[line])),
      element("span", { class: "what" }, (source === "picture" ? "screenshot " : "") + this.log.texts[line]));
    row.style.top = `${place * ROW_HEIGHT}px`;
    row.dataset.line = line;
    return row;
  }

  // Make a line the current one, without telling anybody.
  mark(line) {
    this.current = line;
    for (const row of this.rows.values()) row.classList.toggle("current", Number(row.dataset.line) === line);
    const text = byId("whole-line");
    text.hidden = line < 0;
    if (line >= 0) text.textContent = this.log.texts[line];
  }

  reveal(place) {
    const top = place * ROW_HEIGHT, height = this.view.clientHeight;
    if (top < this.view.scrollTop || top > this.view.scrollTop + height - 2 * ROW_HEIGHT) {
      this.view.scrollTop = Math.max(0, top - height / 3);
    }
  }

  choose(line) {
    this.mark(line);
    this.onChoose(line);
  }

  // Show what the log says from a moment on, or a step's own line if that is shown.
  goTo(moment, step = 0) {
    const { times, steps } = this.log;
    let place = this.shown.findIndex((line) => times[line] >= moment && (!step || steps[line] === step));
    if (place < 0) place = this.shown.findIndex((line) => times[line] >= moment);
    if (place < 0) place = this.shown.length - 1;
    if (place < 0) return;
    this.reveal(place);
    this.mark(this.shown[place]);
    this.draw();
  }

  click(event) {
    const row = event.target.closest(".row");
    if (row && !String(getSelection())) this.choose(Number(row.dataset.line));
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || !this.shown.length) return;
    event.preventDefault();
    const now = this.current < 0 ? -1 : this.position(this.current);
    const place = Math.min(this.shown.length - 1, Math.max(0, now + steps[event.key]));
    this.reveal(place);
    this.draw();
    this.choose(this.shown[place]);
  }
}
