// The picture of a machine's time: states, orders, shifts, speed, pieces and machine codes over one zoomable axis.
// The server sends single states where they can be told apart and shares of time where they can't; zooming in asks
// again for what is seen.
(() => {
  "use strict";
  const REFRESH = 30_000;
  const SETTLE = 3_000;
  const REST = 200; // ms after the last move of the zoom
  const STEP = 0.2; // of what is seen, per key
  const STATE = {
    producing: "running", micro_stop: "micro_stop", stop: "stop", idle: "stop", setup: "setup",
    maintenance: "maintenance", unknown: "unknown", no_order: "no_order",
  };

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      state: (state) => token(`state-${STATE[state] || "unknown"}`),
      ink: token("ink"), soft: token("ink-soft"), line: token("line"), sunken: token("sunken"),
      accent: token("accent"), accentSoft: token("accent-soft"), setup: token("state-setup"),
      rest: token("state-break"), surface: token("surface"),
    };
  }

  function escape(text) {
    const box = document.createElement("i");
    box.textContent = text;
    return box.innerHTML;
  }

  class Picture {
    constructor(element) {
      this.element = element;
      this.words = JSON.parse(element.dataset.words);
      this.chart = echarts.init(element, null, { renderer: "canvas" });
      this.clock = new Intl.DateTimeFormat(document.documentElement.lang, {
        hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: element.dataset.zone,
      });
      this.exact = new Intl.DateTimeFormat(document.documentElement.lang, {
        hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: element.dataset.zone,
      });
      // as the server writes dates: Sat, 21 Nov
      this.day = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
        weekday: "short", day: "numeric", month: "short", timeZone: element.dataset.zone,
      });
      new ResizeObserver(() => this.chart.resize()).observe(element);
      document.addEventListener("mes:theme", () => this.data && this.draw());
      this.chart.on("click", (hit) => { if (hit.data?.page) location.assign(hit.data.page); });
      this.chart.on("datazoom", () => this.zoomed());
      element.addEventListener("keydown", (event) => this.key(event));
      this.load();
      setInterval(() => { if (!document.hidden) this.load(); }, REFRESH);
      document.addEventListener("htmx:sseMessage", () => this.loadSoon());
    }

    // The machine changed: draw again, but not at every cycle.
    loadSoon() {
      this.soon ??= setTimeout(() => { this.soon = null; this.load(); }, SETTLE);
    }

    async load() {
      try {
        const part = this.wanted ? `&from=${this.wanted[0]}&to=${this.wanted[1]}` : "";
        const number = (this.number = (this.number || 0) + 1);
        const answer = await fetch(this.element.dataset.timeline + part, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const data = await answer.json();
        if (number !== this.number) return; // a later question is on its way
        this.data = data;
      } catch {
        return; // the banner of the live connection tells
      }
      this.draw();
    }

    // What is seen, in milliseconds.
    seen() {
      const { start, end } = this.data;
      const zoom = this.chart.getOption().dataZoom[0];
      return [start + (end - start) * zoom.start / 100, start + (end - start) * zoom.end / 100];
    }

    zoomed() {
      clearTimeout(this.rest);
      this.rest = setTimeout(() => {
        const { start, end, from, to } = this.data;
        const [left, right] = this.seen();
        const all = right - left > 0.9 * (end - start);
        const covered = from <= left && right <= to;
        const fine = !this.data.shares.length && to - from < 8 * (right - left);
        if (covered && (fine || to - from < 2.5 * (right - left))) return;
        const margin = 0.6 * (right - left);
        this.wanted = all ? null : [Math.round(left - margin), Math.round(right + margin)];
        this.load();
      }, REST);
    }

    key(event) {
      if (!this.data) return;
      const [left, right] = this.seen();
      const step = STEP * (right - left);
      const moves = {
        ArrowLeft: [left - step, right - step], ArrowRight: [left + step, right + step],
        "+": [left + step, right - step], "=": [left + step, right - step], "-": [left - step, right + step],
        0: [this.data.start, this.data.end],
      };
      const move = moves[event.key];
      if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const { start, end } = this.data;
      const width = Math.min(move[1] - move[0], end - start);
      const from = Math.min(Math.max(move[0], start), end - width);
      this.chart.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, startValue: from, endValue: from + width });
    }

    draw() {
      const data = this.data;
      const look = colours();
      const many = data.slots > 1;
      const hasStates = data.states.length + data.shares.length > 0; // people report: there are only orders
      const zoomed = this.chart.getOption()?.dataZoom?.[0];
      const slots = Array.from({ length: data.slots }, (_, index) => index + 1);
      const words = this.element.dataset;
      const rows = [
        ...(hasStates ? slots.map((slot) => (many ? `${words.rowState} ${slot}` : words.rowState)) : []),
        ...slots.map((slot) => (many ? `${words.rowOrder} ${slot}` : words.rowOrder)),
        words.rowShift,
      ];
      const firstOrder = hasStates ? data.slots : 0;
      const bars = [
        ...data.states.map(([slot, start, end, state, alarm, reason]) => ({
          value: [slot - 1, start, end],
          look: { fill: look.state(state), text: "" },
          tip: [this.words[state] || state, reason || alarm, start, end],
        })),
        ...data.shares.map(([slot, start, end, state, low, high]) => ({
          value: [slot - 1, start, end],
          look: { fill: look.state(state), text: "", low, high },
          tip: [`${this.words[state] || state} ${Math.round((high - low) * 100)} %`, "", start, end],
        })),
        ...data.runs.map(([slot, start, end, phase, order, item, operation, page]) => ({
          page,
          value: [firstOrder + slot - 1, start, end],
          look: {
            fill: phase === "setup" ? look.setup : look.accentSoft, text: order,
            ink: phase === "setup" ? "#fff" : look.ink, edge: look.accent,
          },
          tip: [`${order} / ${operation}`, `${item} · ${this.words[phase]}`, start, end],
        })),
        ...data.calendar.map(([start, end, kind, shift]) => ({
          value: [firstOrder + data.slots, start, end],
          look: { fill: kind === "work" ? look.sunken : look.rest, text: kind === "work" ? shift : "", ink: look.soft },
          tip: [shift, this.words[kind], start, end],
        })),
      ];
      const speeds = data.speed.map((point) => point[1]);
      const usual = speeds.length ? [...speeds].sort((a, b) => a - b)[Math.floor(speeds.length * 0.5)] : 1;
      const top = Math.max(usual, data.reference || 0) * 1.6;
      const low = Math.min(usual, data.reference || usual) * 0.6;
      const hasSpeed = speeds.length > 0;
      const hasPieces = data.pieces.length > 0;
      const below = 78 + (hasPieces ? 62 : 0);
      const rowsBottom = hasSpeed ? below + 80 : below;
      const above = (0.36 * (this.chart.getHeight() - 6 - rowsBottom)) / rows.length + 3; // px, over the bars of a row
      const most = Math.max(1, ...data.pieces.map(([, good, bad]) => good + bad));
      const axis = (index, shown) => ({ type: "time", gridIndex: index, min: data.start, max: data.end, axisLabel: { show: shown, formatter: (at) => this.label(at), color: look.soft, hideOverlap: true }, axisLine: { show: index > 0 && shown, lineStyle: { color: look.line } }, axisTick: { show: false }, splitLine: { show: true, lineStyle: { color: look.line, opacity: 0.5 } } });

      this.chart.setOption({
        animation: false,
        textStyle: { fontFamily: "Inter, sans-serif", color: look.ink },
        grid: [
          { left: 78, right: 14, top: 6, bottom: rowsBottom },
          { left: 78, right: 14, height: 72, bottom: below - 10, show: false },
          { left: 78, right: 14, height: 46, bottom: 68, show: false },
        ],
        tooltip: {
          trigger: "item", confine: true, className: "chart-tip", borderWidth: 0, padding: [8, 12],
          backgroundColor: look.surface, transitionDuration: 0,
          formatter: (hit) => this.tip(hit),
        },
        xAxis: [axis(0, !hasSpeed && !hasPieces), axis(1, hasSpeed && !hasPieces), axis(2, hasPieces)],
        yAxis: [
          { type: "category", gridIndex: 0, data: rows, inverse: true, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: look.soft, fontSize: 12 } },
          { type: "value", gridIndex: 1, show: hasSpeed, min: low, max: top, splitNumber: 2, name: words.rowSpeed, nameLocation: "middle", nameGap: 42, nameTextStyle: { color: look.soft, fontSize: 12 }, axisLabel: { color: look.soft, fontSize: 11, formatter: (value) => value.toFixed(value < 10 ? 1 : 0) }, splitLine: { show: false } },
          { type: "value", gridIndex: 2, show: hasPieces, min: 0, max: most, interval: most, name: words.rowPieces, nameLocation: "middle", nameGap: 42, nameTextStyle: { color: look.soft, fontSize: 12 }, axisLabel: { color: look.soft, fontSize: 11, showMinLabel: false }, splitLine: { show: false } },
        ],
        dataZoom: [
          { type: "inside", xAxisIndex: [0, 1, 2], filterMode: "weakFilter", minValueSpan: 60_000, start: zoomed?.start ?? 0, end: zoomed?.end ?? 100 },
          { type: "slider", xAxisIndex: [0, 1, 2], start: zoomed?.start ?? 0, end: zoomed?.end ?? 100, filterMode: "weakFilter", height: 22, bottom: 8, borderColor: look.line, fillerColor: look.accentSoft, handleStyle: { color: look.accent }, moveHandleSize: 0, showDataShadow: false, labelFormatter: (at) => this.clock.format(at), textStyle: { color: look.soft } },
        ],
        series: [
          {
            type: "custom", xAxisIndex: 0, yAxisIndex: 0, encode: { x: [1, 2], y: 0 }, data: bars, clip: true,
            renderItem: (params, api) => this.bar(params, api, bars),
            markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: look.ink, type: "solid", width: 1 }, data: data.now < data.end ? [{ xAxis: data.now }] : [] },
          },
          {
            type: "line", xAxisIndex: 1, yAxisIndex: 1, data: this.broken(data.speed), showSymbol: false, connectNulls: false, clip: true,
            lineStyle: { color: look.accent, width: 1.5 }, itemStyle: { color: look.accent }, silent: true,
            markLine: hasSpeed && data.reference ? { silent: true, symbol: "none", animation: false, label: { formatter: words.wordReference, position: "insideEndTop", color: look.soft, fontSize: 11 }, lineStyle: { color: look.soft, type: "dashed" }, data: [{ yAxis: data.reference }] } : undefined,
          },
          {
            type: "custom", xAxisIndex: 2, yAxisIndex: 2, encode: { x: 0, y: [1, 2] }, clip: true,
            data: data.pieces.map(([at, good, bad]) => ({
              value: [at, good, bad],
              tip: [`${good} ${words.wordGood}`, bad ? `${bad} ${words.wordBad}` : "", at, Math.min(at + data.width, data.to)],
            })),
            renderItem: (params, api) => this.column(params, api, look),
          },
          {
            type: "scatter", xAxisIndex: 0, yAxisIndex: 0, symbol: "triangle", symbolSize: 9, symbolRotate: 180, symbolOffset: [0, -above],
            itemStyle: { color: look.ink }, z: 5,
            data: data.alarms.map(([at, code, times]) => ({ value: [at, 0], tip: [`${words.wordCode} ${code}`, times > 1 ? `${times} ×` : "", at, at] })),
          },
        ],
      });
    }

    // A gap without cycles is a gap in the line.
    broken(points) {
      const gap = 4 * Math.max(30_000, (this.data.end - this.data.start) / 480);
      const line = [];
      points.forEach((point, index) => {
        if (index && point[0] - points[index - 1][0] > gap) line.push([point[0] - 1, null]);
        line.push(point);
      });
      return line;
    }

    column(params, api, look) {
      const [left, top] = api.coord([api.value(0), api.value(1) + api.value(2)]);
      const [right, base] = api.coord([api.value(0) + this.data.width, 0]);
      const good = api.coord([api.value(0), api.value(1)])[1];
      const width = Math.max(right - left - 1, 1);
      return {
        type: "group",
        children: [
          { type: "rect", shape: { x: left, y: good, width, height: base - good }, style: { fill: look.accent, opacity: 0.75 } },
          { type: "rect", shape: { x: left, y: top, width, height: good - top }, style: { fill: look.state("stop") } },
        ],
      };
    }

    bar(params, api, bars) {
      const { fill, text, ink, edge, low, high } = bars[params.dataIndex].look;
      const row = api.value(0);
      const [left, middle] = api.coord([api.value(1), row]);
      const right = api.coord([api.value(2), row])[0];
      const height = api.size([0, 1])[1] * 0.72;
      const shape = echarts.graphic.clipRectByRect(
        { x: left, y: middle + height / 2 - height * (high ?? 1), width: Math.max(right - left, 1), height: height * ((high ?? 1) - (low ?? 0)) },
        { x: params.coordSys.x, y: params.coordSys.y, width: params.coordSys.width, height: params.coordSys.height },
      );
      if (!shape) return null;
      const wide = text && shape.width > 7 * text.length + 10;
      return {
        type: "rect", shape: { ...shape, r: high === undefined ? 2 : 0 },
        style: { fill, stroke: edge || "transparent", lineWidth: edge ? 0.75 : 0 },
        textContent: wide ? { style: { text, fill: ink, fontSize: 12, fontWeight: 600, fontFamily: "Inter, sans-serif" } } : undefined,
        textConfig: { position: "inside" },
      };
    }

    label(at) {
      const [left, right] = this.chart.getOption() ? this.seen() : [this.data.start, this.data.end];
      if (right - left > 3 * 86_400_000) return this.day.format(at);
      const text = this.clock.format(at);
      return text === "00:00" ? this.day.format(at) : text;
    }

    tip(hit) {
      if (!hit.data || !hit.data.tip) return "";
      const [title, detail, start, end] = hit.data.tip;
      const span = `${this.exact.format(start)} – ${this.exact.format(end)} · ${window.mes.duration(end - start)}`;
      return `<div class="tip"><b>${escape(title)}</b>${detail ? `${escape(detail)}<br>` : ""}${span}</div>`;
    }
  }

  for (const element of document.querySelectorAll("[data-timeline]")) new Picture(element);
})();
