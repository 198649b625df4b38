// The planning board: machines down, time across, a bar for each operation with its setup before it.
(() => {
  "use strict";
  const ROW = 30; // px
  const DAY = 86_400_000;
  const SHOWN_DAYS = 5;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      planned: token("accent-soft"), edge: token("accent"), running: token("state-running"), setup: token("state-setup"),
      late: token("state-stop"), ink: token("ink"), soft: token("ink-soft"), line: token("line"), surface: token("surface"),
    };
  }

  function escape(text) {
    const box = document.createElement("i");
    box.textContent = text;
    return box.innerHTML;
  }

  class Board {
    constructor(element) {
      this.element = element;
      const language = document.documentElement.lang;
      const timeZone = element.dataset.zone;
      this.moment = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
      this.day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", timeZone });
      this.clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
      this.load();
    }

    async load() {
      const answer = await fetch(this.element.dataset.board, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      this.data = await answer.json();
      this.element.style.height = `${Math.max(this.data.rows.length * ROW + 90, 220)}px`;
      this.chart = echarts.init(this.element, null, { renderer: "canvas" });
      new ResizeObserver(() => this.chart.resize()).observe(this.element);
      document.addEventListener("mes:theme", () => this.draw());
      this.chart.on("click", (hit) => {
        const order = hit.data?.order;
        if (order) location.assign(this.element.dataset.order.replace("/0/", `/${order}/`));
      });
      this.draw();
    }

    draw() {
      const look = colours();
      const words = this.element.dataset;
      const rows = this.data.rows.map((label) => label || words.wordOutside);
      const bars = this.data.bars.map(([row, start, run, end, order, operation, item, key, late, running]) => ({
        value: [row, start, end, run], order: key, late, running, text: order,
        tip: [`${order} / ${operation}`, [item, late ? words.wordLate : "", running ? words.wordRunning : ""].filter(Boolean).join(" · "), start, run, end],
      }));
      const from = Math.min(this.data.zero, ...bars.map((bar) => bar.value[1]));
      const to = Math.max(this.data.zero + DAY, ...bars.map((bar) => bar.value[2]));
      const shown = Math.min(100, (100 * SHOWN_DAYS * DAY) / (to - from));
      this.chart.setOption({
        animation: false,
        textStyle: { fontFamily: "Inter, sans-serif", color: look.ink },
        grid: { left: 110, right: 16, top: 8, bottom: 66 },
        tooltip: { trigger: "item", confine: true, className: "chart-tip", borderWidth: 0, padding: [8, 12], backgroundColor: look.surface, transitionDuration: 0, formatter: (hit) => this.tip(hit) },
        xAxis: { type: "time", min: from, max: to, axisLabel: { color: look.soft, hideOverlap: true, formatter: (at) => this.label(at) }, axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: look.line, opacity: 0.5 } } },
        yAxis: { type: "category", data: rows, inverse: true, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: look.soft, fontSize: 12, interval: 0 }, splitLine: { show: true, lineStyle: { color: look.line, opacity: 0.4 } } },
        dataZoom: [
          { type: "inside", filterMode: "weakFilter", minValueSpan: 600_000, start: 0, end: shown },
          { type: "slider", start: 0, end: shown, filterMode: "weakFilter", height: 22, bottom: 8, borderColor: look.line, fillerColor: look.planned, handleStyle: { color: look.edge }, moveHandleSize: 0, showDataShadow: false, labelFormatter: (at) => this.moment.format(at), textStyle: { color: look.soft } },
        ],
        series: [{
          type: "custom", encode: { x: [1, 2], y: 0 }, data: bars, clip: true, progressive: 0,
          renderItem: (params, api) => this.bar(params, api, bars[params.dataIndex], look),
          markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: look.ink, type: "solid", width: 1 }, data: [{ xAxis: Date.now() }] },
        }],
      });
    }

    bar(params, api, bar, look) {
      const row = api.value(0);
      const [left, middle] = api.coord([api.value(1), row]);
      const right = api.coord([api.value(2), row])[0];
      const run = api.coord([api.value(3), row])[0];
      const height = Math.min(api.size([0, 1])[1] * 0.72, 22);
      const place = { x: params.coordSys.x, y: params.coordSys.y, width: params.coordSys.width, height: params.coordSys.height };
      const cut = (x, width) => echarts.graphic.clipRectByRect({ x, y: middle - height / 2, width: Math.max(width, 1), height }, place);
      const whole = cut(left, right - left);
      if (!whole) return null;
      const setup = run > left ? cut(left, run - left) : null;
      const children = [{
        type: "rect", shape: { ...whole, r: 2 },
        style: { fill: bar.running ? look.running : look.planned, stroke: bar.late ? look.late : look.edge, lineWidth: bar.late ? 2 : 0.75 },
        textContent: whole.width > 7 * bar.text.length + 14 ? { style: { text: bar.text, fill: bar.running ? "#fff" : look.ink, fontSize: 12, fontWeight: 600, fontFamily: "Inter, sans-serif" } } : undefined,
        textConfig: { position: "inside" },
      }];
      if (setup) children.push({ type: "rect", shape: { x: setup.x + 1, y: setup.y + 1, width: Math.max(setup.width - 1, 1), height: setup.height - 2 }, style: { fill: look.setup, opacity: 0.8 } });
      return { type: "group", children };
    }

    label(at) {
      const clock = this.clock.format(at);
      return clock === "00:00" ? this.day.format(at) : clock;
    }

    tip(hit) {
      if (!hit.data?.tip) return "";
      const [title, detail, start, run, end] = hit.data.tip;
      const setup = run > start && !hit.data.running ? `<br>${escape(this.element.dataset.wordSetup)} ${this.moment.format(start)}` : "";
      return `<strong>${escape(title)}</strong><br>${escape(detail)}${setup}<br>${this.moment.format(run)} – ${this.moment.format(end)}`;
    }
  }

  document.querySelectorAll("[data-board]").forEach((element) => new Board(element));
})();
