/** What the Jira stand-in keeps in memory. Plain state; world.ts changes it, render.ts shows it. */

import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { Settings } from "./settings.ts";

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Site {
  /** Where `self` links point, whatever base URL the caller used. Without a trailing slash. */
  readonly url: string;
  readonly name: string;
  readonly cloudId: string;
  /** Timestamps in answers and webhooks are in this zone; it is not UTC. */
  readonly timeZone: string;
}

export interface User {
  readonly accountId: string;
  readonly displayName: string;
  readonly email: string;
  /** Searches match the address, answers leave it out. */
  readonly hidesEmail: boolean;
  readonly accountType: "atlassian" | "app" | "customer";
  /** Date literals in JQL are read in this zone. */
  readonly timeZone: string;
  readonly isAdmin: boolean;
  active: boolean;
}

/** Permissions by project. All but those that are denied are granted. */
export type ProjectPermission =
  | "BROWSE_PROJECTS"
  | "CREATE_ISSUES"
  | "EDIT_ISSUES"
  | "TRANSITION_ISSUES"
  | "ASSIGN_ISSUES"
  | "ASSIGNABLE_USER"
  | "LINK_ISSUES"
  | "ADD_COMMENTS"
  | "DELETE_ISSUES"
  | "MODIFY_REPORTER"
  | "ADMINISTER_PROJECTS";
export type GlobalPermission = "USER_PICKER" | "ADMINISTER";

/** "indeterminate" is in progress. */
export type StatusCategoryKey = "undefined" | "new" | "done" | "indeterminate";

export interface Status {
  readonly id: string;
  name: string;
  readonly categoryKey: StatusCategoryKey;
  /** Set for a status of a team-managed project. */
  readonly projectId?: string;
}

export interface Priority {
  readonly id: string;
  name: string;
  readonly color: string;
}

export interface Resolution {
  readonly id: string;
  name: string;
  readonly description: string;
}

export interface IssueType {
  readonly id: string;
  name: string;
  readonly description: string;
  readonly isSubtask: boolean;
  /** -1 subtask, 0 standard, 1 epic. */
  readonly hierarchyLevel: number;
}

export interface Option {
  readonly id: string;
  readonly value: string;
  disabled: boolean;
}

export interface CustomField {
  /** "customfield_10050". */
  readonly id: string;
  name: string;
  readonly type: "select" | "text" | "paragraph" | "number" | "date";
  readonly options: Option[];
}

export interface Component {
  readonly id: string;
  readonly name: string;
}

/** What a hidden validator wants of the issue; "impossible" is never met. */
export type ValidatorNeed = "assignee" | "duedate" | "description" | "comment" | "impossible";

export interface Transition {
  readonly id: string;
  name: string;
  /** The statuses that it leaves; "any" is a global transition. */
  readonly from: readonly string[] | "any";
  readonly toStatusId: string;
  /** The fields of its screen; empty: no screen. */
  screen: { readonly fieldId: string; readonly required: boolean }[];
  /** Not announced; a refusal has this sentence alone. */
  validator?: { readonly needs: ValidatorNeed; readonly message: string };
  /** A post-function: the resolution that it sets, or null to clear. Absent: leaves it alone. */
  readonly resolutionId?: string | null;
  /** False: listed, and refused when tried. */
  isAvailable: boolean;
}

export interface Workflow {
  initialStatusId: string;
  readonly statusIds: string[];
  transitions: Transition[];
}

export interface Project {
  readonly id: string;
  key: string;
  name: string;
  readonly style: "classic" | "next-gen";
  readonly uuid: string;
  readonly leadId: string;
  readonly issueTypes: IssueType[];
  readonly components: Component[];
  readonly workflow: Workflow;
  /** Ids of the fields that can be set on create and on edit, summary included. */
  readonly createScreen: Set<string>;
  readonly editScreen: Set<string>;
  /** Ids of fields that a create must have, beside project, issue type and summary. */
  readonly required: Set<string>;
  /** The value of a field that a create leaves out. */
  readonly defaults: Map<string, unknown>;
  readonly defaultAssigneeId: string | null;
  /** Who lacks what. */
  readonly denied: Map<ProjectPermission, Set<string>>;
  /** The number of the newest issue. */
  lastNumber: number;
}

/** What may be set on create and edit. Absent keys stay alone. */
export interface EditableFields {
  readonly summary: string;
  readonly description: Fields | null;
  readonly environment: Fields | null;
  readonly issueTypeId: string;
  readonly priorityId: string | null;
  readonly labels: readonly string[];
  /** "yyyy-MM-dd", a calendar day without a zone. */
  readonly duedate: string | null;
  readonly assigneeId: string | null;
  readonly reporterId: string | null;
  readonly parentId: string | null;
  readonly componentIds: readonly string[];
  readonly resolutionId: string | null;
  /** By field id, as REST shows the value; an option as its id. */
  readonly custom: Readonly<Record<string, unknown>>;
}

/** An issue at one moment. Never changed: each change puts a new one in its place. */
export interface IssueState extends EditableFields {
  readonly projectId: string;
  readonly key: string;
  readonly statusId: string;
  readonly creatorId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly statusChangedAt: Date;
  readonly resolvedAt: Date | null;
  readonly archived: boolean;
  readonly deleted: boolean;
}

export interface ChangeItem {
  readonly field: string;
  readonly fieldtype: "jira" | "custom";
  /** Missing for the parent, as in Jira. */
  readonly fieldId?: string;
  readonly from: string | null;
  readonly fromString: string | null;
  readonly to: string | null;
  readonly toString: string | null;
}

export interface Changelog {
  readonly id: string;
  readonly items: readonly ChangeItem[];
}

export interface History extends Changelog {
  readonly authorId: string;
  readonly at: Date;
}

export interface Comment {
  readonly id: string;
  readonly authorId: string;
  readonly createdAt: Date;
  readonly properties: Map<string, unknown>;
  updateAuthorId: string;
  updatedAt: Date;
  body: Fields;
}

export interface RemoteLink {
  readonly id: number;
  readonly globalId: string | null;
  application: Fields | null;
  relationship: string | null;
  object: Fields;
}

export interface Issue {
  /** Numeric, never changes; the key is in the state and may. */
  readonly id: string;
  state: IssueState;
  /** Earlier and present states with the instant from which searches see them, oldest first. */
  readonly indexed: { readonly visibleAtMs: number; readonly state: IssueState }[];
  /** Changelogs, oldest first. The one of the create is not shown by REST, so it is not here. */
  readonly history: History[];
  readonly comments: Comment[];
  readonly properties: Map<string, unknown>;
  readonly remoteLinks: RemoteLink[];
  /** Account ids of those to whom a security level or a lost permission hides it. */
  readonly hiddenFrom: Set<string>;
}

export interface LinkType {
  readonly id: string;
  readonly name: string;
  readonly inward: string;
  readonly outward: string;
}

/** "inward *outward text* outward": with Blocks, the inward issue blocks the outward one. */
export interface IssueLink {
  readonly id: string;
  readonly typeId: string;
  readonly inwardIssueId: string;
  readonly outwardIssueId: string;
}

/** Something that happened, for the webhooks. */
export interface Change {
  readonly what:
    | "jira:issue_created"
    | "jira:issue_updated"
    | "jira:issue_deleted"
    | "comment_created"
    | "comment_updated"
    | "comment_deleted"
    | "issue_property_set"
    | "issue_property_deleted"
    | "issuelink_created"
    | "issuelink_deleted";
  /** "issue_generic" (a transition), "issue_assigned", "issue_moved" and so on. */
  readonly eventTypeName?: string;
  readonly actor: User;
  readonly at: Date;
  readonly issue: Issue;
  /** The issue right after the change; of a deleted one, as it stood. */
  readonly state: IssueState;
  /** On creates and updates. */
  readonly changelog?: Changelog;
  readonly comment?: Comment;
  readonly property?: { readonly key: string; readonly value: unknown };
  readonly link?: IssueLink;
  /** What follows from another change (a delete's comments): flow header "Secondary". */
  readonly isCascade?: boolean;
}

/** A rule of "Automation for Jira": what the automation account does after what somebody else did. */
export interface AutomationRule {
  /** Absent: in every project. */
  readonly projectId?: string;
  /** The status that an issue enters, or the create of an issue. */
  readonly on: { readonly statusId: string } | "created";
  /** After this long, by the clock. */
  readonly delayMs: number;
  readonly assignTo?: string | null;
  readonly transitionTo?: string;
  readonly addLabel?: string;
  readonly comment?: string;
}

export interface World {
  readonly clock: Clock;
  random: Random;
  settings: Settings;
  readonly site: Site;
  /** Whom the program under test acts as. */
  readonly bot: User;
  /** "Automation for Jira". */
  readonly automation: User;
  /** API tokens and bearer tokens → account id. Revoke one by deleting it. */
  readonly tokens: Map<string, string>;
  readonly users: Map<string, User>;
  /** Who lacks which permission on the whole site. */
  readonly denied: Map<GlobalPermission, Set<string>>;
  readonly projects: Map<string, Project>;
  readonly statuses: Map<string, Status>;
  readonly priorities: Priority[];
  readonly resolutions: Resolution[];
  readonly linkTypes: readonly LinkType[];
  readonly customFields: Map<string, CustomField>;
  /** By id, oldest first; the deleted ones stay, marked. */
  readonly issues: Map<string, Issue>;
  /** Every key that an issue ever had → its id. */
  readonly keys: Map<string, string>;
  readonly links: IssueLink[];
  readonly automations: AutomationRule[];
  /** The last number given out, by kind of thing. */
  readonly counters: Map<string, number>;
  /** Told of every change; the webhooks listen here. */
  emit: (change: Change) => void;
}
