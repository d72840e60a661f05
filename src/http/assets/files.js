// Are these files too many or too large? Said at once, before anything is sent in vain; the server looks at them again.

const MIB = 1024 * 1024;

/** Watches a file field; its own words come with the page. */
export const watchFiles = (field) => {
  if (!field) return;
  const { most, mib, many, large } = field.dataset;
  const said = document.createElement("p");
  said.className = "fault";
  said.setAttribute("role", "alert");
  field.after(said);
  field.addEventListener("change", () => {
    const big = [...field.files].find((file) => file.size > Number(mib) * MIB);
    const wrong = field.files.length > Number(most) ? many : big ? large.replace("{name}", big.name) : "";
    said.textContent = wrong;
    field.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong) field.value = "";
  });
};
