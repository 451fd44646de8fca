// What pages can do more when a browser runs scripts. Without them everything works, with one click more.

const pause = 300; // ms after the last key

function afterTyping(field, run) {
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, pause);
  });
}

// Only the last answer counts, whichever comes last.
function latest() {
  let controller;
  return async (address, options) => {
    controller?.abort();
    controller = new AbortController();
    try {
      const response = await fetch(address, { ...options, signal: controller.signal });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  };
}

// What is larger than its place scrolls. Not every browser lets the keyboard do so by itself, and where nothing scrolls there
// is no reason to stop.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) {
      target.tabIndex = 0;
    } else {
      target.removeAttribute("tabindex");
    }
  }
});

function letScroll(part) {
  part.querySelectorAll("pre, table").forEach((element) => sizes.observe(element));
}

letScroll(document);

for (const form of document.querySelectorAll("form[data-live-preview]")) {
  const preview = document.querySelector("[data-preview]");
  const text = form.elements.Markdown;
  const ask = latest();
  afterTyping(text, async () => {
    if (!text.value.trim()) {
      preview.hidden = true;
      return;
    }

    const address = new URL(location.href);
    address.search = "?handler=Preview";
    const html = await ask(address, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Requested-With": "fetch" } });
    if (html !== null) {
      // Made safe by the application server, and fenced by the page's Content-Security-Policy.
      preview.lastElementChild.innerHTML = html;
      preview.hidden = false;
      letScroll(preview);
    }
  });
}

for (const form of document.querySelectorAll("form[data-inline-search]")) {
  const hits = document.getElementById("hits");
  const ask = latest();
  afterTyping(form.elements.q, async () => {
    const address = new URL(form.action);
    address.searchParams.set("q", form.elements.q.value);
    history.replaceState(null, "", address);
    const part = new URL(address);
    part.searchParams.set("part", "hits");
    const html = await ask(part);
    if (html !== null) {
      hits.innerHTML = html;
    }
  });
}

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.confirm)) {
      event.preventDefault();
    }
  });
}

// What went wrong is read first.
document.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
