// The queue: kept up to date without reload, moved through by keyboard.

import { get, shortcut, updateTimes, watch } from "./desk.js";

const rows = document.querySelector("[data-rows]");
const announce = document.querySelector("[data-announce]");
const title = document.title.replace(/^\(\d+\) /, "");
let at = -1;
let known = seen();

function seen() { return new Set([...rows.querySelectorAll('[data-state="waiting"] a')].map((a) => a.getAttribute("href"))); }

async function refresh() {
  const response = await get(`/queue/rows${location.search}`);
  const held = document.activeElement && rows.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  rows.innerHTML = await response.text();
  updateTimes(rows);
  if (held) rows.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
  const now = seen();
  const fresh = [...now].filter((one) => !known.has(one));
  if (fresh.length) {
    const reason = rows.querySelector(`a[href="${fresh[0]}"]`)?.closest("tr")?.querySelector(".chip")?.textContent ?? "";
    announce.textContent = `${announce.dataset.word} ${reason}`;
  }
  known = now;
  const count = rows.querySelector("[data-waiting]")?.dataset.waiting;
  document.title = Number(count) ? `(${count}) ${title}` : title;
  if (at >= 0) move(0);
}

function move(step) {
  const all = [...rows.querySelectorAll("[data-row]")];
  if (!all.length) return;
  at = Math.min(all.length - 1, Math.max(0, at + step));
  all.forEach((row, index) => row.classList.toggle("at", index === at));
  all[at].querySelector("a").focus();
}

shortcut("j", () => move(1));
shortcut("k", () => move(at < 0 ? 1 : -1));
shortcut("n", () => document.querySelector("[data-next]")?.requestSubmit());
shortcut("c", () => rows.querySelector("tr.at [data-claim]")?.click());
watch("", refresh);
