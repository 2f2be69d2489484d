/**
 * Whether Jira is what the routes of debrief.yaml need, and in words what is not, each with its fix:
 * project, permissions, issue type, fields of a create, components, priorities, statuses.
 */

import type { JiraNamed } from "../../domain/action-item.ts";
import type { JiraRoute, Route } from "../../domain/route.ts";
import type { Caller } from "./call.ts";
import { JiraRefusal } from "./errors.ts";
import { fixOf, readinessOf } from "./issue-fields.ts";
import { configPath } from "./paths.ts";
import * as schema from "./schema.ts";
import * as sdk from "./sdk.ts";

export interface RoutesCheck {
  /** What is wrong, one sentence each. Asked of Jira at most once in a while. */
  check(routes: readonly Route[]): Promise<readonly string[]>;
}

interface Tools {
  readonly caller: Caller;
  readonly listPriorities: () => Promise<readonly JiraNamed[]>;
}

const fineForMs = 60 * 60_000;
/** What is wrong may be mended any moment. */
const wrongForMs = 60_000;
const fieldsPerPage = 200;
const fieldPagesMax = 5;

const projectPermissions: Readonly<Record<string, string>> = {
  BROWSE_PROJECTS: "Browse projects",
  CREATE_ISSUES: "Create issues",
  EDIT_ISSUES: "Edit issues",
  TRANSITION_ISSUES: "Transition issues",
  ASSIGN_ISSUES: "Assign issues",
  ADD_COMMENTS: "Add comments",
  LINK_ISSUES: "Link issues",
};
/** Of the whole site. */
const lookUpPermissions: Readonly<Record<string, string>> = {
  USER_PICKER: "Browse users and groups",
};

/** Set by every create, or by Jira itself. */
const alwaysGiven = new Set(["project", "issuetype", "summary", "labels", "reporter"]);

/** Takes what calls Jira; gives the check of the routes. */
export function createRoutesCheck(tools: Tools, now: () => Date): RoutesCheck {
  const verdicts = new Map<
    string,
    { readonly problems: readonly string[]; readonly untilMs: number }
  >();

  async function check(route: Route, jira: JiraRoute): Promise<readonly string[]> {
    const key = JSON.stringify([route.name, jira]);
    const known = verdicts.get(key);
    if (known !== undefined && known.untilMs > now().getTime()) {
      return known.problems;
    }
    const found = await problemsOf(jira, tools);
    const problems = found.map((problem) => `Route ${route.name}: ${problem}`);
    const lastsMs = problems.length === 0 ? fineForMs : wrongForMs;
    verdicts.set(key, { problems, untilMs: now().getTime() + lastsMs });
    return problems;
  }

  return {
    async check(routes) {
      const problems: string[] = [];
      // One after the other: nobody waits for it, and the budget is for the work.
      for (const route of routes) {
        if (route.jira !== undefined && !route.skip) {
          problems.push(...(await check(route, route.jira)));
        }
      }
      return problems;
    },
  };
}

async function problemsOf(jira: JiraRoute, tools: Tools): Promise<string[]> {
  const { caller } = tools;
  await caller.ensureSignedIn();
  const project = await findProject(jira, caller);
  if (project === undefined) {
    return [
      `the project ${jira.project} does not exist, or Debrief's account may not see it. ` +
        "Correct jira.project in debrief.yaml (JIRA_PROJECT for the default route), or give the account Browse projects.",
    ];
  }
  const permissions = await permissionProblems(project.key, caller);
  const type = await findIssueType(jira, caller);
  if (typeof type === "string") {
    return [...permissions, type];
  }
  const fields = await listFields(jira, type, caller);
  return [
    ...permissions,
    ...fieldProblems(jira, type, fields),
    ...componentProblems(jira, project),
    ...priorityProblems(jira, fields, await tools.listPriorities()),
    ...(await statusProblems(jira, type, caller)),
  ];
}

async function findProject(
  { project }: JiraRoute,
  caller: Caller,
): Promise<{ key: string; components?: JiraNamed[] | null | undefined } | undefined> {
  try {
    return await caller.call(
      { what: `read the project ${project}`, kind: "read" },
      (client) => sdk.getProject(client, { projectIdOrKey: configPath(project) }),
      schema.Project,
    );
  } catch (error) {
    return absent(error, undefined);
  }
}

/** Takes a failure and what stands for "there is none, or not for us". */
function absent<None>(error: unknown, none: None): None {
  if (error instanceof JiraRefusal && (error.status === 404 || error.status === 403)) {
    return none;
  }
  throw error;
}

async function permissionProblems(projectKey: string, caller: Caller): Promise<string[]> {
  const { permissions } = await caller.call(
    { what: `read our permissions in ${projectKey}`, kind: "read" },
    (client) =>
      sdk.getMyPermissions(client, {
        projectKey,
        permissions: Object.keys({ ...projectPermissions, ...lookUpPermissions }).join(","),
      }),
    schema.Permissions,
  );
  function lacking(wanted: Readonly<Record<string, string>>): string[] {
    return Object.entries(wanted)
      .filter(([key]) => permissions[key]?.havePermission !== true)
      .map(([, name]) => name);
  }
  const missing = lacking(projectPermissions);
  const inProject = `Debrief's account lacks ${missing.join(", ")} in ${projectKey}. Give it a role of the project that has them.`;
  return [
    ...(missing.length === 0 ? [] : [inProject]),
    ...lacking(lookUpPermissions).map(
      (name) =>
        `Debrief's account lacks ${name}, so nobody is found by e-mail and issues go without an assignee. Give it that global permission.`,
    ),
  ];
}

/** The type, or what is wrong. */
async function findIssueType(jira: JiraRoute, caller: Caller): Promise<JiraNamed | string> {
  const issueTypes = await listIssueTypes(jira, caller);
  return (
    find(issueTypes, jira.issueType) ??
    `${jira.project} has no issue type ${jira.issueType} that Debrief's account may create. It has ${names(issueTypes)}. ` +
      "Correct jira.issue_type in debrief.yaml (JIRA_ISSUE_TYPE for the default route)."
  );
}

/** None where we may create nothing: some sites then say that there is no such project. */
async function listIssueTypes(jira: JiraRoute, caller: Caller): Promise<readonly JiraNamed[]> {
  try {
    const { issueTypes } = await caller.call(
      { what: `list the issue types of ${jira.project}`, kind: "read" },
      (client) =>
        sdk.getCreateIssueMetaIssueTypes(client, {
          projectIdOrKey: configPath(jira.project),
          maxResults: fieldsPerPage,
        }),
      schema.IssueTypes,
    );
    return issueTypes;
  } catch (error) {
    return absent(error, []);
  }
}

async function listFields(
  jira: JiraRoute,
  type: JiraNamed,
  caller: Caller,
): Promise<readonly schema.CreateField[]> {
  const found: schema.CreateField[] = [];
  for (let page = 0; page < fieldPagesMax; page += 1) {
    const { fields, total } = await caller.call(
      { what: `list the fields of ${type.name} in ${jira.project}`, kind: "read" },
      (client) =>
        sdk.getCreateIssueMetaIssueTypeId(client, {
          projectIdOrKey: configPath(jira.project),
          issueTypeId: configPath(type.id),
          startAt: found.length,
          maxResults: fieldsPerPage,
        }),
      schema.CreateFields,
    );
    found.push(...fields);
    if (fields.length === 0 || found.length >= (total ?? 0)) {
      break;
    }
  }
  return found;
}

function fieldProblems(
  jira: JiraRoute,
  type: JiraNamed,
  fields: readonly schema.CreateField[],
): string[] {
  const missing = fields.filter(
    (field) => field.required && field.hasDefaultValue !== true && !isGiven(field.fieldId, jira),
  );
  const problems = missing.map(
    (field) =>
      `${type.name} in ${jira.project} requires ${field.name} (${field.fieldId}). ${fixOf(field.fieldId, exampleOf(field))}.`,
  );
  if (!fields.some(({ fieldId }) => fieldId === "labels")) {
    problems.push(
      `the field Labels is not on the create screen of ${type.name} in ${jira.project}, and Debrief finds its issues by their labels. Add it to the screen.`,
    );
  }
  return problems;
}

function isGiven(fieldId: string, jira: JiraRoute): boolean {
  const readiness = readinessOf(fieldId);
  return (
    alwaysGiven.has(fieldId) ||
    jira.fields[fieldId] !== undefined ||
    (fieldId === "components" && jira.components.length > 0) ||
    (readiness !== undefined && jira.ready.some((name) => name === readiness))
  );
}

/** The first value that Jira allows, as it takes it. */
function exampleOf({ allowedValues }: schema.CreateField): string {
  const id = allowedValues?.[0]?.id;
  return id === undefined ? "…" : `{ id: "${id}" }`;
}

function componentProblems(
  jira: JiraRoute,
  { components }: { readonly components?: JiraNamed[] | null | undefined },
): string[] {
  return jira.components
    .filter((named) => Array.isArray(components) && find(components, named) === undefined)
    .map(
      (named) =>
        `${jira.project} has no component ${named}. It has ${names(components ?? [])}. Correct jira.components in debrief.yaml.`,
    );
}

function priorityProblems(
  jira: JiraRoute,
  fields: readonly schema.CreateField[],
  priorities: readonly JiraNamed[],
): string[] {
  const wanted = Object.entries(jira.priorities);
  const field = fields.find(({ fieldId }) => fieldId === "priority");
  if (wanted.length > 0 && field === undefined) {
    return [
      `the field Priority is not on the create screen of ${jira.issueType} in ${jira.project}: priorities will not be set in Jira. Add the field to the screen, or set jira.priorities to {} in debrief.yaml.`,
    ];
  }
  // The others of a list are only read: a site may well lack some of them.
  return wanted.flatMap(([name, [target]]) =>
    target === undefined || find(priorities, target) !== undefined
      ? []
      : [
          `the site has no priority ${target}, which jira.priorities gives for ${name}. It has ${names(priorities)}. Correct it in debrief.yaml.`,
        ],
  );
}

async function statusProblems(jira: JiraRoute, type: JiraNamed, caller: Caller): Promise<string[]> {
  const types = await caller.call(
    { what: `list the statuses of ${jira.project}`, kind: "read" },
    (client) => sdk.getAllStatuses(client, { projectIdOrKey: configPath(jira.project) }),
    schema.ProjectStatuses,
  );
  const statuses = types.find(({ id }) => id === type.id)?.statuses ?? [];
  const problems = Object.entries(jira.statuses).flatMap(([name, { status }]) =>
    status === undefined || find(statuses, status) !== undefined
      ? []
      : [
          `${type.name} in ${jira.project} has no status ${status}, which jira.statuses gives for ${name}. It has ${names(statuses)}. Correct it in debrief.yaml.`,
        ],
  );
  if (!statuses.some(({ statusCategory }) => statusCategory.key === "done")) {
    problems.push(
      `the workflow of ${type.name} in ${jira.project} has no status of the category Done, so its issues can never be done. Add one to the workflow.`,
    );
  }
  return problems;
}

/** By id, else by name without case. */
function find<Item extends JiraNamed>(items: readonly Item[], named: string): Item | undefined {
  const wanted = named.trim().toLowerCase();
  return (
    items.find(({ id }) => id === named.trim()) ??
    items.find(({ name }) => name.trim().toLowerCase() === wanted)
  );
}

function names(items: readonly JiraNamed[]): string {
  return items.length === 0 ? "none" : items.map(({ name, id }) => name || id).join(", ");
}
