// Control charts: location and spread one under the other, limits as lines, broken rules as marks, set-ups as
// borders between phases. A click on a point leads to its inspection.
(() => {
  "use strict";
  const SETTLE = 1_000;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    return { ink: token("ink"), soft: token("ink-soft"), line: token("line"), accent: token("accent"),
      wrong: token("wrong"), right: token("right"), surface: token("surface") };
  }

  function escape(text) {
    const box = document.createElement("i");
    box.textContent = text;
    return box.innerHTML;
  }

  class ControlChart {
    constructor(element) {
      this.element = element;
      this.chart = echarts.init(element, null, { renderer: "canvas" });
      this.when = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
        day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
        timeZone: element.dataset.zone,
      });
      new ResizeObserver(() => this.chart.resize()).observe(element);
      document.addEventListener("mes:theme", () => this.data && this.draw());
      document.addEventListener("htmx:sseMessage", () => {
        this.soon ??= setTimeout(() => { this.soon = null; this.load(); }, SETTLE);
      });
      this.chart.on("click", (hit) => {
        const page = this.data?.points[hit.data?.value?.[0]]?.page;
        if (page && element.dataset.open === "yes") location.assign(page);
      });
      this.load();
      setInterval(() => { if (!document.hidden) this.load(); }, 15_000);
    }

    async load() {
      try {
        const answer = await fetch(this.element.dataset.controlChart, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        this.data = await answer.json();
      } catch {
        return; // the banner of the live connection tells
      }
      this.draw();
    }

    draw() {
      const { charts, points, phases, limits, decimals } = this.data;
      const look = colours();
      const words = this.element.dataset;
      const number = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: decimals });
      const share = charts.length > 1 ? [[6, 52], [68, 24]] : [[6, 82]];
      const grids = share.map(([top, height]) => ({ left: 76, right: 70, top: `${top}%`, height: `${height}%` }));
      const xAxis = grids.map((_, at) => ({
        type: "value", min: -0.5, max: points.length - 0.5, gridIndex: at, splitLine: { show: false },
        axisLabel: { show: at === grids.length - 1, color: look.soft, formatter: (place) =>
          points[place] ? this.when.format(new Date(points[place].at)) : "" },
        minInterval: Math.max(1, Math.ceil(points.length / 7)), axisLine: { lineStyle: { color: look.line } },
      }));
      const yAxis = charts.map((chart, at) => ({
        type: "value", scale: true, gridIndex: at, name: chart.name, nameTextStyle: { color: look.ink, fontWeight: 700 },
        axisLabel: { color: look.soft, formatter: number }, splitLine: { show: false },
        axisLine: { show: true, lineStyle: { color: look.line } },
      }));
      const series = charts.flatMap((chart, at) => {
        const place = (values) => values.map((value, n) => [n + chart.first, value]);
        const line = (name, values, style) => ({
          name, type: "line", step: "middle", symbol: "none", silent: true, data: place(values), xAxisIndex: at,
          yAxisIndex: at, lineStyle: { width: 1.5, ...style }, z: 1,
          endLabel: { show: true, formatter: (hit) => `${name} ${number(hit.value[1])}`, color: look.soft, fontSize: 11 },
        });
        const marks = at === 0
          ? [["lower", words.wordLower], ["upper", words.wordUpper]].filter(([key]) => limits[key] != null)
              .map(([key, name]) => ({ yAxis: limits[key], label: { formatter: name, position: "insideStartTop",
                color: look.wrong }, lineStyle: { color: look.wrong, type: "solid", width: 1.5 } }))
          : [];
        let said = -Infinity; // a word only where the one before leaves room
        const borders = phases.map((phase) => {
          const shown = at === 0 && phase - said > points.length / 14;
          if (shown) said = phase;
          return { xAxis: phase - 0.5, lineStyle: { color: look.soft, type: "dotted" },
            label: { show: shown, formatter: words.wordPhase, color: look.soft, position: "end" } };
        });
        return [
          line("UCL", chart.upper, { color: look.soft, type: "dashed" }),
          line("LCL", chart.lower, { color: look.soft, type: "dashed" }),
          line("x̿", chart.centre, { color: look.right }),
          {
            name: chart.name, type: "line", xAxisIndex: at, yAxisIndex: at, z: 3, cursor: "pointer",
            lineStyle: { color: look.accent, width: 2 }, triggerLineEvent: false,
            data: chart.points.map((value, n) => ({
              value: [n + chart.first, value], broken: chart.broken[n] || [],
              symbol: chart.broken[n] ? "diamond" : "circle", symbolSize: chart.broken[n] ? 15 : 7,
              itemStyle: { color: chart.broken[n] ? look.wrong : look.accent },
            })),
            markLine: { silent: true, symbol: "none", data: [...marks, ...borders] },
          },
        ];
      });
      this.chart.setOption({
        animation: false, grid: grids, xAxis, yAxis, series,
        tooltip: {
          trigger: "item", backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink },
          formatter: (hit) => {
            const point = points[hit.value[0]];
            const broken = hit.data.broken.map((word) => `<br><b>${escape(word)}</b>`).join("");
            return `${escape(hit.seriesName)} <b>${number(hit.value[1])}</b><br>${this.when.format(new Date(point.at))}` +
              `<br>${escape(point.order)} ${escape(point.machine)}${broken}`;
          },
        },
      }, true);
    }
  }

  for (const element of document.querySelectorAll("[data-control-chart]")) new ControlChart(element);
})();
