// What is on the screen: header with menu, conversation, quick answers, composer; or one notice instead of them.

class View {
  /** @param on what to do with: send(text, shown), retry(message), close(), end(), unlock(), restart(), language(), use() */
  constructor(on) {
    this.on = on;
    this.messages = new Map();
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
    this.replies = el("div", { class: "replies", role: "group", hidden: true });
    this.helper = el("div", { class: "helper-place" });
    this.typing = el("p", { class: "typing", role: "status" });
    this.scroll = el("div", { class: "scroll", tabindex: "0", role: "region" }, this.log, this.typing, this.replies, this.helper);
    this.line = el("p", { class: "line", role: "status" });
    this.box = el("textarea", {
      rows: "1", maxlength: "4000", enterkeyhint: "send", dir: "auto", onkeydown: (event) => this.onKey(event), oninput: () => this.grow(),
    });
    this.sendButton = el("button", { type: "submit", class: "send" }, icon("send"));
    this.composer = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } }, this.box, this.sendButton);
    this.title = el("h2", {});
    this.subtitle = el("p", { class: "subtitle" });
    this.menuButton = this.headerButton("more", () => this.toggleMenu());
    this.closeButton = this.headerButton("close", () => on.close());
    this.menu = el("div", { class: "menu", id: "menu", hidden: true });
    this.menuButton.setAttribute("aria-controls", "menu");
    this.header = el("div", { class: "header" }, el("span", { class: "mark" }, icon("check")),
      el("div", { class: "names" }, this.title, this.subtitle), this.menuButton, this.closeButton, this.menu);
    this.notice = el("div", { class: "notice", hidden: true });
    this.talk = el("div", { class: "talk" }, this.scroll, this.line, this.composer);
    this.nodes = [this.header, this.talk, this.notice];
    this.scroll.addEventListener("keydown", () => this.scroll.classList.remove("quiet"));
    this.header.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.menu.hidden) return;
      event.stopPropagation();
      this.toggleMenu(false);
      this.menuButton.focus();
    });
  }

  headerButton(name, onclick) { return el("button", { type: "button", class: "round", onclick }, icon(name)); }

  // -- words ----------------------------------------------------------------------------------------------------

  speak(language, creditor) {
    const t = this.t = TEXTS[language];
    this.language = language;
    this.title.textContent = creditor || "Al Día";
    this.setOwner(this.owner || "bot");
    this.scroll.setAttribute("aria-label", t.log);
    this.replies.setAttribute("aria-label", t.choices);
    this.box.setAttribute("aria-label", t.write);
    this.box.placeholder = t.write;
    this.sendButton.setAttribute("aria-label", t.send);
    this.menuButton.setAttribute("aria-label", t.menu);
    this.menuButton.setAttribute("aria-expanded", String(!this.menu.hidden));
    this.closeButton.setAttribute("aria-label", t.close);
    const item = (name, text, action, lang) => el("button", {
      type: "button", lang, onclick: () => { this.toggleMenu(false); action(); },
    }, icon(name), text);
    this.menu.replaceChildren(
      item("person", t.person, () => { this.on.send(t.wantsPerson); this.focus(); }),
      item("download", t.download, () => this.download()),
      item("globe", t.other, () => { this.on.language(t.otherLanguage); this.focus(); }, t.otherLanguage),
      item("erase", t.end, () => this.askToEnd()));
  }

  setOwner(owner) {
    this.owner = owner;
    this.subtitle.textContent = { waiting: this.t.waiting, human: this.t.human }[owner] || this.t.assistant;
  }

  setLine(status) { this.line.textContent = status ? this.t[status] : ""; }

  setTyping(isTyping) {
    if (this.isTyping === isTyping) return;
    this.isTyping = isTyping;
    this.typing.replaceChildren(...(isTyping ? [el("span", { class: "dots" }, el("i"), el("i"), el("i")), el("span", { class: "unseen" }, this.t.typing)] : []));
    if (isTyping) this.toEnd();
  }

  // -- the conversation -----------------------------------------------------------------------------------------

  /** Show messages; one with a known id replaces what is shown of it. Returns those that were not there before. */
  show(messages) {
    const fresh = messages.filter((one) => one.from && !this.messages.has(one.id));
    for (const one of messages) this.put(one);
    this.showStates();
    this.showReplies();
    if (fresh.length) this.scrollTo(fresh);
    return fresh;
  }

  put(message) {
    const known = this.messages.get(message.id);
    if (known) Object.assign(known.message, message);
    if (known || !message.from) return;
    const who = { you: this.t.you, assistant: this.t.fromAssistant, person: this.t.fromPerson(message.name) }[message.from];
    const isPerson = message.from === "person";
    const node = el("div", { class: `message ${message.from}` },
      el("span", { class: isPerson ? "author" : "unseen" }, isPerson ? icon("person") : null, isPerson ? who : `${who}: `),
      ...bodyOf(message, this.t, (button) => this.press(button)),
      message.from === "you" ? el("div", { class: "state", "aria-live": "off" }) : null);
    this.place(message, node);
  }

  /** At the end, but before what has not gone out yet: after a reload that is older than it looks. */
  place(message, node) {
    const waiting = [...this.messages.values()].filter((one) => isWaiting(one.message));
    const first = isWaiting(message) ? undefined : waiting[0];
    this.log.insertBefore(node, first ? first.node : null);
    this.messages.set(message.id, { message, node });
    if (first) for (const one of waiting) { this.messages.delete(one.message.id); this.messages.set(one.message.id, one); }
  }

  showStates() {
    const mine = [...this.messages.values()].filter(({ message }) => message.from === "you");
    mine.forEach(({ message, node }, n) => {
      const place = node.querySelector(".state");
      const shown = message.state === "failed" || n === mine.length - 1 ? message.state : "";
      if (place.dataset.shown === shown) return;
      place.dataset.shown = shown;
      node.classList.toggle("failed", shown === "failed");
      // Heard only when there is something to do about it.
      place.setAttribute("aria-live", shown === "failed" ? "assertive" : "off");
      const again = el("button", { type: "button", class: "again", onclick: () => this.on.retry(message) }, this.t.again);
      const reason = message.code === "too_large" ? this.t.long : this.t.failed;
      place.replaceChildren(...(shown === "failed" ? [`${reason} `, again] : [shown ? this.t[shown] || "" : ""]));
    });
  }

  /** How sending went; what the stream told in the meantime is newer. */
  advance(id, state, code) {
    if (this.messages.get(id)?.message.state === "sending") this.show([{ id, state, code }]);
  }

  get newest() { return [...this.messages.values()].pop()?.message; }

  /** Quick answers of the newest messages: those since the visitor wrote last. Older ones lead nowhere any more. */
  showReplies() {
    const all = [...this.messages.values()];
    const since = all.map(({ message }) => message.from).lastIndexOf("you") + 1;
    const open = all.slice(since).map(({ message }) => message);
    const buttons = open.flatMap(looseButtons);
    this.replies.replaceChildren(...buttons.map((button) => el("button", {
      type: "button", class: "reply", onclick: () => this.press(button),
    }, button.title)));
    this.replies.hidden = !buttons.length;
    for (const { node } of all.slice(0, since)) node.querySelectorAll(".card .pick").forEach((pick) => pick.remove());
  }

  press(button) {
    this.on.send(button.payload, button.title);
    this.focus();
  }

  expect(expects) {
    const isSame = JSON.stringify(expects) === JSON.stringify(this.expects);
    if (isSame && this.helper.firstChild) return;
    this.expects = expects;
    const made = inputFor(expects, this.t, this.language, (text) => { this.on.send(text); this.focus(); });
    this.helper.replaceChildren(...(made ? [made] : []));
    if (made) this.toEnd();
  }

  /** The first new message at the top when all of them do not fit, else the end. */
  scrollTo(fresh) {
    const first = this.messages.get(fresh[0].id).node;
    requestAnimationFrame(() => {
      this.scroll.scrollTop = Math.min(this.scroll.scrollHeight, first.offsetTop - 12);
    });
  }

  toEnd() {
    requestAnimationFrame(() => {
      const last = [...this.messages.values()].pop()?.node;
      const limit = last ? last.offsetTop - 12 : 0;
      this.scroll.scrollTop = Math.max(this.scroll.scrollTop, Math.min(this.scroll.scrollHeight, limit));
    });
  }

  clear() {
    this.messages.clear();
    this.log.replaceChildren();
    this.showReplies();
    this.expect(null);
    this.setTyping(false);
    this.box.value = "";
    this.grow();
  }

  download() {
    const said = [...this.messages.values()].map(({ message }) => message);
    const file = new Blob(["\ufeff", transcriptOf(said, this.t, this.language)], { type: "text/plain;charset=utf-8" });
    const link = el("a", { href: URL.createObjectURL(file), download: "chat.txt" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // -- composer -------------------------------------------------------------------------------------------------

  onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.grow();
    this.on.send(text);
    this.focus();
  }

  grow() {
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${Math.min(this.box.scrollHeight + 2, 144)}px`);
  }

  /** Back to where one goes on; on a touch screen that must not bring up the keyboard. */
  focus() {
    const isTouch = matchMedia("(pointer: coarse)").matches;
    this.scroll.classList.toggle("quiet", isTouch);
    (isTouch ? this.scroll : this.box).focus({ preventScroll: true });
  }

  // -- menu and notices -----------------------------------------------------------------------------------------

  toggleMenu(open = this.menu.hidden) {
    this.menu.hidden = !open;
    this.menuButton.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button").focus();
  }

  /** One notice instead of the conversation, its main button in focus; `null` brings the conversation back. */
  tell(name, title, why, actions = []) {
    this.noticeName = name;
    this.notice.hidden = !name;
    this.talk.hidden = Boolean(name);
    this.menuButton.hidden = Boolean(name);
    this.toggleMenu(false);
    if (!name) { this.notice.replaceChildren(); return; }
    this.notice.replaceChildren(
      el("span", { class: "mark" }, icon({ locked: "lock", sure: "erase" }[name] || "check")), el("h3", { tabindex: "-1" }, title), el("p", {}, why),
      ...actions.map(([text, action, kind]) => el("button", { type: "button", class: kind, onclick: action }, text)));
    if (!this.isQuiet) (this.notice.querySelector(".main") || this.notice.querySelector("h3")).focus({ preventScroll: true });
  }

  askToEnd() {
    const { t } = this;
    this.tell("sure", t.sure, t.sureWhy, [
      [t.end, () => this.on.end(), "main"],
      [t.download, () => this.download(), "plain"],
      [t.back, () => { this.tell(null); this.menuButton.focus(); }, "plain"],
    ]);
  }

  showLocked() {
    const { t } = this;
    this.tell("locked", t.locked, t.lockedWhy, [[t.go, () => this.on.unlock(), "main"], [t.end, () => this.on.end(), "plain"]]);
  }

  showEnded() {
    const { t } = this;
    this.tell("ended", t.ended, t.endedWhy, [[t.fresh, () => this.on.restart(), "main"]]);
  }

  showWelcome() {
    const { t } = this;
    this.tell("welcome", this.title.textContent, t.welcome, [[t.begin, () => this.on.begin(), "main"]]);
  }

  showRefused() { this.tell("refused", this.t.refused, ""); }
}

function isWaiting({ state }) { return state === "sending" || state === "failed"; }
