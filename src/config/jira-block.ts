/** The form of what debrief.yaml says of Jira, for all routes (`jira:`) and for one of them. */

import { z } from "zod";
import type { SyncedField } from "../domain/action-item.ts";
import { Name, NameOrId, oneOrMore, recordOf, reportTwins, textOf, wordOf } from "./forms.ts";
import { parseProjectKey, quoted, type Parsed } from "./setting.ts";
import { nearest } from "./suggest.ts";

const listMax = 20;
const fieldsMax = 50;
const namesMax = 30;
/** More transitions than this to one status are a workflow to mend, not to walk. */
const hopsMax = 5;

/** What an issue gets from its row or from a setting of its own, which `fields` must not contradict. */
const takenFields: Readonly<Record<string, string>> = {
  project: "is set by project (or JIRA_PROJECT)",
  issuetype: "is set by issue_type (or JIRA_ISSUE_TYPE)",
  labels: "is set by labels",
  components: "is set by components",
  summary: "comes from the row's Name",
  description: "comes from the row's Outcome",
  assignee: "comes from the row's Owner",
  duedate: "comes from the row's Due",
  priority: "comes from the row's Priority; see priorities",
  status: "comes from the row's Status; see statuses",
};

const systemFields = [
  "environment",
  "fixVersions",
  "parent",
  "reporter",
  "security",
  "timetracking",
  "versions",
] as const;

/** Field id → value as Jira takes it. */
function fieldsOf(known: readonly string[]): z.ZodType<Readonly<Record<string, unknown>>> {
  return recordOf(z.string(), z.json(), { max: fieldsMax, of: "fields" }).superRefine(
    (fields, context) => {
      for (const id of Object.keys(fields)) {
        const problem = problemOfField(id, known);
        if (problem !== undefined) {
          context.addIssue({ code: "custom", path: [id], message: problem });
        }
      }
    },
  );
}

function problemOfField(id: string, known: readonly string[]): string | undefined {
  if (/^customfield_[1-9]\d{4,9}$/.test(id) || known.includes(id)) {
    return undefined;
  }
  const taken = Object.hasOwn(takenFields, id) ? takenFields[id] : undefined;
  if (taken !== undefined) {
    return `${taken}; remove it here`;
  }
  if (id === "resolution") {
    return "can't be set on a new issue; it belongs into transition_fields";
  }
  const meant = nearest(id, known);
  return `must be the id of a field, such as customfield_10050, or one of ${known.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}`}`;
}

const Label = textOf(parseLabel);

function parseLabel(raw: string): Parsed<string> {
  if (!/^\S{1,255}$/u.test(raw)) {
    return { problem: `must be a label of 1 to 255 characters without spaces, not ${quoted(raw)}` };
  }
  return /^debrief-[0-9a-f]{32}$/i.test(raw)
    ? { problem: "is of the form by which Debrief finds an issue again; choose another" }
    : { value: raw };
}

const Priorities = recordOf(Name, oneOrMore(NameOrId, listMax), {
  max: namesMax,
  of: "priorities",
}).superRefine((priorities, context) => {
  reportTwins(priorities, context);
  const seen = new Map<string, string>();
  for (const [name, inJira] of Object.entries(priorities)) {
    for (const each of new Set(inJira.map((one) => one.toLowerCase()))) {
      const other = seen.get(each);
      if (other !== undefined) {
        context.addIssue({
          code: "custom",
          path: [name],
          message: `names ${quoted(each)}, which stands for ${other} already`,
        });
      }
      seen.set(each, name);
    }
  }
});

const statusShape = {
  category: wordOf(["new", "indeterminate", "done"]),
  status: NameOrId.optional(),
  resolution: NameOrId.optional(),
  needs_reason: z.boolean().optional(),
};
const Status = z.preprocess(
  (given) => (typeof given === "string" ? { category: given } : given),
  z
    .strictObject(statusShape)
    .refine(({ category, resolution }) => resolution === undefined || category === "done", {
      path: ["resolution"],
      error: "has a meaning only where the category is done",
    }),
);

const Statuses = recordOf(Name, Status, { max: namesMax, of: "statuses" }).superRefine(
  (statuses, context) => {
    reportTwins(statuses, context);
    const present = Object.values(statuses).map(({ category }) => category);
    for (const needed of ["new", "done"] as const) {
      if (!present.includes(needed)) {
        context.addIssue({
          code: "custom",
          message: `needs at least one status of the category ${needed}`,
        });
      }
    }
  },
);

const Side = wordOf(["notion", "jira"]);
const winnersShape = {
  title: Side.optional(),
  outcome: Side.optional(),
  owner: Side.optional(),
  due: Side.optional(),
  priority: Side.optional(),
  status: Side.optional(),
} satisfies Record<SyncedField, z.ZodType>;

const jiraShape = {
  labels: z.array(Label).max(listMax).nullish(),
  components: z.array(NameOrId).max(listMax).nullish(),
  fields: fieldsOf(systemFields).nullish(),
  priorities: Priorities.nullish(),
  statuses: Statuses.nullish(),
  ready: z
    .array(wordOf(["title", "owner", "due", "priority", "type", "outcome"]))
    .max(listMax)
    .nullish(),
  winners: z.strictObject(winnersShape).nullish(),
  hops: z.int().min(1).max(hopsMax).optional(),
  transition_fields: fieldsOf([...systemFields, "resolution"]).nullish(),
};
const routeJiraShape = {
  project: textOf(parseProjectKey).optional(),
  issue_type: NameOrId.optional(),
  ...jiraShape,
};

/** What holds for every route. */
export const JiraBlock = z.strictObject(jiraShape);
export type JiraBlock = z.infer<typeof JiraBlock>;

/** What one route says of its own. */
export const RouteJiraBlock = z.strictObject(routeJiraShape);
export type RouteJiraBlock = z.infer<typeof RouteJiraBlock>;

/** The keys of a block and of what stands below it, by the way there. `*` is any one key. */
export const jiraKeys = {
  common: Object.keys(jiraShape),
  ofRoute: Object.keys(routeJiraShape),
  below: {
    "statuses.*": Object.keys(statusShape),
    winners: Object.keys(winnersShape),
  },
} as const;
