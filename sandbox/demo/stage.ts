/** What the demo plays on: the three vendors, the narrator's voice, and waiting for what should come. */

import { setTimeout as sleep } from "node:timers/promises";
import type { JiraSandbox } from "../jira/sandbox.ts";
import type { IssueView } from "../jira/views-of-world.ts";
import type { NotionSandbox } from "../notion/sandbox.ts";
import type { PageView } from "../notion/views-of-world.ts";
import type { PagerDutySandbox } from "../pagerduty/sandbox.ts";

export interface Stage {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  readonly jira: JiraSandbox;
  /** When the incident was triggered. */
  readonly start: Date;
  /** Between chapters, for people who read along. */
  readonly pauseMs: number;
}

const settleWithinMs = 30_000;
const pollMs = 50;
const indent = " ".repeat(9);

/** Says one line. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Says what somebody does now, with the time of day. */
export function sayNow(line: string): void {
  say(`${new Date().toISOString().slice(11, 19)} ${line}`);
}

/** Waits until `look` gives something other than undefined; undefined when it never did. */
export async function untilDefined<Value>(
  look: () => Value | undefined,
): Promise<Value | undefined> {
  const deadline = Date.now() + settleWithinMs;
  while (Date.now() < deadline) {
    const value = look();
    if (value !== undefined) {
      return value;
    }
    await sleep(pollMs);
  }
  return undefined;
}

/**
 * Waits for what should follow and tells when it came; `tells` may use what was found.
 * Rejects when it does not come in time, for nothing after it would make sense.
 */
export async function seen<Value>(
  look: () => Value | undefined | false,
  tells: (value: Value) => string,
): Promise<Value> {
  const began = performance.now();
  const value = await untilDefined(() => {
    const found = look();
    return found === false || found === undefined ? undefined : { found };
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (value === undefined) {
    throw new Error(`nothing came of it within ${seconds} s`);
  }
  say(`${indent}→ ${tells(value.found)} (${seconds} s)`);
  return value.found;
}

/** The pages of an incident, the trashed ones included. */
export function findPages({ notion }: Pick<Stage, "notion">, incident: string): PageView[] {
  return notion.pages("Post-mortems").filter((page) => page.properties["Incident ID"] === incident);
}

/** The live rows of a post-mortem, oldest first. */
export function rowsOf({ notion }: Pick<Stage, "notion">, page: string): PageView[] {
  return notion.pages("Action items").filter(({ inTrash, properties }) => {
    const { "Post-mortem": related } = properties;
    return !inTrash && Array.isArray(related) && related.includes(page);
  });
}

/** The issue that a row's Jira property names. */
export function issueOf({ jira }: Pick<Stage, "jira">, row: PageView): IssueView | undefined {
  const { Jira: url } = row.properties;
  return typeof url === "string" && url !== ""
    ? jira.issue(url.slice(url.lastIndexOf("/") + 1))
    : undefined;
}
