// Small conveniences of pages for somebody who is signed in. Every page works without them; nothing here decides anything.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    words.textContent = button.dataset.done;
    button.addEventListener("blur", () => (words.textContent = before), { once: true });
  });
}

// Redirect URIs are looked at while they are typed: each line with a mark. What is right is the server's to say, in words, when
// the form is sent.
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?([/?].*)?$/;
const web = /^https:\/\/[A-Za-z0-9[][^\s/?@]*([/?].*)?$/;
const app = /^(?!https?:)[A-Za-z][A-Za-z0-9+-]*\.[A-Za-z0-9+.-]*:.+$/;
for (const area of document.querySelectorAll("textarea[name$='redirect_uris']")) {
  const marks = document.createElement("output");
  marks.htmlFor = area.id;
  marks.className = "hint";
  marks.style.whiteSpace = "pre-wrap";
  area.after(marks);
  const isGood = (uri) => !/[\s#*\\"<>]/.test(uri) && [loopback, web, app].some((form) => form.test(uri));
  const look = () => {
    const lines = area.value.split("\n").map((line) => line.trim()).filter(Boolean);
    marks.textContent = lines.map((line) => `${isGood(line) ? "✓" : "✗"} ${line}`).join("\n");
    area.setAttribute("aria-invalid", String(!lines.every(isGood)));
  };
  area.addEventListener("input", look);
}

// How many of a group are ticked, while they are ticked; what a pattern covers counts as the server counts it.
const covers = (pattern, scope) =>
  pattern === "*" ? !/^(openid$|offline_access$|grantd:)/.test(scope) : scope.startsWith(pattern.slice(0, -1));
for (const field of document.querySelectorAll("fieldset:has([data-chosen])")) {
  const boxes_of = (part) => [...part.querySelectorAll("input[type=checkbox]")];
  field.addEventListener("change", () => {
    const ticked = boxes_of(field).filter((box) => box.checked).map((box) => box.value);
    const patterns = ticked.filter((value) => value.endsWith("*"));
    const counts = (box) => box.checked || patterns.some((pattern) => covers(pattern, box.value));
    for (const count of field.querySelectorAll("[data-chosen]")) {
      const chosen = boxes_of(count.closest("[data-group]")).filter(counts).length;
      count.textContent = count.dataset.chosen.replace("#", chosen);
    }
  });
}

// The picture beside a form follows what is ticked. Each answer comes into a frame of its own, which takes the place of the one
// before once it is there: nothing flickers, one stays where one was reading, and the browser's way back is the page's own.
for (const show of document.querySelectorAll("[data-picture]")) {
  const panel = show.closest(".picture");
  const boxes = [...show.form.querySelectorAll("input[type=checkbox]")];
  let frame = panel.querySelector("iframe");
  // A browser that comes back to the page ticks what was ticked before.
  let is_old = !frame.hasAttribute("src") || boxes.some((box) => box.checked !== box.defaultChecked);
  let coming;
  let waiting;
  let number = 0;
  const name = frame.name;

  const arrived = (next) => {
    const page = next.contentDocument;
    if (next !== coming || page?.URL === "about:blank") return;
    coming = undefined;
    // What may not be framed (the login, a mistake) or did not come at all is no picture: the last one stays, and one can ask again.
    show.hidden = page !== null && !page.querySelector("[data-error]");
    if (!show.hidden) {
      next.remove();
      return;
    }
    const before = frame.contentDocument;
    if (before) {
      const title = (group) => (group.querySelector(".group__title") ?? group.querySelector("summary"))?.textContent;
      const open = new Set([...before.querySelectorAll("details[open]")].map(title));
      for (const group of page.querySelectorAll("details")) group.open = open.has(title(group));
      page.documentElement.scrollTop = before.documentElement.scrollTop;
    }
    next.classList.remove("picture__frame--coming");
    next.inert = false;
    frame.remove();
    frame = next;
  };

  const renew = () => {
    // Nobody looks at one that is folded away, and a form that is on its way is not sent again: that would call the first back.
    if (panel.offsetWidth === 0 || show.form.dataset.sent) return;
    is_old = false;
    coming?.remove();
    const next = frame.cloneNode();
    coming = next;
    next.removeAttribute("src");
    next.removeAttribute("loading");
    next.name = `${name}-${++number}`;
    next.classList.add("picture__frame--coming");
    next.inert = true;
    frame.after(next);
    next.addEventListener("load", () => arrived(next));
    show.formTarget = next.name;
    show.form.requestSubmit(show);
  };

  show.hidden = true;
  show.addEventListener("click", (event) => {
    event.preventDefault();
    renew();
  });
  show.form.addEventListener("change", () => {
    is_old = true;
    clearTimeout(waiting);
    waiting = setTimeout(renew, 200);
  });
  new ResizeObserver(() => is_old && renew()).observe(panel);
}
