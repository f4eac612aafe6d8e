// One conversation: parts that change are put in anew, the composer warns before it sends.

import { get, post, say, shortcut, updateTimes, watch } from "./desk.js";

const id = document.body.dataset.conversation;
const base = `/c/${encodeURIComponent(id)}`;
const transcript = document.querySelector('[data-part="transcript"]');
const composer = document.querySelector("[data-composer]");
const text = composer.querySelector("textarea");
const findings = document.querySelector("[data-findings]");
const sendButton = composer.querySelector("[data-send]");
const confirmed = composer.querySelector("[data-confirmed]");
let shown = {};

function atEnd() { return transcript.scrollHeight - transcript.scrollTop - transcript.clientHeight < 80; }
function toEnd() { transcript.scrollTop = transcript.scrollHeight; }

async function refresh() {
  const { parts, is_mine: isMine } = await (await get(`${base}/parts`)).json();
  const follow = atEnd();
  for (const [name, html] of Object.entries(parts)) {
    const node = document.querySelector(`[data-part="${name}"]`);
    // A form that somebody is filling in stays as it is.
    const busy = name !== "transcript" && (node.contains(document.activeElement) || [...node.querySelectorAll("input:not([type=hidden]), textarea")].some((one) => one.value !== one.defaultValue));
    if (!node || html === shown[name] || busy) continue;
    const open = new Map([...node.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    node.innerHTML = html;
    for (const one of node.querySelectorAll("details[id]")) if (open.has(one.id)) one.open = open.get(one.id);
    shown[name] = html;
  }
  document.body.dataset.mine = isMine ? "yes" : "no";
  composer.hidden = !isMine;
  document.querySelector("[data-not-mine]").hidden = isMine;
  for (const node of document.querySelectorAll("[data-mine-only]")) node.hidden = !isMine;
  updateTimes();
  if (follow) toEnd();
}

async function check() {
  if (!text.value.trim() || document.body.dataset.mine !== "yes") { show([]); return; }
  const asked = text.value;
  const answer = await post(`${base}/check`, { text: asked });
  if (answer.ok && asked === text.value) show(answer.findings);
}

function show(found) {
  findings.replaceChildren(...found.map((one) => {
    const line = document.createElement("p");
    line.className = one.action;
    line.textContent = one.words ? `${one.why}: «${one.words}»` : one.why;
    return line;
  }));
  const stops = found.some((one) => one.action === "stop");
  sendButton.disabled = stops;
  sendButton.textContent = found.length && !stops ? sendButton.dataset.anyway : sendButton.dataset.normal;
  confirmed.value = found.length && !stops ? "yes" : "";
}

let checking = null;
let typedAt = 0;
text.addEventListener("input", () => {
  clearTimeout(checking);
  confirmed.value = "";
  checking = setTimeout(check, 250);
  if (Date.now() - typedAt > 3000) { typedAt = Date.now(); post(`${base}/here`, { typing: "yes" }); }
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
});
composer.querySelector("[data-canned]").addEventListener("change", (event) => {
  if (event.target.value) { text.value = text.value ? `${text.value}\n${event.target.value}` : event.target.value; event.target.value = ""; text.focus(); check(); }
});
composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sendButton.disabled || !text.value.trim()) return;
  sendButton.disabled = true;
  try {
    const fields = Object.fromEntries(new FormData(composer));
    const answer = await post(composer.action, fields);
    if (answer.ok) {
      text.value = "";
      composer.elements.key.value = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
      show([]);
      say("");
      await refresh();
      toEnd();
    } else if (answer.code === "wording_warned") {
      await check();
    } else {
      say(answer.said, true);
      await check();
    }
  } finally {
    if (![...findings.children].some((one) => one.className === "stop")) sendButton.disabled = false;
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-post]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return; // a second press is not a second offer
  form.dataset.busy = "";
  const fields = Object.fromEntries(new FormData(form, event.submitter));
  const answer = await post(form.action, fields);
  delete form.dataset.busy;
  say(answer.said, !answer.ok);
  if (!answer.ok) return;
  if (answer.go && answer.go !== location.pathname) { location.assign(answer.go); return; }
  form.reset();
  document.activeElement?.blur();
  await refresh();
});

function open(name) {
  const box = document.getElementById(name);
  if (!box || box.closest("[hidden]")) return;
  box.open = true;
  box.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}
shortcut("r", () => text.focus());
shortcut("c", () => document.querySelector("[data-claim]")?.click());
shortcut("/", () => composer.querySelector("[data-canned]").focus());
shortcut("b", () => open("box-back"));
shortcut("x", () => open("box-close"));
shortcut("n", () => location.assign("/"));

for (const node of document.querySelectorAll("[data-part]")) shown[node.dataset.part] = "";
toEnd();
watch(`?conversation=${encodeURIComponent(id)}`, refresh);
setInterval(() => { if (!document.hidden) post(`${base}/watching`, {}); }, 10000);
