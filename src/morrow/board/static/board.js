"use strict";
// Draws the figures of a page in the reader's colours, finds symbols by typing, and steps back in time.
(function () {
  const byId = (id) => document.getElementById(id);
  const read = (element) => JSON.parse(element.textContent);
  const redraws = [];

  function paint(value, colours) {
    if (typeof value === "string") {
      if (value[0] !== "@") return value;
      const name = value.slice(1);
      if (!(name in colours)) colours[name] = getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
      return colours[name] || value;
    }
    if (Array.isArray(value)) return value.map((each) => paint(each, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, paint(each, colours)]));
    }
    return value;
  }

  const axis = { gridcolor: "@faint", linecolor: "@quiet", zerolinecolor: "@quiet", zerolinewidth: 1, tickcolor: "@quiet", tickfont: { color: "@quiet" }, fixedrange: true };

  function draw(id, figure) {
    const given = figure.layout;
    const layout = Object.assign({
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "@ink" },
      margin: { l: 8, r: 14, t: 34, b: 8 },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", xanchor: "left", bgcolor: "rgba(0,0,0,0)" },
      hoverlabel: { bgcolor: "@panel", bordercolor: "@line", font: { color: "@ink" } },
      dragmode: false,
    }, given);
    layout.xaxis = Object.assign({}, axis, given.xaxis);
    layout.yaxis = Object.assign({}, axis, given.yaxis);
    const painted = paint({ data: figure.data, layout: layout }, {});
    return Plotly.react(byId(id), painted.data, painted.layout, { responsive: true, displayModeBar: false, displaylogo: false });
  }

  function keep(id, make) {
    const redraw = () => draw(id, make());
    redraws.push(redraw);
    redraw();
    return redraw;
  }

  function drawFigures() {
    document.querySelectorAll("script[data-figure]").forEach((script) => {
      const figure = read(script);
      keep(script.dataset.figure, () => figure);
    });
  }

  // A symbol's fan at a chosen cutoff.

  function number(value) {
    return value === null || value === undefined ? "–" : String(Number(value.toPrecision(6)));
  }

  function central(levels, share) {
    const find = (wanted) => levels.findIndex((each) => Math.abs(each - wanted) < 1e-9);
    const ends = [find((1 - share) / 2), find((1 + share) / 2)];
    return ends.includes(-1) ? null : ends;
  }

  function fanFigure(data, fan) {
    const factor = fan.factor || 1;
    const past = data.sessions.map((day, at) => [day, data.adjusted[at] / factor]).filter(([day]) => day <= fan.cutoff).slice(innerWidth < 640 ? -25 : -50);
    const last = past.length ? past[past.length - 1] : null;
    const from = (values) => (last ? [last[1]].concat(values) : values);
    const days = last ? [last[0]].concat(fan.sessions) : fan.sessions;
    const traces = [];
    [[0.95, "@wide"], [0.8, "@narrow"], [0.5, "@middle"]].forEach(([share, colour]) => {
      const ends = central(data.levels, share);
      if (!ends) return;
      const edge = (end) => from(fan.quantiles.map((row) => row[end]));
      traces.push({ type: "scatter", mode: "lines", x: days, y: edge(ends[0]), line: { width: 0 }, hoverinfo: "skip", showlegend: false });
      traces.push({ type: "scatter", mode: "lines", x: days, y: edge(ends[1]), line: { width: 0 }, fill: "tonexty", fillcolor: colour, hoverinfo: "skip", name: Math.round(100 * share) + " %" });
    });
    traces.push({ type: "scatter", mode: "lines", name: "close", x: past.map((each) => each[0]), y: past.map((each) => each[1]), line: { color: "@ink", width: 1.6 } });
    const middle = data.levels.indexOf(0.5);
    traces.push({ type: "scatter", mode: "lines", name: "median", x: days, y: from(fan.quantiles.map((row) => row[middle])), line: { color: "@ink", width: 1.6, dash: "dot" } });
    if (fan.realised.some((each) => each !== null)) {
      traces.push({ type: "scatter", mode: "markers", name: "close that came", x: fan.sessions, y: fan.realised, marker: { color: "@warm", size: 9, symbol: "diamond", line: { color: "@ground", width: 1 } } });
    }
    const labels = past.map((each) => each[0]).concat(fan.sessions);
    return { data: traces, layout: {
      height: 380,
      xaxis: { type: "category", categoryorder: "array", categoryarray: labels, nticks: 7, title: { text: "session" }, automargin: true },
      yaxis: { title: { text: "close [" + data.unit.replace(/[<>&]/g, "") + "]" }, automargin: true },
      shapes: last ? [{ type: "line", x0: last[0], x1: last[0], y0: 0, y1: 1, yref: "paper", line: { color: "@quiet", width: 1, dash: "dot" } }] : [],
    } };
  }

  function placeOf(value, row, ends) {
    if (value === null || !ends) return null;
    return value < row[ends[0]] ? "below" : value > row[ends[1]] ? "above" : "inside";
  }

  function describeFan(data, fan) {
    const ends = central(data.levels, 0.8);
    const places = fan.sessions.map((_, at) => placeOf(fan.realised[at], fan.quantiles[at], ends));
    const known = places.filter((each) => each !== null).length;
    const inside = places.filter((each) => each === "inside").length;
    const came = known ? inside + " of " + known + " closes that came lie inside the 80 % interval." : "None of these closes is known yet.";
    return "Forecast at the cutoff " + fan.cutoff + " by model " + fan.model + ". " + came;
  }

  function fillTable(data, fan) {
    const body = byId("fan-table").tBodies[0];
    const narrow = central(data.levels, 0.8), wide = central(data.levels, 0.95), middle = data.levels.indexOf(0.5);
    const interval = (row, ends) => (ends ? number(row[ends[0]]) + " to " + number(row[ends[1]]) : "–");
    body.replaceChildren(...fan.sessions.map((day, at) => {
      const row = fan.quantiles[at];
      const place = placeOf(fan.realised[at], row, narrow);
      const cells = [day, "+" + (at + 1), number(row[middle]), interval(row, narrow), interval(row, wide), number(fan.realised[at]), place === null ? "not known yet" : place + (place === "inside" ? "" : " the 80 % interval")];
      const line = document.createElement("tr");
      cells.forEach((text, column) => {
        const cell = document.createElement(column ? "td" : "th");
        if (!column) cell.scope = "row";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    }));
  }

  function stepThroughFans() {
    const data = read(byId("fan-data"));
    const range = byId("cutoff"), earlier = byId("earlier"), later = byId("later");
    let redraw = null;
    const chosen = () => data.fans[Number(range.value)];
    function show() {
      const fan = chosen();
      byId("chosen").textContent = fan.cutoff;
      range.setAttribute("aria-valuetext", fan.cutoff);
      earlier.disabled = Number(range.value) === 0;
      later.disabled = Number(range.value) === data.fans.length - 1;
      byId("fan-words").textContent = describeFan(data, fan);
      fillTable(data, fan);
      if (redraw) redraw();
    }
    const move = (by) => { range.value = Number(range.value) + by; show(); };
    earlier.addEventListener("click", () => move(-1));
    later.addEventListener("click", () => move(1));
    range.addEventListener("input", show);
    show();
    redraw = keep("fan", () => fanFigure(data, chosen()));
  }

  // Search by typing.

  function findSymbols() {
    const input = byId("search"), list = byId("found"), count = byId("found-count");
    if (!input || typeof SYMBOLS === "undefined") return;
    function show() {
      const words = input.value.trim().toLowerCase();
      const starts = [], others = [];
      if (words) {
        for (const one of SYMBOLS) {
          const at = one[0].toLowerCase().indexOf(words);
          if (at === 0) starts.push(one); else if (at > 0) others.push(one);
        }
      }
      const found = starts.concat(others);
      list.replaceChildren(...found.slice(0, 12).map(([name, page]) => {
        const link = document.createElement("a");
        link.textContent = name.length > 60 ? name.slice(0, 60) + "…" : name;
        link.href = input.dataset.root + page;
        const item = document.createElement("li");
        item.append(link);
        return item;
      }));
      list.hidden = !found.length;
      count.textContent = words ? found.length + (found.length === 1 ? " symbol" : " symbols") : "";
    }
    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      const first = list.querySelector("a");
      if (event.key === "Enter" && first) { first.click(); event.preventDefault(); }
      if (event.key === "ArrowDown" && first) { first.focus(); event.preventDefault(); }
      if (event.key === "Escape") { input.value = ""; show(); }
    });
    list.addEventListener("keydown", (event) => {
      const item = document.activeElement.parentElement;
      const next = event.key === "ArrowDown" ? item.nextElementSibling : event.key === "ArrowUp" ? item.previousElementSibling : null;
      if (event.key === "ArrowUp" && !next) input.focus();
      if (next) next.firstChild.focus();
      if (next || event.key === "ArrowUp") event.preventDefault();
      if (event.key === "Escape") { list.hidden = true; input.focus(); }
    });
    document.addEventListener("click", (event) => { if (!event.target.closest(".search")) list.hidden = true; });
  }

  findSymbols();
  if (typeof Plotly !== "undefined") {
    drawFigures();
    if (byId("fan-data")) stepThroughFans();
    const redrawAll = () => redraws.forEach((redraw) => redraw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
    matchMedia("print").addEventListener("change", redrawAll);
  }
  document.body.dataset.ready = "yes";
})();
