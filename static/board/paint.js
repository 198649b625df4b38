// Draws what is seen of the board on one canvas: only the rows and bars inside the window.
(() => {
  "use strict";
  const LEFT = 132; // px for the machines' names
  const AXIS = 40;
  const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const STEPS = [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];
  const HAPPENED = ["stop", "maintenance", "unknown"];
  const TICK = 76; // px at least between two labels
  const FONT = "Inter, system-ui, sans-serif";
  const { firstAfter } = window.mesBoard;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      planned: token("accent-soft"), edge: token("accent"), running: token("state-running"), setup: token("state-setup"),
      late: token("wrong"), stop: token("state-stop"), maintenance: token("state-maintenance"), unknown: token("state-unknown"),
      ink: token("ink"), soft: token("ink-soft"), line: token("line"), surface: token("surface"), sunken: token("sunken"),
      done: token("state-no_shift"), onDark: token("on-dark"), ground: token("ground"),
    };
  }

  // Diagonal stripes, so that colour is never alone.
  function stripes(context, colour, backward) {
    const size = 6;
    const tile = new OffscreenCanvas(size, size);
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = 1.6;
    for (const shift of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(shift, backward ? 0 : size);
      pen.lineTo(shift + size, backward ? size : 0);
      pen.stroke();
    }
    return context.createPattern(tile, "repeat");
  }

  class Painter {
    constructor(canvas, language, zone) {
      this.canvas = canvas;
      this.context = canvas.getContext("2d", { alpha: false });
      const format = (options) => new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
      this.clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      this.dayFormat = format({ weekday: "short", day: "numeric", month: "short" });
      this.parts = format({ hour: "numeric", minute: "numeric", hourCycle: "h23" });
      this.offsets = new Map();
      this.recolour();
    }

    recolour() {
      this.look = colours();
      this.patterns = {
        setup: stripes(this.context, this.look.setup, false),
        stop: stripes(this.context, this.look.stop, true),
        unknown: stripes(this.context, this.look.unknown, false),
      };
    }

    resize(width, height) {
      const ratio = window.devicePixelRatio || 1;
      this.width = width;
      this.height = height;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }

    x(at) { return LEFT + ((at - this.from) / (this.to - this.from)) * (this.width - LEFT); }
    time(x) { return this.from + ((x - LEFT) / (this.width - LEFT)) * (this.to - this.from); }

    // How much the plant's clock is ahead of UTC at that moment, ms; asked once per six hours.
    offset(at) {
      const key = Math.floor(at / (6 * HOUR));
      if (!this.offsets.has(key)) {
        const parts = Object.fromEntries(this.parts.formatToParts(key * 6 * HOUR).map((part) => [part.type, Number(part.value)]));
        const local = (parts.hour * 60 + parts.minute) * MINUTE;
        const utc = (key * 6 * HOUR) % DAY;
        this.offsets.set(key, ((local - utc + DAY + DAY / 2) % DAY) - DAY / 2);
      }
      return this.offsets.get(key);
    }

    draw(scene) {
      const { data, rows, from, to, scroll } = scene;
      this.from = from;
      this.to = to;
      this.scene = scene;
      const pen = this.context;
      pen.fillStyle = this.look.surface;
      pen.fillRect(0, 0, this.width, this.height);
      const shown = rows.between(scroll, scroll + this.height - AXIS);
      pen.save();
      pen.beginPath();
      pen.rect(LEFT, AXIS, this.width - LEFT, this.height - AXIS);
      pen.clip();
      for (const row of shown) this.ground(row, AXIS + row.top - scroll);
      this.grid();
      for (const row of shown) if (row.lane) this.work(row.lane, AXIS + row.top - scroll, row.height);
      this.nowLine(data.now, AXIS);
      if (scene.chosen) this.chain(scene.chosen.order, rows, scroll);
      scene.overlay?.(this);
      pen.restore();
      this.names(shown, scroll);
      this.axis(data.now);
    }

    ground(row, y) {
      const pen = this.context;
      if (row.head) {
        pen.fillStyle = this.look.sunken;
        pen.fillRect(LEFT, y, this.width - LEFT, row.height);
        if (row.folded) for (const lane of row.lanes) this.load(lane, y + 5, row.height - 10, row.lanes.length);
        return;
      }
      this.rest(row.lane, y, row.height);
      pen.fillStyle = this.look.line;
      pen.fillRect(LEFT, y + row.height - 1, this.width - LEFT, 1);
    }

    work(lane, y, height) {
      this.happened(lane, y, height);
      for (let index = firstAfter(lane.bars, this.from, (bar) => bar.end); index < lane.bars.length; index += 1) {
        const bar = lane.bars[index];
        if (bar.start >= this.to) break;
        this.bar(bar, y + 4, height - 9);
      }
    }

    // A folded group: each lane's work, laid over each other, so that full times are dark.
    load(lane, y, height, lanes) {
      const pen = this.context;
      pen.fillStyle = this.look.edge;
      pen.globalAlpha = Math.max(0.75 / lanes, 0.08);
      for (let index = firstAfter(lane.bars, this.from, (bar) => bar.end); index < lane.bars.length; index += 1) {
        const bar = lane.bars[index];
        if (bar.start >= this.to) break;
        const left = Math.max(this.x(bar.start), LEFT);
        pen.fillRect(left, y, Math.max(this.x(bar.end) - left, 1), height);
      }
      pen.globalAlpha = 1;
    }

    rest(lane, y, height) {
      if (!lane.work) return;
      const pen = this.context;
      pen.fillStyle = this.look.sunken;
      const edges = lane.work;
      let at = this.from;
      let index = firstAfter(edges, this.from, (edge) => edge);
      if (index % 2) { at = edges[index]; index += 1; }
      const known = Math.min(this.to, this.scene.data.to);
      while (at < known) {
        const until = Math.min(edges[index] ?? known, known);
        const left = this.x(at);
        const width = this.x(until) - left;
        if (width > 0.7) pen.fillRect(left, y, width, height - 1);
        at = edges[index + 1] ?? Infinity;
        index += 2;
      }
    }

    happened(lane, y, height) {
      const pen = this.context;
      for (const { start, end, run, number } of lane.runs) {
        if (end <= this.from || start >= this.to) continue;
        const left = Math.max(this.x(start), LEFT - 2), width = Math.max(this.x(end) - left, 1);
        pen.fillStyle = this.look.done;
        pen.fillRect(left, y + 4, width, height - 14);
        if (run > start) {
          pen.fillStyle = this.patterns.setup;
          pen.fillRect(left, y + 4, Math.max(this.x(Math.min(run, end)) - left, 1), height - 14);
        }
        this.text(number, left + 4, y + (height - 6) / 2 + 0.5, width - 6, this.look.soft, 500);
      }
      for (const { start, end, kind } of lane.states) {
        if (end <= this.from || start >= this.to) continue;
        const left = Math.max(this.x(start), LEFT), width = Math.max(this.x(end) - left, 1);
        const name = HAPPENED[kind];
        pen.fillStyle = this.patterns[name] || this.look[name];
        pen.fillRect(left, y + height - 9, width, 6);
      }
    }

    bar(bar, y, height) {
      const pen = this.context;
      const { chosen, matches } = this.scene;
      const left = this.x(bar.start), right = Math.max(this.x(bar.end), left + 1.5);
      const from = Math.max(left, LEFT - 4), width = Math.min(right, this.width + 4) - from;
      const faint = (matches && !matches.has(bar.order)) || (chosen && chosen.order !== bar.order);
      pen.globalAlpha = faint ? 0.22 : 1;
      if (width < 4) {
        pen.fillStyle = bar.order.late ? this.look.late : bar.running ? this.look.running : this.look.edge;
        pen.fillRect(from, y, Math.max(width - 0.5, 1), height);
        pen.globalAlpha = 1;
        return;
      }
      pen.beginPath();
      pen.roundRect(from + 0.5, y + 0.5, width - 1, height - 1, 3);
      pen.fillStyle = bar.running ? this.look.running : this.look.planned;
      pen.fill();
      if (bar.run > bar.start) {
        pen.fillStyle = this.patterns.setup;
        pen.fillRect(from + 1, y + 1, Math.max(Math.min(this.x(bar.run), right) - from - 1, 1), height - 2);
      }
      pen.strokeStyle = bar.order.late ? this.look.late : bar.running ? this.look.running : this.look.edge;
      pen.lineWidth = bar.order.late ? 2 : 1;
      pen.stroke();
      if (bar.order.late) this.corner(right, y);
      const begin = Math.max(this.x(bar.run), LEFT);
      this.text(bar.running ? `▶ ${bar.order.number}` : bar.pinned ? `◆ ${bar.order.number}` : bar.order.number, begin + 5, y + height / 2 + 0.5, right - begin - (bar.order.late ? 16 : 8), bar.running ? this.look.onDark : this.look.ink, 600);
      if (bar === bar.order.last && bar.order.p80 > bar.end) this.whisker(bar, y + height / 2);
      if (chosen === bar) {
        pen.strokeStyle = this.look.ink;
        pen.lineWidth = 2;
        pen.strokeRect(from - 1.5, y - 1.5, width + 3, height + 3);
      }
      pen.globalAlpha = 1;
    }

    corner(right, y) {
      const pen = this.context;
      pen.fillStyle = this.look.late;
      pen.beginPath();
      pen.moveTo(right - 9, y);
      pen.lineTo(right, y);
      pen.lineTo(right, y + 9);
      pen.fill();
    }

    // Until when the order ends with 80 % probability.
    whisker(bar, y) {
      const pen = this.context;
      const from = this.x(bar.end), to = this.x(bar.order.p80);
      pen.strokeStyle = bar.order.due && bar.order.p80 > bar.order.due ? this.look.late : this.look.soft;
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.moveTo(from, y);
      pen.lineTo(to, y);
      pen.moveTo(to, y - 5);
      pen.lineTo(to, y + 5);
      pen.stroke();
    }

    // The chosen order's operations, joined in the order in which they follow each other, and its due date.
    chain(order, rows, scroll) {
      const pen = this.context;
      const middle = (bar) => {
        const row = rows.rowOf.get(bar.lane);
        return row ? AXIS + row.top - scroll + row.height / 2 - 1 : null;
      };
      const bars = [...order.bars].sort((a, b) => a.start - b.start);
      pen.strokeStyle = this.look.ink;
      pen.lineWidth = 1.5;
      pen.setLineDash([4, 3]);
      for (let index = 1; index < bars.length; index += 1) {
        const from = middle(bars[index - 1]), to = middle(bars[index]);
        if (from === null || to === null) continue;
        const left = this.x(bars[index - 1].end), right = this.x(bars[index].start), bend = Math.max(Math.min((right - left) / 2, 40), 12);
        pen.beginPath();
        pen.moveTo(left, from);
        pen.bezierCurveTo(left + bend, from, right - bend, to, right, to);
        pen.stroke();
      }
      if (order.due) {
        pen.strokeStyle = order.late ? this.look.late : this.look.running;
        pen.lineWidth = 2;
        const x = this.x(order.due);
        pen.beginPath();
        pen.moveTo(x, AXIS);
        pen.lineTo(x, this.height);
        pen.stroke();
      }
      pen.setLineDash([]);
    }

    nowLine(now, top) {
      const pen = this.context;
      pen.fillStyle = this.look.ink;
      pen.fillRect(this.x(now) - 0.75, top, 1.5, this.height);
    }

    names(shown, scroll) {
      const pen = this.context;
      pen.save();
      pen.beginPath();
      pen.rect(0, AXIS, LEFT, this.height - AXIS);
      pen.clip();
      for (const row of shown) {
        const y = AXIS + row.top - scroll;
        pen.fillStyle = row.head ? this.look.sunken : this.look.surface;
        pen.fillRect(0, y, LEFT, row.height);
        if (row.head) this.text(`${row.folded ? "▸" : "▾"} ${row.head.code}`, 10, y + row.height / 2, LEFT - 16, this.look.ink, 650);
        else this.text(row.lane.label, 20, y + row.height / 2, LEFT - 26, this.scene.lane === row.lane ? this.look.edge : this.look.ink, 500);
        pen.fillStyle = this.look.line;
        pen.fillRect(0, y + row.height - 1, LEFT, 1);
      }
      pen.restore();
      pen.fillStyle = this.look.line;
      pen.fillRect(LEFT - 1, 0, 1, this.height);
    }

    axis(now) {
      const pen = this.context;
      pen.fillStyle = this.look.surface;
      pen.fillRect(0, 0, this.width, AXIS);
      const step = this.step();
      pen.save();
      pen.beginPath();
      pen.rect(LEFT, 0, this.width - LEFT, this.height);
      pen.clip();
      for (const at of this.ticks(step)) {
        const x = this.x(at);
        pen.fillStyle = this.look.line;
        pen.fillRect(x, this.isMidnight(at) ? 4 : 24, 1, AXIS);
        if (step < DAY) this.text(this.clock.format(at), x + 4, 30, TICK, this.look.soft, 450);
      }
      const dayStep = Math.max(step, DAY);
      const days = this.ticks(dayStep);
      // A day that begins at the edge is its own name.
      if (!days.length || this.x(days[0]) - LEFT >= 30) days.unshift(this.from);
      days.forEach((at, index) => {
        const x = Math.max(this.x(at), LEFT);
        this.text(this.dayFormat.format(at), x + 5, 13, this.x(days[index + 1] ?? this.to) - x - 6, this.look.ink, 600);
      });
      const x = this.x(now);
      pen.fillStyle = this.look.ink;
      pen.beginPath();
      pen.moveTo(x - 5, AXIS - 7);
      pen.lineTo(x + 5, AXIS - 7);
      pen.lineTo(x, AXIS);
      pen.fill();
      pen.restore();
      pen.fillStyle = this.look.line;
      pen.fillRect(0, AXIS - 1, this.width, 1);
    }

    step() {
      const perPixel = (this.to - this.from) / (this.width - LEFT);
      return STEPS.find((one) => one / perPixel >= TICK) || STEPS.at(-1);
    }

    isMidnight(at) { return (at + this.offset(at)) % DAY === 0; }

    grid() {
      const pen = this.context;
      pen.fillStyle = this.look.line;
      for (const at of this.ticks(this.step())) {
        pen.globalAlpha = this.isMidnight(at) ? 1 : 0.55;
        pen.fillRect(this.x(at), AXIS, 1, this.height);
      }
      pen.globalAlpha = 1;
    }

    // Moments at round times of the plant's clock.
    ticks(step) {
      const found = [];
      const within = Math.min(step, DAY);
      const local = (at) => at + this.offset(at);
      for (let at = this.from - (local(this.from) % within); at < this.to + within; at += within) {
        const moment = at - (((local(at) + within / 2) % within) - within / 2); // the clock may have changed since
        if (step > DAY && (Math.round(local(moment) / DAY) + 3) % (step / DAY)) continue; // weeks begin on Mondays
        if (moment >= this.from && moment < this.to) found.push(moment);
      }
      return found;
    }

    text(text, x, y, room, colour, weight) {
      if (room < 14) return;
      const pen = this.context;
      pen.font = `${weight} 12px ${FONT}`;
      pen.textBaseline = "middle";
      let shown = text;
      const width = pen.measureText(shown).width;
      if (width > room) {
        shown = shown.slice(0, Math.max(Math.floor((shown.length * room) / width) - 1, 0));
        if (shown.length < 3) return;
        shown += "…";
      }
      pen.fillStyle = colour;
      pen.fillText(shown, x, y);
    }
  }

  Object.assign(window.mesBoard, { Painter, LEFT, AXIS });
})();
