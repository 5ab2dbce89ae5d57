// SPDX-License-Identifier: Apache-2.0
// The dashboard's page: one event stream for what is now, one request per span for what was.
"use strict";

const byId = (id) => document.getElementById(id);
const kSilenceMs = 12000;  // the server speaks every 5 s: after this the line is dead

let newest = null;    // the last state
let heardAt = 0;      // when it came
let source = null;    // the event stream

// ---- words

function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.round(hours / 24)} days`;
}

function luxText(lux) {
  if (lux >= 1000) return Math.round(lux).toLocaleString("en");
  return lux >= 10 ? String(Math.round(lux)) : lux.toFixed(1);
}

function luxWord(lux) {
  for (const [below, word] of [[1, "dark"], [50, "dim"], [300, "indoors"], [1000, "bright indoors"],
    [10000, "daylight"], [30000, "bright daylight"]]) {
    if (lux < below) return word;
  }
  return "direct sun";
}

const kStatusWords = {charging: "Charging", discharging: "On battery", "not-charging": "Not charging",
  full: "Full"};

function show(sensor, field) {
  const value = sensor && sensor.values[field];
  return value && "value" in value ? value : null;
}

function reason(sensor) {
  for (const value of Object.values(sensor ? sensor.values : {})) {
    if (value.unknown) return value.unknown;
  }
  return "";
}

const approximately = (value) => (value.estimated ? "about " : "");

// ---- tiles

function tile(id, sensor, field, main, more) {
  const box = byId(id);
  const value = show(sensor, field);
  box.classList.toggle("unknown", !value);
  box.querySelector("[data-main]").textContent = value ? main(value.value) : "Unknown";
  box.querySelector("[data-more]").textContent = value ? more(value.value) : reason(sensor);
  return value;
}

function drawBattery(battery) {
  const box = byId("battery");
  const percent = show(battery, "percent");
  const status = show(battery, "status");
  const number = percent ? percent.value : 0;
  box.classList.toggle("unknown", !percent);
  box.classList.toggle("low", !!percent && number < 15);
  box.classList.toggle("middling", !!percent && number >= 15 && number < 30);
  box.classList.toggle("charging", !!status && status.value === "charging");
  byId("arc").setAttribute("stroke-dasharray", `${percent ? Math.max(number, 0.5) : 0} 100`);
  byId("percent").textContent = percent ? `${Math.round(number)}%` : "?";
  byId("batteryStatus").textContent =
      status ? kStatusWords[status.value] || status.value : percent ? "Status unknown" : "Unknown";
  const empty = show(battery, "time_to_empty");
  const full = show(battery, "time_to_full");
  byId("batteryTime").textContent =
      empty ? `${approximately(empty)}${duration(empty.value)} left` :
      full ? `full in ${approximately(full)}${duration(full.value)}` : percent ? "" : reason(battery);
  const more = [];
  const power = show(battery, "power");
  const voltage = show(battery, "voltage");
  const temperature = show(battery, "temperature");
  const cycles = show(battery, "cycles");
  const condition = show(battery, "condition");
  if (power && Math.abs(power.value) >= 0.05) more.push(`${Math.abs(power.value).toFixed(1)} W`);
  if (voltage) more.push(`${voltage.value.toFixed(2)} V`);
  if (temperature) more.push(`${temperature.value.toFixed(1)} °C`);
  if (cycles && cycles.value > 0) more.push(`${cycles.value} cycles`);
  if (condition) more.push(`${Math.round(condition.value)} % of its design`);
  byId("batteryMore").textContent = more.join(" · ");
}

function drawTiles(state) {
  const sensors = state.sensors;
  drawBattery(sensors["battery/summary"]);
  const plugged = tile("mains", sensors["mains/summary"], "online",
      (on) => (on ? "Plugged in" : "Unplugged"), () => mainsNames(sensors));
  byId("mains").classList.toggle("on", !!plugged && plugged.value);
  tile("light", sensors["illuminance/summary"], "lux", (lux) => `${luxText(lux)} lx`, luxWord);
  tile("thermal", sensors["thermal/summary"], "temperature", (c) => `${c.toFixed(1)} °C`,
      () => "the hottest zone");
  tile("backlight", sensors["backlight/summary"], "percent", (p) => `${Math.round(p)} %`, () => ({
    off: "set by hand", automatic: "follows the light", held: "set by hand for now",
  })[state.controls.brightness]);
  tile("orientation", sensors["orientation/summary"], "rotation", (d) => `${d}°`, () =>
      (state.controls.rotation_locked ? "locked" : "turns with the tablet"));
  byId("locked").checked = state.controls.rotation_locked;
  byId("automatic").checked = state.controls.brightness !== "off";
  const brightness = show(sensors["backlight/summary"], "percent");
  const slider = byId("brightness");
  slider.disabled = !brightness;
  if (brightness && document.activeElement !== slider) slider.value = brightness.value;
}

function mainsNames(sensors) {
  const on = Object.entries(sensors).filter(([key, sensor]) => key.startsWith("mains/") &&
      key !== "mains/summary" && show(sensor, "online") && show(sensor, "online").value);
  return on.map(([key, sensor]) => `${sensor.label} ${key.slice(6)}`).join(", ");
}

// ---- lists

function fill(list, rows) {
  const nodes = [];
  for (const [name, text, bad] of rows) {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = name;
    detail.textContent = text;
    detail.classList.toggle("bad", !!bad);
    nodes.push(term, detail);
  }
  list.replaceChildren(...nodes);
}

function valueText(value) {
  if (value.unknown) return `unknown: ${value.unknown}`;
  const text = typeof value.value === "boolean" ? (value.value ? "yes" : "no") : String(value.value);
  return `${value.estimated ? "≈ " : ""}${text}${value.unit ? " " + value.unit : ""}`;
}

// What the kiosk and the input broker publish: a row for each screen and each device.
function programRows(programs) {
  const groups = new Map();
  for (const [path, value] of Object.entries(programs)) {
    const match = path.match(/^data\/lucarne\/(display|input\/devices)\/([^/]+)\/([^/]+)$/);
    const key = match ? `${match[1]}/${match[2]}` : path;
    if (!groups.has(key)) groups.set(key, {});
    groups.get(key)[match ? match[3] : ""] = value;
  }
  return [...groups].map(([key, leaves]) => {
    if ("" in leaves) return [key.replace("data/lucarne/", "").replaceAll("/", " "), leaves[""]];
    const id = key.slice(key.lastIndexOf("/") + 1);
    if (!key.startsWith("display/")) {
      return [leaves.name || id, [leaves.kinds, leaves.seat].filter(Boolean).join(" · ")];
    }
    const live = leaves.connected === "1";
    const words = [live ? "connected" : "not connected"];
    if (leaves.shown === "1") words.push("on the panel");
    if (live && leaves.fps !== undefined) words.push(`${Number(leaves.fps).toFixed(1)} frames/s`);
    if (live && leaves["latency-us"] !== undefined) {
      words.push(`${(Number(leaves["latency-us"]) / 1000).toFixed(0)} ms from drawing to panel`);
    }
    return [`Screen of ${leaves.name || id}`, words.join(" · "), !live];
  });
}

function drawLists(state) {
  const sensors = [];
  for (const [key, sensor] of Object.entries(state.sensors)) {
    if (key.endsWith("/summary")) continue;
    for (const [field, value] of Object.entries(sensor.values)) {
      sensors.push([`${key.replace("/", " ")} ${field.replaceAll("_", " ")}`, valueText(value),
        !!value.unknown]);
    }
  }
  fill(byId("sensors"), sensors.length ? sensors : [["none found", ""]]);
  const programs = programRows(state.programs);
  fill(byId("programs"), programs.length ? programs : [["nothing published", ""]]);
  fill(byId("outlets"), Object.entries(state.outlets).map(
      ([name, trouble]) => [name, trouble || "fine", !!trouble]));
}

// ---- charts

const kCharts = [
  {title: "Charge, %", key: "battery/summary/percent", color: "--good", min: 0, max: 100},
  {title: "Power into the battery, W", key: "battery/summary/power", color: "--accent"},
  {title: "Light, lx", key: "illuminance/summary/lux", color: "--warn", log: true},
  {title: "Temperature, °C", key: "thermal/summary/temperature", color: "--bad"},
  {title: "Mains", key: "mains/summary/online", color: "--water", min: 0, max: 1, step: true},
  {title: "Brightness, %", key: "backlight/summary/percent", color: "--water", min: 0, max: 100},
];
const charts = new Map();
let hours = 1;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function timeLabel(ms) {
  const date = new Date(ms);
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return hours <= 24 ? clock : ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.getDay()];
}

// Ticks at round times of the local clock.
function timeTicks(axis) {
  const step = {1: 10, 24: 240, 168: 1440}[hours] * 60000;
  const midnight = new Date(axis.min);
  midnight.setHours(0, 0, 0, 0);
  axis.ticks = [];
  for (let at = midnight.getTime(); at <= axis.max; at += step) {
    if (at >= axis.min) axis.ticks.push({value: at});
  }
}

// Breaks the line where nothing was known for longer than readings at rest are apart.
function lines(rows, width, log) {
  const mean = [], least = [], most = [];
  let last = null;
  const lift = (y) => (log ? Math.max(y, 0.1) : y);
  for (const row of rows) {
    const x = row[0];
    if (last !== null && x - last > Math.max(3 * width, 180000)) {
      for (const line of [mean, least, most]) line.push({x: last + 1, y: null});
    }
    const known = row[1] !== null;
    mean.push({x, y: known ? lift(row[1]) : null});
    least.push({x, y: known ? lift(row[2]) : null});
    most.push({x, y: known ? lift(row[3]) : null});
    last = x;
  }
  return {mean, least, most};
}

function chartFor(spec) {
  if (charts.has(spec.key)) return charts.get(spec.key);
  const box = document.createElement("article");
  const title = document.createElement("h3");
  const frame = document.createElement("div");
  const canvas = document.createElement("canvas");
  box.className = "chart";
  title.textContent = spec.title;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", spec.title);
  frame.append(canvas);
  box.append(title, frame);
  byId("charts").append(box);
  const dataset = (extra) => ({data: [], pointRadius: 0, spanGaps: false, stepped: !!spec.step, ...extra});
  const chart = new Chart(canvas, {
    type: "line",
    data: {datasets: [
      dataset({borderWidth: 2.5}),
      dataset({borderWidth: 0, fill: false}),
      dataset({borderWidth: 0, fill: "-1"}),
    ]},
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
      events: [],
      plugins: {legend: {display: false}, tooltip: {enabled: false}},
      scales: {
        x: {type: "linear", afterBuildTicks: timeTicks,
          ticks: {autoSkip: false, maxRotation: 0, callback: timeLabel}},
        y: {type: spec.log ? "logarithmic" : "linear", min: spec.min, max: spec.max,
          ticks: {maxTicksLimit: 5, precision: spec.step ? 0 : undefined,
            callback: spec.step ? (v) => (v === 1 ? "on" : v === 0 ? "off" : "") :
              (v) => (Number(v) + 0).toLocaleString("en")}},
      },
    },
  });
  charts.set(spec.key, chart);
  return chart;
}

function paint(chart, spec) {
  const color = css(spec.color);
  chart.data.datasets[0].borderColor = color;
  chart.data.datasets[2].backgroundColor = color + "38";
  for (const axis of ["x", "y"]) {
    chart.options.scales[axis].ticks.color = css("--soft");
    chart.options.scales[axis].grid = {color: css("--line")};
  }
}

async function loadCharts() {
  if (typeof Chart === "undefined") {
    byId("noCharts").hidden = false;
    byId("noCharts").textContent = "This program was built without chart.js: no charts, " +
        "but /api/v1/history has the numbers.";
    return;
  }
  const keys = kCharts.map((spec) => spec.key).join(",");
  let answer;
  try {
    const response = await fetch(`/api/v1/history?hours=${hours}&points=400&keys=${keys}`);
    answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
  } catch (failure) {
    byId("noCharts").hidden = false;
    byId("noCharts").textContent = `No history: ${failure.message}`;
    return;
  }
  byId("noCharts").hidden = true;
  const width = (answer.to - answer.from) / 400;
  for (const spec of kCharts) {
    const rows = answer.series[spec.key];
    if (!rows && !charts.has(spec.key)) continue;
    const chart = chartFor(spec);
    const {mean, least, most} = lines(rows || [], width, spec.log);
    [mean, least, most].forEach((line, i) => { chart.data.datasets[i].data = line; });
    chart.options.scales.x.min = answer.from;
    chart.options.scales.x.max = answer.to;
    paint(chart, spec);
    chart.update("none");
  }
  document.body.dataset.charts = `${charts.size} ${hours}`;
}

function repaintCharts() {
  for (const spec of kCharts) {
    if (!charts.has(spec.key)) continue;
    paint(charts.get(spec.key), spec);
    charts.get(spec.key).update("none");
  }
}

// ---- the line

function drawLink() {
  if (kStill) {
    byId("link").textContent = heardAt === 0 ? "no answer" : `as of ${new Date(heardAt).toLocaleString("en-GB")}`;
    return;
  }
  const silent = Date.now() - heardAt;
  const down = heardAt !== 0 && (silent > kSilenceMs || source === null || source.readyState !== 1);
  const link = byId("link");
  link.className = heardAt === 0 ? "link" : down ? "link down" : "link live";
  link.textContent = heardAt === 0 ? "connecting" : down ? "no connection" : "live";
  byId("lost").hidden = !down;
  document.body.classList.toggle("stale", down);
  if (down) {
    byId("lost").textContent = `Connection lost. These values are ${Math.round(silent / 1000)} s old; ` +
        "trying again.";
  }
}

// For screenshots and printing (/?still): the state is fetched once, no line is held open.
const kStill = new URLSearchParams(location.search).has("still");

async function drawOnce() {
  const response = await fetch("/api/v1/state");
  if (!response.ok) return;
  newest = await response.json();
  heardAt = Date.now();
  drawTiles(newest);
  drawLists(newest);
  drawLink();
}

function connect() {
  if (source) source.close();
  source = new EventSource("/api/v1/events");
  source.addEventListener("state", (event) => {
    const again = heardAt !== 0 && document.body.classList.contains("stale");
    newest = JSON.parse(event.data);
    heardAt = Date.now();
    drawTiles(newest);
    drawLists(newest);
    drawLink();
    if (again) loadCharts();
  });
  source.onerror = () => drawLink();
}

// A stream that was refused (the program was restarting) is closed for good: begin a new one.
if (!kStill) setInterval(() => {
  const dead = source.readyState === 2 || (heardAt !== 0 && Date.now() - heardAt > 2 * kSilenceMs);
  if (dead) connect();
  drawLink();
}, 1000);

// ---- what a person does

async function change(what, body) {
  const refused = byId("refused");
  try {
    const response = await fetch(`/api/v1/${what}`, {method: "POST", body: JSON.stringify(body),
      headers: {"Content-Type": "application/json"}});
    refused.hidden = response.ok;
    if (response.ok) return;
    const answer = await response.json();
    refused.textContent = `Not changed: ${answer.error}. `;
    if (response.status === 401) {
      const link = document.createElement("a");
      link.href = "/login";
      link.textContent = "Sign in";
      refused.append(link);
    }
  } catch (failure) {
    refused.hidden = false;
    refused.textContent = `Not changed: ${failure.message}`;
  }
  if (newest) drawTiles(newest);
}

byId("brightness").addEventListener("change", (e) => change("backlight", {percent: Number(e.target.value)}));
byId("automatic").addEventListener("change", (e) => change("backlight", {automatic: e.target.checked}));
byId("locked").addEventListener("change", (e) => change("rotation", {locked: e.target.checked}));

for (const button of document.querySelectorAll(".spans button")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll(".spans button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    hours = Number(button.dataset.hours);
    loadCharts();
  });
}

const kThemes = ["auto", "light", "dark"];
function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme[0].toUpperCase() + theme.slice(1);
  localStorage.setItem("theme", theme);
  repaintCharts();
}
byId("theme").addEventListener("click", () => {
  const now = localStorage.getItem("theme") || "auto";
  applyTheme(kThemes[(kThemes.indexOf(now) + 1) % kThemes.length]);
});
applyTheme(kThemes.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintCharts);

loadCharts();
if (kStill) {
  drawOnce();
} else {
  connect();
  setInterval(loadCharts, 30000);
}
