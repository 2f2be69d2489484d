/**
 * Converges one action item: reads the row and its issue, merges them in the domain, writes to both sides.
 * The first to be written is what would be lost, then the values, and at last the base that both agreed on.
 */

import type { ActionItemRow, Base, Issue } from "../domain/action-item.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import { missingFields } from "../domain/item-readiness.ts";
import { writeStatus } from "../domain/item-status.ts";
import { itemState } from "../domain/item-sync-text.ts";
import { ownersValue } from "../domain/item-values.ts";
import { actionItemKey, type PageId } from "../domain/keys.ts";
import { linkOf, type ActionItemLink } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import {
  isItemSource,
  type Item,
  type ItemDeps,
  type ItemRun,
  type PairedRun,
} from "./item-run.ts";
import { createIssue } from "./item-create.ts";
import { issueMissing, rowMissing, rowReturned, withoutProperty } from "./item-gone.ts";
import { findHolder, findIssueOf, noteDuplicates } from "./item-issue.ts";
import { linkIssue } from "./item-links.ts";
import { hasRowChanged, mergePair } from "./item-merge.ts";
import { notePending } from "./item-pending.ts";
import { lookUpPeople } from "./item-people.ts";
import { findPlace, withPostMortem } from "./item-place.ts";
import { countRow, recordFailure, tellRow } from "./item-sync.ts";
import { withLease } from "./lease.ts";
import { isLeaseLost, openRun, syncNow } from "./run.ts";
import { assertComplete } from "./schema-guard.ts";

/**
 * Takes a row's page id; brings the row and its issue in step, or says when to come back.
 * Throws TerminalError where a person must act, RetryAfterError while a vendor is away.
 */
export async function reconcileActionItem(id: PageId, deps: ItemDeps): Promise<Outcome> {
  const key = actionItemKey(id);
  return withLease(key, deps.settings.timing.leaseMs, deps.store, async (lease) => {
    const stored = linkOf("action-item", await deps.store.getLink(key));
    const fresh: ActionItemLink = { kind: "action-item", sync: syncNow(deps, "pending") };
    const startedAt = deps.now();
    const opened = openRun(key, stored ?? fresh, lease, deps);
    const run = Object.assign(opened, { id, startedAt, rowReadAt: startedAt });
    const seen: Seen = { row: undefined, issue: undefined };
    try {
      return await converge(run, seen);
    } catch (error) {
      if (!isLeaseLost(error)) {
        await recordFailure(run, seen, error);
      }
      throw error;
    }
  });
}

/** The two sides as this run read them, for telling a failure of it. */
interface Seen {
  row: ActionItemRow | undefined;
  issue: Issue | undefined;
}

async function converge(run: ItemRun, seen: Seen): Promise<Outcome> {
  const { notion, jira } = run.deps;
  const known = run.link.issue;
  const reading = known === undefined ? undefined : jira?.findIssue(known.id);
  // Heard below; a row that can't be read must not leave it unheard.
  reading?.catch(() => undefined);
  const read = await notion.findRow(run.id);
  seen.row = read;
  const isOurs = read !== undefined && isItemSource(run.deps.settings.routes, read.dataSourceId);
  if (read === undefined || read.inTrash || !isOurs) {
    return rowMissing(run, read);
  }
  const found = await reading;
  seen.issue = found;
  assertComplete("Action items", read);
  const row = await withPostMortem(read, run.link.counted?.postMortem, run.deps);
  seen.row = row;
  const place = await findPlace(row.postMortem, run.deps);
  const route = place.route?.jira;
  if (jira === undefined || route === undefined) {
    await run.save({
      sync: syncNow(run.deps, "converged"),
      seen: { row: row.editedAt.toISOString() },
      checkedAt: run.startedAt.toISOString(),
    });
    return countRow(run, row, undefined);
  }
  const paired = Object.assign(run, { jira });
  const item = { row, route, postMortem: place.facts, postMortemGone: place.gone };
  const issue = run.link.gone?.what === "row" ? await rowReturned(paired, found) : found;
  if (known === undefined) {
    return convergeUnlinked(paired, item);
  }
  return issue === undefined ? issueMissing(paired, item) : convergePair(paired, item, issue);
}

/** A row without an issue on record: finds it, waits for the row to be ready, or creates one. */
async function convergeUnlinked(run: PairedRun, item: Item): Promise<Outcome> {
  const { row, route } = item;
  const missing = missingFields(row, route.ready);
  const status = row.status === undefined ? undefined : writeStatus(row.status, route.statuses);
  const isEnded = status?.target.category === "done";
  const isWanted = missing.length === 0 && !isEnded && !item.postMortemGone;
  const mayHaveOne = run.link.intent !== undefined || row.jira.trim() !== "";
  if (isWanted || mayHaveOne) {
    const found = await findIssueOf(run, item);
    if (found.found === "issue") {
      return convergePair(run, item, found.issue);
    }
    if (found.found === "wait") {
      return found.outcome;
    }
    if (found.found === "stop") {
      return tellRow(run, item, { facts: { health: found.health } });
    }
    if (run.link.intent !== undefined && !isWanted) {
      await run.save({ intent: undefined });
    }
  }
  if (isEnded) {
    const health = { is: "ended-before-issue", status: row.status ?? "" } as const;
    return tellRow(run, item, { facts: { health } });
  }
  if (missing.length > 0 || item.postMortemGone) {
    const needed = missing.length === 0 ? (["postMortem"] as const) : missing;
    return tellRow(run, item, { facts: { health: { is: "waiting", for: needed } } });
  }
  return openIssue(run, item);
}

async function openIssue(run: PairedRun, item: Item): Promise<Outcome> {
  const { row, route } = item;
  const people = await lookUpPeople(run, row, route.project);
  const remarks = await createIssue(run, item, people);
  await tellRow(run, item, { facts: { health: { is: "up-to-date" }, remarks } });
  await linkIssue(run, item);
  const status = writeStatus(row.status ?? "", route.statuses);
  const isAhead = status !== undefined && status.target.category !== "new";
  return isAhead ? { requeueAfterMs: 1, reason: "StatusAhead" } : untilNext(run);
}

const lookAgain: Outcome = { requeueAfterMs: 1, reason: "ChangedMeanwhile" };

/** Both sides are there: merged, written, agreed. */
async function convergePair(run: PairedRun, item: Item, issue: Issue): Promise<Outcome> {
  const { row } = item;
  const holder = await findHolder(run, issue);
  if (holder !== undefined) {
    return issueTaken(run, item, issue, holder);
  }
  if (run.link.gone?.what === "issue" || run.link.missingSince !== undefined) {
    run.deps.log.info({ reason: "IssueReturned", issue: issue.key }, "issue is readable again");
    await run.save({ gone: undefined, missingSince: undefined });
  }
  if (run.link.issue?.key !== issue.key) {
    await run.save({ issue: { id: issue.id, key: issue.key } });
  }
  await noteDuplicates(run);
  // What another row agreed on that is gone by now is not this row's.
  const isOwn = issue.property?.row === row.id;
  const merged = await mergePair(run, item, isOwn ? issue : withoutProperty(issue));
  if (merged === "changed") {
    return lookAgain;
  }
  if (Object.keys(merged.toNotion).length > 0 && (await hasRowChanged(run, item))) {
    if (merged.baseInJira !== undefined) {
      await agree(run, item, { issue, base: merged.baseInJira, isOwn });
    }
    return lookAgain;
  }
  let { base } = merged;
  function onOwnersRefused(): void {
    base = { ...base, notion: { ...base.notion, owner: ownersValue(row.owners) } };
  }
  const told = { ...merged, onOwnersRefused };
  await notePending(run, merged);
  async function agreeNow(): Promise<void> {
    await agree(run, item, { issue, base, isOwn });
  }
  if (itemState(undefined, row.sync, []) !== "failed") {
    await tellRow(run, item, told);
    await agreeNow();
    return untilNext(run);
  }
  // Said to be well only once it is: to say it and to take it back would wake this item each time.
  if (Object.keys(merged.toNotion).length > 0) {
    await run.assertHeld();
    await run.deps.notion.updateActionItem(row.id, merged.toNotion);
  }
  await agreeNow();
  await tellRow(run, item, told);
  return untilNext(run);
}

/** Converged, but for what is due at a time: a look for duplicates, a field that was stopped. */
function untilNext({ link, deps }: ItemRun): Outcome {
  const times = [link.verifyAt, ...Object.values(link.stopped ?? {})];
  const waits = times
    .map((at) => Date.parse(at ?? "") - deps.now().getTime())
    .filter((ms) => ms > 0);
  return waits.length === 0
    ? "converged"
    : { requeueAfterMs: Math.min(...waits), reason: "LookAgainThen" };
}

/** Keeps the base on the issue, once both sides hold their values. */
async function agree(
  run: PairedRun,
  item: Item,
  { issue, base, isOwn }: { readonly issue: Issue; readonly base: Base; readonly isOwn: boolean },
): Promise<void> {
  const { row } = item;
  if (!isOwn || fingerprint(base) !== fingerprint(issue.property?.base)) {
    await run.assertHeld();
    await run.jira.putProperty(issue.id, { version: 1, row: row.id, base });
  }
  await run.save({
    base,
    hop: undefined,
    pending: undefined,
    gone: undefined,
    seen: { row: row.editedAt.toISOString(), issue: issue.updatedAt.toISOString() },
  });
  await linkIssue(run, item);
}

/** Somebody else's row has the issue by now: this one keeps its hands off. */
async function issueTaken(
  run: PairedRun,
  item: Item,
  issue: Issue,
  rowUrl: string,
): Promise<Outcome> {
  const because = { kind: "issue-taken", issue: issue.key, rowUrl } as const;
  await run.save({ issue: undefined, base: undefined, linked: undefined });
  return tellRow(run, item, { facts: { health: { is: "stopped", because } } });
}
