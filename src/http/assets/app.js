// What is quicker with scripts: theme switch, copying, the contents that follow. Every page is complete without this file.

const texts = document.querySelector("script[data-copy]")?.dataset ?? {};

/** A polite line at the foot of the page, for those who see it and those who hear it. */
const said = document.createElement("p");
said.className = "said";
said.setAttribute("role", "status");
document.body.append(said);
let silence;
const say = (text) => {
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, 2000);
};

const copy = async (text, done) => {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(texts.failed);
  }
};

const theme = () => {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = current() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try { localStorage.setItem("kb-theme", next); } catch { /* it lasts for this page, then */ }
  });
};

/** The menu closes by Escape and by a click elsewhere, as menus do. */
const menus = () => {
  for (const menu of document.querySelectorAll("details.menu")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
};

const codeButtons = (prose) => {
  for (const code of prose.querySelectorAll("pre")) {
    const box = document.createElement("div");
    box.className = "code";
    code.replaceWith(box);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = texts.copy;
    button.addEventListener("click", () => copy(code.textContent, texts.copied));
    box.append(code, button);
  }
};

/** A click on a heading's anchor copies the address of that place, too. */
const anchors = (prose) => {
  for (const anchor of prose.querySelectorAll("a.kb-anchor")) {
    anchor.title = prose.dataset.copyLink;
    anchor.setAttribute("aria-label", prose.dataset.copyLink);
    anchor.addEventListener("click", () => copy(anchor.href, texts.link));
  }
};

/** On wide screens the contents stand open beside the text and show where the reader is. */
const contents = (toc) => {
  const wide = matchMedia("(min-width: 64rem)");
  const follow = () => { toc.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
  toc.addEventListener("click", (event) => {
    if (!wide.matches && event.target.closest("a")) toc.open = false;
  });
  const links = new Map([...toc.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const seen = new IntersectionObserver((entries) => {
    const entry = entries.find((e) => e.isIntersecting);
    if (!entry) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id)?.setAttribute("aria-current", "true");
  }, { rootMargin: "-10% 0px -75% 0px" });
  for (const id of links.keys()) {
    const heading = document.getElementById(id);
    if (heading) seen.observe(heading);
  }
};

theme();
menus();
const prose = document.getElementById("prose");
if (prose) {
  codeButtons(prose);
  anchors(prose);
}
const toc = document.querySelector(".toc");
if (toc) contents(toc);
