/** Jira as a board of cards: a lane per project, a column per status, and on each card what a person does to it. */

import type { WorldView } from "../jira/inside.ts";
import type { IssueView } from "../jira/views-of-world.ts";
import { html, person, type Html } from "./html.ts";
import { choices } from "./items-view.ts";

type Project = WorldView["projects"][number];

/** The lanes of projects that have issues; the first project's always, so that there is somewhere to look. */
export function renderCards(site: WorldView): Html {
  const issues = site.issues.filter(({ deleted, archived }) => !deleted && !archived);
  const lanes = site.projects.filter(
    ({ key }, index) => index === 0 || issues.some(({ project }) => project === key),
  );
  const people = site.users.filter(({ active }) => active).map(({ name }) => name);
  return html`${lanes.map((project) =>
    renderLane(
      project,
      issues.filter((issue) => issue.project === project.key),
      people,
    ),
  )}`;
}

function renderLane(
  project: Project,
  issues: readonly IssueView[],
  people: readonly string[],
): Html {
  const columns = project.statuses.map((status) => {
    const cards = issues.filter((issue) => issue.status.name === status);
    return html`<section
      class="column"
      data-column="${status}"
      data-project="${project.key}"
      aria-label="${status} in ${project.name}"
    >
      <h4>${status} <span class="soft">${cards.length}</span></h4>
      ${cards.map((issue) => renderCard(project, issue, people))}
    </section>`;
  });
  return html`<section class="lane" aria-label="Project ${project.name}">
    <h3 class="soft">${project.key} · ${project.name}</h3>
    <div class="columns">${columns}</div>
  </section>`;
}

function renderCard(project: Project, issue: IssueView, people: readonly string[]): Html {
  const { key, summary, assignee, duedate, resolution } = issue;
  return html`<article
    class="card ${issue.status.category}"
    id="card-${key}"
    data-id="card-${key}"
    data-state="${JSON.stringify([summary, issue.status.name, assignee?.name, duedate, issue.comments.length])}"
    data-issue="${issue.id}"
    data-project="${project.key}"
    draggable="true"
    aria-label="${key} ${summary}"
  >
    <p class="card-head">
      <span class="soft">${key}</span>${
        duedate === null
          ? ""
          : html`<time class="soft" datetime="${duedate}">${dayText(duedate)}</time>`
      }
    </p>
    <p class="card-title">${summary}</p>
    <p class="card-foot">
      ${assignee === null ? html`<span class="soft">Unassigned</span>` : person(assignee.name)}${
        resolution === null ? "" : html`<span class="chip bg-green">${resolution}</span>`
      }
    </p>
    <details data-id="edit-${issue.id}">
      <summary id="edit-${issue.id}" aria-label="Move or edit ${key}">Move or edit</summary>
      ${renderMove(project, issue)}${renderEdit(issue, people)}
    </details>
    ${renderComments(issue)}
  </article>`;
}

/** `2026-12-01` as `Dec 1`: cards are narrow. */
function dayText(day: string): string {
  const options = { month: "short", day: "numeric", timeZone: "UTC" } as const;
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en-US", options);
}

/** What dragging does, for keyboards and screen readers. */
function renderMove(project: Project, issue: IssueView): Html {
  const { id, key } = issue;
  return html`<form method="post" action="/act" data-live class="move">
    <input type="hidden" name="do" value="moveCard" /><input
      type="hidden"
      name="issue"
      value="${id}"
    />
    <select name="to" id="to-${id}" aria-label="Column for ${key}">
      ${choices(project.statuses, issue.status.name, "–")}
    </select>
    <button class="minor" id="move-${id}" aria-label="Move ${key}">Move</button>
  </form>`;
}

function renderEdit(issue: IssueView, people: readonly string[]): Html {
  const { id, key, summary } = issue;
  const assignee = issue.assignee?.name ?? "";
  const due = issue.duedate ?? "";
  const names = [
    "",
    ...(people.includes(assignee) || assignee === "" ? [] : [assignee]),
    ...people,
  ];
  return html`<form method="post" action="/act" data-live class="edit">
    <input type="hidden" name="do" value="editIssue" /><input
      type="hidden"
      name="issue"
      value="${id}"
    /><input type="hidden" name="summaryWas" value="${summary}" /><input
      type="hidden"
      name="assigneeWas"
      value="${assignee}"
    /><input type="hidden" name="dueWas" value="${due}" />
    <label
      >Summary <input name="summary" id="summary-${id}" value="${summary}" required maxlength="255"
    /></label>
    <label
      >Assignee
      <select name="assignee" id="assignee-${id}">
        ${choices(names, assignee, "Unassigned")}
      </select></label
    >
    <label>Due date <input type="date" name="due" id="issue-due-${id}" value="${due}" /></label>
    <button class="minor" id="save-issue-${id}" aria-label="Save ${key}">Save</button>
  </form>`;
}

function renderComments({ comments }: IssueView): Html | undefined {
  return comments.length === 0
    ? undefined
    : html`<ul class="comments" aria-label="Comments">
        ${comments.map(
          ({ id, author, text }) =>
            html`<li data-id="comment-${id}"><span class="soft">${author}</span> ${text}</li>`,
        )}
      </ul>`;
}
