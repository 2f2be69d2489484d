/** Keeps the board live: asks for changed parts every second, and sends forms without leaving the page. */

const everyMs = 1000;
const incident = document.body.dataset.incident ?? "";
const live = document.querySelector("#live");
let version = "";
let isFirst = true;

async function refresh() {
  const query = new URLSearchParams({ incident, version });
  try {
    const answer = await fetch(`/parts?${query}`);
    if (answer.status === 200) {
      const changed = await answer.json();
      if (incident === "" && changed.first !== "") {
        location.assign(`/?incident=${changed.first}`);
        return;
      }
      version = changed.version;
      for (const [name, html] of Object.entries(changed.parts)) {
        replace(document.querySelector(`#${name}`), html);
      }
      isFirst = false;
    }
    say("live", false);
  } catch {
    say("offline", true);
  }
}

/** Puts new content in place; what is open stays open, and what is new lights up for a moment. */
function replace(element, html) {
  if (element === null || element.dataset.html === html) {
    return;
  }
  // A select that is open would close under the pointer.
  const active = document.activeElement;
  if (active instanceof HTMLSelectElement && element.contains(active) === true) {
    return;
  }
  const before = new Map();
  const open = new Set();
  for (const one of element.querySelectorAll("[data-id]")) {
    before.set(one.dataset.id, one.textContent);
    if (one.open === true) {
      open.add(one.dataset.id);
    }
  }
  element.innerHTML = html;
  element.dataset.html = html;
  for (const one of element.querySelectorAll("[data-id]")) {
    one.open = open.has(one.dataset.id);
    if (!isFirst && before.get(one.dataset.id) !== one.textContent) {
      one.classList.add("fresh");
    }
  }
}

function say(text, isDown) {
  if (live !== null) {
    live.textContent = text;
    live.parentElement?.classList.toggle("down", isDown);
  }
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    form.reset();
    document.activeElement?.blur();
  } else {
    say(await answer.text(), true);
  }
  await refresh();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.matches("[data-live]")) {
    event.preventDefault();
    void send(form);
  }
});

void refresh();
setInterval(() => void refresh(), everyMs);
