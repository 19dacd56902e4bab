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
