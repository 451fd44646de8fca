// The operations page: one event stream feeds the picture, the charts, the timeline and the table.

const root = document.querySelector(".operations");
const svg = document.getElementById("topology");
const svgNamespace = "http://www.w3.org/2000/svg";
const eventTimeout = 2500; // ms without an event before reconnecting; there is one each second
const firstEventTimeout = 6000; // ms until the first event
const retryDelay = 500; // ms before the next attempt
const interval = 5; // s between two points of the charts
const span = 15 * 60; // s

// ---- The stream ----

let source, watchdog, lostAt = null, view = null;

function open() {
  clearTimeout(watchdog);
  source?.close();
  source = new EventSource(root.dataset.events);
  watch(firstEventTimeout);
  source.addEventListener("state", (event) => {
    watch(eventTimeout);
    lostAt = null;
    view = JSON.parse(event.data);
    show();
  });
  source.addEventListener("history", (event) => addPoints(JSON.parse(event.data)));
  source.addEventListener("point", (event) => addPoints([JSON.parse(event.data)]));
  source.addEventListener("timeline", (event) => addEvents(JSON.parse(event.data)));
  source.onerror = () => {
    // The browser reconnects automatically, unless the response was not an event stream.
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(watchdog);
      watchdog = setTimeout(reopenOrSignIn, retryDelay);
    }
  };
}

function watch(limit) {
  clearTimeout(watchdog);
  watchdog = setTimeout(reopen, limit);
}

async function reopenOrSignIn() {
  const status = await fetch(root.dataset.events, { method: "HEAD" }).then((response) => response.status, () => 0);
  if (status === 401 || status === 403) location.reload();
  else reopen();
}

function reopen() {
  lostAt ??= Date.now();
  showFreshness();
  open();
}

// ---- Formatting ----

const clock = (time) => (time ? new Date(time).toISOString().slice(11, 19) : "–");

function number(value, unit = "") {
  if (value === null || value === undefined) return "–";
  return (value < 10 && value % 1 ? value.toFixed(1) : Math.round(value).toLocaleString("en")) + unit;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setClass(element, value) {
  if (element.getAttribute("class") !== value) element.setAttribute("class", value);
}

const classOf = (server) => server.state + (server.isStale ? " stale" : "");

// ---- State and table ----

function show() {
  const verdict = document.getElementById("verdict");
  setText(verdict, view.verdict);
  setClass(verdict, "verdict " + (view.isGood ? "good" : "bad"));
  showFreshness();
  showTable();
  draw();
}

function showFreshness() {
  const element = document.getElementById("freshness");
  setClass(element, lostAt ? "freshness lost" : "freshness");
  setText(element, lostAt
    ? `No updates since ${clock(view?.time ?? lostAt)} UTC. Reconnecting…`
    : `Live, ${clock(view.time)} UTC, reported by ${view.source}`);
}

const columns = {
  name: (s) => s.name + (s.role ? ` (${s.role})` : ""),
  state: (s, tier) => word(s, tier),
  since: (s) => clock(s.since),
  requests: (s) => number(s.requests),
  errors: (s) => number(s.errors),
  inFlight: (s) => number(s.inFlight),
  queue: (s) => number(s.queue),
  mean: (s) => number(s.mean, " ms"),
  check: (s) => s.check,
};

function showTable() {
  const table = document.getElementById("servers");
  for (const tier of view.tiers) {
    let body = table.querySelector(`tbody[data-tier="${tier.name}"]`);
    if (!body) {
      body = table.createTBody();
      body.dataset.tier = tier.name;
      const head = body.insertRow();
      head.className = "tier";
      const cell = document.createElement("th");
      cell.colSpan = 9;
      cell.scope = "rowgroup";
      const service = document.createElement("span");
      service.dataset.col = "service";
      cell.append(tier.title + ": ", service, " in service");
      head.append(cell);
    }

    setText(body.querySelector("[data-col=service]"), `${tier.inService} of ${tier.expected}`);
    const rows = new Map([...body.querySelectorAll("tr[data-server]")].map((row) => [row.dataset.server, row]));
    for (const server of tier.servers) {
      const row = rows.get(server.name) ?? addRow(body, server);
      rows.delete(server.name);
      setClass(row, classOf(server));
      const action = row.querySelector("[data-action]");
      if (action) {
        setText(action, { up: "Drain…", draining: "Return…" }[server.state] ?? "");
        action.parentElement.hidden = action.textContent === "";
      }

      for (const [column, text] of Object.entries(columns)) setText(row.querySelector(`[data-col=${column}]`), text(server, tier));
    }

    for (const row of rows.values()) row.remove();
  }
}

function addRow(body, server) {
  const row = body.insertRow();
  row.dataset.server = server.name;
  for (const column of Object.keys(columns)) {
    const cell = document.createElement(column === "name" ? "th" : "td");
    if (column === "name") cell.scope = "row";
    cell.dataset.col = column;
    if (["requests", "errors", "inFlight", "queue", "mean"].includes(column)) cell.className = "number";
    row.append(cell);
  }

  return row;
}

// ---- The timeline. Several web servers report the same events, so duplicates are removed. ----

let events = [];

function addEvents(more) {
  for (const event of more) {
    const time = Date.parse(event.time);
    const isKnown = (e) => e.server === event.server && e.state === event.state && e.by === event.by && Math.abs(Date.parse(e.time) - time) < 6000;
    if (!events.some(isKnown)) events.push(event);
  }

  events.sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
  events = events.slice(0, 50);
  const list = document.getElementById("events");
  list.replaceChildren(...events.map((event) => {
    const item = document.createElement("li");
    item.className = event.state;
    const time = document.createElement("time");
    time.dateTime = event.time;
    time.textContent = clock(event.time);
    item.append(mark(event.state), time, " ", event.text);
    return item;
  }));
  document.getElementById("no-events").hidden = events.length > 0;
}

// ---- The picture ----

function create(name, attributes = {}, text) {
  const element = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// Each state has its own shape, so that color is not the only distinction.
const shapes = {
  up: () => [create("circle", { r: 7 }), create("path", { d: "M-3.5 0 L-1 2.7 L3.5 -2.7", class: "ink" })],
  draining: () => [create("path", { d: "M-7 -6 H7 L0 7 Z" }), create("path", { d: "M0 -4 V2 M-2.3 0 L0 2.6 L2.3 0", class: "ink" })],
  down: () => [create("rect", { x: -7, y: -7, width: 14, height: 14, rx: 1.5 }), create("path", { d: "M-3.2 -3.2 L3.2 3.2 M3.2 -3.2 L-3.2 3.2", class: "ink" })],
  standby: () => [create("circle", { r: 6, class: "hollow" }), create("path", { d: "M-1.8 -2.6 V2.6 M1.8 -2.6 V2.6", class: "line" })],
  unknown: () => [create("path", { d: "M0 -7 L7 0 L0 7 L-7 0 Z", class: "hollow" }), create("path", { d: "M-1.8 -1.5 A1.9 1.9 0 1 1 0 0.6 V1.4 M0 3.2 V3.6", class: "line" })],
};

function mark(state) {
  const element = create("svg", { class: "mark " + state, viewBox: "-8 -8 16 16", width: 16, height: 16, "aria-hidden": "true" });
  element.append(...shapes[state]());
  return element;
}

for (const element of document.querySelectorAll("[data-mark]")) element.append(...shapes[element.dataset.mark]());

const box = { width: 224, height: 92, gap: 14 };
const word = (server, tier) => (tier.name === "lb" && server.state === "down" ? "gone" : server.state);
// Line widths range from 1 px (almost no requests) to 14 px (about 1,000 requests per second and more).
const widthOf = (requests) => (requests > 0.05 ? Math.min(14, 1.2 + 4.3 * Math.log10(1 + requests)) : 1);

function draw() {
  const width = svg.parentElement.clientWidth;
  if (width === 0) {
    // The page has no layout yet.
    requestAnimationFrame(draw);
    return;
  }

  const isNarrow = width < 760;
  const nodes = new Map();
  let height = 0;
  const tiers = view.tiers.filter((tier) => tier.servers.length > 0);
  if (isNarrow) {
    const boxWidth = Math.min((width - box.gap - 8) / 2, 260);
    const left = (width - 2 * boxWidth - box.gap) / 2;
    let y = 8;
    for (const tier of tiers) {
      tier.y = y;
      y += 24;
      tier.servers.forEach((server, i) => nodes.set(server.name, { server, tier, x: left + (i % 2) * (boxWidth + box.gap), y: y + Math.floor(i / 2) * (box.height + box.gap), width: boxWidth }));
      y += Math.ceil(tier.servers.length / 2) * (box.height + box.gap) + 30;
    }

    height = y - 30;
  } else {
    const boxWidth = Math.min(box.width, (width - 3 * 70) / Math.max(tiers.length, 1));
    const step = tiers.length > 1 ? (width - 4 - boxWidth) / (tiers.length - 1) : 0;
    const maxServers = Math.max(...tiers.map((tier) => tier.servers.length));
    height = 30 + maxServers * (box.height + box.gap);
    tiers.forEach((tier, column) => {
      tier.x = 2 + column * step;
      tier.y = 0;
      const top = 30 + (maxServers - tier.servers.length) * (box.height + box.gap) / 2;
      tier.servers.forEach((server, i) => nodes.set(server.name, { server, tier, x: tier.x, y: top + i * (box.height + box.gap), width: boxWidth }));
    });
  }

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  const drawn = document.createDocumentFragment();
  drawLines(drawn, nodes, tiers, isNarrow);
  for (const tier of tiers) {
    drawn.append(create("text", { class: "title", x: isNarrow ? 0 : tier.x, y: tier.y + 14 }, `${tier.title} ${tier.inService}/${tier.expected}`));
  }

  for (const node of nodes.values()) drawn.append(drawNode(node));
  svg.replaceChildren(drawn);
}

function drawLines(drawn, nodes, tiers, isNarrow) {
  const line = (d, requests, isOff) => drawn.append(create("path", { class: "flow" + (isOff ? " off" : "") + (requests > 0.05 ? "" : " idle"), d, "stroke-width": widthOf(requests).toFixed(1) }));
  const total = (from) => view.flows.filter(from).reduce((sum, flow) => sum + flow.requests, 0);
  const members = (name) => [...nodes.values()].filter((node) => node.tier.name === name);
  if (isNarrow) {
    tiers.slice(1).forEach((tier, i) => {
      const x = svg.parentElement.clientWidth / 2;
      const requests = i === 0 ? total((f) => members("lb").some((n) => n.server.name === f.from) && members("web").some((n) => n.server.name === f.to))
        : i === 1 ? total((f) => f.from === "web") : total((f) => f.from === "api");
      const bottom = Math.max(...members(tiers[i].name).map((n) => n.y)) + box.height;
      line(`M${x} ${bottom + 6} V${tier.y + 4 + 20}`, requests);
      drawn.append(create("text", { class: "rate", x: x + 12, y: bottom + 32 }, `${number(requests)}/s`));
    });
    return;
  }

  const curve = (x1, y1, x2, y2) => `M${x1} ${y1} C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
  const [right, left, middle] = [(n) => n.x + n.width, (n) => n.x, (n) => n.y + box.height / 2];
  const isOff = (node) => node.server.state !== "up" || node.server.isStale;
  for (const lb of members("lb")) {
    for (const web of members("web")) {
      const flow = view.flows.find((f) => f.from === lb.server.name && f.to === web.server.name);
      if (flow && web.server.state !== "standby") line(curve(right(lb), middle(lb), left(web), middle(web)), flow.requests, isOff(lb) || isOff(web));
    }
  }

  // Web servers call API servers through the load balancers, whose statistics have the traffic per load balancer, but not per web server.
  const [web, api] = [members("web"), members("api")];
  const hops = web.length > 0 && api.length > 0 ? members("lb").filter((lb) => !lb.server.isStale) : [];
  const [from, to] = [web[0] ? right(web[0]) : 0, api[0] ? left(api[0]) : 0];
  const [x, top, bottom] = [from + (to - from) * 0.42, Math.min(...web.map(middle)), Math.max(...web.map(middle))];
  hops.forEach((lb, i) => {
    const y = hops.length === 1 ? (top + bottom) / 2 : top + (bottom - top) * (0.25 + 0.5 * i / (hops.length - 1));
    const requests = total((f) => f.from === "web" && f.to === lb.server.name);
    line(curve(from + 10, (top + bottom) / 2, x, y), requests);
    for (const server of api) {
      const flow = view.flows.find((f) => f.from === lb.server.name && f.to === server.server.name);
      if (flow && server.server.state !== "standby") line(curve(x, y, to, middle(server)), flow.requests, isOff(server));
    }

    drawn.append(create("circle", { class: "door", cx: x, cy: y, r: 7 }), create("text", { class: "rate", x, y: y - 12, "text-anchor": "middle" }, lb.server.name));
  });
  const bracket = (tier) => tier.filter((n) => n.server.state !== "standby");
  for (const tier of [bracket(web), bracket(api)].filter((t) => t.length > 1)) {
    const edge = right(tier[0]) + 10;
    line(`M${edge - 6} ${middle(tier[0])} H${edge} V${middle(tier.at(-1))} H${edge - 6}`, 0);
  }

  for (const database of members("database")) {
    const flow = view.flows.find((f) => f.from === "api" && f.to === database.server.name);
    const callers = bracket(api);
    if (flow && callers.length > 0) {
      const y = (middle(callers[0]) + middle(callers.at(-1))) / 2;
      line(curve(right(callers[0]) + 10, y, left(database), middle(database)), flow.requests, isOff(database));
    }
  }
}

function drawNode({ server, tier, x, y, width }) {
  const group = create("g", { class: "node " + classOf(server), transform: `translate(${x} ${y})`, "data-node": server.name });
  group.append(create("title", {}, `${server.name}: ${word(server, tier)}. ${server.check}`), create("rect", { class: "frame", width, height: box.height, rx: 8 }));
  const shape = create("g", { class: "mark " + server.state, transform: `translate(18 20)` });
  shape.append(...shapes[server.state]());
  group.append(shape, create("text", { class: "name", x: 32, y: 25 }, server.name));
  const state = server.role && server.state === "up" ? server.role : word(server, tier);
  // On narrow screens, the mark alone shows the state "up" if the text doesn't fit.
  if (server.state !== "up" || 32 + 8.5 * server.name.length + 7.5 * state.length < width - 10) {
    group.append(create("text", { class: "state", x: width - 10, y: 25, "text-anchor": "end" }, state));
  }

  const isIdle = server.state === "standby" || (server.state === "unknown" && server.requests === null);
  const unit = server.role ? "tx/s" : "req/s";
  if (!isIdle) {
    group.append(create("text", { class: "big", x: 10, y: 50 }, `${number(server.requests)} ${unit}`));
    group.append(create("text", { class: server.errors > 0 ? "errors some" : "errors", x: width - 10, y: 50, "text-anchor": "end" }, server.errors === null ? "" : `${number(server.errors)} err/s`));
    group.append(create("text", { class: "small", x: 10, y: 67 }, `${number(server.inFlight)} in flight${server.queue ? `, ${number(server.queue)} queued` : ""}`));
    group.append(create("text", { class: "small", x: width - 10, y: 67, "text-anchor": "end" }, server.mean === null ? "" : `mean ${number(server.mean, " ms")}`));
  }

  group.append(create("text", { class: "small check", x: 10, y: 83 }, shorten(`${server.since ? (width > 180 ? "since " : "") + clock(server.since) : ""}${server.since && server.check ? ", " : ""}${server.check}`, width)));
  return group;
}

const shorten = (text, width) => (text.length > (width - 16) / 5.6 ? text.slice(0, Math.floor((width - 16) / 5.6) - 1) + "…" : text);

// ---- The charts ----

const points = new Map();
const charts = [];
const metrics = [
  ["requests", "Requests/s", (n) => n.requests],
  ["errors", "Errors/s", (n) => n.errors],
  ["mean", "Mean response, ms", (n) => n.mean],
  ["inService", "In service", (n) => n.inService],
];

function addPoints(more) {
  for (const point of more) if (!points.has(point.time)) points.set(point.time, point);
  const times = [...points.keys()].sort((a, b) => a - b);
  for (const time of times) if (time <= times.at(-1) - span) points.delete(time);
  if (points.size > 0) showCharts();
}

function series(tier, value) {
  const times = [], values = [];
  let last = null;
  for (const time of [...points.keys()].sort((a, b) => a - b)) {
    // Show missing points as a gap.
    if (last !== null && time - last > 3 * interval) {
      times.push(last + interval);
      values.push(null);
    }

    const numbers = points.get(time).tiers[tier];
    times.push(time);
    values.push(numbers ? value(numbers) : null);
    last = time;
  }

  return [times, values];
}

function showCharts() {
  if (!window.uPlot || !view) return;
  if (charts.length === 0) {
    document.getElementById("history").hidden = false;
    for (const tier of view.tiers) for (const metric of metrics) addChart(tier, metric);
  }

  for (const chart of charts) chart.plot.setData(series(chart.tier, chart.value));
}

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function addChart(tier, [key, title, value]) {
  if (tier.name === "database" && (key === "errors" || key === "mean")) return;
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = `${tier.title}: ${tier.name === "database" && key === "requests" ? "transactions/s" : title.toLowerCase()}`;
  figure.append(caption);
  document.getElementById("charts").append(figure);
  const axis = { stroke: () => style("--quiet"), grid: { stroke: () => style("--line"), width: 1 }, ticks: { show: false }, font: "11px ui-sans-serif, system-ui, sans-serif" };
  const plot = new uPlot({
    width: figure.clientWidth,
    height: 110,
    legend: { show: false },
    cursor: { show: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "UTC"),
    scales: {
      x: { range: (_, __, max) => [max - span, max] },
      y: { range: (_, __, max) => [0, key === "inService" ? Math.max(1, max ?? 1) + 0.2 : Math.max(max ?? 0, key === "mean" ? 10 : 1) * 1.1] },
    },
    axes: [
      { ...axis, size: 22, space: 70, values: (_, times) => times.map((time) => clock(time * 1000).slice(0, 5)) },
      { ...axis, size: 38, space: 30, values: (_, numbers) => numbers.map((n) => (key === "inService" && n % 1 ? "" : n >= 10000 ? n / 1000 + "k" : n)) },
    ],
    series: [{}, {
      stroke: () => style(key === "errors" ? "--danger" : "--accent"),
      width: 1.5,
      points: { show: false },
      ...(key === "inService" ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
    }],
  }, [[], []], figure);
  charts.push({ plot, figure, tier: tier.name, value });
}

// ---- Start ----

document.getElementById("picture").hidden = false;
addEventListener("resize", () => {
  if (view) draw();
  for (const { plot, figure } of charts) plot.setSize({ width: figure.clientWidth, height: 110 });
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(({ plot }) => plot.redraw()));
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => event.persisted && open());
open();
