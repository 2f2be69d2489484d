/**
 * Keeps the board live: asks for changed parts every second, sends forms without leaving the page, and moves
 * cards between columns. What a person is typing, has opened or is dragging is left alone meanwhile.
 */

const everyMs = 1000;
const errorShownMs = 8000;
const incident = document.body.dataset.incident ?? "";
const live = document.querySelector("#live");
let version = "";
let isFirst = true;
let errorUntil = 0;
/** The card that is being dragged. */
let dragged;

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
      const parts = Object.entries(changed.parts);
      const done = parts.map(([name, html]) => replace(document.querySelector(`#${name}`), html));
      // A part that was left alone is asked for again.
      version = done.includes(false) ? "" : changed.version;
      isFirst = false;
    }
    say("live", false);
  } catch {
    say("offline", true);
  }
}

/**
 * Puts new content in place; what is open or half filled in stays so, and what is new lights up for a moment.
 * False when it had to wait.
 */
function replace(element, html) {
  if (element === null || element.dataset.html === html) {
    return true;
  }
  if (isInUse(element)) {
    return false;
  }
  const before = new Map();
  const open = new Set();
  for (const one of element.querySelectorAll("[data-id]")) {
    before.set(one.dataset.id, stateOf(one));
    if (one.open === true) {
      open.add(one.dataset.id);
    }
  }
  const focused =
    element.contains(document.activeElement) === true ? document.activeElement.id : "";
  const drafts = draftsIn(element);
  element.innerHTML = html;
  element.dataset.html = html;
  for (const one of element.querySelectorAll("[data-id]")) {
    one.open = open.has(one.dataset.id);
    if (!isFirst && before.get(one.dataset.id) !== stateOf(one)) {
      one.classList.add("fresh");
    }
  }
  for (const [id, value] of drafts) {
    const field = document.getElementById(id);
    if (field !== null) {
      field.value = value;
    }
  }
  if (focused !== "") {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  return true;
}

/** A field with the cursor would lose it, an open select would close, a dragged card would vanish. */
function isInUse(element) {
  const active = document.activeElement;
  const isField = active instanceof HTMLInputElement || active instanceof HTMLSelectElement;
  return [isField ? active : undefined, dragged].some(
    (one) => one !== undefined && element.contains(one) === true,
  );
}

function stateOf(element) {
  return element.dataset.state ?? element.textContent;
}

/** What a person put into fields and has not sent yet. */
function draftsIn(element) {
  const fields = [...element.querySelectorAll("input[id], select[id]")];
  return fields
    .filter((field) => field.value !== shownValue(field))
    .map((one) => [one.id, one.value]);
}

function shownValue(field) {
  return field instanceof HTMLSelectElement
    ? (field.querySelector("option[selected]") ?? field.options[0])?.value
    : field.defaultValue;
}

function say(text, isDown) {
  if (live === null || (isDown === false && Date.now() < errorUntil)) {
    return;
  }
  if (live.textContent !== text) {
    live.textContent = text;
  }
  live.parentElement?.classList.toggle("down", isDown);
}

/** True when it was done; else the reason is said. */
async function post(fields) {
  const body = new URLSearchParams(fields);
  const answer = await fetch("/act", { method: "POST", body, redirect: "manual" });
  const isDone = answer.type === "opaqueredirect";
  if (!isDone) {
    errorUntil = Date.now() + errorShownMs;
    say(await answer.text(), true);
  }
  return isDone;
}

async function send(form, submitter) {
  if (await post(new FormData(form))) {
    form.reset();
  }
  // Out of the field, so that the part can be refreshed; a keyboard goes on from the button.
  if (submitter instanceof HTMLElement && submitter.id !== "") {
    submitter.focus({ preventScroll: true });
  } else {
    document.activeElement?.blur();
  }
  await refresh();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.matches("[data-live]")) {
    event.preventDefault();
    void send(form, event.submitter);
  }
});

/** The column under the pointer, if the dragged card may lie there: one of its own project. */
function columnOf(event) {
  const column = event.target instanceof Element ? event.target.closest(".column") : null;
  const isFit = dragged !== undefined && column?.dataset.project === dragged.dataset.project;
  return isFit ? column : null;
}

function markColumn(column) {
  for (const one of document.querySelectorAll(".column.over")) {
    one.classList.toggle("over", one === column);
  }
  column?.classList.add("over");
}

document.addEventListener("dragstart", (event) => {
  const card = event.target instanceof Element ? event.target.closest(".card") : null;
  if (card !== null) {
    dragged = card;
    card.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.issue);
  }
});

document.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  markColumn(column);
  if (column !== null) {
    event.preventDefault();
  }
});

document.addEventListener("drop", (event) => {
  const column = columnOf(event);
  if (column !== null) {
    event.preventDefault();
    const fields = { do: "moveCard", issue: dragged.dataset.issue, to: column.dataset.column };
    void post(fields).then(refresh);
  }
});

document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = undefined;
  markColumn(null);
});

/** Text in a field of a card is marked with the pointer, not dragged along with the card. */
function setDraggable(event, isDraggable) {
  const card = event.target instanceof Element ? event.target.closest(".card") : null;
  if (card !== null && event.target.matches("input, select") === true) {
    card.draggable = isDraggable;
  }
}
document.addEventListener("focusin", (event) => setDraggable(event, false));
document.addEventListener("focusout", (event) => setDraggable(event, true));

void refresh();
setInterval(() => void refresh(), everyMs);
