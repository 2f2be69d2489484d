/** What Debrief asks of Jira. Implemented over jira.js in client.ts. */

import type {
  Issue,
  IssueProperty,
  JiraNamed,
  JiraStatus,
  JiraUser,
} from "../../domain/action-item.ts";
import type { Document } from "../../domain/document.ts";
import type { AccountId, IssueId } from "../../domain/keys.ts";
import type { JiraRoute, Route } from "../../domain/route.ts";

/** As for Notion: runs when the wait for the budget is over, right before a create is sent. */
export type BeforeSend = () => Promise<void>;

/** What Debrief logs about Jira; pino's loggers fit. */
export interface JiraLog {
  warn(fields: object, message: string): void;
}

/** The fields of an issue that Debrief writes. Absent means leave alone, `null` means clear. */
export interface IssueWrite {
  /** Any length and lines: brought to Jira's form (one line, at most 255 characters). */
  readonly summary?: string;
  readonly description?: Document;
  readonly assignee?: AccountId | null;
  readonly due?: string | null;
  readonly priorityId?: string | null;
  /** Added to those that stand. */
  readonly addLabels?: readonly string[];
}

export interface CreateIssueInput {
  readonly route: JiraRoute;
  readonly write: IssueWrite;
  readonly property: IssueProperty;
  readonly beforeSend?: BeforeSend;
}

/** An optional field that Jira refused, with Jira's words; the rest was written without it. */
export interface RefusedField {
  readonly field: "assignee" | "due" | "priority" | "components" | "description" | "other";
  readonly why: string;
}

export interface Transition {
  readonly id: string;
  readonly name: string;
  readonly to: JiraStatus;
  readonly available: boolean;
  readonly looped: boolean;
  readonly hasScreen: boolean;
  /** Fields of its screen, by field id. */
  readonly fields: Readonly<
    Record<
      string,
      { readonly name: string; readonly required: boolean; readonly hasDefault: boolean }
    >
  >;
}

export interface RemoteLink {
  /** The same id on the same issue overwrites. */
  readonly globalId: string;
  readonly url: string;
  readonly title: string;
  readonly relationship: string;
}

/** What a listing says of an issue of ours. */
export interface IssueGlance {
  readonly id: IssueId;
  readonly key: string;
  readonly labels: readonly string[];
  readonly updatedAt: Date;
}

export interface Jira {
  /** Reads what is kept in memory: who we are, the site's address, priorities. Throws while the token is dead. */
  warmUp(): Promise<void>;
  /** Where people open issues, without a trailing slash: `https://example.atlassian.net`. */
  siteUrl(): Promise<string>;
  /** Checks each route against Jira (project, issue type, required fields, priorities, a reachable done state by name); gives what is wrong, in words with the fix. Cached. */
  checkRoutes(routes: readonly Route[]): Promise<readonly string[]>;
  /** The summary that Jira would hold for a title: one line, at most 255 characters. */
  summaryOf(title: string): string;
  /** Canonical plain text of a description, the same as `Issue.description` once it is stored. */
  textOf(document: Document): string;
  /** Optional fields that Jira refuses are left out and told. A create of unknown outcome throws with outcome `unknown`. */
  createIssue(input: CreateIssueInput): Promise<{
    readonly id: IssueId;
    readonly key: string;
    readonly refused: readonly RefusedField[];
  }>;
  /** By id or key, moved ones too. Undefined when it is gone or hidden from us, which was made sure with a living token. */
  findIssue(idOrKey: string): Promise<Issue | undefined>;
  /** Live issues that carry this label, oldest first. The search lags behind writes by seconds to minutes. */
  findIssuesByLabel(label: string): Promise<Issue[]>;
  /** Issues with this label that were updated in the last `minutes`. */
  listUpdated(label: string, minutes: number): Promise<IssueGlance[]>;
  /** Issues with this label that are not done. */
  listOpen(label: string): Promise<IssueGlance[]>;
  /** One request for all fields. Optional fields that Jira refuses are left out and told. */
  editIssue(id: IssueId, write: IssueWrite): Promise<readonly RefusedField[]>;
  listTransitions(id: IssueId): Promise<Transition[]>;
  /** @throws TerminalError JIRA_TRANSITION_REFUSED with Jira's words, where a validator or a field stands against it. */
  transition(
    id: IssueId,
    transitionId: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  putProperty(id: IssueId, property: IssueProperty): Promise<void>;
  /** An upsert by `globalId`. False where Jira refuses it, linking is off or not permitted. */
  putRemoteLink(id: IssueId, link: RemoteLink): Promise<boolean>;
  /** True when a comment of the issue carries this marker. */
  hasComment(id: IssueId, marker: string): Promise<boolean>;
  /** Adds plain text as a comment that carries the marker as a property; not idempotent. False where we may not comment. */
  addComment(id: IssueId, text: string, marker: string): Promise<boolean>;
  /** Exactly one active person, matched by address (Jira may hide it in the answer). Cached. */
  findUserByEmail(email: string): Promise<JiraUser | undefined>;
  /** Cached. Undefined for unknown accounts. */
  findUser(id: AccountId): Promise<JiraUser | undefined>;
  /** Whether this account can be assigned in the project. Cached. */
  isAssignable(project: string, id: AccountId): Promise<boolean>;
  /** The site's priorities, highest first. Cached. */
  listPriorities(): Promise<readonly JiraNamed[]>;
  [Symbol.asyncDispose](): Promise<void>;
}
