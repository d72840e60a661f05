// What was tried in this visit: an id in session storage, carried in links and forms, and a line to the server for each search,
// click and page. No cookie; without this file nothing is noted but what the ask form itself carries.

const KEY = "kb-visit";

/** A random UUID. `crypto.randomUUID` is kept back from pages without https, `getRandomValues` is not. */
const uuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

/** The id of this visit: that of the address, of the tab, or a new one. */
const begin = () => {
  const given = new URLSearchParams(location.search).get("v");
  const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  try {
    const id = known.test(given ?? "") ? given : sessionStorage.getItem(KEY) ?? uuid();
    sessionStorage.setItem(KEY, id);
    return id;
  } catch {
    return known.test(given ?? "") ? given : uuid();
  }
};

export const visit = begin();

/** Tells the server; what is lost is lost, nobody waits for it. */
export const note = (...steps) => {
  const body = JSON.stringify({ lang: document.documentElement.lang, steps });
  fetch(`/api/v1/visits/${visit}`, { method: "POST", body, keepalive: true, credentials: "omit", headers: { "content-type": "application/json" } }).catch(() => {});
};

/** The path by which a page is known, without what follows it. */
const target = (href) => {
  const url = new URL(href, location.href);
  return url.origin === location.origin && /^\/(a|q)\//.test(url.pathname) ? url.pathname : null;
};

/** Links and forms that lead to people take the visit along. */
const carry = () => {
  for (const link of document.querySelectorAll("a[data-visit]")) {
    const url = new URL(link.href, location.href);
    url.searchParams.set("v", visit);
    link.href = url.pathname + url.search;
  }
  for (const input of document.querySelectorAll("input[name=v]")) input.value ||= visit;
};

carry();
const searched = document.getElementById("searched");
if (searched) {
  const { query, results, confident } = searched.dataset;
  note({ did: "searched", query, results: Number(results), confident: confident === "true" });
  searched.addEventListener("click", (event) => {
    const hit = event.target.closest(".hits a, .answer a");
    const page = hit && target(hit.href);
    if (page) note({ did: "clicked", target: page });
  });
}
const read = document.getElementById("read");
if (read) note({ did: "read", target: read.dataset.target });

// What this tab read lately, for its own home page: titles and paths in session storage, told to nobody.
const RECENT = "kb-recent";
const MAX_RECENT = 6;

const recent = () => {
  try {
    const all = JSON.parse(sessionStorage.getItem(RECENT) ?? "[]");
    const fits = (page) => typeof page?.title === "string" && typeof page?.path === "string" && /^\/(a|q)\//.test(page.path);
    return Array.isArray(all) ? all.filter(fits) : [];
  } catch {
    return [];
  }
};

const title = read?.querySelector("h1")?.textContent.trim();
if (title) {
  const path = location.pathname;
  const rest = recent().filter((page) => page.path !== path);
  try {
    sessionStorage.setItem(RECENT, JSON.stringify([{ title, path }, ...rest].slice(0, MAX_RECENT)));
  } catch { /* Nothing depends on it. */ }
}
const list = document.querySelector("#recently-read ul");
const hl = new URLSearchParams(location.search).get("hl");
for (const page of list ? recent() : []) {
  const link = document.createElement("a");
  link.href = hl ? `${page.path}?hl=${encodeURIComponent(hl)}` : page.path;
  const text = document.createElement("span");
  text.className = "list-title";
  text.textContent = page.title;
  link.append(text);
  const item = document.createElement("li");
  item.append(link);
  list.append(item);
  list.parentElement.hidden = false;
}
