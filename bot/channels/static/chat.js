// The chat page: sends what is typed or tapped, shows what is answered, keeps nothing but a random id for this tab.
"use strict";

const TEXTS = {
  es: {
    lang: "es", other: "English", otherLang: "en",
    log: "Conversación", label: "Escribe tu mensaje", send: "Enviar", typing: "Escribiendo…",
    choices: "Respuestas posibles", me: "Tú: ", bot: "Asistente: ",
    trouble: "No hemos podido entregar tu mensaje. Revisa la conexión.", again: "Reintentar",
    long: "Tu mensaje es demasiado largo. Envíalo en partes, por favor.",
    session: "La sesión ha terminado. Recarga la página para seguir.",
  },
  en: {
    lang: "en", other: "Español", otherLang: "es",
    log: "Conversation", label: "Write your message", send: "Send", typing: "Typing…",
    choices: "Possible answers", me: "You: ", bot: "Assistant: ",
    trouble: "Your message could not be delivered. Please check your connection.", again: "Try again",
    long: "Your message is too long. Please send it in parts.",
    session: "The session has ended. Reload the page to go on.",
  },
};
const TRIES = 3;
const byId = (id) => document.getElementById(id);
const log = byId("log"), form = byId("form"), box = byId("text"), choices = byId("choices"), typing = byId("typing");

let language = remembered("language") || ((navigator.language || "es").startsWith("en") ? "en" : "es");
const tab = remembered("tab") || remember("tab", randomId());
let queue = Promise.resolve();
let underWay = 0;

function remembered(key) {
  try { return sessionStorage.getItem(key); } catch { return null; }
}

function remember(key, value) {
  try { sessionStorage.setItem(key, value); } catch { /* private mode: the id lives as long as the page */ }
  return value;
}

function randomId() {
  // crypto.randomUUID is missing where the page is served without TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(20)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function label() {
  const t = TEXTS[language];
  document.documentElement.lang = t.lang;
  log.setAttribute("aria-label", t.log);
  choices.setAttribute("aria-label", t.choices);
  byId("label").textContent = t.label;
  box.placeholder = t.label;
  byId("send").textContent = t.send;
  byId("typing-text").textContent = t.typing;
  byId("language").textContent = t.other;
  byId("language").lang = t.otherLang;
}

function show(from, text, kind) {
  const item = document.createElement("li");
  item.className = kind || from;
  const who = document.createElement("span");
  who.className = "unseen";
  who.textContent = TEXTS[language][from === "me" ? "me" : "bot"];
  item.append(who, ...withLinks(text));
  log.append(item);
  log.scrollTop = log.scrollHeight;
  return item;
}

function withLinks(text) {
  return text.split(/(https:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/).map((part, n) => {
    if (n % 2 === 0) return document.createTextNode(part);
    const link = document.createElement("a");
    link.href = link.textContent = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return link;
  });
}

function offer(buttons) {
  choices.replaceChildren(...(buttons || []).map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = one.title;
    button.addEventListener("click", () => { send(one.payload, one.title); box.focus(); });
    return button;
  }));
  log.scrollTop = log.scrollHeight;
}

function showAnswer(messages) {
  for (const one of messages) show(one.from || "bot", one.text);
  const last = messages.filter((one) => one.buttons && one.buttons.length).pop();
  offer(last && last.buttons);
}

function send(text, shown) {
  offer([]);
  show("me", shown);
  const body = { message: text, message_id: randomId(), tab, language };
  enqueue(() => deliver(body));
}

// One message at a time: the next goes out when the last one is answered.
function enqueue(task) {
  underWay += 1;
  typing.hidden = false;
  queue = queue.then(task).finally(() => {
    underWay -= 1;
    typing.hidden = underWay === 0;
  });
}

async function deliver(body) {
  for (let n = 1; n <= TRIES; n += 1) {
    try {
      const response = await fetch("message", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (response.ok) { showAnswer((await response.json()).messages); return; }
      if (response.status === 413) { show("bot", TEXTS[language].long, "trouble"); return; }
      if (response.status === 401) { show("bot", TEXTS[language].session, "trouble"); return; }
    } catch { /* the network; the message id makes a second delivery harmless */ }
    if (n < TRIES) await new Promise((done) => setTimeout(done, n * 1500));
  }
  const item = show("bot", TEXTS[language].trouble + " ", "trouble");
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = TEXTS[language].again;
  again.addEventListener("click", () => { item.remove(); enqueue(() => deliver(body)); });
  item.append(again);
}

async function reload() {
  try {
    const response = await fetch(`history?tab=${tab}`);
    if (response.ok) showAnswer((await response.json()).messages);
  } catch { /* an empty page is a fine start */ }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  box.value = "";
  box.style.height = "";
  send(text, text);
  box.focus();
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

box.addEventListener("input", () => {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 144)}px`;
});

byId("language").addEventListener("click", () => {
  language = remember("language", language === "es" ? "en" : "es");
  label();
});

label();
enqueue(reload);
