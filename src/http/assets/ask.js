// What the ask form does by itself where scripts run: it does its proof of work, offers answers while one types, shows what is
// promised for the kind that is chosen, keeps a draft, and is sent once.

import { note, visit } from "./visit.js";
import { solve } from "./proof.js";
import { watchFiles } from "./files.js";

const form = document.getElementById("ask");
const text = document.getElementById("text");
const proof = form.elements.altcha;

/** Begins with the first touch of the form: nobody's phone works for a page that is only looked at. */
let solving = null;
const prove = () => {
  if (solving || !proof.dataset.challenge) return solving;
  solving = solve(JSON.parse(proof.dataset.challenge)).then((solution) => { proof.value = solution; }).catch(() => {});
  return solving;
};
form.addEventListener("focusin", prove);
form.addEventListener("input", prove);

/** Sent once; the button says so. What is still being proved is waited for. */
let sending = false;
form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "target") return note({ did: "solved", target: event.submitter.value });
  if (sending) return event.preventDefault();
  sending = true;
  const button = document.getElementById("send");
  button.textContent = form.dataset.sending;
  button.setAttribute("aria-disabled", "true");
  if (proof.value || !proof.dataset.challenge) return forget();
  event.preventDefault();
  // Whatever comes of the proof, the question is sent.
  prove()?.finally(() => { forget(); HTMLFormElement.prototype.submit.call(form); });
});
// The back button shows the page as it was left.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

const promise = document.getElementById("promise");
form.addEventListener("change", ({ target }) => {
  if (target.name === "kind" && promise) promise.textContent = target.dataset.promise;
});

/** What was typed outlives a reload, within this tab. */
const DRAFT = "kb-ask";
const kept = ["text", "email", "name"];
const save = () => {
  try { sessionStorage.setItem(DRAFT, JSON.stringify(kept.map((name) => form.elements[name]?.value ?? ""))); } catch { /* it lasts for this page */ }
};
const forget = () => { try { sessionStorage.removeItem(DRAFT); } catch { /* nothing was kept */ } };
const restore = () => {
  if (document.getElementById("faults")) return;
  let draft = [];
  try { draft = JSON.parse(sessionStorage.getItem(DRAFT)) ?? []; } catch { /* none */ }
  kept.forEach((name, i) => {
    const field = form.elements[name];
    if (!field || !draft[i]) return;
    // What was typed before is not thrown away for what was searched for since.
    const begun = field.value.trim();
    field.value = begun && !draft[i].includes(begun) ? `${draft[i]}\n${field.value}` : draft[i];
  });
};

/** Answers while one types. */
const offers = document.getElementById("offers");
const list = offers.querySelector("ul");
const PAUSE_MS = 500;
const MOST = 4;
let timer;
let asked = "";
let answering;
const look = async () => {
  const query = text.value.trim().replace(/\s+/g, " ").slice(0, 120);
  if (query === asked) return;
  asked = query;
  answering?.abort();
  if ([...query].length < 2) return show([]);
  answering = new AbortController();
  try {
    const response = await fetch(`/api/v1/search?${new URLSearchParams({ q: query, limit: MOST })}`, { signal: answering.signal, credentials: "omit", headers: { accept: "application/json" } });
    if (response.ok) show((await response.json()).hits.filter((hit) => hit.near));
  } catch { /* the form works without */ }
};
const later = () => { clearTimeout(timer); timer = setTimeout(look, PAUSE_MS); };
// While an input method composes, the text is not what will stand there. Some keyboards compose without end, so a pause counts.
text.addEventListener("compositionend", later);
text.addEventListener("input", (event) => { save(); clearTimeout(timer); timer = setTimeout(look, event.isComposing ? PAUSE_MS * 3 : PAUSE_MS); });
form.elements.email.addEventListener("input", save);

const node = (tag, attributes, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const show = (hits) => {
  offers.hidden = !hits.length;
  list.replaceChildren(...hits.map((hit) => {
    const hidden = node("span", { class: "hidden" }, ` (${form.dataset.window})`);
    const link = node("a", { href: hit.url, target: "_blank", rel: "noopener", "data-target": hit.url }, hit.title, hidden);
    const solved = node("button", { type: "submit", class: "button quiet small", name: "target", value: hit.url, formaction: "/solved", formnovalidate: "" }, form.dataset.solved);
    return node("li", {}, link, " ", solved);
  }));
};
list.addEventListener("click", ({ target }) => {
  const page = target.closest("a")?.dataset.target;
  if (page) note({ did: "clicked", target: page });
});

form.elements.v.value ||= visit;
restore();
document.getElementById("faults")?.focus();
watchFiles(document.getElementById("files"));
