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

/** The rows as a table; `issues` turns a row's Jira property into a link to the card. */
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
  return html`<div class="table-frame">
    <table class="rows">
      <thead>
        <tr>
          ${["Name", "Owner", "Due", "Status", "Jira", "Sync"].map(
            (one) => html`<th scope="col">${one}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => renderRow(world, row, issues))}
      </tbody>
    </table>
  </div>`;
}

function renderRow(world: WorldView, row: PageView, issues: readonly IssueView[]): Html {
  const form = `row-form-${row.id}`;
  const { Due: due, Status: status, Sync: sync } = row.properties;
  const owners = namesOf(row.properties["Owner"]);
  const [owner = ""] = owners;
  const source = world.dataSources.find(({ title }) => title === row.dataSource);
  const options = source?.properties.find(({ name }) => name === "Status")?.options ?? [];
  const shown = { form, row: row.title, id: row.id };
  const state = JSON.stringify([row.title, row.properties]);
  return html`<tr data-id="row-${row.id}" id="row-${row.id}" data-state="${state}">
    <td>
      <strong>${row.title === "" ? "Untitled" : row.title}</strong>
      <form method="post" action="/act" data-live id="${form}">
        <input type="hidden" name="do" value="editRow" /><input
          type="hidden"
          name="row"
          value="${row.id}"
        />
      </form>
    </td>
    <td>
      ${select(shown, { name: "owner", value: owner, all: ["", ...peopleOf(world.users)] })}
      ${owners.slice(1).map(person)}
    </td>
    <td>${dateField(shown, due)}</td>
    <td>
      ${select(shown, { name: "status", value: words(status), all: options.map(({ name }) => name) })}
    </td>
    <td>${jiraLink(words(row.properties["Jira"]), issues)}</td>
    <td class="sync">
      ${words(sync)}
      <button class="minor" form="${form}" id="save-${row.id}" aria-label="Save ${row.title}">
        Save
      </button>
    </td>
  </tr>`;
}

interface Field {
  readonly form: string;
  /** Title and id of the row. */
  readonly row: string;
  readonly id: string;
}

function select(
  { form, row, id }: Field,
  field: { readonly name: string; readonly value: string; readonly all: readonly string[] },
): Html {
  const { name, value, all } = field;
  const known = all.includes(value) ? all : [value, ...all];
  return html`<input type="hidden" name="${name}Was" value="${value}" form="${form}" /><select
      name="${name}"
      id="${name}-${id}"
      form="${form}"
      aria-label="${name === "owner" ? "Owner" : "Status"} of ${row}"
    >
      ${choices(known, value, name === "owner" ? "No owner" : "–")}
    </select>`;
}

function dateField(
  { form, row, id }: Field,
  due: PageView["properties"][string] | undefined,
): Html {
  const day = words(due).slice(0, 10);
  return html`<input type="hidden" name="dueWas" value="${day}" form="${form}" /><input
      type="date"
      name="due"
      id="due-${id}"
      value="${day}"
      form="${form}"
      aria-label="Due date of ${row}"
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
