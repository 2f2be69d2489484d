/** A page of the Notion stand-in as HTML: icon, title, properties and blocks, as the app shows them. */

import type { WorldView } from "../notion/inside.ts";
import type { PageView, SourceView } from "../notion/views-of-world.ts";
import { html, person, safeHref, type Html } from "./html.ts";
import { icon } from "./icons.ts";
import { emojiOf, renderBlocks } from "./notion-blocks.ts";

type Value = PageView["properties"][string];
type PropertyView = SourceView["properties"][number];

/** The page of an incident, or a note that there is none yet. */
export function renderPage(world: WorldView, page: PageView | undefined): Html {
  if (page === undefined) {
    return html`<div class="empty">
      <div class="empty-icon" aria-hidden="true">📝</div>
      <p>No post-mortem page yet.</p>
      <p class="soft">It will appear here by itself.</p>
    </div>`;
  }
  const source = world.dataSources.find((one) => one.title === page.dataSource);
  const properties = (source?.properties ?? []).filter((one) => one.type !== "title");
  const trashed = page.inTrash ? html`<p class="banner">🗑️ This page is in the trash.</p>` : "";
  return html`<article class="page" data-page="${page.id}">
    <p class="crumbs">🛟 Reliability <span aria-hidden="true">/</span> ${page.dataSource ?? ""}</p>
    ${trashed}
    <div class="page-icon" aria-hidden="true">${emojiOf(page.icon)}</div>
    <h1 data-id="${page.id}-title">${page.title === "" ? "Untitled" : page.title}</h1>
    <dl class="properties">
      ${properties.map((one) => renderProperty(world, one, page.properties[one.name] ?? null))}
    </dl>
    <hr />
    <div class="blocks">
      ${renderBlocks(page.blocks, {
        view: (shown, title) => renderView(world, shown, title),
      })}
    </div>
    <p class="foot soft">
      Last edited by ${page.editedBy} at ${page.editedAt.slice(11, 19)} UTC
      <span class="key">edited by a person</span>
    </p>
  </article>`;
}

function renderProperty(world: WorldView, property: PropertyView, value: Value): Html {
  const shown = isEmpty(value)
    ? html`<span class="soft">Empty</span>`
    : renderValue(world, property, value);
  return html`<div data-id="p-${property.name}">
    <dt>${icon(property.type)}${property.name}</dt>
    <dd>${shown}</dd>
  </div>`;
}

function isEmpty(value: Value): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function renderValue(world: WorldView, property: PropertyView, value: Value): Html {
  const words = (Array.isArray(value) ? value : [String(value ?? "")]).map(String);
  const renderers: Readonly<Record<string, () => Html | Html[]>> = {
    select: () => words.map((word) => chip(property, word)),
    multi_select: () => words.map((word) => chip(property, word)),
    status: () => words.map((word) => statusChip(property, word)),
    people: () => words.map(person),
    relation: () => words.map((id) => relation(world, id)),
    date: () => html`${words.map(dateText).join(" → ")}`,
    url: () => link(words[0] ?? ""),
    checkbox: () => html`${value === true ? "☑" : "☐"}`,
  };
  return html`${renderers[property.type]?.() ?? words.join(" ")}`;
}

function chip(property: PropertyView, word: string): Html {
  return html`<span class="chip bg-${colorOf(property, word)}">${word}</span>`;
}

function statusChip(property: PropertyView, word: string): Html {
  const color = colorOf(property, word);
  return html`<span class="chip status bg-${color}"
    ><span class="dot dot-${color}" aria-hidden="true"></span>${word}</span
  >`;
}

function colorOf(property: PropertyView, word: string): string {
  const color = property.options.find((option) => option.name === word)?.color ?? "default";
  return color.replace(/[^a-z]/gu, "");
}

function relation(world: WorldView, id: string): Html {
  const page = world.pages.find((one) => one.id === id);
  return html`<span class="relation">${icon("page")}${page?.title ?? "Untitled"}</span>`;
}

function dateText(iso: string): string {
  const day = new Date(iso);
  if (Number.isNaN(day.getTime())) {
    return iso;
  }
  const options = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  const date = day.toLocaleDateString("en-US", options);
  return iso.length === 10 ? date : `${date}, ${day.toISOString().slice(11, 19)} UTC`;
}

function link(url: string): Html {
  const href = safeHref(url);
  const text = url.replace(/^https?:\/\//u, "");
  return href === undefined
    ? html`${text}`
    : html`<a href="${href}" target="_blank" rel="noopener noreferrer">${text}</a>`;
}

type Shown = {
  readonly name: string;
  readonly dataSourceId: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
};

/** A linked view in place: a table of rows, or a line that it is empty. */
function renderView(world: WorldView, shown: Shown, title: string): Html {
  const source = world.dataSources.find((one) => one.id === shown.dataSourceId);
  const rows = shown.rows.flatMap((id) => world.pages.find((page) => page.id === id) ?? []);
  // Columns in which no row has anything are left to the app's wider screen.
  const columns = (source?.properties ?? []).filter(
    (one) =>
      shown.columns.includes(one.name) &&
      (one.type === "title" ||
        keptColumns.has(one.name) ||
        rows.some((row) => !isEmpty(row.properties[one.name] ?? null))) &&
      one.type !== "relation",
  );
  const head = columns.map((one) => html`<th scope="col">${one.name}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr data-id="${row.id}">
        ${columns.map((one) => html`<td>${cell(world, one, row)}</td>`)}
      </tr>`,
  );
  const none = html`<tr>
    <td class="soft" colspan="${columns.length}">No action items yet.</td>
  </tr>`;
  return html`<section class="view">
    <p class="view-name">${icon("table")} ${shown.name === "" ? title : shown.name}</p>
    <div class="table-frame">
      <table>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows.length === 0 ? none : body}
        </tbody>
      </table>
    </div>
  </section>`;
}

const keptColumns = new Set(["Status", "Owner", "Due", "Priority"]);

function cell(world: WorldView, property: PropertyView, row: PageView): Html {
  const value = row.properties[property.name] ?? null;
  if (property.type === "title") {
    return html`<strong>${row.title === "" ? "Untitled" : row.title}</strong>`;
  }
  return isEmpty(value) ? html`` : renderValue(world, property, value);
}
