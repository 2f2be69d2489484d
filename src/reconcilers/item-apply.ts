/** Carries a merge out at Jira: what loses is kept as a comment first, then fields, then the status. */

import type { Issue, SyncedField } from "../domain/action-item.ts";
import { TerminalError } from "../domain/errors.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import { baseAfterRefusal, baseAfterTransition } from "../domain/item-values.ts";
import { isSatisfied } from "../domain/item-status.ts";
import type { ActionItemLink } from "../domain/link.ts";
import type { Base } from "../domain/action-item.ts";
import type { IssueChanges, LostValue, MergePlan } from "../domain/merge-plan.ts";
import { planTransition } from "../domain/plan-transition.ts";
import { syncedFieldOf } from "./item-create.ts";
import { describeItem } from "./item-plan.ts";
import type { Item, PairedRun } from "./item-run.ts";

/** What a run changed at Jira, and what stood against it. */
export interface Applied {
  readonly base: Base;
  /** Fields that were written to the issue. */
  readonly written: readonly SyncedField[];
  /** Those of them that Jira refused. */
  readonly refused: readonly SyncedField[];
  /** Sentences for Sync. */
  readonly remarks: readonly string[];
  /** Why the status could not be reached; a person has to act. */
  readonly blocked?: string;
}

/** Takes the plan for an issue; gives what became of it. */
export async function applyToJira(
  run: PairedRun,
  item: Item,
  issue: Issue,
  plan: MergePlan,
): Promise<Applied> {
  await keepLost(run, issue, plan.lost);
  if (plan.outcomeComment !== undefined) {
    const { text, marker } = plan.outcomeComment;
    await commentOnce(run, issue, { text, marker });
  }
  const { base: edited, refused } = await edit(run, item, issue, plan);
  const fields = fieldsOf(plan.toJira);
  if (plan.status === undefined) {
    return { base: edited, written: fields, refused, remarks: [] };
  }
  const moved = await moveStatus(run, item, issue, plan.status);
  const name = moved.blocked === undefined ? plan.status.name : undefined;
  // Without a transition it stands where it can be, unless one was refused.
  const stands = name === undefined ? undefined : { statusId: issue.status.id, issue };
  const reached = moved.reached ?? stands;
  return {
    base: reached === undefined ? edited : baseAfterTransition(edited, name, reached),
    written: moved.reached === undefined ? fields : [...fields, "status"],
    refused,
    remarks: moved.remark === undefined ? [] : [moved.remark],
    ...(moved.blocked === undefined ? {} : { blocked: moved.blocked }),
  };
}

/** Each loss once, on the side that lost. */
async function keepLost(run: PairedRun, issue: Issue, lost: readonly LostValue[]): Promise<void> {
  for (const loss of lost) {
    const commented =
      loss.on === "jira"
        ? await commentOnce(run, issue, loss)
        : await commentOnRow(run, `${loss.text} (ref ${loss.marker})`, loss.marker);
    await run.audit(loss.on, "comment.create", "ValueLost", {
      field: loss.field,
      lost: loss.value,
      kept: loss.on === "jira" ? "notion" : "jira",
      commented,
    });
    await run.save({ lastConflict: { ...conflictOf(run, loss), commented } });
  }
}

function conflictOf(
  run: PairedRun,
  { field, on, value }: LostValue,
): Omit<NonNullable<ActionItemLink["lastConflict"]>, "commented"> {
  const kept = on === "jira" ? "notion" : "jira";
  return { at: run.deps.now().toISOString(), field, kept, lost: value };
}

async function commentOnRow(run: PairedRun, text: string, marker: string): Promise<boolean> {
  const { notion } = run.deps;
  if (await notion.hasComment(run.id, marker)) {
    return true;
  }
  await run.assertHeld();
  return notion.addComment(run.id, text);
}

/** False where we may not comment: then the audit trail and Sync hold the value. */
export async function commentOnce(
  run: PairedRun,
  issue: Pick<Issue, "id">,
  { text, marker }: { readonly text: string; readonly marker: string },
): Promise<boolean> {
  if (await run.jira.hasComment(issue.id, marker)) {
    return true;
  }
  await run.assertHeld();
  return run.jira.addComment(issue.id, text, marker);
}

function fieldsOf(changes: IssueChanges): SyncedField[] {
  const { summary, description, assignee, due, priorityId } = changes;
  const written: Partial<Record<SyncedField, unknown>> = {
    title: summary,
    outcome: description,
    owner: assignee,
    due,
    priority: priorityId,
  };
  const fields: SyncedField[] = ["title", "outcome", "owner", "due", "priority"];
  return fields.filter((field) => written[field] !== undefined);
}

/** One edit for all fields; what Jira refuses of it is remembered, so that it is not sent again for a while. */
async function edit(run: PairedRun, item: Item, issue: Issue, plan: MergePlan): Promise<Edited> {
  const fields = fieldsOf(plan.toJira);
  if (fields.length === 0) {
    return { base: plan.base, refused: [] };
  }
  const { description, ...changes } = plan.toJira;
  await run.assertHeld();
  const refusals = await run.jira.editIssue(issue.id, {
    ...changes,
    ...(description === true ? { description: describeItem(item) } : {}),
  });
  await run.audit("jira", "issue.edit", "FieldsDiffer", { issue: issue.key, fields });
  const at = run.deps.now().toISOString();
  const entries = refusals.flatMap(({ field, why }) => {
    const synced = syncedFieldOf(field);
    const entry = { value: plan.base.jira[synced ?? "title"] ?? "", why, at };
    return synced === undefined ? [] : [[synced, entry] as const];
  });
  const before = Object.entries(run.link.refused ?? {});
  const others = before.filter(([known]) => fields.every((field) => field !== known));
  if (entries.length + before.length > 0) {
    await run.save({ refused: Object.fromEntries([...others, ...entries]) });
  }
  const refused = entries.map(([field]) => field);
  return { base: baseAfterRefusal(plan.base, issue, refused), refused };
}

interface Edited {
  readonly base: Base;
  /** Fields that Jira refused. */
  readonly refused: readonly SyncedField[];
}

interface Moved {
  /** Where the last transition led. */
  readonly reached?: { readonly statusId: string; readonly issue: Issue };
  readonly remark?: string;
  readonly blocked?: string;
}

/** One transition after the other, the list read again after each. */
async function moveStatus(
  run: PairedRun,
  { row, route }: Item,
  issue: Issue,
  wanted: NonNullable<MergePlan["status"]>,
): Promise<Moved> {
  const { jira } = run;
  const visited = new Set<string>();
  let current = issue;
  let reached: Moved["reached"];
  for (let hopsLeft = route.hopsMax; ; hopsLeft -= 1) {
    const transitions = await jira.listTransitions(issue.id);
    const fields = route.transitionFields;
    const plan = planTransition({ current, wanted, transitions, visited, hopsLeft, fields });
    if (plan.do === "blocked") {
      return { blocked: plan.why, ...way(reached) };
    }
    if (plan.do === "done") {
      return {
        ...way(reached),
        ...(plan.remark === undefined ? {} : { remark: plan.remark }),
      };
    }
    if (reached === undefined && wanted.target.needsReason === true) {
      const text = `${wanted.name}: ${run.deps.scrub(row.reason)}`;
      await commentOnce(run, issue, { text, marker: fingerprint([run.id, text]) });
    }
    const statusId = transitions.find(({ id }) => id === plan.transitionId)?.to.id ?? "";
    await run.save({ hop: { from: current.status.id, to: statusId } });
    const refusal = await take(run, issue, plan);
    if (refusal !== undefined) {
      await run.save({ hop: undefined });
      return { blocked: refusal, ...way(reached) };
    }
    visited.add(current.status.id);
    const read = await jira.findIssue(issue.id);
    if (read === undefined) {
      return { blocked: "the issue can't be read any more", ...way(reached) };
    }
    current = read;
    reached = { statusId, issue: read };
    if (isSatisfied(read, wanted.target, route.statuses)) {
      return { reached };
    }
    await keepHop(run, issue, reached);
  }
}

/**
 * On its way: what was our hop must not read as Jira's change if this run ends here. Of all that was agreed
 * before only the status at Jira moves on: the rest is not written on both sides yet.
 */
async function keepHop(
  run: PairedRun,
  issue: Issue,
  reached: NonNullable<Moved["reached"]>,
): Promise<void> {
  const agreed = issue.property?.base ?? run.link.base;
  if (agreed !== undefined) {
    const base = baseAfterTransition(agreed, undefined, reached);
    await run.assertHeld();
    await run.jira.putProperty(issue.id, { version: 1, row: run.id, base });
    await run.save({ base, hop: undefined });
  }
}

function way(reached: Moved["reached"]): Pick<Moved, "reached"> {
  return reached === undefined ? {} : { reached };
}

/** Gives Jira's words where it refuses the transition. */
async function take(
  run: PairedRun,
  issue: Issue,
  plan: { readonly transitionId: string; readonly fields: Readonly<Record<string, unknown>> },
): Promise<string | undefined> {
  await run.assertHeld();
  try {
    await run.jira.transition(issue.id, plan.transitionId, plan.fields);
  } catch (error) {
    if (error instanceof TerminalError && error.code === "JIRA_TRANSITION_REFUSED") {
      return error.message;
    }
    throw error;
  }
  await run.audit("jira", "issue.transition", "StatusDiffers", {
    issue: issue.key,
    transition: plan.transitionId,
  });
  return undefined;
}
