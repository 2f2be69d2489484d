/** The page around it all: what the browser loads once and then refreshes in parts. */

import { html, type Html } from "./html.ts";

/** The parts that change; each fills the element of its name. */
export interface Parts {
  readonly list: Html;
  readonly incident: Html;
  readonly log: Html;
  readonly page: Html;
  /** The page's action items. */
  readonly rows: Html;
  /** Jira's board. */
  readonly cards: Html;
}

const examples = [
  "Checkout returns 502 for one customer in five",
  "Payment webhooks are 20 minutes late",
  "Search answers with last week's catalog",
  "Logins fail after the certificate renewal",
];

interface Chosen {
  readonly incident: string;
  readonly talk: Html;
  readonly newItem: Html;
  readonly services: readonly string[];
}

/** The whole page; `chosen` is what stays when parts are refreshed. */
export function renderShell(parts: Parts, chosen: Chosen): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Acme incident board</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/board.css" />
        <script src="/board.js" defer></script>
      </head>
      <body data-incident="${chosen.incident}">
        ${renderTop(parts, chosen.services)}${renderMain(parts, chosen)}
      </body>
    </html>`;
  return page.html;
}

function renderTop(parts: Parts, names: readonly string[]): Html {
  const services = names.map((name) => html`<option>${name}</option>`);
  const example = examples[parts.list.html.length % examples.length] ?? "";
  return html`<header class="top">
      <p class="brand">
        <span class="logo" aria-hidden="true">A</span>Acme
        <span class="soft">incident board</span>
      </p>
      <form method="post" action="/act" class="trigger-form">
        <input type="hidden" name="do" value="trigger" />
        <input
          name="text"
          required
          maxlength="200"
          value="${example}"
          aria-label="Title of the incident"
        />
        <select name="service" aria-label="Service">
          ${services}
        </select>
        <select name="priority" aria-label="Priority">
          <option>P1</option>
          <option>P2</option>
          <option>P3</option>
        </select>
        <button class="resolve">Trigger</button>
      </form>
      <p class="live" role="status">
        <span class="pulse" aria-hidden="true"></span><span id="live">live</span>
      </p>
    </header>
    <nav class="jump" aria-label="Parts">
      <a href="#pagerduty">PagerDuty</a><a href="#notion">Notion</a><a href="#items">Action items</a
      ><a href="#jira">Jira</a>
    </nav>`;
}

function renderMain(parts: Parts, chosen: Chosen): Html {
  return html`<main>
    <section id="pagerduty" class="pane left" aria-label="PagerDuty">
      <h2 class="pane-name">PagerDuty</h2>
      <div id="list">${parts.list}</div>
      <div class="detail" ${chosen.incident === "" ? html` hidden` : ""}>
        <div id="incident">${parts.incident}</div>
        <div class="talk">${chosen.talk}</div>
        <h3 class="soft">Log (UTC)</h3>
        <div id="log">${parts.log}</div>
      </div>
    </section>
    <section id="notion" class="pane right" aria-label="Notion">
      <h2 class="pane-name">Notion</h2>
      <div id="page">${parts.page}</div>
    </section>
    <section id="items" class="pane dock" aria-label="Action items">
      <h2 class="pane-name">Action items in Notion</h2>
      ${chosen.newItem}
      <div id="rows">${parts.rows}</div>
    </section>
    <section id="jira" class="pane dock" aria-label="Jira">
      <h2 class="pane-name">Jira</h2>
      <div id="cards">${parts.cards}</div>
    </section>
  </main>`;
}
