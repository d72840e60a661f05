// The demonstration's controls and its list of events. The page is complete without it.

const MOST_EVENTS = 20;
const box = document.getElementById("box");
const play = document.getElementById("play");
const events = document.getElementById("events");

const apply = () => {
  const { accent, radius, theme, lang, inline } = play.elements;
  if (accent.value !== accent.defaultValue) box.style.setProperty("--kb-accent", accent.value);
  box.style.setProperty("--kb-radius", `${radius.value}px`);
  if (theme.value) box.setAttribute("theme", theme.value);
  else box.removeAttribute("theme");
  box.lang = lang.value;
  if (inline.checked) box.setAttribute("open", "inline");
  else box.removeAttribute("open");
};

const log = (event) => {
  const line = document.createElement("li");
  line.textContent = `${event.type} ${JSON.stringify(event.detail)}`;
  events.prepend(line);
  while (events.childElementCount > MOST_EVENTS) events.lastElementChild.remove();
};

play.hidden = false;
play.addEventListener("input", apply);
play.addEventListener("submit", (event) => event.preventDefault());
for (const type of ["kb:search", "kb:select", "kb:ask"]) document.addEventListener(type, log);
