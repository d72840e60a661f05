// What a question's page does more where scripts run: the proof of work of the answer form, begun when somebody begins to write.

import { solve } from "./proof.js";

const form = document.getElementById("answer-form");
if (form) {
  const proof = form.elements.altcha;
  let solving = null;
  const begin = () => {
    if (solving || !proof.dataset.challenge) return solving;
    solving = solve(JSON.parse(proof.dataset.challenge)).then((solution) => { proof.value = solution; }).catch(() => {});
    return solving;
  };
  form.addEventListener("input", begin, { once: true });
  form.addEventListener("submit", async (event) => {
    if (proof.value || !proof.dataset.challenge) return;
    event.preventDefault();
    await begin();
    form.submit();
  });
}
if (location.hash === "#answer") document.getElementById("answer")?.setAttribute("open", "");
