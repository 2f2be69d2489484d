/** Issues by their label. The search lags behind writes, and an empty answer counts only while the token lives. */

import type { z } from "zod";
import { issuePropertyKey, type Issue } from "../../domain/action-item.ts";
import { TerminalError } from "../../domain/errors.ts";
import { parseIssueId } from "../../domain/keys.ts";
import type { Caller } from "./call.ts";
import { issueFields, toIssue } from "./issues-api.ts";
import type { IssueGlance, Jira } from "./jira.ts";
import { Glance, Issue as JiraIssue, SearchPage } from "./schema.ts";
import { searchIssues } from "./sdk.ts";

export type SearchApi = Pick<Jira, "findIssuesByLabel" | "listUpdated" | "listOpen">;

/** With fields Jira gives no more on a page, whatever is asked for. */
const issuesPerPage = 100;
const pagesMax = 200;

interface Query {
  readonly what: string;
  readonly jql: string;
  readonly fields: string[];
  readonly properties?: string[];
}

/** Takes what calls Jira; gives its searches. */
export function createSearchApi(caller: Caller): SearchApi {
  return {
    findIssuesByLabel: (label) => findIssuesByLabel(label, caller),
    listUpdated: (label, minutes) =>
      glances(
        {
          what: `list the issues that were updated in the last ${minutes} minutes`,
          jql: `labels = ${quoted(label)} AND updated >= "-${Math.max(1, Math.ceil(minutes))}m" ORDER BY updated ASC, id ASC`,
        },
        caller,
      ),
    listOpen: (label) =>
      glances(
        {
          what: "list the open issues",
          jql: `labels = ${quoted(label)} AND statusCategory != Done ORDER BY id ASC`,
        },
        caller,
      ),
  };
}

async function findIssuesByLabel(label: string, caller: Caller): Promise<Issue[]> {
  const found = await search(
    {
      what: `search the issues with the label ${label}`,
      jql: `labels = ${quoted(label)} ORDER BY created ASC, id ASC`,
      fields: issueFields,
      properties: [issuePropertyKey],
    },
    JiraIssue,
    caller,
  );
  return found.toSorted((a, b) => age(a) - age(b) || Number(a.id) - Number(b.id)).map(toIssue);
}

function age({ fields }: JiraIssue): number {
  return fields.created.getTime();
}

async function glances(
  query: { readonly what: string; readonly jql: string },
  caller: Caller,
): Promise<IssueGlance[]> {
  const found = await search({ ...query, fields: ["labels", "updated"] }, Glance, caller);
  return found.flatMap(({ id, key, fields }) => {
    const issueId = parseIssueId(id);
    return issueId === undefined
      ? []
      : [{ id: issueId, key, labels: fields.labels ?? [], updatedAt: fields.updated }];
  });
}

/** All pages; an issue that moved between them comes once, as it was seen last. */
async function search<Found extends { readonly id: string }>(
  { what, ...query }: Query,
  schema: z.ZodType<Found>,
  caller: Caller,
): Promise<Found[]> {
  const found = new Map<string, Found>();
  let nextPageToken: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const token = nextPageToken === undefined ? {} : { nextPageToken };
    const answer = await caller.call(
      { what, kind: "read" },
      (sdk) => searchIssues(sdk, { ...query, maxResults: issuesPerPage, ...token }),
      SearchPage,
    );
    for (const raw of answer.issues) {
      const issue = parsed(raw, schema, what);
      found.set(issue.id, issue);
    }
    const next = answer.nextPageToken ?? undefined;
    if (answer.isLast === true || next === undefined || next === nextPageToken) {
      if (found.size === 0) {
        await caller.ensureSignedIn();
      }
      return [...found.values()];
    }
    nextPageToken = next;
  }
  throw new TerminalError(
    "JIRA_LISTING_TOO_LONG",
    `could not ${what}: more than ${pagesMax * issuesPerPage} results`,
  );
}

function parsed<Found>(raw: unknown, schema: z.ZodType<Found>, what: string): Found {
  const result = schema.safeParse(raw);
  if (!result.success) {
    const paths = result.error.issues.slice(0, 5).map(({ path }) => path.map(String).join("."));
    throw new Error(`could not ${what}: a result is not as documented (${paths.join(", ")})`);
  }
  return result.data;
}

/** A label as JQL takes it: between quotes, with both kinds of special character escaped. */
function quoted(label: string): string {
  return `"${label.replaceAll(/["\\]/g, "\\$&")}"`;
}
