// The line to the server: a session, messages out until they are taken, news in by stream or, failing that, by asking.

const FIRST_WAIT = 1000, LONGEST_WAIT = 30000, POLL_EVERY = 3000, SILENCE = 45000, FIRST_SIGN = 6000, GIVE_UP = 180000;

class Refusal extends Error {
  constructor(code, seconds) { super(code); this.code = code; this.seconds = seconds; }
}

class Line {
  /**
   * @param base address of the server's routes, with a slash at the end
   * @param memory what the tab remembers
   * @param about what a new session says of itself: creditor and language
   * @param on what to do with: news(content), state(message, state, code), line(status), gone(), refused()
   */
  constructor(base, memory, about, on) {
    Object.assign(this, { base, memory, about, on, queue: memory.get("unsent") || [], cursor: "" });
    window.addEventListener("online", () => { this.flush(); this.wake(); });
    window.addEventListener("offline", () => this.on.line("offline"));
  }

  get hasSession() { return Boolean(this.memory.get("token")); }

  /** Ask for a session, or renew the one there is. Several askers share one request. */
  renew() {
    this.renewal ||= this.ask("POST", "session", this.about(), this.memory.get("token"))
      .then(({ token, seconds, lock_minutes: lock }) => {
        this.memory.set({ token, lock, until: Date.now() + seconds * 1000 });
      })
      .finally(() => { this.renewal = null; });
    return this.renewal;
  }

  async call(method, path, body, options) {
    if (!this.hasSession || this.memory.get("until") < Date.now() + 30000) await this.renew();
    try {
      return await this.ask(method, path, body, this.memory.get("token"), options);
    } catch (problem) {
      if (problem.code !== "expired") throw problem;
      await this.renew();
      return this.ask(method, path, body, this.memory.get("token"), options);
    }
  }

  async ask(method, path, body, token, { headers, signal, raw, keepalive } = {}) {
    const response = await fetch(this.base + path, {
      method, signal, keepalive, mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
      headers: {
        ...(body ? { "Content-Type": "application/json" } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers,
      },
      body: body && JSON.stringify(body),
    });
    if (response.ok) return raw ? response : response.json();
    const { error } = await response.json().catch(() => ({}));
    const isOver = error !== "expired" || path === "session";
    if (response.status === 401 && method !== "DELETE" && isOver) this.on.gone(error);
    throw new Refusal(error || String(response.status), Number(response.headers.get("Retry-After")) || 0);
  }

  /** A page that may not embed us cannot read why; this call it can, for its operator. */
  async explain() {
    const response = await fetch(`${this.base}origin`, { credentials: "omit" });
    if (response.status !== 403) return false;
    console.error(`Al Día: ${(await response.json()).message}`);
    this.on.refused();
    return true;
  }

  // -- out ------------------------------------------------------------------------------------------------------

  send(message) {
    this.queue.push(message);
    this.keep();
    this.flush();
  }

  /** Wait before the next try; where nobody answered, less long once there is somebody again. */
  pause(milliseconds, canHurry) {
    return new Promise((done) => {
      if (canHurry) this.hurry = done;
      setTimeout(done, milliseconds);
    });
  }

  hurry() { /* replaced while it waits for a connection */ }

  keep() { this.memory.set({ unsent: this.queue }); }

  /** Send what waits, one after the other; each is taken once, however often it is sent. */
  async flush() {
    if (this.isSending) this.hurry();
    if (this.isSending || !this.queue.length) return;
    this.isSending = true;
    for (let tries = 0, since = Date.now(); this.queue.length;) {
      const message = this.queue[0];
      try {
        await this.call("POST", "messages", { id: message.id, text: message.sends });
        [tries, since] = [0, Date.now()];
        this.queue.shift();
        this.keep();
        this.on.state(message, "taken");
        if (this.mode === "poll") this.wake();
      } catch (problem) {
        if (!navigator.onLine) { this.on.line("offline"); break; }
        if (!this.hasSession) break;
        tries += 1;
        const isHopeless = ["too_large", "bad_text", "not_json"].includes(problem.code);
        if (isHopeless || Date.now() - since > GIVE_UP) {
          [tries, since] = [0, Date.now()];
          this.queue.shift();
          this.keep();
          this.on.state(message, "failed", problem.code);
          continue;
        }
        if (problem.code === "too_many") this.on.line("slow");
        await this.pause(Math.max(problem.seconds * 1000 || 0, wait(tries)), !problem.code);
      }
    }
    this.isSending = false;
  }

  // -- in -------------------------------------------------------------------------------------------------------

  /** Listen until `stop`. `afresh` forgets what was told before. */
  async listen(afresh) {
    this.stop();
    if (afresh) this.cursor = "";
    const mine = this.listening = {};
    for (let failures = 0; this.listening === mine;) {
      const began = Date.now();
      try {
        this.mode = failures >= 3 && failures % 10 ? "poll" : "stream";
        if (this.mode === "poll") { await this.poll(mine); failures += 1; continue; }
        const heard = await this.stream(mine);
        failures = heard ? 0 : failures + 1;
        if (Date.now() - began < FIRST_WAIT) await this.nap(FIRST_WAIT);
      } catch (problem) {
        if (this.listening !== mine) return;
        failures += 1;
        if (failures === 2 && await this.explain().catch(() => false)) { this.stop(); return; }
        if (failures > 1) this.on.line(navigator.onLine ? "reconnecting" : "offline");
        await this.nap(Math.max((problem.seconds || 0) * 1000, wait(failures)));
      }
    }
  }

  stop() {
    this.listening = null;
    this.abort?.abort();
    this.wake();
  }

  async stream(mine) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const headers = { Accept: "text/event-stream", ...(this.cursor ? { "Last-Event-ID": this.cursor } : {}) };
    const response = await this.call("GET", "stream", null, { headers, signal, raw: true });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "", watchdog, heard = false;
    try {
      for (;;) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => this.abort.abort(), heard ? SILENCE : FIRST_SIGN);
        const { done, value } = await reader.read();
        if (done || this.listening !== mine) return heard;
        heard = true;
        const blocks = (text + value).split("\n\n");
        text = blocks.pop();
        for (const block of blocks) this.hear(block);
        this.on.line("");
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  hear(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }));
    if (fields.event === "ended") this.on.gone("ended");
    if (fields.event === "news") this.told(JSON.parse(fields.data));
  }

  async poll(mine) {
    const content = await this.call("GET", `messages?after=${this.cursor}`);
    if (this.listening !== mine) return;
    this.on.line("");
    this.told(content);
    await this.nap(POLL_EVERY);
  }

  told(content) {
    this.cursor = content.cursor || this.cursor;
    this.on.news(content);
  }

  nap(milliseconds) {
    return new Promise((done) => { this.wake = done; setTimeout(done, milliseconds); });
  }

  wake() { /* replaced while it naps */ }

  /** End the session on the server, whether or not anybody waits for the answer, and know nothing of it any more. */
  end() {
    const token = this.memory.get("token");
    this.stop();
    this.queue = [];
    this.memory.forget();
    if (!token) return;
    const tell = (tries) => this.ask("DELETE", "session", null, token, { keepalive: true })
      .catch((problem) => { if (!problem.code && tries) setTimeout(() => tell(tries - 1), wait(4 - tries)); });
    tell(3);
  }
}

function wait(tries) {
  return Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT) * (0.8 + Math.random() * 0.4);
}
