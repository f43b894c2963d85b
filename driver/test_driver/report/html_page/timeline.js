// The time line: a canvas, because a test may have ten thousand steps.

const LANE_HEIGHT = 17;
const ROW_GAP = 7;
const AXIS_HEIGHT = 22;
const LEAST_SPAN = 20; // milliseconds

class TimeLine {
  constructor(data, rows, { onChoose, onRange }) {
    Object.assign(this, { data, rows, onChoose, onRange });
    this.canvas = byId("canvas");
    this.context = this.canvas.getContext("2d");
    this.whole = Math.max(data.end, 1);
    this.from = 0;
    this.to = this.whole;
    this.cursor = null;
    this.chosen = null;
    this.hover = null;
    this.pointers = new Map();
    let top = AXIS_HEIGHT;
    for (const row of rows) {
      row.top = top;
      row.height = row.lanes * LANE_HEIGHT;
      top += row.height + ROW_GAP;
    }
    this.height = top;
    this.listen();
    new ResizeObserver(() => this.resize()).observe(byId("chart"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.resize());
    this.resize();
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.zoom(Math.exp(event.deltaY / 300), this.moment(event.offsetX));
      } else if (event.deltaX) {
        event.preventDefault();
        this.move(event.deltaX * (this.to - this.from) / this.width);
      }
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => this.tip(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    byId("zoom-in").addEventListener("click", () => this.zoom(0.5));
    byId("zoom-out").addEventListener("click", () => this.zoom(2));
    byId("zoom-all").addEventListener("click", () => this.setRange(0, this.whole));
  }

  resize() {
    const scale = devicePixelRatio || 1;
    this.label = Math.min(130, byId("chart").clientWidth * 0.22);
    this.width = Math.max(50, byId("chart").clientWidth - this.label);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = (this.width + this.label) * scale;
    this.canvas.height = this.height * scale;
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries([...KINDS, "text", "dim", "line", "bad", "accent", "raised", "ground"]
      .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.draw();
  }

  moment(x) {
    return this.from + (x - this.label) / this.width * (this.to - this.from);
  }

  x(moment) {
    return this.label + (moment - this.from) / (this.to - this.from) * this.width;
  }

  setRange(from, to) {
    const span = Math.min(Math.max(to - from, LEAST_SPAN), this.whole * 1.02);
    this.from = Math.max(Math.min(from, this.whole * 1.02 - span), 0);
    this.to = this.from + span;
    this.draw();
    clearTimeout(this.told);
    this.told = setTimeout(() => this.onRange([this.from, this.to]), 150);
  }

  zoom(factor, around = this.chosen ? this.chosen.at : (this.from + this.to) / 2) {
    const middle = Math.min(Math.max(around, this.from), this.to);
    this.setRange(middle - (middle - this.from) * factor, middle + (this.to - middle) * factor);
  }

  move(by) {
    this.setRange(this.from + by, this.to + by);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    const { context, colours } = this;
    context.clearRect(0, 0, this.width + this.label, this.height);
    context.font = '11px system-ui, "DejaVu Sans", sans-serif';
    context.textBaseline = "middle";
    this.paintAxis();
    this.rows.forEach((row, index) => {
      context.fillStyle = colours.text;
      context.fillText(this.fitted(row.title, this.label - 12), 6, row.top + LANE_HEIGHT / 2);
      context.strokeStyle = colours.line;
      context.strokeRect(0, row.top - ROW_GAP / 2 + 0.5, this.width + this.label, 0);
      context.save();
      context.beginPath();
      context.rect(this.label, row.top - 2, this.width, row.height + 4);
      context.clip();
      this.paintBars(row);
      this.paintMarks(row);
      context.restore();
    });
    if (this.cursor !== null && this.cursor >= this.from && this.cursor <= this.to) {
      context.strokeStyle = colours.accent;
      context.beginPath();
      context.moveTo(this.x(this.cursor), 0);
      context.lineTo(this.x(this.cursor), this.height);
      context.stroke();
    }
  }

  paintAxis() {
    const { context, colours } = this;
    const rough = (this.to - this.from) / Math.max(2, this.width / 90);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
    context.strokeStyle = colours.line;
    context.fillStyle = colours.dim;
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      context.beginPath();
      context.moveTo(x, AXIS_HEIGHT - 5);
      context.lineTo(x, this.height);
      context.stroke();
      context.fillText(`${Number((at / 1000).toFixed(3))} s`, x + 3, AXIS_HEIGHT / 2);
    }
  }

  paintBars(row) {
    const { context, colours } = this;
    const painted = new Array(row.lanes).fill(-1);
    for (const bar of row.bars) {
      if (bar.at > this.to) break;
      if (bar.at + bar.ms < this.from) continue;
      const left = Math.max(this.x(bar.at), this.label - 2);
      const right = Math.min(Math.max(this.x(bar.at + bar.ms), left + 1.5), this.label + this.width + 2);
      const bad = !isGood(bar.step.result);
      // Hundreds of steps in one column of the screen are one to the eye.
      if (right < painted[bar.lane] && !bad) continue;
      painted[bar.lane] = Math.max(painted[bar.lane], Math.floor(right) + (right - left < 2 ? 1 : 0));
      const top = row.top + bar.lane * LANE_HEIGHT;
      context.fillStyle = colours[bar.kind] || colours.step;
      context.fillRect(left, top + 1, right - left, LANE_HEIGHT - 2);
      if (bad) {
        context.fillStyle = colours.bad;
        context.fillRect(left, top + LANE_HEIGHT - 5, right - left, 4);
      }
      if (right - left > 34) {
        context.fillStyle = colours.ground;
        context.fillText(this.fitted(bar.title, right - left - 8), left + 4, top + LANE_HEIGHT / 2);
      }
      if (bar === this.chosen) {
        context.strokeStyle = colours.text;
        context.lineWidth = 2;
        context.strokeRect(left, top + 1, right - left, LANE_HEIGHT - 2);
        context.lineWidth = 1;
      }
    }
  }

  paintMarks(row) {
    const { context, colours } = this;
    for (const mark of row.marks) {
      const x = this.x(mark.at);
      context.fillStyle = colours.accent;
      context.strokeStyle = colours.ground;
      context.beginPath();
      context.arc(x, row.top + row.height - 5, 5, 0, 7);
      context.fill();
      context.stroke();
    }
  }

  fitted(text, width) {
    const most = Math.max(1, Math.floor(width / 5.6));
    return text.length > most ? text.slice(0, most - 1) + "…" : text;
  }

  at(x, y) {
    const row = this.rows.find((one) => y >= one.top - 2 && y < one.top + one.height + 2);
    if (!row || x < this.label) return null;
    const mark = row.marks.find((one) => Math.abs(this.x(one.at) - x) < 7 && y > row.top + row.height - 12);
    if (mark) return { mark };
    const lane = Math.floor((y - row.top) / LANE_HEIGHT);
    let best = null, distance = 4;
    for (const bar of row.bars) {
      if (bar.lane !== lane) continue;
      const left = this.x(bar.at), right = this.x(bar.at + bar.ms);
      const away = x < left ? left - x : x > right ? x - right : 0;
      if (away < distance || (away === 0 && distance === 0 && bar.at > best.at)) [best, distance] = [bar, away];
    }
    return best && { bar: best };
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event.offsetX);
    this.moved = this.pointers.size > 1;
    this.pressed = event.offsetX;
  }

  drag(event) {
    if (!this.pointers.has(event.pointerId)) {
      this.tip(this.at(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
      return;
    }
    const before = [...this.pointers.values()];
    if (Math.abs(event.offsetX - this.pressed) < 4 && !this.moved) return;
    this.moved = true;
    const last = this.pointers.get(event.pointerId);
    this.pointers.set(event.pointerId, event.offsetX);
    if (before.length === 1) {
      this.move((last - event.offsetX) * (this.to - this.from) / this.width);
    } else {
      const after = [...this.pointers.values()];
      const apart = (two) => Math.max(8, Math.abs(two[0] - two[1]));
      this.zoom(apart(before) / apart(after), this.moment((after[0] + after[1]) / 2));
    }
  }

  release(event) {
    this.pointers.delete(event.pointerId);
    if (this.moved || event.type === "pointercancel") return;
    const found = this.at(event.offsetX, event.offsetY);
    const moment = this.moment(event.offsetX);
    if (found && found.bar) this.choose(found.bar);
    else this.onChoose({ mark: found && found.mark, moment });
    if (!found) this.setCursor(moment);
  }

  choose(bar) {
    this.chosen = bar;
    this.setCursor(bar.at);
    this.onChoose({ bar, moment: bar.at });
  }

  setCursor(moment) {
    this.cursor = moment;
    this.draw();
  }

  tip(found, x, y) {
    const tip = byId("tip");
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = found.mark
      ? `screenshot ${found.mark.path}\nat ${seconds(found.mark.at)}`
      : `${found.bar.title}\n${found.bar.kind}, ${found.bar.step.result}, at ${seconds(found.bar.at)} for ${seconds(found.bar.ms)}`;
    const right = x > (this.width + this.label) / 2;
    tip.style.left = right ? "auto" : `${x + 14}px`;
    tip.style.right = right ? `${this.width + this.label - x + 14}px` : "auto";
    tip.style.top = `${Math.min(y + 14, this.height - 20)}px`;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      "0": () => this.setRange(0, this.whole),
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
      ArrowDown: () => this.leap(1), ArrowUp: () => this.leap(-1),
      Enter: () => this.chosen && byId("details").focus(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  rowOf(bar) {
    return this.rows.findIndex((row) => row.bars.includes(bar));
  }

  step(by) {
    const row = this.chosen ? this.rows[this.rowOf(this.chosen)] : this.rows.find(({ bars }) => bars.length);
    if (!row) return;
    const place = this.chosen ? row.bars.indexOf(this.chosen) + by : 0;
    if (row.bars[place]) this.say(row, row.bars[place]);
  }

  // To the next row that has bars, to what was going on there at this moment.
  leap(by) {
    const now = this.chosen ? this.rowOf(this.chosen) : -by;
    for (let index = now + by; index >= 0 && index < this.rows.length; index += by) {
      const { bars } = this.rows[index];
      if (!bars.length) continue;
      const moment = this.chosen ? this.chosen.at : 0;
      this.say(this.rows[index], bars.find((bar) => bar.at + bar.ms >= moment) || bars[bars.length - 1]);
      return;
    }
  }

  say(row, bar) {
    if (bar.at < this.from || bar.at > this.to) this.move(bar.at - (this.from + this.to) / 2);
    this.choose(bar);
    byId("said").textContent =
      `${row.title}: ${bar.title}, ${bar.kind}, ${bar.step.result}, at ${seconds(bar.at)} for ${seconds(bar.ms)}`;
  }
}
