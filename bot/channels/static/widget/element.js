// <al-dia-chat>: launcher and panel in a shadow tree of their own, from the attributes of the script or of the element.

const SCRIPT = document.currentScript;
const BASE = new URL(".", SCRIPT ? SCRIPT.src : document.baseURI).href;
const LOOK_EVERY = 15000;

class AlDiaChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this.settings = { ...SCRIPT?.dataset, ...this.dataset };
    this.memory = new Memory("al-dia");
    const { language } = this.settings;
    const page = language === "auto" ? "" : language || document.documentElement.lang;
    const asked = this.memory.get("language") || page || navigator.language;
    this.language = asked?.startsWith("en") ? "en" : "es";
    if (this.settings.theme) this.dataset.theme = this.settings.theme;
    this.isPage = this.settings.mode === "page";
    this.unseen = new Set();
    this.build();
    this.connect();
    if (this.isPage || this.memory.get("open") || (this.settings.open !== undefined && this.memory.get("open") === undefined)) {
      this.open({ quietly: true });
    } else if (this.line.hasSession) this.resume();
  }

  build() {
    const root = this.attachShadow({ mode: "open" });
    this.view = new View({
      send: (text, shown) => this.send(text, shown), retry: (message) => this.retry(message), close: () => this.close(),
      end: () => this.end(), unlock: () => this.unlock(), restart: () => this.begin(), begin: () => this.begin(true),
      language: (language) => this.changeLanguage(language),
    });
    this.badge = el("span", { class: "badge", hidden: true });
    this.launcher = el("button", { type: "button", class: "launcher", onclick: () => (this.isOpen ? this.close() : this.open()) }, icon("chat"), icon("close"), this.badge);
    this.panel = el(this.isPage ? "section" : "dialog", { class: "panel" }, ...this.view.nodes);
    if (this.isPage) { this.dataset.mode = "page"; root.append(this.panel); } else root.append(this.panel, this.launcher);
    dress(root);
    this.speak();
    this.panel.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
    this.panel.addEventListener("keydown", (event) => { if (event.key === "Escape" && !this.isPage) this.close(); });
    for (const kind of ["pointerdown", "keydown", "input"]) root.addEventListener(kind, () => this.used(), { passive: true });
    document.addEventListener("visibilitychange", () => { this.lockIfIdle(); this.showUnread(); });
    setInterval(() => this.lockIfIdle(), LOOK_EVERY);
    this.fitKeyboard();
  }

  connect() {
    const about = () => ({ creditor: this.settings.creditor || "", language: this.language });
    this.line = new Line(BASE, this.memory, about, {
      news: (content) => this.told(content),
      state: (message, state, code) => { this.view.advance(message.id, state, code); this.showTyping(); },
      line: (status) => this.view.setLine(status),
      gone: (code) => this.gone(code),
      refused: () => this.view.showRefused(),
    });
  }

  speak() {
    this.view.speak(this.language, this.settings.creditor);
    this.panel.setAttribute("lang", this.language);
    this.panel.setAttribute("aria-label", this.view.title.textContent);
    this.showUnread();
  }

  // -- open and closed ------------------------------------------------------------------------------------------

  /** Show the panel: over the whole screen on a phone, in its corner elsewhere. */
  open({ quietly = false } = {}) {
    if (this.isOpen) return;
    this.isOpen = true;
    this.view.isQuiet = quietly;
    if (!this.isPage) {
      const isSmall = matchMedia("(max-width: 560px), (max-height: 480px)").matches;
      if (isSmall) this.panel.showModal(); else this.panel.show();
      this.memory.set({ open: true });
      this.launcher.setAttribute("aria-expanded", "true");
    }
    if (this.line.hasSession) this.resume(); else this.view.showWelcome();
    this.view.isQuiet = false;
    this.showUnread();
    if (!quietly && !this.view.noticeName) this.view.focus();
  }

  /** Back to the button; the conversation goes on behind it. */
  close() {
    if (!this.isOpen || this.isPage) return;
    this.isOpen = false;
    this.panel.close();
    this.memory.set({ open: false });
    this.showUnread();
    this.launcher.focus();
  }

  /** A first or another conversation. */
  begin() {
    this.view.tell(null);
    this.memory.set({ used: Date.now() });
    this.line.listen(true);
    this.send(this.view.t.hello);
    this.view.focus();
  }

  /** Take up the session of this tab: after a reload, or when it is opened. */
  resume() {
    if (this.isIdle) { this.lock(); return; }
    this.view.tell(null);
    if (this.line.listening) return;
    this.view.show(this.line.queue);
    this.line.listen(true);
  }

  // -- what comes and goes --------------------------------------------------------------------------------------

  send(text, shown = text) {
    const message = { id: randomId(), from: "you", at: new Date().toISOString(), text: shown, sends: text, state: "sending" };
    this.used();
    if (this.isLocked) return;
    this.view.show([message]);
    this.view.expect(null);
    this.line.send({ ...message });
    this.showTyping();
  }

  retry(message) {
    this.view.show([{ id: message.id, state: "sending" }]);
    this.line.send({ ...message });
  }

  told({ messages, is_working: isWorking, expects, owner }) {
    if (this.isLocked) { this.count(messages); return; }
    this.followLanguage(messages);
    const fresh = this.view.show(messages);
    this.view.setOwner(owner);
    this.isWorking = isWorking;
    this.showTyping();
    this.view.expect(isWorking ? null : expects);
    this.count(fresh);
    this.receipt();
    this.line.flush();
  }

  /** An answer is being prepared, or will be once what was written is out. */
  showTyping() {
    const isOnItsWay = this.view.owner === "bot" && this.line.queue.length > 0 && navigator.onLine;
    this.view.setTyping(Boolean(this.isWorking || isOnItsWay));
  }

  count(fresh) {
    const seen = this.memory.get("seen") || "";
    if (this.isLooking) this.look();
    else for (const { from, at, id } of fresh) if (from !== "you" && at > seen) this.unseen.add(id);
    this.showUnread();
  }

  get isLooking() { return this.isOpen && !this.isLocked && !document.hidden; }

  look() {
    const { newest } = this.view;
    if (newest) this.memory.set({ seen: newest.at });
    this.unseen.clear();
  }

  /** What people wrote was on the screen: they can see that it was. */
  receipt() {
    const unseen = [...this.view.messages.values()].filter(({ message }) => message.from === "person" && !message.told);
    if (!unseen.length || !this.isLooking) return;
    for (const { message } of unseen) message.told = true;
    this.line.call("POST", "seen", { cursor: this.line.cursor }).catch(() => unseen.forEach(({ message }) => { message.told = false; }));
  }

  showUnread() {
    if (this.isLooking) { this.look(); this.receipt(); }
    const { t } = this.view, unread = this.unseen.size;
    this.badge.textContent = unread > 9 ? "9+" : String(unread);
    this.badge.hidden = !unread;
    const label = this.isOpen ? t.close : t.open;
    this.launcher.setAttribute("aria-label", unread ? `${label}. ${t.unread(unread)}` : label);
    this.launcher.setAttribute("aria-expanded", String(Boolean(this.isOpen)));
    // Only a number: what is written here is nobody else's business.
    const title = document.title.replace(/^\(\d+\+?\) /, "");
    if (this.settings.badge !== "off") document.title = unread ? `(${unread}) ${title}` : title;
  }

  /** The labels speak the language of the conversation, as soon as an answer shows it. */
  followLanguage(messages) {
    const spoken = messages.filter(({ from, language }) => from !== "you" && language).at(-1)?.language;
    if (!TEXTS[spoken] || spoken === this.language) return;
    this.language = spoken;
    this.memory.set({ language: spoken });
    this.speak();
  }

  changeLanguage(language) {
    const wish = this.view.t.wantsLanguage;
    this.language = language;
    this.memory.set({ language });
    this.speak();
    if (this.view.messages.size) this.send(wish);
  }

  // -- leaving --------------------------------------------------------------------------------------------------

  used() {
    if (this.isLocked || !this.line.hasSession || (Date.now() - (this.memory.get("used") || 0)) < 2000) return;
    if (this.isIdle) { this.lock(); return; }
    this.memory.set({ used: Date.now() });
  }

  get isIdle() {
    const { lock, used } = this.memory.content;
    return Boolean(lock && used && Date.now() - used > lock * 60000);
  }

  lockIfIdle() { if (this.line.hasSession && !this.isLocked && this.isIdle) this.lock(); }

  lock() {
    this.isLocked = true;
    this.view.clear();
    this.view.showLocked();
    if (!this.line.listening) this.line.listen(true);
  }

  unlock() {
    this.isLocked = false;
    this.memory.set({ used: Date.now() });
    this.view.tell(null);
    this.line.listen(true);
    this.view.focus();
  }

  /** End and clear: on the server, on the screen and in the tab's memory. */
  end() {
    this.line.end();
    this.gone("ended");
  }

  gone(code) {
    this.isWorking = false;
    this.line.stop();
    this.line.queue = [];
    this.memory.forget();
    this.isLocked = false;
    this.unseen.clear();
    this.view.clear();
    this.view.setOwner("bot");
    this.view.setLine("");
    if (code === "ended") this.view.showEnded(); else this.view.showWelcome();
    this.showUnread();
  }

  /** The panel ends where the phone's keyboard begins. */
  fitKeyboard() {
    const visible = window.visualViewport;
    const fit = () => {
      this.panel.style.setProperty("--visible-height", `${visible.height}px`);
      this.panel.style.setProperty("--visible-top", `${visible.offsetTop}px`);
    };
    if (!visible) return;
    visible.addEventListener("resize", fit);
    visible.addEventListener("scroll", fit);
    fit();
  }
}

/** Styles without a word in the page's markup: no style-src of the page stands in their way. */
function dress(root) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.prepend(el("link", { rel: "stylesheet", href: `${BASE}widget.css` }));
  }
}

if (!customElements.get("al-dia-chat")) customElements.define("al-dia-chat", AlDiaChat);
const place = () => { if (!document.querySelector("al-dia-chat")) document.body.append(document.createElement("al-dia-chat")); };
if (document.body) place(); else addEventListener("DOMContentLoaded", place);
