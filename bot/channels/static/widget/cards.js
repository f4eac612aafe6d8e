// Messages as nodes: who says it, the text, and cards in place of the lines that they stand for.

/** A text with its cards: each replaces exactly the lines that it repeats; one that repeats none is left out. */
function bodyOf(message, t, onPick) {
  const parts = [];
  let rest = message.text;
  for (const card of message.cards || []) {
    const at = rest.indexOf(card.stands_for);
    if (at < 0) continue;
    parts.push(paragraph(rest.slice(0, at), message), cardOf(card, t, message, onPick));
    rest = rest.slice(at + card.stands_for.length);
  }
  return [...parts, paragraph(rest, message)].filter(Boolean);
}

function paragraph(text, message) {
  const trimmed = text.trim();
  if (!trimmed) return null;
  const isOurs = message.from !== "you";
  const rows = trimmed.split("\n").map((row) => el("span", { class: /^[-•] /.test(row) ? "row item" : "row" }, ...(isOurs ? withLinks(row) : [row])));
  return el("p", { class: "bubble", dir: "auto", lang: isOurs ? message.language : null }, ...rows);
}

function cardOf(card, t, message, onPick) {
  const id = `t${randomId().slice(0, 8)}`;
  const [first, last] = [card.schedule[0], card.schedule[card.schedule.length - 1]];
  const isOne = card.schedule.length === 1;
  const facts = [
    isOne ? [t.on, first.on] : [t.first, `${first.on} · ${first.amount}`],
    isOne ? null : [t.last, `${last.on} · ${last.amount}`],
  ].filter(Boolean);
  return el("section", { class: `card ${card.kind}`, "aria-labelledby": id, lang: message.language },
    el("h3", { id }, card.number ? el("span", { class: "number" }, `${t.number(card.number)} `) : null, card.title),
    el("p", { class: "total" },
      el("span", { class: "label" }, t.total), el("strong", {}, card.total),
      card.saving ? el("span", { class: "saving" }, `${t.saving}: ${card.saving}`) : null),
    el("dl", {}, ...facts.flatMap(([name, value]) => [el("div", {}, el("dt", {}, name), el("dd", {}, value))])),
    isOne ? null : scheduleOf(card, t),
    pickOf(card, t, message, onPick, id));
}

function scheduleOf(card, t) {
  const rows = card.schedule.map(({ on, amount }) => el("tr", {}, el("td", {}, on), el("td", {}, amount)));
  return el("details", { open: card.kind === "summary" },
    el("summary", {}, t.dates(card.schedule.length)),
    el("table", {},
      el("caption", { class: "unseen" }, t.schedule),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t.day), el("th", { scope: "col" }, t.amount))),
      el("tbody", {}, ...rows)));
}

function pickOf(card, t, message, onPick, titleId) {
  const button = message.buttons?.[card.picks];
  if (!button) return null;
  return el("button", { type: "button", class: "pick", "aria-describedby": titleId, onclick: (event) => onPick(button, event) }, t.pick);
}

/** Buttons that no card holds: the quick answers below the newest message. */
function looseButtons(message) {
  const held = new Set((message.cards || []).filter((card) => message.text.includes(card.stands_for)).map((card) => card.picks));
  return (message.buttons || []).filter((_, position) => !held.has(position));
}

/** A conversation as a text file: who said what and when. */
function transcriptOf(messages, t, language) {
  const name = (one) => ({ you: t.you, assistant: t.fromAssistant, person: t.fromPerson(one.name) })[one.from];
  const clock = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  const said = messages.map((one) => `${clock.format(new Date(one.at))} · ${name(one)}\n${one.text}\n`);
  return [`${t.transcript}\n`, ...said].join("\n");
}
