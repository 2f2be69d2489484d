/** The page around it all: what the browser loads once and then refreshes in parts. */

import { html, type Html } from "./html.ts";

/** The parts that change; each fills the element of its name. */
export interface Parts {
  readonly list: Html;
  readonly incident: Html;
  readonly log: Html;
  readonly page: Html;
}

const examples = [
  "Checkout returns 502 for one customer in five",
  "Payment webhooks are 20 minutes late",
  "Search answers with last week's catalog",
  "Logins fail after the certificate renewal",
];

export function renderShell(
  parts: Parts,
  chosen: { readonly incident: string; readonly talk: Html; readonly services: readonly string[] },
): string {
  const services = chosen.services.map((name) => html`<option>${name}</option>`);
  const example = examples[parts.list.html.length % examples.length] ?? "";
  const body = html`<!doctype html>
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
        <header class="top">
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
        <nav class="jump"><a href="#pagerduty">PagerDuty</a><a href="#notion">Notion</a></nav>
        <main>
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
        </main>
      </body>
    </html>`;
  return body.html;
}
