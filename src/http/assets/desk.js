// What is quicker with scripts at the desk: keys, live pages, drafts that keep themselves. Every page is complete without this file.

const body = document.body;
const texts = body.dataset;
const csrf = texts.csrf;
const caseNumber = texts.case;
const byId = (id) => document.getElementById(id);
document.documentElement.classList.add("scripted");

const say = (text) => { byId("say").textContent = text; };

const post = (url, fields, keepalive = false) => fetch(url, {
  method: "POST", keepalive, headers: { accept: "application/json" }, body: new URLSearchParams({ csrf, ...fields }),
});

// --- The theme, the menu, the list of keys

const theme = byId("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const root = document.documentElement;
  const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  try { localStorage.setItem("kb-theme", root.dataset.theme); } catch { /* it lasts for this page, then */ }
});

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

const keys = byId("keys");
byId("show-keys").hidden = false;
byId("show-keys").addEventListener("click", () => keys.showModal());

// --- A queue: moving, choosing, and rows that renew themselves

const rows = () => [...document.querySelectorAll("#rows .row")];
const current = () => document.activeElement?.closest?.(".row");

const move = (step) => {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next.querySelector(".row-main").focus();
  next.scrollIntoView({ block: "nearest" });
};

const chosen = () => document.querySelectorAll("#rows input[type=checkbox]:checked").length;
const showBulk = () => {
  const bulk = byId("bulk");
  if (!bulk) return;
  const count = byId("bulk-count");
  count.dataset.text ??= count.textContent;
  bulk.classList.toggle("bulk-active", chosen() > 0);
  count.textContent = chosen() ? `${count.dataset.text} ${chosen()}` : count.dataset.text;
};
document.addEventListener("change", (event) => { if (event.target.matches?.("#rows input[type=checkbox]")) showBulk(); });
showBulk();

/** Takes the rows anew, unless somebody is choosing among them. The focus stays with its case. */
const renewRows = async () => {
  if (!byId("rows") || chosen() || byId("bulk")?.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html", "x-kb-part": "rows" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const held = current()?.querySelector(".row-main")?.getAttribute("href");
  const [fresh, old] = [page.getElementById("rows"), byId("rows")];
  if (!fresh || fresh.tagName !== old.tagName) { if (fresh) location.reload(); return; }
  old.replaceWith(document.adoptNode(fresh));
  if (held) document.querySelector(`#rows .row-main[href="${CSS.escape(held)}"]`)?.focus();
};

// --- Writing: kind, canned answers, articles, drafts, presence

const write = byId("write");
const text = byId("text");
let typedAt = 0;

const writing = (kind) => {
  if (!write) return;
  write.querySelector(`[name=mode][value=${kind}]`).checked = true;
  text.focus();
  text.scrollIntoView({ block: "nearest" });
};

const insert = (piece) => {
  const before = text.value.slice(0, text.selectionStart).trimEnd();
  const behind = text.value.slice(text.selectionEnd);
  text.value = before ? `${before}\n\n${piece}${behind}` : `${piece}${behind}`;
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
};

const keepDraft = () => {
  const state = byId("draft-state");
  let timer;
  let kept = text.value;
  const keep = async () => {
    const value = text.value;
    if (value === kept) return;
    try {
      const answer = await post(write.dataset.draft, { text: value });
      if (!answer.ok) throw new Error(String(answer.status));
      kept = value;
      state.textContent = texts.kept;
    } catch { state.textContent = texts.unkept; }
  };
  text.addEventListener("input", () => {
    typedAt = Date.now();
    state.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(keep, 800);
  });
  addEventListener("pagehide", () => { if (text.value !== kept && !write.dataset.sent) post(write.dataset.draft, { text: text.value }, true).catch(() => {}); });
  write.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!event.submitter?.formAction?.endsWith("/insert")) write.dataset.sent = "1";
  });
};

const bePresent = () => {
  const url = write.dataset.here;
  let wasWriting;
  const tell = () => {
    const isWriting = Date.now() - typedAt < 15_000;
    wasWriting = isWriting;
    post(url, { writing: isWriting ? "1" : "0" }).catch(() => {});
  };
  tell();
  setInterval(() => { if (!document.hidden) tell(); }, 20_000);
  setInterval(() => { if ((Date.now() - typedAt < 15_000) !== wasWriting) tell(); }, 2_000);
  addEventListener("pagehide", () => { post(url, { gone: "1" }, true).catch(() => {}); });
};

const articleRow = (article) => {
  const row = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: article.url, target: "_blank", rel: "noopener", textContent: article.title });
  row.append(link);
  if (article.open) {
    const button = Object.assign(document.createElement("button"), { className: "small-button", name: "article", value: article.id, textContent: texts.insert });
    button.setAttribute("form", "write");
    button.setAttribute("formaction", `${write?.action.replace(/\/answer$/, "/insert")}`);
    button.formNoValidate = true;
    row.append(button);
  } else {
    row.append(Object.assign(document.createElement("small"), { className: "closed-mark", textContent: texts.closed }));
  }
  row.append(Object.assign(document.createElement("p"), { textContent: article.snippet }));
  return row;
};

const findArticles = () => {
  const field = byId("find-article");
  if (!field) return;
  let timer;
  let asked = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const query = field.value.trim();
      if (!query) return;
      const mine = ++asked;
      const answer = await fetch(`/desk/articles?${new URLSearchParams({ q: query })}`, { headers: { accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      byId("articles").replaceChildren(...(await answer.json()).map(articleRow));
    }, 250);
  });
};

if (write) {
  keepDraft();
  bePresent();
  // Articles and canned answers go in where the caret stands, without a new page.
  write.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button?.getAttribute("formaction")?.endsWith("/insert")) return;
    event.preventDefault();
    const canned = byId("canned");
    if (button.name !== "article") {
      const piece = canned?.selectedOptions[0]?.dataset.text;
      if (piece) insert(piece);
      return;
    }
    const answer = await post(button.formAction, { article: button.value });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) insert(said.text); else byId("draft-state").textContent = said.detail ?? "";
  });
}
findArticles();

// --- Live: counts, who is here, what is new

let seen = Number(byId("seen")?.value ?? 0);
let shown = seen;
const title = document.title.replace(/^\[P1[^\]]*\]\s*/, "");

const showCounts = ({ counts, urgent }) => {
  let changed = false;
  for (const place of document.querySelectorAll("[data-count]")) {
    const count = String(counts[place.dataset.count] ?? 0);
    changed ||= place.textContent !== count;
    place.textContent = count;
  }
  document.title = urgent ? `${texts.urgent.replace("#", urgent)} ${title}` : title;
  const line = byId("urgent");
  byId("urgent-count").textContent = urgent;
  line.hidden = !urgent;
  return changed;
};

const showCase = async ({ events, here }) => {
  const place = byId("here");
  if (place) place.replaceChildren(...here.map((one) => Object.assign(document.createElement("span"), { textContent: one })));
  if (events <= shown || !write) return;
  const from = shown;
  shown = events;
  const answer = await fetch(`${write.dataset.timeline}?after=${from}`, { headers: { accept: "text/html", "x-kb-part": "timeline" } });
  if (!answer.ok) { shown = from; return; }
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const arrived = [...template.content.children].filter((event) => !byId(event.id));
  if (!arrived.length) return;
  for (const event of arrived) event.classList.add("event-arrived");
  byId("timeline").append(...arrived);
  say(texts.news);
  // Who is not writing has nothing to lose: what is on the page counts as seen when it is shown.
  if (!text.value.trim()) { seen = shown; byId("seen").value = seen; return; }
  byId("news").hidden = false;
  byId("news").firstElementChild.textContent = texts.news;
};

byId("news-seen")?.addEventListener("click", () => {
  seen = shown;
  byId("seen").value = seen;
  byId("news").hidden = true;
  for (const event of document.querySelectorAll(".event-fresh")) event.classList.remove("event-fresh");
  text.focus();
});

const pulse = (data) => {
  const changed = showCounts(data);
  if (data.case) showCase(data.case).catch(() => {});
  if (changed && byId("rows")) renewRows().catch(() => {});
};

const live = () => {
  const query = caseNumber ? `?${new URLSearchParams({ case: caseNumber })}` : "";
  let polling;
  const poll = async () => {
    try {
      const answer = await fetch(`/desk/pulse${query}`, { headers: { accept: "application/json" } });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.ok) pulse(await answer.json());
    } catch { say(texts.offline); }
  };
  const pollOn = () => { polling ??= setInterval(poll, 5_000); };
  const pollOff = () => { clearInterval(polling); polling = undefined; };
  if (!("EventSource" in window)) { pollOn(); return; }
  let source;
  const open = () => {
    source = new EventSource(`/desk/live${query}`);
    source.addEventListener("pulse", (event) => { pollOff(); pulse(JSON.parse(event.data)); });
    source.addEventListener("error", () => {
      pollOn();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 30_000);
    });
  };
  open();
  // A page that is put away gives its line back.
  addEventListener("pagehide", () => { source.close(); pollOff(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { open(); poll(); } });
};
if ("live" in texts) live();

// --- Keys

const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
const press = (id) => { byId(id)?.requestSubmit(byId(id).querySelector("button")); };

const actions = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current()?.querySelector(".row-main")?.click(),
  x: () => current()?.querySelector("input[type=checkbox]")?.click(),
  r: () => writing("reply"),
  n: () => writing("note"),
  a: () => press("take"),
  s: () => press("solve"),
  u: () => { if (byId("back")) location.assign(byId("back").href); },
  e: () => {
    const box = byId("escalate");
    if (!box) return;
    box.open = true;
    box.querySelector("select, textarea").focus();
  },
  "/": () => byId("find")?.focus(),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || keys.open) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target === text) {
    event.preventDefault();
    const note = write.querySelector("[name=mode][value=note]").checked;
    write.requestSubmit(write.querySelector(note ? ".send-note" : ".send-reply"));
    return;
  }
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
