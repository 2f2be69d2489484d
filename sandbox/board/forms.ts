/** What the board's forms and cards do: acts of people at PagerDuty, in Notion and in Jira. */

import { z } from "zod";
import type { JiraSandbox } from "../jira/sandbox.ts";
import type { NotionSandbox } from "../notion/sandbox.ts";
import type { PageView } from "../notion/views-of-world.ts";
import type { PagerDutySandbox } from "../pagerduty/sandbox.ts";

/** The vendors that the board shows. */
export interface Vendors {
  readonly pagerduty: Pick<PagerDutySandbox, "act" | "state">;
  readonly notion: Pick<NotionSandbox, "act" | "page" | "state">;
  readonly jira: Pick<JiraSandbox, "act" | "issue" | "state">;
}

const title = z.string().trim().min(1).max(255);
/** As a date field sends it; empty: none. */
const day = z.union([z.iso.date(), z.literal("")]);

const Form = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("trigger"),
    text: z.string().trim().min(1).max(1_024),
    service: z.string(),
    priority: z.string(),
  }),
  z.object({ do: z.enum(["acknowledge", "escalate", "resolve", "reopen"]), incident: z.string() }),
  z.object({ do: z.literal("setPriority"), incident: z.string(), priority: z.string() }),
  z.object({
    do: z.enum(["note", "statusUpdate"]),
    incident: z.string(),
    text: z.string().trim().min(1).max(10_000),
  }),
  z.object({
    do: z.literal("addItem"),
    incident: z.string(),
    title,
    owner: z.string(),
    due: day,
  }),
  /** What the form showed comes along: only what a person changed in it is written. */
  z.object({
    do: z.literal("editRow"),
    row: z.string(),
    owner: z.string(),
    ownerWas: z.string(),
    due: day,
    dueWas: z.string(),
    status: title,
    statusWas: z.string(),
  }),
  z.object({ do: z.literal("moveCard"), issue: z.string(), to: title }),
  z.object({
    do: z.literal("editIssue"),
    issue: z.string(),
    summary: title,
    summaryWas: z.string(),
    assignee: z.string(),
    assigneeWas: z.string(),
    due: day,
    dueWas: z.string(),
  }),
]);
type Form = z.infer<typeof Form>;
type FormOf<Name extends Form["do"]> = Extract<Form, { do: Name }>;

/** Does what the form says; gives where the browser goes next. A ZodError or RangeError when it can't. */
export function actOn(vendors: Vendors, form: unknown): string {
  const wanted = Form.parse(form);
  if ("incident" in wanted || wanted.do === "trigger") {
    const incident =
      wanted.do === "addItem"
        ? addItem(vendors.notion, wanted)
        : actOnIncident(vendors.pagerduty, wanted);
    return `/?incident=${encodeURIComponent(incident)}`;
  }
  switch (wanted.do) {
    case "editRow":
      editRow(vendors.notion, wanted);
      break;
    case "moveCard":
      moveCard(vendors.jira, wanted);
      break;
    case "editIssue":
      editIssue(vendors.jira, wanted);
      break;
  }
  return "/";
}

type AboutIncident = Exclude<Form, { do: "addItem" | "editRow" | "moveCard" | "editIssue" }>;

/** Gives the incident that it was about. */
function actOnIncident(pagerduty: Vendors["pagerduty"], wanted: AboutIncident): string {
  switch (wanted.do) {
    case "trigger": {
      const { text, service } = wanted;
      const incident = pagerduty.act({ do: "trigger", title: text, service }).incident?.id ?? "";
      pagerduty.act({ do: "setPriority", incident, priority: wanted.priority });
      return incident;
    }
    case "note":
      pagerduty.act({ do: "note", incident: wanted.incident, content: wanted.text });
      break;
    case "statusUpdate":
      pagerduty.act({ do: "statusUpdate", incident: wanted.incident, message: wanted.text });
      break;
    case "setPriority":
      pagerduty.act({ ...wanted, priority: wanted.priority === "" ? null : wanted.priority });
      break;
    case "acknowledge":
    case "escalate":
    case "resolve":
    case "reopen":
      pagerduty.act(wanted);
      break;
  }
  return wanted.incident;
}

/** The page that names the incident: a live one if there is one, else one in the trash. */
export function pageOf(pages: readonly PageView[], incident: string): PageView | undefined {
  const mine = pages.filter((page) => page.properties["Incident ID"] === incident);
  return mine.find((page) => !page.inTrash) ?? mine[0];
}

/** Gives the incident to whose page it was added. */
function addItem(notion: Vendors["notion"], wanted: FormOf<"addItem">): string {
  const page = pageOf(notion.state().pages, wanted.incident);
  if (page === undefined) {
    throw new RangeError("This incident has no post-mortem page yet.");
  }
  notion.act({
    do: "addActionItem",
    title: wanted.title,
    postMortem: page.id,
    properties: {
      Status: "Open",
      ...(wanted.owner === "" ? {} : { Owner: [wanted.owner] }),
      ...(wanted.due === "" ? {} : { Due: wanted.due }),
    },
  });
  return wanted.incident;
}

function editRow(notion: Vendors["notion"], wanted: FormOf<"editRow">): void {
  const row = notion.page(wanted.row);
  if (row === undefined || row.inTrash) {
    throw new RangeError("This action item is gone.");
  }
  const changes = [
    { property: "Owner", value: wanted.owner, was: wanted.ownerWas },
    { property: "Due", value: wanted.due, was: wanted.dueWas },
    { property: "Status", value: wanted.status, was: wanted.statusWas },
  ];
  for (const { property, value, was } of changes) {
    if (value !== was) {
      const said = value === "" ? null : value;
      notion.act({ do: "editProperty", page: row.id, property, value: said });
    }
  }
}

function issueOf(jira: Vendors["jira"], id: string): NonNullable<ReturnType<JiraSandbox["issue"]>> {
  const issue = jira.issue(id);
  if (issue === undefined || issue.deleted) {
    throw new RangeError("This issue is gone.");
  }
  return issue;
}

/**
 * Carries a card to a column, as a person does: at once where the workflow has a way, else through the columns
 * between; back where it has none, through the first. A RangeError when the workflow does not lead there.
 */
function moveCard(jira: Vendors["jira"], wanted: FormOf<"moveCard">): void {
  const issue = issueOf(jira, wanted.issue);
  const project = jira.state().projects.find(({ key }) => key === issue.project);
  const columns = project?.statuses ?? [];
  const to = columns.indexOf(wanted.to);
  if (to < 0) {
    throw new RangeError(`${issue.project} has no column ${wanted.to}.`);
  }
  const from = columns.indexOf(issue.status.name);
  if (from === to || step(jira, issue.id, wanted.to)) {
    return;
  }
  const first = columns[0] ?? "";
  const isBack = to < from && step(jira, issue.id, first);
  for (const column of columns.slice(isBack ? 1 : from + 1, to + 1)) {
    jira.act({ do: "transition", issue: issue.id, to: column });
  }
}

/** False where the workflow has no way or does not let this card pass. */
function step(jira: Vendors["jira"], issue: string, to: string): boolean {
  try {
    jira.act({ do: "transition", issue, to });
    return true;
  } catch (error) {
    if (error instanceof RangeError) {
      return false;
    }
    throw error;
  }
}

function editIssue(jira: Vendors["jira"], wanted: FormOf<"editIssue">): void {
  const { id } = issueOf(jira, wanted.issue);
  const edit = {
    ...(wanted.summary === wanted.summaryWas ? {} : { summary: wanted.summary }),
    ...(wanted.due === wanted.dueWas ? {} : { duedate: wanted.due === "" ? null : wanted.due }),
  };
  if (Object.keys(edit).length > 0) {
    jira.act({ do: "edit", issue: id, ...edit });
  }
  if (wanted.assignee !== wanted.assigneeWas) {
    const isNobody = wanted.assignee === "";
    jira.act(
      isNobody ? { do: "unassign", issue: id } : { do: "assign", issue: id, to: wanted.assignee },
    );
  }
}
