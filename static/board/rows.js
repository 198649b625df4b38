// Which rows the board has: heads of groups that fold, lanes below them, as the filters leave them.
(() => {
  "use strict";
  const LANE = 30; // px
  const HEAD = 26;

  const byCode = (a, b) => a.code.localeCompare(b.code, undefined, { numeric: true });

  class Rows {
    constructor(data) {
      this.data = data;
      this.by = "group";
      this.group = ""; // code of the machine group that is shown alone
      this.folded = new Set();
      this.build();
    }

    build() {
      const heads = this.by === "area" ? this.data.areas : this.data.groups;
      const lanesOf = heads.map(() => []);
      const rest = [];
      for (const lane of this.data.lanes) {
        if (this.group && this.data.groups[lane.group]?.code !== this.group) continue;
        (lane[this.by] >= 0 ? lanesOf[lane[this.by]] : rest).push(lane);
      }
      this.rows = [];
      let top = 0;
      const add = (row, height) => { this.rows.push({ ...row, top, height }); top += height; };
      const order = heads.map((head, index) => index).sort((a, b) => byCode(heads[a], heads[b]));
      for (const index of order) {
        const lanes = lanesOf[index];
        if (!lanes.length) continue;
        const key = `${this.by}-${index}`;
        add({ head: heads[index], key, lanes, folded: this.folded.has(key) }, HEAD);
        if (!this.folded.has(key)) for (const lane of lanes) add({ lane }, LANE);
      }
      for (const lane of rest) add({ lane }, LANE);
      this.height = top;
      this.rowOf = new Map(this.rows.filter((row) => row.lane).map((row) => [row.lane, row]));
    }

    fold(key) {
      if (!this.folded.delete(key)) this.folded.add(key);
      this.build();
    }

    at(y) {
      const index = window.mesBoard.firstAfter(this.rows, y, (row) => row.top + row.height);
      return this.rows[index] || null;
    }

    // Rows of which any part lies between two heights.
    between(top, bottom) {
      const first = window.mesBoard.firstAfter(this.rows, top, (row) => row.top + row.height);
      const found = [];
      for (let index = first; index < this.rows.length && this.rows[index].top < bottom; index += 1) found.push(this.rows[index]);
      return found;
    }
  }

  Object.assign(window.mesBoard, { Rows, byCode });
})();
