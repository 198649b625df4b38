// The planning board's data: what the server sends as plain rows, with names, and an index by lane and by order.
(() => {
  "use strict";
  const SECOND = 1000;

  class PlanData {
    constructor(json, words) {
      const at = (seconds) => (seconds === null ? null : json.base + seconds * SECOND);
      this.base = json.base;
      this.now = at(json.now);
      this.from = at(json.from);
      this.to = at(json.to);
      this.groups = json.groups.map(([code, name]) => ({ code, name }));
      this.areas = json.areas.map(([code, name]) => ({ code, name }));
      this.calendars = json.calendars.map((edges) => edges.map(at));
      this.orders = json.orders.map(([pk, number, item, name, customer, due, end, late, p80]) => ({
        pk, number, item, name, customer, due: at(due), end: at(end), late, p80: at(p80 ?? null), bars: [],
        text: `${number} ${item} ${name} ${customer}`.toLowerCase(),
      }));
      this.lanes = json.lanes.map(([machine, label, name, group, area, calendar, slot, code], index) => ({
        index, machine, slot, code, label: label || words.wordOutside, name, group, area, bars: [], runs: [], states: [],
        work: calendar < 0 ? null : this.calendars[calendar],
      }));
      this.bars = json.bars.map(([lane, order, number, start, run, end, running, operation, group, pinned]) => {
        const bar = { lane: this.lanes[lane], order: this.orders[order], number, start: at(start), run: at(run), end: at(end), running, operation, group, pinned };
        bar.lane.bars.push(bar);
        bar.order.bars.push(bar);
        return bar;
      });
      for (const order of this.orders) order.last = order.bars.reduce((a, b) => (b.end > a.end ? b : a), order.bars[0]);
      for (const [lane, pk, number, item, operation, start, run, end] of json.runs) {
        this.lanes[lane].runs.push({ pk, number, item, operation, start: at(start), run: at(run), end: at(end) });
      }
      for (const [lane, start, end, kind] of json.states) {
        this.lanes[lane].states.push({ start: at(start), end: at(end), kind });
      }
      for (const lane of this.lanes) lane.runs.sort((a, b) => a.start - b.start);
    }
  }

  // The first index of ``list`` whose value reaches beyond ``at``.
  function firstAfter(list, at, value) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value(list[middle]) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  window.mesBoard = { PlanData, firstAfter };
})();
