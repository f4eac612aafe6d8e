// What every page of the desk shares: times that run, shortcuts, help, and being told of changes.

const body = document.body;
const offset = Date.parse(body.dataset.now) - Date.now(); // the server's clock, which a demo may have moved

export function updateTimes(root = document) {
  const now = Date.now() + offset;
  for (const node of root.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(node.dateTime)) / 1000));
    node.textContent = duration(seconds);
    const row = node.closest("[data-row]");
    if (row && node.dataset.due && Date.parse(node.dataset.due) < now) row.classList.add("is-late");
  }
  for (const node of root.querySelectorAll("time[data-clock]:not([data-shown])")) {
    const at = new Date(node.dateTime);
    const today = new Date(now).toDateString() === at.toDateString();
    const isThisYear = new Date(now).getFullYear() === at.getFullYear();
    const options = today ? {} : { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) };
    node.textContent = at.toLocaleString(document.documentElement.lang, { ...options, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    node.dataset.shown = "";
  }
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  return minutes ? `${minutes} min` : `${seconds} s`; // "13:48" would be read as the time of day
}

export async function post(url, fields) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRF-Token": body.dataset.csrf },
      body: JSON.stringify(fields),
    });
    if (response.status === 401) { leave(); return { ok: false }; }
    return await response.json();
  } catch { // no connection, or an answer that is none of ours
    return { ok: false, said: body.dataset.notSent };
  }
}

export async function get(url) {
  const response = await fetch(url, { headers: { "X-Part": "1" } });
  if (response.status === 401) { leave(); throw new Error("signed out"); }
  if (!response.ok) throw new Error(String(response.status));
  return response;
}

function leave() { location.assign("/sign-in?said=signed_out"); }

export function say(sentence, isBad = false) {
  const node = document.querySelector("[data-said]");
  node.textContent = sentence || "";
  node.classList.toggle("bad", isBad);
  node.hidden = !sentence;
}

// Told of changes by the server; while it cannot be reached, looks by itself every few seconds.
export function watch(query, onChange) {
  const offline = document.querySelector("[data-offline]");
  let timer = null;
  const source = new EventSource(`/live${query}`);
  const look = () => Promise.resolve(onChange()).catch(() => {});
  source.addEventListener("ready", () => { offline.hidden = true; clearInterval(timer); timer = null; look(); });
  source.addEventListener("queue", look);
  source.addEventListener("conversation", look);
  source.addEventListener("signed-out", leave);
  source.addEventListener("error", () => {
    offline.hidden = false;
    timer ??= setInterval(look, 5000);
  });
  return () => source.close();
}

const keys = new Map();
let before = "";
export function shortcut(key, todo) { keys.set(key, todo); }

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing) { event.target.blur(); return; }
  if (!("shortcuts" in body.dataset) || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  const todo = keys.get(`${before} ${event.key}`) || keys.get(event.key);
  before = event.key;
  if (todo) { event.preventDefault(); todo(); }
});

const help = document.getElementById("help");
if (help) {
  document.querySelector("[data-help]").addEventListener("click", () => help.showModal());
  shortcut("?", () => help.showModal());
  shortcut("g q", () => location.assign("/"));
}
for (const form of document.querySelectorAll("[data-filters]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
updateTimes();
setInterval(updateTimes, 1000);
