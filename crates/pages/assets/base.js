// Small conveniences. Every page works without them; nothing here decides anything.

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  });
}

// Instants stand on the page in UTC; whoever reads them has a clock of their own.
for (const time of document.querySelectorAll("time[data-local]")) {
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  time.textContent = words.format(new Date(time.dateTime));
}

// `autofocus` is ignored when the address has a fragment; an error summary must be heard all the same.
document.getElementById("error-summary")?.focus();

const search = document.querySelector("[data-search]");
if (search) {
  const input = search.querySelector("input");
  const groups = [...document.querySelectorAll("[data-group]")].map((group) => ({
    group,
    title: group.querySelector(".group__title").textContent.toLowerCase(),
    lines: [...group.querySelectorAll(".permission")].map((line) => [line, line.textContent.toLowerCase()]),
  }));
  const narrow = () => {
    const wanted = input.value.trim().toLowerCase();
    for (const { group, title, lines } of groups) {
      const whole = title.includes(wanted);
      let shown = 0;
      for (const [line, text] of lines) {
        line.hidden = !whole && !text.includes(wanted);
        shown += line.hidden ? 0 : 1;
      }
      group.hidden = shown === 0;
      group.open = wanted !== "" && shown > 0;
    }
  };
  search.hidden = false;
  input.addEventListener("input", narrow);
  // Enter would press the form's first button, which is a decision.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// Two presses of a button are one deed: the second answer to a code that is good once would be a refusal. Whoever stopped the
// browser in between can press again after a while.
for (const form of document.querySelectorAll("form[method='post']")) {
  form.addEventListener("submit", (event) => {
    // What goes into a frame is looked at, and not done.
    if (event.submitter?.formTarget) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 10_000);
  });
}

// A page that comes back from the history can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
