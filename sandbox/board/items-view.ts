/** The action items of a post-mortem: its rows in Notion, each with what a person changes there. */

import type { IssueView } from "../jira/views-of-world.ts";
import type { WorldView } from "../notion/inside.ts";
import type { PageView } from "../notion/views-of-world.ts";
import { html, person, type Html } from "./html.ts";

/** A form to add a row, for an incident's page; it stays while the rest is refreshed. */
export function renderNewItem({ users }: WorldView, incident: string): Html {
  return html`<form method="post" action="/act" data-live class="new-item">
    <input type="hidden" name="do" value="addItem" /><input
      type="hidden"
      name="incident"
      value="${incident}"
    />
    <input
      name="title"
      required
      maxlength="255"
      placeholder="What will we do?"
      aria-label="Title of the action item"
    />
    <select name="owner" aria-label="Owner of the action item">
      ${choices(["", ...peopleOf(users)], "", "No owner")}
    </select>
    <input type="date" name="due" aria-label="Due date of the action item" />
    <button class="resolve">Add</button>
  </form>`;
}

/** The rows, each a form of what a person changes; `issues` turns a row's Jira property into a link to the card. */
export function renderRows(
  world: WorldView,
  page: PageView | undefined,
  issues: readonly IssueView[],
): Html {
  if (page === undefined) {
    return html`<p class="soft pad">No post-mortem page yet.</p>`;
  }
  const rows = world.pages.filter(
    ({ dataSource, inTrash, properties }) =>
      dataSource === "Action items" &&
      !inTrash &&
      namesOf(properties["Post-mortem"]).includes(page.id),
  );
  if (rows.length === 0) {
    return html`<p class="soft pad">
      No action items yet. Add one above: once it has an owner and a due date, its issue appears.
    </p>`;
  }
  return html`<ul class="rows">
    ${rows.map((row) => renderRow(world, row, issues))}
  </ul>`;
}

function renderRow(world: WorldView, row: PageView, issues: readonly IssueView[]): Html {
  const { id, title, properties } = row;
  const [owner = "", ...others] = namesOf(properties["Owner"]);
  const source = world.dataSources.find((one) => one.title === row.dataSource);
  const options = source?.properties.find(({ name }) => name === "Status")?.options ?? [];
  const statuses = options.map(({ name }) => name);
  const people = ["", ...peopleOf(world.users)];
  return html`<li
    data-id="row-${id}"
    id="row-${id}"
    data-state="${JSON.stringify([title, properties])}"
  >
    <p class="row-head">
      <strong>${title === "" ? "Untitled" : title}</strong>
      ${jiraLink(words(properties["Jira"]), issues)}
    </p>
    <form method="post" action="/act" data-live class="row-form">
      <input type="hidden" name="do" value="editRow" /><input
        type="hidden"
        name="row"
        value="${id}"
      />
      ${select(row, { name: "owner", label: "Owner", value: owner, all: people })}
      ${others.map(person)}${dateField(row)}
      ${select(row, { name: "status", label: "Status", value: words(properties["Status"]), all: statuses })}
      <button class="minor" id="save-${id}" aria-label="Save ${title}">Save</button>
    </form>
    <p class="soft">${words(properties["Sync"])}</p>
  </li>`;
}

function select(
  { id, title }: PageView,
  field: {
    readonly name: string;
    readonly label: string;
    readonly value: string;
    readonly all: readonly string[];
  },
): Html {
  const { name, label, value, all } = field;
  const known = all.includes(value) ? all : [value, ...all];
  return html`<input type="hidden" name="${name}Was" value="${value}" /><select
      name="${name}"
      id="${name}-${id}"
      aria-label="${label} of ${title}"
    >
      ${choices(known, value, `No ${name}`)}
    </select>`;
}

function dateField({ id, title, properties }: PageView): Html {
  const day = words(properties["Due"]).slice(0, 10);
  return html`<input type="hidden" name="dueWas" value="${day}" /><input
      type="date"
      name="due"
      id="due-${id}"
      value="${day}"
      aria-label="Due date of ${title}"
    />`;
}

/** Options of a select; `none` is what stands for an empty choice. */
export function choices(all: readonly string[], chosen: string, none: string): Html[] {
  return all.map((one) =>
    one === chosen
      ? html`<option value="${one}" selected>${one === "" ? none : one}</option>`
      : html`<option value="${one}">${one === "" ? none : one}</option>`,
  );
}

/** The address leads to a site that does not exist, so the link goes to the card on this board. */
function jiraLink(url: string, issues: readonly IssueView[]): Html {
  const key = url.slice(url.lastIndexOf("/") + 1);
  const isHere = issues.some((issue) => issue.key === key && !issue.deleted);
  return isHere
    ? html`<a href="#card-${key}" title="${url}">${key}</a>`
    : html`<span class="soft">${url}</span>`;
}

function peopleOf(users: WorldView["users"]): string[] {
  return users.filter(({ type }) => type === "person").map(({ name }) => name);
}

function namesOf(value: PageView["properties"][string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function words(value: PageView["properties"][string] | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}
