// Inputs that help with the open question: a day, an amount, identity data. Each says what was entered in words.

/** The form for what the server says would help; null when typing is all it takes. */
function inputFor(expects, t, language, say) {
  const make = { date: dateForm, amount: amountForm, identity: identityForm }[expects?.kind];
  return make ? make(expects, t, language, say) : null;
}

function form(title, fields, t, read, say) {
  const isOne = fields.length === 1;
  return el("form", {
    class: "helper", novalidate: true, "aria-label": title,
    onsubmit: (event) => {
      event.preventDefault();
      const wrong = fields.filter((field) => !field.check());
      if (wrong.length) wrong[0].input.focus();
      else say(read());
    },
  }, isOne ? null : el("h3", {}, title), ...fields.map((field) => field.node), el("button", { type: "submit", class: "pick" }, t.ready));
}

/** A labelled input that says what is wrong with it. */
function field(label, attributes, t, problemOf = () => null) {
  const id = `i${randomId().slice(0, 8)}`;
  const input = el("input", { id, "aria-describedby": `${id}e`, required: true, ...attributes });
  const error = el("p", { id: `${id}e`, class: "error", "aria-live": "polite" });
  const check = () => {
    const problem = input.value.trim() ? problemOf(input.value) : t.missing;
    error.textContent = problem || "";
    input.setAttribute("aria-invalid", String(Boolean(problem)));
    return !problem;
  };
  return { node: el("div", { class: "field" }, el("label", { for: id }, label), input, error), input, check };
}

function dateForm({ from }, t, language, say) {
  const day = field(t.dateLabel, { type: "date", min: from }, t);
  return form(t.dateLabel, [day], t, () => inWords(day.input.value, language), say);
}

function amountForm({ currency }, t, language, say) {
  const amount = field(t.amountLabel, { type: "text", inputmode: "decimal", autocomplete: "off", maxlength: "12" }, t,
    (value) => (/^\s*\d[\d.,\s]*$/.test(value) ? null : t.wrongAmount));
  return form(t.amountLabel, [amount], t, () => withCurrency(amount.input.value.trim(), currency), say);
}

function identityForm({ fields }, t, language, say) {
  const all = {
    reference: () => field(t.reference, { type: "text", autocomplete: "off", autocapitalize: "characters", maxlength: "40" }, t),
    date_of_birth: () => field(t.born, { type: "date", autocomplete: "bday", max: new Date().toISOString().slice(0, 10) }, t),
    postal_code: () => field(t.postal, { type: "text", autocomplete: "postal-code", maxlength: "12" }, t),
  };
  const made = fields.map((name) => [name, all[name]()]);
  const value = (name) => made.find(([one]) => one === name)?.[1].input.value.trim() || "";
  const read = () => t.identityText({
    reference: value("reference"), born: value("date_of_birth") && inWords(value("date_of_birth"), language), postal: value("postal_code"),
  });
  return made.length ? form(t.identity, made.map(([, one]) => one), t, read, say) : null;
}

/** "12 de marzo de 1985": no order of day and month to mistake. */
function inWords(iso, language) {
  const [year, month, day] = iso.split("-").map(Number);
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "es-ES", { dateStyle: "long", timeZone: "UTC" })
    .format(new Date(Date.UTC(year, month - 1, day)));
}

function withCurrency(amount, currency) {
  if (!currency) return amount;
  const parts = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0);
  const symbol = parts.find((part) => part.type === "currency").value;
  return currency === "EUR" ? `${amount} ${symbol}` : `${symbol}${amount}`;
}
