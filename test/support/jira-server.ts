/** The Jira client against a server in Jira's shape, and the few shapes that its tests answer with. */

import { createJira, type JiraOptions } from "../../src/clients/jira/client.ts";
import type { Jira } from "../../src/clients/jira/jira.ts";
import type { IssueProperty } from "../../src/domain/action-item.ts";
import { pageId, parseIssueId, type IssueId } from "../../src/domain/keys.ts";
import { winnersDefault, type JiraRoute, type Route } from "../../src/domain/route.ts";
import {
  openMemoryGate,
  startNotionServer,
  type MemoryGate,
  type NotionServer,
  type Received,
  type Reply,
} from "./notion-server.ts";

export const issue = issueId("10042");
const rowId = pageId("11111111-1111-4111-8111-111111111111");
export const token = "ATATT_token_of_the_test";

export function issueId(raw: string): IssueId {
  const id = parseIssueId(raw);
  if (id === undefined) {
    throw new Error(`${raw} is no issue id`);
  }
  return id;
}

export const property: IssueProperty = {
  version: 1,
  row: rowId,
  base: {
    notion: { title: "a", outcome: "", owner: "", due: "", priority: "", status: "Open" },
    jira: { title: "a" },
  },
};

export const jiraRoute: JiraRoute = {
  project: "OPS",
  issueType: "Task",
  labels: ["debrief"],
  components: [],
  fields: {},
  priorities: { High: ["High", "Highest"], Medium: ["Medium"], Low: ["Low", "Lowest"] },
  statuses: {
    Open: { category: "new" },
    "In progress": { category: "indeterminate" },
    Done: { category: "done" },
  },
  ready: ["title", "owner", "due"],
  winners: winnersDefault,
  hopsMax: 1,
  transitionFields: {},
};

/** A route of this name to Jira. */
export function routeTo(jira: Partial<JiraRoute>, name = "default"): Route {
  return {
    name,
    when: {},
    skip: false,
    notion: { postMortems: "p", actionItems: "a" },
    jira: { ...jiraRoute, ...jira },
  };
}

export type Answers = Readonly<Record<string, Reply | ((request: Received) => Reply)>>;

export interface Connected extends AsyncDisposable {
  readonly jira: Jira;
  readonly server: NotionServer;
  readonly gate: MemoryGate;
  readonly warnings: { readonly fields: object; readonly message: string }[];
  readonly clock: { now: Date };
}

/** Answers by `METHOD path` (below /rest/api/3/), else 404; who we are is always known. */
export async function connect(
  answers: Answers,
  options: Partial<JiraOptions> & { readonly basePath?: string } = {},
): Promise<Connected> {
  const { basePath = "", ...more } = options;
  const server = await startNotionServer((request) => {
    const route = `${request.method} ${request.path.replace(`${basePath}/rest/api/3/`, "")}`;
    const answer = answers[route] ?? (route === "GET myself" ? ok(userJson()) : notFound);
    return typeof answer === "function" ? answer(request) : answer;
  });
  const gate = openMemoryGate();
  const warnings: Connected["warnings"] = [];
  const clock = { now: new Date("2026-11-20T10:00:00Z") };
  const jira = createJira({
    url: `${server.url}${basePath}`,
    email: "debrief@acme.example",
    apiToken: token,
    requestTimeoutMs: 2_000,
    unauthorizedPauseMs: 60_000,
    gate,
    log: { warn: (fields, message) => warnings.push({ fields, message }) },
    now: () => clock.now,
    ...more,
  });
  return {
    jira,
    server,
    gate,
    warnings,
    clock,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await jira[Symbol.asyncDispose]();
    },
  };
}

export function ok(json: unknown, status = 200): Reply {
  return { status, json };
}

export const created = ok({ id: issue, key: "OPS-17", self: "https://x.example" }, 201);
export const done: Reply = { status: 204, text: "" };

/** The replies one after the other; the last one stays. */
export function inTurn(...replies: readonly Reply[]): () => Reply {
  let at = -1;
  return () => {
    at = Math.min(at + 1, replies.length - 1);
    return replies[at] ?? created;
  };
}

/** A refusal in Jira's classic envelope. */
export function refusal(
  status: number,
  errors: Readonly<Record<string, string>> = {},
  errorMessages: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, json: { errorMessages, errors }, headers };
}

export const notFound = refusal(404, {}, [
  "Issue does not exist or you do not have permission to see it.",
]);

export function userJson(more: object = {}): object {
  return {
    accountId: "712020:b07debf1",
    accountType: "atlassian",
    displayName: "Debrief",
    active: true,
    ...more,
  };
}

export function issueJson(id: string = issue, fields: object = {}, more: object = {}): object {
  return {
    id,
    key: `OPS-${id}`,
    fields: {
      project: { id: "10000", key: "OPS" },
      summary: "Add an alert",
      description: null,
      assignee: null,
      duedate: null,
      priority: { id: "2", name: "High" },
      status: statusJson("10000", "To Do", "new"),
      resolution: null,
      labels: ["debrief"],
      updated: "2026-11-20T10:03:11.130+0100",
      created: "2026-11-20T10:03:11.130+0100",
      ...fields,
    },
    ...more,
  };
}

export function statusJson(id: string, name: string, category: string): object {
  return { id, name, statusCategory: { id: 2, key: category, name } };
}
