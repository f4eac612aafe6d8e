// Small helpers: elements, icons, what the tab remembers, random ids.

/** Make an element. What it says is set as text, never as markup: nothing that anybody writes can run. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1c-.5.5-1.4.1-1.4-.6V15.6A2.5 2.5 0 0 1 4 13.5z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4.5 12h13M12 6l6 6-6 6",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.8-5.5 7.500-5.5s6.700 1.900 7.500 5.5",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  download: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3.500 12h17M12 3c2.500 2.500 3.500 5.500 3.500 9s-1 6.500-3.500 9c-2.500-2.500-3.500-5.500-3.500-9s1-6.500 3.500-9z",
  erase: "M5 7h14M10 7V4.500h4V7M7 7l1 13h8l1-13",
};

/** A line drawing; decoration only, so that screen readers pass it over. */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["class", `icon i-${name}`], ["aria-hidden", "true"], ["focusable", "false"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A text in which our own https addresses can be followed, named by their site. Never used for what the visitor wrote. */
function withLinks(text) {
  return text.split(/(https:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/).map((part, n) => {
    if (n % 2 === 0) return part;
    let url;
    try { url = new URL(part); } catch { return part; }
    const { host, pathname, search } = url;
    const name = pathname.length + search.length > 24 ? `${host}/…` : part.slice(8);
    return el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, name);
  });
}

/** What this tab remembers: gone with the tab, or at once by `forget`. Works, for the page's life, without storage. */
class Memory {
  constructor(key) {
    this.key = key;
    try { this.content = JSON.parse(sessionStorage.getItem(key)) || {}; } catch { this.content = {}; }
  }

  get(name) { return this.content[name]; }

  set(values) {
    Object.assign(this.content, values);
    try { sessionStorage.setItem(this.key, JSON.stringify(this.content)); } catch { /* storage is off or full */ }
  }

  forget() {
    this.content = {};
    try { sessionStorage.removeItem(this.key); } catch { /* there was none */ }
  }
}

/** 128 random bits; crypto.randomUUID is missing where a page is served without TLS. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
