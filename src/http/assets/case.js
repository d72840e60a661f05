// What a case's page does by itself where scripts run: it follows what happens, says that one is writing, and keeps a draft.
// Without this file the page is whole: it shows what is new when it is loaded again.

import { watchFiles } from "./files.js";

const page = document.getElementById("case");
const address = page.dataset.address;
const text = document.getElementById("text");
let mark = page.dataset.mark;

/** Parts of the page that are shown anew; what is being typed is never touched. */
const PARTS = ["case-head", "timeline"];
const refresh = async () => {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  if (response.redirected) return location.assign(response.url);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = fresh.getElementById("case");
  if (!next || next.dataset.mark === mark) return;
  mark = next.dataset.mark;
  for (const id of PARTS) document.getElementById(id).replaceWith(document.adoptNode(fresh.getElementById(id)));
  const actions = document.getElementById("case-actions");
  const idle = !actions.contains(document.activeElement) && !actions.querySelector("textarea")?.value.trim();
  const changed = actions.querySelectorAll("form, details").length !== fresh.querySelectorAll("#case-actions form, #case-actions details").length;
  if (idle && changed) { actions.replaceWith(document.adoptNode(fresh.getElementById("case-actions"))); watch(); }
};

const writing = document.getElementById("writing");
const heard = (standing) => {
  writing.textContent = standing.writing ? page.dataset.writing.replace("{name}", standing.writing) : "";
  if (standing.mark !== mark) refresh().catch(() => {});
};

/** A stream while the page is seen; asking from time to time where there is none. */
const POLL_MS = 15_000;
let stream;
let polling;
let failures = 0;
const poll = async () => {
  try {
    const response = await fetch(`${address}/now`, { headers: { accept: "application/json" } });
    if (response.ok) heard(await response.json());
  } catch { /* the next time, then */ }
};
const follow = () => {
  if (stream || polling || document.hidden) return;
  if (!window.EventSource || failures > 2) {
    polling = setInterval(poll, POLL_MS);
    return void poll();
  }
  stream = new EventSource(`${address}/events`);
  stream.addEventListener("changed", (event) => { failures = 0; heard(JSON.parse(event.data)); });
  stream.addEventListener("error", () => {
    failures += 1;
    if (stream.readyState !== EventSource.CLOSED && failures <= 2) return;
    rest();
    setTimeout(follow, 2_000);
  });
};
const rest = () => {
  stream?.close();
  clearInterval(polling);
  stream = polling = null;
};
// A tab in the background holds no connection: browsers have few of them.
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()));
addEventListener("pagehide", rest);

/** Says that somebody is here, and writes. */
const HERE_MS = 20_000;
const QUIET_MS = 6_000;
let told = 0;
let state = "";
let quiet;
const tell = (now) => {
  if (now === state && Date.now() - told < HERE_MS) return;
  [state, told] = [now, Date.now()];
  fetch(`${address}/presence`, { method: "POST", body: new URLSearchParams({ writing: now }), keepalive: true }).catch(() => {});
};
const DRAFT = `kb-case-${address.slice(-8)}`;
const keep = (value) => { try { value ? sessionStorage.setItem(DRAFT, value) : sessionStorage.removeItem(DRAFT); } catch { /* it lasts for this page */ } };
const watch = () => {
  const field = document.getElementById("text");
  field?.addEventListener("input", () => {
    keep(field.value);
    tell("1");
    clearTimeout(quiet);
    quiet = setTimeout(() => tell("0"), QUIET_MS);
  });
  const reply = document.getElementById("reply");
  reply?.addEventListener("submit", (event) => {
    if (reply.dataset.sent) return event.preventDefault();
    reply.dataset.sent = "1";
    keep("");
    clearTimeout(quiet);
  });
};
try { if (text && !text.value.trim()) text.value = sessionStorage.getItem(DRAFT) ?? ""; } catch { /* none */ }
watch();
follow();
setInterval(() => { if (!document.hidden) tell(state || "0"); }, HERE_MS);
watchFiles(document.getElementById("files"));
