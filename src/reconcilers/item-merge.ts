/** The merge of a pair: what matters to it is looked up, the domain decides, Jira's part is carried out. */

import type { Base, Issue, SyncedField } from "../domain/action-item.ts";
import { noteSides, noteStops, noteWrites } from "../domain/item-flips.ts";
import { isSatisfied, writeStatus } from "../domain/item-status.ts";
import type { ItemHealth } from "../domain/item-sync-text.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import { jiraValues, notionValues } from "../domain/item-values.ts";
import type { MergePlan } from "../domain/merge-plan.ts";
import type { Winner } from "../domain/route.ts";
import { applyToJira, type Applied } from "./item-apply.ts";
import { lookUpPeople } from "./item-people.ts";
import { planMerge, sayRefused } from "./item-plan.ts";
import { putBack, writtenToRow } from "./item-pending.ts";
import type { Item, PairedRun } from "./item-run.ts";
import type { Merged } from "./item-sync.ts";

/** Takes a row and its issue as read; writes Jira's side and gives what is left for the row and the base. */
export async function mergePair(
  run: PairedRun,
  item: Item,
  issue: Issue,
): Promise<Merged | "changed"> {
  const people = await lookUpPeople(run, item.row, issue.project, issue);
  const base = withOwnHop(run, issue, issue.property?.base ?? run.link.base);
  const plan = await planMerge(run, item, { issue, people, base });
  if (hasWrites(plan) && (await hasChanged(run, item, issue))) {
    return "changed";
  }
  const lost = [...plan.lost, ...putBack(run, item, plan, { base, people })];
  const applied = await applyToJira(run, item, issue, { ...plan, lost });
  const seen = { issue, people, base };
  const refused = await sayRefused(run, item, { seen, fields: applied.refused });
  const writes = { jira: applied.written, notion: writtenToRow(plan.toNotion) };
  if (writes.jira.length + writes.notion.length > 0) {
    await noteWritten(run, writes, lost.length > 0);
  }
  return {
    facts: {
      health: healthOf(item, issue, applied),
      // In one order, whether Jira refused a value just now or before: Sync changes only with the news.
      remarks: [...plan.remarks, ...refused, ...applied.remarks].toSorted(),
    },
    toNotion: plan.toNotion,
    base: applied.base,
    baseInJira: base === undefined ? undefined : withHalves(applied.base, base, writes.notion),
  };
}

/** What was read a moment ago is written upon; what had to wait (for budgets, mostly) is read once more. */
const freshMs = 2_000;

/** Asked before each write of the row's values: by then Jira may have taken its time. */
export async function hasRowChanged(run: PairedRun, { row }: Pick<Item, "row">): Promise<boolean> {
  const now = run.deps.now();
  if (now.getTime() - run.rowReadAt.getTime() < freshMs) {
    return false;
  }
  run.rowReadAt = now;
  const read = await run.deps.notion.findRow(row.id);
  return read === undefined || fingerprint(notionValues(read)) !== fingerprint(notionValues(row));
}

async function hasChanged(run: PairedRun, { row }: Item, issue: Issue): Promise<boolean> {
  if (run.deps.now().getTime() - run.startedAt.getTime() < freshMs) {
    return false;
  }
  const isRowChanged = await hasRowChanged(run, { row });
  const issueNow = await run.jira.findIssue(issue.id);
  return (
    isRowChanged ||
    issueNow === undefined ||
    fingerprint(jiraValues(issueNow)) !== fingerprint(jiraValues(issue))
  );
}

/** A base with these fields as they were before. */
function withHalves(base: Base, before: Base, fields: readonly SyncedField[]): Base {
  const notion = fields.map((field) => [field, before.notion[field]] as const);
  const jira = fields.map((field) => [field, before.jira[field]] as const);
  const kept = Object.entries({ ...base.jira, ...Object.fromEntries(jira) });
  return {
    ...base,
    notion: { ...base.notion, ...Object.fromEntries(notion) },
    jira: Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
  };
}

function hasWrites({ toJira, toNotion, status }: MergePlan): boolean {
  return Object.keys(toJira).length + Object.keys(toNotion).length > 0 || status !== undefined;
}

/** A transition of ours whose answer, or the run that sent it, was lost: its status is no change of Jira's. */
function withOwnHop({ link }: PairedRun, issue: Issue, base: Base | undefined): Base | undefined {
  const { hop } = link;
  const status = base?.jira.status;
  const isOurs =
    hop !== undefined &&
    issue.status.id === hop.to &&
    (status === undefined || status.startsWith(`${hop.from}/`));
  return base === undefined || !isOurs
    ? base
    : { ...base, jira: { ...base.jira, status: jiraValues(issue).status } };
}

function healthOf({ row, route }: Item, issue: Issue, { blocked }: Applied): ItemHealth {
  if (blocked !== undefined) {
    return { is: "waiting-for-jira", why: blocked };
  }
  const target = writeStatus(row.status ?? "", route.statuses)?.target;
  const lacksReason = target?.needsReason === true && row.reason.trim() === "";
  return lacksReason && !isSatisfied(issue, target, route.statuses)
    ? { is: "waiting", for: ["reason"] }
    : { is: "up-to-date" };
}

/** For the guard against flip-flop; and what was last lost is old news once something else is written. */
async function noteWritten(
  run: PairedRun,
  writes: Readonly<Record<Winner, readonly SyncedField[]>>,
  hasLost: boolean,
): Promise<void> {
  const now = run.deps.now();
  const { wrote, turned } = noteSides(run.link.wrote, writes);
  const flips = noteWrites(run.link.flips, turned, now);
  const stopped = noteStops({ ...run.link, flips }, now);
  const { lastConflict } = run.link;
  await run.save({
    wrote,
    flips,
    stopped: Object.keys(stopped).length === 0 ? undefined : stopped,
    ...(hasLost || lastConflict === undefined
      ? {}
      : { lastConflict: { ...lastConflict, past: true } }),
  });
}
