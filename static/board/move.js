// Dragging an operation: while it is held, what the move would do is asked for and shown; nothing is stored before a
// person says so. Where it would really come to stand is drawn as the server answers.
(() => {
  "use strict";
  const { LEFT, AXIS } = window.mesBoard;
  const QUARTER = 15 * 60_000;
  const HELD = 350; // ms a finger rests before it takes a bar
  const EDGE = 36; // px from the border where the board moves along

  class Mover {
    constructor(board) {
      this.board = board;
      board.overlay = (painter) => this.paint(painter);
      board.detail.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) this.end(); });
      board.detail.addEventListener("htmx:afterSwap", () => this.read());
    }

    // --- the hand

    take(hand, event) {
      clearTimeout(this.timer);
      hand.able = Boolean(hand.bar) && !hand.bar.running && hand.bar.lane.machine > 0;
      hand.held = event.pointerType !== "touch";
      if (hand.able && !hand.held) this.timer = setTimeout(() => { hand.held = true; this.begin(hand); }, HELD);
    }

    begin(hand) {
      this.bar = hand.bar;
      this.grip = this.board.painter.time(hand.x) - hand.bar.start;
      this.found = null;
      this.target = null;
      this.board.chosen = hand.bar;
      this.board.scroller.classList.add("is-moving");
      this.board.later();
    }

    drag(hand, x, y) {
      if (!hand.able) return false;
      if (!hand.held) { clearTimeout(this.timer); hand.able = false; return false; }
      if (this.bar !== hand.bar || !this.dragging) { this.begin(hand); this.dragging = true; }
      const { board } = this;
      const width = board.painter.width;
      const step = (board.to - board.from) / 60;
      if (x > width - EDGE) board.move(step);
      else if (x < LEFT + EDGE && board.from > board.data.from) board.move(-step);
      if (y > board.scroller.clientHeight - EDGE) board.scroller.scrollTop += 12;
      else if (y < AXIS + EDGE) board.scroller.scrollTop -= 12;
      const lane = board.rows.at(y - AXIS + board.scroller.scrollTop)?.lane;
      const wanted = board.painter.time(x) - this.grip;
      const start = Math.max(Math.round(wanted / QUARTER) * QUARTER, board.data.now);
      if (lane && lane.machine && (this.target?.lane !== lane || this.target?.start !== start)) {
        this.target = { lane, start };
        this.ask();
      }
      board.later();
      return true;
    }

    drop(hand, event) {
      clearTimeout(this.timer);
      if (!this.dragging) return false;
      this.dragging = false;
      this.board.scroller.classList.remove("is-moving");
      if (event.type === "pointercancel" || !this.target) this.end();
      else this.board.element.classList.add("is-dropped");
      this.board.later();
      return true;
    }

    key(event) {
      if (event.key !== "Escape" || !this.target) return false;
      this.dragging = false;
      this.end();
      return true;
    }

    end() {
      this.bar = this.target = this.found = null;
      this.dragging = false;
      this.board.element.classList.remove("is-dropped");
      this.board.scroller.classList.remove("is-moving");
      this.board.choose(null);
    }

    // --- the question: one at a time, the newest wish last

    async ask() {
      if (this.asking) { this.again = true; return; }
      this.asking = true;
      do {
        this.again = false;
        await this.preview(this.bar, this.target);
      } while (this.again && this.target);
      this.asking = false;
    }

    async preview(bar, target) {
      const { board } = this;
      const body = new FormData();
      body.set("machine", target.lane.code);
      body.set("slot", target.lane.slot);
      body.set("start", new Date(target.start).toISOString());
      board.detail.hidden = false;
      board.element.classList.add("has-detail");
      const headers = JSON.parse(document.body.getAttribute("hx-headers"));
      try {
        const answer = await fetch(board.words.preview.replace(/\/0\/preview\/$/, `/${bar.operation}/preview/`), { method: "POST", body, headers });
        if (!answer.ok || this.bar !== bar) return;
        htmx.swap(board.detail, await answer.text(), { swapStyle: "innerHTML" });
        this.read();
      } catch {
        this.again = false; // the banner of the live connection tells
      }
    }

    // What stands in the panel is what is drawn.
    read() {
      const found = this.board.detail.querySelector("[data-move]");
      const refused = this.board.detail.querySelector("[data-move-refused]");
      if (!found) { this.found = refused ? { refused: true } : null; this.board.later(); return; }
      const { machine, slot, start, end, later, earlier } = found.dataset;
      const keys = (text) => new Set(text.split(" ").filter(Boolean).map(Number));
      const lane = this.board.data.lanes.find((one) => one.machine === Number(machine) && one.slot === Number(slot));
      this.found = { lane, start: Number(start) * 1000, end: Number(end) * 1000, later: keys(later), earlier: keys(earlier) };
      this.board.element.dataset.asked = String(Number(this.board.element.dataset.asked || 0) + 1);
      this.board.later();
    }

    // --- the picture

    paint(painter) {
      const { found, target, bar, board } = this;
      const pen = painter.context;
      const place = (lane) => {
        const row = board.rows.rowOf.get(lane);
        return row ? AXIS + row.top - board.scroller.scrollTop : null;
      };
      if (this.dragging && bar) this.forbid(painter, bar, place);
      if (found && !found.refused) {
        for (const order of board.data.orders) {
          const later = found.later.has(order.pk);
          if (!later && !found.earlier.has(order.pk)) continue;
          for (const one of order.bars) {
            const y = place(one.lane);
            if (y === null) continue;
            pen.strokeStyle = later ? painter.look.late : painter.look.running;
            pen.setLineDash(later ? [] : [4, 2]);
            pen.lineWidth = 2;
            const x = painter.x(one.start);
            pen.strokeRect(x, y + 3, Math.max(painter.x(one.end) - x, 2), 23);
          }
        }
        pen.setLineDash([]);
        const y = found.lane ? place(found.lane) : null;
        if (y !== null) this.ghost(painter, painter.x(found.start), painter.x(found.end), y, painter.look.edge, 0.85);
      }
      if (this.dragging && target && bar) {
        const y = place(target.lane);
        if (y === null) return;
        const x = painter.x(target.start);
        this.ghost(painter, x, x + painter.x(bar.end) - painter.x(bar.start), y, found?.refused ? painter.look.late : painter.look.soft, 0.5);
      }
    }

    ghost(painter, from, to, y, colour, alpha) {
      const pen = painter.context;
      pen.globalAlpha = alpha;
      pen.fillStyle = colour;
      pen.beginPath();
      pen.roundRect(from, y + 4, Math.max(to - from, 4), 21, 3);
      pen.fill();
      pen.globalAlpha = 1;
      painter.text(this.bar?.order.number || "", from + 6, y + 15, to - from - 8, painter.look.surface, 650);
    }

    // Lanes that can't do it.
    forbid(painter, bar, place) {
      const pen = painter.context;
      pen.globalAlpha = 0.55;
      pen.fillStyle = painter.look.ground;
      for (const row of painter.scene.rows.between(painter.scene.scroll, painter.scene.scroll + painter.height)) {
        if (!row.lane || row.lane.group === bar.group) continue;
        pen.fillRect(LEFT, place(row.lane), painter.width - LEFT, row.height - 1);
      }
      pen.globalAlpha = 1;
    }
  }

  for (const element of document.querySelectorAll("[data-board][data-preview]")) element.board.mover = new Mover(element.board);
  Object.assign(window.mesBoard, { Mover });
})();
