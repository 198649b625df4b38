// The planning board: moving, zooming, finding, choosing, by mouse, finger and keyboard.
(() => {
  "use strict";
  const { PlanData, Rows, Painter, LEFT, AXIS, firstAfter, byCode } = window.mesBoard;
  const HOUR = 3_600_000;
  const CLOSEST = HOUR;
  const SLIP = 6; // px a hand may tremble
  const ZOOM = 1.35;

  class Board {
    constructor(element) {
      this.element = element;
      this.words = element.dataset;
      this.scroller = element.querySelector(".board-scroll");
      this.size = element.querySelector(".board-size");
      this.tip = element.querySelector(".board-tip");
      this.detail = element.querySelector(".board-detail");
      this.said = element.querySelector("[data-said]");
      this.tools = element.querySelector(".board-tools");
      const language = document.documentElement.lang;
      this.painter = new Painter(element.querySelector("canvas"), language, element.dataset.zone);
      this.moment = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: element.dataset.zone });
      this.chosen = null;
      this.matches = null;
      this.pointers = new Map();
      this.load();
    }

    async load() {
      const answer = await fetch(this.words.board, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      this.data = new PlanData(await answer.json(), this.words);
      this.rows = new Rows(this.data);
      const groups = this.tools.elements.group;
      for (const { code, name } of [...this.data.groups].sort(byCode)) {
        groups.add(new Option(name && name !== code ? `${code} · ${name}` : code, code));
      }
      this.span(72);
      this.listen();
      new ResizeObserver(() => this.fit()).observe(this.scroller);
      this.fit();
      this.element.dataset.ready = this.data.bars.length;
    }

    // --- what is seen

    span(hours) {
      if (!hours) [this.from, this.to] = [this.data.from, Math.max(this.data.from + 24 * HOUR, this.lastEnd())];
      else {
        this.from = this.data.now - hours * HOUR * 0.18;
        this.to = this.from + hours * HOUR;
      }
      this.later();
    }

    lastEnd() { return this.data.orders.reduce((last, order) => Math.max(last, order.end, order.p80 ?? 0), this.data.now) + HOUR; }

    move(milliseconds) {
      const width = this.to - this.from;
      const from = Math.min(Math.max(this.from + milliseconds, this.data.from - width * 0.5), this.data.to - width * 0.25);
      this.from = from;
      this.to = from + width;
      this.later();
    }

    zoom(factor, at = (this.from + this.to) / 2) {
      const width = Math.min(Math.max((this.to - this.from) / factor, CLOSEST), (this.data.to - this.data.from) * 1.1);
      const share = (at - this.from) / (this.to - this.from);
      this.from = at - share * width;
      this.to = this.from + width;
      this.move(0);
    }

    reveal(bar) {
      const row = this.rows.rowOf.get(bar.lane);
      if (!row) {
        this.rows.folded.delete(`${this.rows.by}-${bar.lane[this.rows.by]}`);
        this.rows.build();
        this.fit();
      }
      const place = this.rows.rowOf.get(bar.lane);
      if (place) {
        const room = this.scroller.clientHeight - AXIS;
        if (place.top < this.scroller.scrollTop) this.scroller.scrollTop = place.top - 30;
        else if (place.top + place.height > this.scroller.scrollTop + room) this.scroller.scrollTop = place.top + place.height - room + 30;
      }
      const width = this.to - this.from;
      if (bar.start < this.from || bar.start > this.to - width * 0.1) {
        this.from = bar.start - width * 0.3;
        this.to = this.from + width;
      }
      this.later();
    }

    fit() {
      if (!this.rows) return;
      const height = Math.min(this.rows.height + AXIS + 2, Math.max(window.innerHeight - 190, 320));
      this.scroller.style.height = `${height}px`;
      this.size.style.height = `${this.rows.height + AXIS}px`;
      this.painter.resize(this.scroller.clientWidth, height);
      this.draw();
    }

    later() { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); }); }

    draw() {
      this.painter.draw({
        data: this.data, rows: this.rows, from: this.from, to: this.to, scroll: this.scroller.scrollTop,
        chosen: this.chosen, matches: this.matches, overlay: this.overlay,
      });
    }

    // --- finding

    filter() {
      const { find, late, group, by } = this.tools.elements;
      const text = find.value.trim().toLowerCase();
      if (this.rows.group !== group.value || this.rows.by !== by.value) {
        this.rows.group = group.value;
        this.rows.by = by.value;
        this.rows.build();
        this.scroller.scrollTop = 0;
        this.fit();
      }
      const found = this.data.orders.filter((order) => (!text || order.text.includes(text)) && (!late.checked || order.late));
      this.matches = text || late.checked ? new Set(found) : null;
      this.said.textContent = this.matches ? this.words.wordFound.replace("%s", found.length) : "";
      this.later();
      return found;
    }

    // --- choosing

    choose(bar, { explain = true } = {}) {
      this.chosen = bar;
      this.hideTip();
      if (!bar) {
        this.detail.hidden = true;
        this.detail.replaceChildren();
        this.element.classList.remove("has-detail");
      } else {
        this.said.textContent = this.sentence(bar);
        if (explain) this.explain(bar);
      }
      this.later();
    }

    explain(bar) {
      this.detail.hidden = false;
      this.element.classList.add("has-detail");
      htmx.ajax("GET", this.words.step.replace(/\/0\/$/, `/${bar.operation}/`), { target: this.detail, swap: "innerHTML" });
    }

    sentence(bar) {
      const { order } = bar;
      const facts = [`${order.number} / ${bar.number}`, `${order.item} ${order.name}`, order.customer, bar.lane.label,
        `${this.moment.format(bar.start)} – ${this.moment.format(bar.end)}`,
        order.due ? `${this.words.wordDue} ${this.moment.format(order.due)}` : "",
        `${this.words.wordEnds} ${this.moment.format(order.end)}`, order.late ? this.words.wordLate : "", bar.running ? this.words.wordRunning : ""];
      return facts.filter(Boolean).join(", ");
    }

    at(x, y) {
      if (y < AXIS) return {};
      const row = this.rows.at(y - AXIS + this.scroller.scrollTop);
      if (!row || x < LEFT || !row.lane) return { row };
      const moment = this.painter.time(x);
      const slack = 3 * (this.to - this.from) / (this.painter.width - LEFT);
      const bar = row.lane.bars[firstAfter(row.lane.bars, moment - slack, (one) => one.end)];
      if (bar && bar.start <= moment + slack) return { row, bar };
      const run = row.lane.runs.find((one) => one.start <= moment && moment <= one.end);
      const state = row.lane.states.find((one) => one.start <= moment && moment <= one.end);
      return { row, run, state };
    }

    // --- words at the pointer

    showTip(x, y) {
      const { bar, run, state, row } = this.at(x, y);
      const lines = [];
      if (bar) {
        const { order } = bar;
        lines.push(`${order.number} / ${bar.number}`, [order.item, order.name, order.customer].filter(Boolean).join(" · "));
        if (bar.run > bar.start && !bar.running) lines.push(`${this.words.wordSetup} ${window.mes.duration(bar.run - bar.start)}`);
        lines.push(`${this.moment.format(bar.run)} – ${this.moment.format(bar.end)}`);
        lines.push([order.due && `${this.words.wordDue} ${this.moment.format(order.due)}`, order.late && this.words.wordLate, bar.running && this.words.wordRunning].filter(Boolean).join(" · "));
      } else if (run || state) {
        if (run) lines.push(`${run.number} / ${run.operation} · ${run.item}`, `${this.words.wordHappened}: ${this.moment.format(run.start)} – ${this.moment.format(run.end)}`);
        if (state) lines.push(`${[this.words.wordStop, this.words.wordMaintenance, this.words.wordUnknown][state.kind]}: ${this.moment.format(state.start)} – ${this.moment.format(state.end)} · ${window.mes.duration(state.end - state.start)}`);
      } else if (row?.head) lines.push(`${row.head.code} ${row.head.name}`, this.words.wordMachines.replace("%s", row.lanes.length));
      else if (row?.lane && x < LEFT) lines.push(`${row.lane.label} ${row.lane.name}`);
      const shown = lines.filter(Boolean);
      if (!shown.length) return this.hideTip();
      this.tip.replaceChildren(...shown.map((line, index) => {
        const part = document.createElement(index ? "div" : "strong");
        part.textContent = line;
        return part;
      }));
      this.tip.hidden = false;
      const right = x + 18 + this.tip.offsetWidth > this.painter.width;
      this.tip.style.left = `${right ? Math.max(x - 14 - this.tip.offsetWidth, 4) : x + 16}px`;
      this.tip.style.top = `${Math.min(y + 14, this.scroller.clientHeight - this.tip.offsetHeight - 4)}px`;
      this.scroller.classList.toggle("is-over", Boolean(bar) || Boolean(row?.head));
    }

    hideTip() { this.tip.hidden = true; }

    // --- mouse and finger

    listen() {
      const { scroller } = this;
      scroller.addEventListener("scroll", () => this.later());
      scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      scroller.addEventListener("pointerdown", (event) => this.down(event));
      scroller.addEventListener("pointermove", (event) => this.moved(event));
      for (const name of ["pointerup", "pointercancel"]) scroller.addEventListener(name, (event) => this.up(event));
      scroller.addEventListener("pointerleave", () => this.hideTip());
      scroller.addEventListener("keydown", (event) => this.key(event));
      this.tools.addEventListener("input", (event) => { if (event.target.name !== "span") this.filter(); });
      this.tools.addEventListener("submit", (event) => { event.preventDefault(); this.goToFirst(); });
      this.tools.elements.span.addEventListener("change", (event) => this.span(Number(event.target.value)));
      this.tools.addEventListener("click", (event) => {
        const way = event.target.closest("[data-zoom]")?.dataset.zoom;
        if (way === "in") this.zoom(ZOOM);
        if (way === "out") this.zoom(1 / ZOOM);
        if (way === "now") this.toNow();
      });
      this.detail.addEventListener("click", (event) => {
        if (event.target.closest("[data-close]")) { this.choose(null); scroller.focus(); }
      });
      document.addEventListener("mes:theme", () => { this.painter.recolour(); this.later(); });
      window.addEventListener("resize", () => this.fit());
      document.fonts?.ready.then(() => this.later());
      setInterval(() => { this.data.now += 30_000; this.later(); }, 30_000);
    }

    toNow() {
      const width = this.to - this.from;
      this.from = this.data.now - width * 0.18;
      this.to = this.from + width;
      this.later();
    }

    goToFirst() {
      const [order] = this.filter().sort((a, b) => a.end - b.end);
      if (!order) return;
      const bar = [...order.bars].sort((a, b) => a.start - b.start)[0];
      this.choose(bar);
      this.reveal(bar);
    }

    place(event) {
      const box = this.scroller.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    }

    wheel(event) {
      const [x] = this.place(event);
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 300), this.painter.time(x));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.move(((event.deltaX || event.deltaY) * (this.to - this.from)) / this.painter.width);
      }
    }

    down(event) {
      const [x, y] = this.place(event);
      if (event.button || x > this.scroller.clientWidth) return;
      this.pointers.set(event.pointerId, [x, y]);
      this.scroller.setPointerCapture(event.pointerId);
      this.hideTip();
      const hit = this.at(x, y);
      if (this.pointers.size === 1) this.hand = { x, y, from: this.from, scroll: this.scroller.scrollTop, bar: hit.bar, moved: false };
      else this.hand = { ...this.hand, moved: true, pinch: this.spread() };
      if (this.pointers.size === 1) this.mover?.take(this.hand, event);
    }

    spread() {
      const [a, b] = [...this.pointers.values()];
      return { distance: Math.max(Math.abs(a[0] - b[0]), 20), middle: (a[0] + b[0]) / 2, from: this.from, to: this.to };
    }

    moved(event) {
      const [x, y] = this.place(event);
      if (!this.pointers.has(event.pointerId)) return this.showTip(x, y);
      this.pointers.set(event.pointerId, [x, y]);
      const { hand } = this;
      if (hand.pinch) {
        const now = this.spread();
        const { from, to, distance, middle } = hand.pinch;
        const at = from + ((middle - LEFT) / (this.painter.width - LEFT)) * (to - from);
        [this.from, this.to] = [from, to];
        this.zoom(now.distance / distance, at);
        return undefined;
      }
      if (!hand.moved && Math.hypot(x - hand.x, y - hand.y) < SLIP) return undefined;
      hand.moved = true;
      if (this.mover?.drag(hand, x, y)) return undefined;
      const width = this.to - this.from;
      this.from = hand.from;
      this.to = hand.from + width;
      this.move(((hand.x - x) * width) / (this.painter.width - LEFT));
      this.scroller.scrollTop = hand.scroll + hand.y - y;
      return undefined;
    }

    up(event) {
      if (!this.pointers.delete(event.pointerId)) return;
      const { hand } = this;
      if (this.pointers.size) return;
      this.hand = null;
      if (this.mover?.drop(hand, event)) return;
      if (hand.moved || event.type === "pointercancel") return;
      const hit = this.at(hand.x, hand.y);
      if (hit.row?.head) {
        this.rows.fold(hit.row.key);
        this.fit();
      } else if (hit.row?.lane?.code && hand.x < LEFT) location.assign(this.words.machine.replace("/0/", `/${encodeURIComponent(hit.row.lane.code)}/`));
      else if (hit.run) location.assign(this.words.order.replace("/0/", `/${hit.run.pk}/`));
      else this.choose(hit.bar || null);
    }

    // --- keyboard

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.mover?.key(event)) return;
      const steps = { ArrowLeft: () => this.next(-1), ArrowRight: () => this.next(1), ArrowUp: () => this.beside(-1), ArrowDown: () => this.beside(1),
        "+": () => this.zoom(ZOOM), "=": () => this.zoom(ZOOM), "-": () => this.zoom(1 / ZOOM), 0: () => this.span(0), n: () => this.toNow(), N: () => this.toNow(),
        Enter: () => this.chosen && this.explain(this.chosen), Escape: () => this.choose(null),
        PageUp: () => this.move((this.from - this.to) * 0.8), PageDown: () => this.move((this.to - this.from) * 0.8) };
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      step();
    }

    next(way) {
      const lane = this.chosen?.lane || this.rows.rows.find((row) => row.lane?.bars.length)?.lane;
      if (!lane) return;
      const here = this.chosen ? lane.bars.indexOf(this.chosen) + way : 0;
      const bar = lane.bars[here];
      if (bar) { this.choose(bar, { explain: !this.detail.hidden }); this.reveal(bar); }
    }

    beside(way) {
      if (!this.chosen) return this.next(1);
      const lanes = this.rows.rows.filter((row) => row.lane).map((row) => row.lane);
      for (let index = lanes.indexOf(this.chosen.lane) + way; lanes[index]; index += way) {
        const { bars } = lanes[index];
        if (!bars.length) continue;
        const after = bars[Math.min(firstAfter(bars, this.chosen.start, (bar) => bar.end), bars.length - 1)];
        this.choose(after, { explain: !this.detail.hidden });
        return this.reveal(after);
      }
      return undefined;
    }
  }

  Object.assign(window.mesBoard, { Board });
  for (const element of document.querySelectorAll("[data-board]")) element.board = new Board(element);
})();
