/**
 * One issue per row, whatever crashes between: link the issue that a person pasted, find the one that was
 * made before, or create it once.
 *
 *   none ──intent──▶ creating ──answer──▶ issue
 *                        │ answer lost, crash
 *                        ▼
 *                 search by label; found: adopt; grace over: create again
 */

import { commonLabel, itemLabel, type Issue } from "../domain/action-item.ts";
import { parseIssueReference, projectOfKey } from "../domain/issue-reference.ts";
import type { ItemHealth, ItemStop } from "../domain/item-sync-text.ts";
import type { Outcome } from "../domain/outcome.ts";
import { addMs } from "../domain/time.ts";
import type { Item, PairedRun } from "./item-run.ts";
import { isItemSource } from "./item-run.ts";
import { rememberIssue } from "./post-mortem-index.ts";
import { graceLeftMs } from "./run.ts";

/** Between Notion's clock and the store's. */
const clockSkewMs = 1_000;

export type FoundIssue =
  | { readonly found: "issue"; readonly issue: Issue }
  /** A person has to act first; nothing is created. */
  | { readonly found: "stop"; readonly health: ItemHealth }
  /** An issue may still turn up. */
  | { readonly found: "wait"; readonly outcome: Outcome }
  /** There is none: it may be created. */
  | { readonly found: "none" };

/** Takes an item without an issue on record; looks for the one that it has, or that a person gave it. */
export async function findIssueOf(run: PairedRun, { row }: Item): Promise<FoundIssue> {
  if (run.link.intent === undefined && row.jira.trim() !== "") {
    return linkPasted(run, row.jira);
  }
  const epoch = await run.deps.store.epoch();
  // Notion rounds the row's own time down to the minute, which errs on the side of looking.
  const createdMs = Date.parse(run.link.createdAt ?? row.createdAt.toISOString());
  const isOlderThanStore = createdMs <= epoch.getTime() + clockSkewMs;
  if (run.link.intent === undefined && !isOlderThanStore) {
    return { found: "none" };
  }
  return searchIssue(run, run.link.intent ?? { at: epoch.toISOString() });
}

/** By label across the lag of the search, until the grace after `unknownSince` is over. */
export async function searchIssue(
  run: PairedRun,
  unknownSince: { readonly at: string },
): Promise<FoundIssue> {
  const { deps } = run;
  const { jiraGraceMs } = deps.settings.timing;
  const now = deps.now();
  const leftMs = graceLeftMs(unknownSince, jiraGraceMs, now);
  const [issue, ...others] = await listOwn(run);
  if (issue !== undefined) {
    await run.save({ duplicates: keysOf(others) });
    await keepIssue(run, issue, "IssueFound");
    // A search shows what was indexed; people may have edited the issue since.
    return { found: "issue", issue: (await run.jira.findIssue(issue.id)) ?? issue };
  }
  if (leftMs > 0) {
    const reason = run.link.intent === undefined ? "WaitingForEpoch" : "WaitingForLostCreate";
    const elapsedMs = jiraGraceMs - leftMs;
    const requeueAfterMs = Math.min(leftMs, Math.max(elapsedMs, jiraGraceMs / 60));
    return { found: "wait", outcome: { requeueAfterMs, reason } };
  }
  return { found: "none" };
}

/**
 * A clone carries our label but not our property. Both can be forged by whoever may edit some issue, so they count
 * only where a route leads. The oldest comes first.
 */
async function listOwn({ jira, id, deps }: PairedRun): Promise<Issue[]> {
  const labelled = await jira.findIssuesByLabel(itemLabel(id));
  const projects = projectsOf(deps.settings.routes);
  return labelled.filter(
    ({ property, project }) => property?.row === id && projects.includes(project),
  );
}

function keysOf(issues: readonly Issue[]): readonly string[] | undefined {
  return issues.length === 0 ? undefined : issues.map(({ key }) => key);
}

/**
 * Looks once, a grace after a create that followed one of unknown outcome, whether the lost one turned up
 * after all. The other is told, never deleted.
 */
export async function noteDuplicates(run: PairedRun): Promise<void> {
  const { link, deps, jira } = run;
  if (link.verifyAt === undefined || Date.parse(link.verifyAt) > deps.now().getTime()) {
    return;
  }
  const others = (await listOwn(run)).filter(({ id }) => id !== link.issue?.id);
  for (const other of others) {
    const marker = `${run.id}-duplicate`;
    if (!(await jira.hasComment(other.id, marker))) {
      const text = `This issue was made twice for one action item: ${link.issue?.key ?? ""} is the one that is kept in step. Please close this one.`;
      await jira.addComment(other.id, text, marker);
      await run.audit("jira", "comment.create", "DuplicateIssue", { issue: other.key });
    }
  }
  await run.save({ verifyAt: undefined, duplicates: keysOf(others) });
}

/** A person put an issue into Jira: taken over only where a route allows it, and only from nobody else. */
async function linkPasted(run: PairedRun, text: string): Promise<FoundIssue> {
  const { jira, deps } = run;
  const siteUrl = await jira.siteUrl();
  const reference = parseIssueReference(text, siteUrl);
  if (reference === undefined) {
    return stop({ kind: "no-issue-named", siteUrl });
  }
  if (typeof reference !== "string") {
    return stop({ kind: "foreign-host", host: reference.foreignHost, siteUrl });
  }
  const projects = projectsOf(deps.settings.routes);
  const issue = await jira.findIssue(reference);
  const isOurs = issue?.property?.row === run.id;
  const places = [projectOfKey(reference), ...(issue === undefined ? [] : [issue.project])];
  if (!isOurs && places.some((project) => !projects.includes(project))) {
    // Of a project without a route, or where a key was moved to, nothing is told: not even what it lacks.
    return stop({ kind: "project-unrouted", issue: reference, projects });
  }
  if (issue === undefined) {
    return stop({ kind: "issue-unknown", issue: reference });
  }
  const holder = isOurs ? undefined : await findHolder(run, issue);
  if (holder !== undefined) {
    return stop({ kind: "issue-taken", issue: issue.key, rowUrl: holder });
  }
  if (!isOurs) {
    await labelIssue(run, issue);
  }
  await keepIssue(run, issue, isOurs ? "IssueFound" : "IssuePasted");
  return { found: "issue", issue };
}

/** So that the resync of Jira lists it, and its webhooks lead to the row. */
async function labelIssue(run: PairedRun, issue: Issue): Promise<void> {
  const labels = [commonLabel, itemLabel(run.id)].filter((one) => !issue.labels.includes(one));
  if (labels.length > 0) {
    await run.assertHeld();
    await run.jira.editIssue(issue.id, { addLabels: labels });
  }
}

function stop(because: ItemStop): FoundIssue {
  return { found: "stop", health: { is: "stopped", because } };
}

function projectsOf(routes: PairedRun["deps"]["settings"]["routes"]): string[] {
  return [...new Set(routes.flatMap(({ jira }) => (jira === undefined ? [] : [jira.project])))];
}

/** The address of another live row that the issue belongs to. */
export async function findHolder(
  { id, deps }: PairedRun,
  issue: Issue,
): Promise<string | undefined> {
  const holder = issue.property?.row;
  if (holder === undefined || holder === id) {
    return undefined;
  }
  const row = await deps.notion.findRow(holder);
  const isLive =
    row !== undefined && !row.inTrash && isItemSource(deps.settings.routes, row.dataSourceId);
  return isLive ? row.url : undefined;
}

async function keepIssue(run: PairedRun, issue: Issue, reason: string): Promise<void> {
  await run.save({
    issue: { id: issue.id, key: issue.key },
    intent: undefined,
    gone: undefined,
    missingSince: undefined,
    base: issue.property?.row === run.id ? issue.property.base : undefined,
  });
  await rememberIssue(issue.id, run.id, run.deps);
  await run.audit("jira", "issue.adopt", reason, { issue: issue.key });
}

/** When to look whether a lost create turned up after all; undefined where none was lost. */
export function verifyAfter(run: PairedRun): string | undefined {
  const { deps, link } = run;
  return link.intent === undefined
    ? undefined
    : addMs(deps.now(), deps.settings.timing.jiraGraceMs).toISOString();
}
