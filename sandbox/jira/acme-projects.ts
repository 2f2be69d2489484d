/**
 * The projects of Acme: OPS (company-managed, a graph to Done), PAY (team-managed), SEC (closed to
 * the bot) and LEGAL (many hops, a required field and a hidden validator). Fixed ids.
 */

import type {
  CustomField,
  IssueType,
  Project,
  ProjectPermission,
  Resolution,
  Status,
  Transition,
  Workflow,
} from "./model.ts";

export function createStatuses(): Status[] {
  return [
    { id: "10000", name: "To Do", categoryKey: "new" },
    { id: "3", name: "In Progress", categoryKey: "indeterminate" },
    { id: "10001", name: "In Review", categoryKey: "indeterminate" },
    { id: "10002", name: "Done", categoryKey: "done" },
    { id: "10010", name: "Intake", categoryKey: "new" },
    { id: "10011", name: "Triage", categoryKey: "indeterminate" },
    { id: "10012", name: "Drafting", categoryKey: "indeterminate" },
    { id: "10013", name: "Approval", categoryKey: "indeterminate" },
    { id: "6", name: "Closed", categoryKey: "done" },
    { id: "10020", name: "To Do", categoryKey: "new", projectId: "10010" },
    { id: "10021", name: "In Progress", categoryKey: "indeterminate", projectId: "10010" },
    { id: "10022", name: "Done", categoryKey: "done", projectId: "10010" },
  ];
}

export function createResolutions(): Resolution[] {
  return [
    { id: "10000", name: "Done", description: "Work has been completed on this issue." },
    { id: "10001", name: "Won't Do", description: "This issue won't be actioned." },
    { id: "10002", name: "Duplicate", description: "The problem is a duplicate." },
    { id: "10003", name: "Cannot Reproduce", description: "The problem could not be seen again." },
  ];
}

export function createCustomFields(): CustomField[] {
  return [
    {
      id: "customfield_10050",
      name: "Owning team",
      type: "select",
      options: [
        { id: "10100", value: "Platform", disabled: false },
        { id: "10101", value: "Payments", disabled: false },
        { id: "10102", value: "Mainframe", disabled: true },
      ],
    },
    { id: "customfield_10051", name: "Story points", type: "number", options: [] },
    { id: "customfield_10052", name: "Customer impact", type: "text", options: [] },
    {
      id: "customfield_10060",
      name: "Practice area",
      type: "select",
      options: [
        { id: "10110", value: "Contracts", disabled: false },
        { id: "10111", value: "Privacy", disabled: false },
      ],
    },
  ];
}

function typesOf(ids: readonly [string, string, string, string, string]): IssueType[] {
  const standard = { isSubtask: false, hierarchyLevel: 0 };
  const [epic, bug, story, task, subtask] = ids;
  const isScoped = epic !== "10000";
  return [
    { ...standard, id: task, name: "Task", description: "A small, distinct piece of work." },
    { ...standard, id: bug, name: "Bug", description: "A problem or error." },
    { ...standard, id: story, name: "Story", description: "Functionality as a user goal." },
    { id: epic, name: "Epic", description: "A big piece.", isSubtask: false, hierarchyLevel: 1 },
    {
      id: subtask,
      name: isScoped ? "Subtask" : "Sub-task",
      description: "A piece of an issue.",
      isSubtask: true,
      hierarchyLevel: -1,
    },
  ];
}

const sharedTypes = ["10000", "10001", "10002", "10003", "10004"] as const;

/** A transition without a screen; `more` wins. */
function step(id: string, name: string, to: string, more: Partial<Transition> = {}): Transition {
  return { id, name, from: "any", toStatusId: to, screen: [], isAvailable: true, ...more };
}

const resolutionScreen = [{ fieldId: "resolution", required: true }];

/** To Do → In Progress → In Review → Done, with ways back; only Done has a screen. */
function opsWorkflow(): Workflow {
  const [todo, progress, review, done] = ["10000", "3", "10001", "10002"] as const;
  return {
    initialStatusId: todo,
    statusIds: [todo, progress, review, done],
    transitions: [
      step("11", "Start progress", progress, { from: [todo] }),
      step("21", "Send to review", review, { from: [progress] }),
      step("31", "Done", done, { from: [review], screen: [...resolutionScreen] }),
      step("41", "Stop progress", todo, { from: [progress] }),
      step("51", "Request changes", progress, { from: [review] }),
      step("61", "Reopen", todo, { from: [done], resolutionId: null }),
    ],
  };
}

/** From anywhere to anywhere; Done sets the resolution by itself. */
function payWorkflow(): Workflow {
  const [todo, progress, done] = ["10020", "10021", "10022"] as const;
  return {
    initialStatusId: todo,
    statusIds: [todo, progress, done],
    transitions: [
      step("11", "To Do", todo, { resolutionId: null }),
      step("21", "In Progress", progress, { resolutionId: null }),
      step("31", "Done", done, { resolutionId: "10000" }),
    ],
  };
}

/** Intake → Triage → Drafting → Approval → Closed; closing wants an assignee and does not say so. */
function legalWorkflow(): Workflow {
  const [intake, triage, drafting] = ["10010", "10011", "10012"] as const;
  const [approval, closed] = ["10013", "6"] as const;
  const needsAssignee = {
    needs: "assignee",
    message: "Please name the responsible lawyer before closing.",
  } as const;
  return {
    initialStatusId: intake,
    statusIds: [intake, triage, drafting, approval, closed],
    transitions: [
      step("101", "Accept", triage, { from: [intake] }),
      step("111", "Draft", drafting, { from: [triage] }),
      step("121", "Ask for approval", approval, { from: [drafting] }),
      step("131", "Close", closed, {
        from: [approval],
        resolutionId: "10000",
        validator: needsAssignee,
      }),
      step("141", "Reopen", intake, { from: [closed], resolutionId: null }),
    ],
  };
}

const teamFields = ["summary", "description", "labels", "duedate", "assignee", "parent"];
const companyFields = [...teamFields, "environment", "priority", "components", "reporter"];

type ProjectDraft = Pick<Project, "id" | "key" | "name" | "style" | "workflow"> & {
  readonly uuid: string;
  readonly screen: readonly string[];
} & Partial<Pick<Project, "issueTypes" | "components" | "required" | "denied">>;

function projectFrom(draft: ProjectDraft, { leadId, botId }: Roles): Project {
  const { screen, denied = [], ...given } = draft;
  return {
    issueTypes: typesOf(sharedTypes),
    components: [],
    required: new Set(),
    ...given,
    denied: new Map([["MODIFY_REPORTER", new Set([botId])], ...denied]),
    leadId,
    createScreen: new Set(["issuetype", "project", ...screen]),
    editScreen: new Set(["issuetype", ...screen]),
    defaults: new Map(draft.style === "classic" ? [["priority", "3"]] : []),
    defaultAssigneeId: null,
    lastNumber: 0,
  };
}

/** Who is the lead, who cannot be assigned in OPS, and to whom SEC is closed: account ids. */
export interface Roles {
  readonly leadId: string;
  readonly notAssignable: readonly string[];
  readonly botId: string;
}

export function createProjects(roles: Roles): Project[] {
  const { notAssignable, botId } = roles;
  const drafts: ProjectDraft[] = [
    {
      id: "10000",
      key: "OPS",
      name: "Operations",
      style: "classic",
      uuid: "5f0f2c5e-3c2e-4b0a-9a53-1f2d7c6b1a01",
      workflow: opsWorkflow(),
      screen: [...companyFields, "customfield_10050", "customfield_10051", "customfield_10052"],
      components: [
        { id: "10000", name: "Checkout" },
        { id: "10001", name: "Database" },
      ],
      denied: new Map<ProjectPermission, Set<string>>([
        ["ASSIGNABLE_USER", new Set(notAssignable)],
      ]),
    },
    {
      id: "10010",
      key: "PAY",
      name: "Payments",
      style: "next-gen",
      uuid: "9d7dd6f7-e8b6-4247-954b-7b2c9b2a5ba2",
      workflow: payWorkflow(),
      screen: [...teamFields, "reporter"],
      issueTypes: typesOf(["10020", "10022", "10024", "10021", "10023"]),
    },
    {
      id: "10020",
      key: "SEC",
      name: "Security",
      style: "classic",
      uuid: "3a9be5b1-7c0d-4d7d-8a1e-6f1f0f4a2c03",
      workflow: opsWorkflow(),
      screen: companyFields,
      denied: new Map<ProjectPermission, Set<string>>([["BROWSE_PROJECTS", new Set([botId])]]),
    },
    {
      id: "10030",
      key: "LEGAL",
      name: "Legal",
      style: "classic",
      uuid: "c51c1e0c-0a53-4f8e-a7c4-2b9b4c0f7d04",
      workflow: legalWorkflow(),
      screen: [...companyFields, "customfield_10060"],
      required: new Set(["customfield_10060"]),
    },
  ];
  return drafts.map((draft) => projectFrom(draft, roles));
}
