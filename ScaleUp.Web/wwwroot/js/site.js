// Progressive enhancement: without scripts everything works, with one more click.

const debounceDelay = 300; // ms after the last input

function debounceInput(field, run) {
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, debounceDelay);
  });
}

// Returns a fetch function that aborts its previous request, so that a slow response can't replace a newer one.
function createLatestFetch() {
  let controller;
  return async (url, options) => {
    controller?.abort();
    controller = new AbortController();
    try {
      const response = await fetch(url, { ...options, signal: controller.signal });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  };
}

// Makes scrollable elements focusable, so that they can be scrolled by keyboard in every browser; others are not tab stops.
const scrollableObserver = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) {
      target.tabIndex = 0;
    } else {
      target.removeAttribute("tabindex");
    }
  }
});

function observeScrollable(root) {
  root.querySelectorAll("pre, table").forEach((element) => scrollableObserver.observe(element));
}

observeScrollable(document);

for (const form of document.querySelectorAll("form[data-live-preview]")) {
  const preview = document.querySelector("[data-preview]");
  const text = form.elements.Markdown;
  const fetchLatest = createLatestFetch();
  debounceInput(text, async () => {
    if (!text.value.trim()) {
      preview.hidden = true;
      return;
    }

    const url = new URL(location.href);
    url.search = "?handler=Preview";
    const html = await fetchLatest(url, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Requested-With": "fetch" } });
    if (html !== null) {
      // Sanitized by the API; the Content-Security-Policy blocks scripts in any case.
      preview.lastElementChild.innerHTML = html;
      preview.hidden = false;
      observeScrollable(preview);
    }
  });
}

for (const form of document.querySelectorAll("form[data-inline-search]")) {
  const hits = document.getElementById("hits");
  const fetchLatest = createLatestFetch();
  debounceInput(form.elements.q, async () => {
    const url = new URL(form.action);
    url.searchParams.set("q", form.elements.q.value);
    history.replaceState(null, "", url);
    const part = new URL(url);
    part.searchParams.set("part", "hits");
    const html = await fetchLatest(part);
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

// Scroll to the error message.
document.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
