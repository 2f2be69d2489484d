/**
 * One page per incident, whatever crashes: find the page, or create it once.
 *
 *   none ──intent──▶ creating ──answer──▶ page
 *                        │ answer lost, crash
 *                        ▼
 *                 search; found: adopt; grace over: create again
 */

import type { CreatePageInput } from "../clients/notion/notion.ts";
import { postMortemKey } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import { rememberWritten } from "../domain/plan-page.ts";
import { knownOf } from "../domain/plan-timeline.ts";
import type { PostMortemPage } from "../domain/post-mortem.ts";
import type { TimelineRow } from "../domain/timeline.ts";
import type { IncidentRun } from "./incident-run.ts";
import { graceLeftMs, intentNow, isProvenNotApplied, nextRetry } from "./run.ts";

/** A page that is there, as read, or how the run ends without one. */
export type PageResult =
  | { readonly page: "read"; readonly read: PostMortemPage }
  | { readonly page: "none"; readonly outcome: Outcome };

/** Of a page that was just made. */
const noItems = { open: 0, done: 0, waiting: 0, failed: 0 };

const nothingToDo: PageResult = { page: "none", outcome: "converged" };

/** Reads the page that the link names. Notices when a person trashed, deleted or restored it. */
export async function observePage(run: IncidentRun): Promise<PageResult> {
  const { deps, link } = run;
  if (link.page === undefined) {
    return nothingToDo;
  }
  const read = await deps.notion.findPage(link.page.id);
  if (read === undefined) {
    return pageMissing(run);
  }
  if (read.inTrash) {
    await reportGone(run, "trashed");
    return nothingToDo;
  }
  if (link.gone !== undefined || link.missingSince !== undefined) {
    deps.log.info({ reason: "PageRestored" }, "page is there again");
    await run.save({ gone: undefined, missingSince: undefined, fingerprint: undefined });
  }
  return { page: "read", read };
}

/** Unreadable may be a mistake that passes (sharing taken away for a moment): believed when it lasts. */
async function pageMissing(run: IncidentRun): Promise<PageResult> {
  const { deps, link } = run;
  const { missingConfirmMs } = deps.settings.timing;
  const now = deps.now();
  const since = link.missingSince ?? now.toISOString();
  const leftMs = Date.parse(since) + missingConfirmMs - now.getTime();
  if (leftMs > 0) {
    await run.save({
      missingSince: since,
      sync: { state: "pending", reason: "PageMissing", at: now.toISOString() },
    });
    return { page: "none", outcome: { requeueAfterMs: leftMs, reason: "PageMissing" } };
  }
  await reportGone(run, "missing");
  return nothingToDo;
}

async function reportGone(run: IncidentRun, how: "trashed" | "missing"): Promise<void> {
  const { deps, link } = run;
  const at = deps.now().toISOString();
  const reason = how === "trashed" ? "PageTrashed" : "PageMissing";
  if (link.gone === undefined) {
    deps.log.warn(
      { reason, page: link.page?.url },
      "page was deleted by a person: not made again unless asked for (POST /api/v1/incidents/{id}/recreate)",
    );
    await run.audit("notion", "page.gone", reason, { page: link.page?.url });
    if (link.page !== undefined) {
      await deps.enqueue([postMortemKey(link.page.id)]);
    }
  }
  await run.save({
    gone: link.gone ?? { at, how },
    checkedAt: at,
    retry: nextRetry(link, deps.settings.timing.recheckMs, deps.now()),
    sync: { state: "failed", reason, at },
  });
}

/**
 * Gives the page of an incident that has none on record: adopts one that stands at Notion, or says
 * that it may be created now (`undefined`), or how long to wait before that is known.
 */
export async function adoptPage(
  run: IncidentRun,
  incidentCreatedAt: Date,
): Promise<PageResult | undefined> {
  const { deps, link } = run;
  const graceMs = deps.settings.timing.notionGraceMs;
  const epoch = await deps.store.epoch();
  const isOlderThanStore = incidentCreatedAt.getTime() <= epoch.getTime();
  if (link.intent === undefined && !isOlderThanStore && link.recreate !== true) {
    return undefined;
  }
  const oldest = { at: isOlderThanStore ? epoch.toISOString() : "1970-01-01T00:00:00.000Z" };
  const unknownSince = link.intent ?? oldest;
  const waitMs = graceLeftMs(unknownSince, graceMs, deps.now());
  const found = await searchPages(run);
  if (found !== undefined) {
    return found;
  }
  if (waitMs > 0) {
    const reason = link.intent === undefined ? "WaitingForEpoch" : "WaitingForLostCreate";
    return { page: "none", outcome: { requeueAfterMs: waitMs, reason } };
  }
  return undefined;
}

async function searchPages(run: IncidentRun): Promise<PageResult | undefined> {
  const { deps } = run;
  const pages = await deps.notion.findPagesByIncident(run.id);
  const [oldest, ...others] = pages.filter((page) => !page.inTrash);
  if (oldest !== undefined) {
    const kept = await mergeDuplicates(run, others);
    await run.audit("notion", "page.adopt", "PageFound", { page: oldest.url });
    await run.save({
      page: { id: oldest.id, url: oldest.url },
      intent: undefined,
      recreate: undefined,
      gone: undefined,
      duplicates: kept.length === 0 ? undefined : kept,
    });
    return { page: "read", read: oldest };
  }
  const trashed = pages.at(-1);
  if (trashed === undefined || run.link.recreate === true) {
    return undefined;
  }
  await run.save({ page: { id: trashed.id, url: trashed.url }, intent: undefined });
  await reportGone(run, "trashed");
  return nothingToDo;
}

/** Trashes further pages of the same incident that nobody but us has touched; gives the urls of those that stay. */
async function mergeDuplicates(
  run: IncidentRun,
  others: readonly PostMortemPage[],
): Promise<string[]> {
  const kept: string[] = [];
  for (const other of others) {
    if (await isOnlyOurs(run, other)) {
      await run.assertHeld();
      await run.deps.notion.trashPage(other.id);
      await run.audit("notion", "page.trash", "DuplicatePage", { page: other.url });
    } else {
      kept.push(other.url);
    }
  }
  return kept;
}

/** Nobody but us has edited the page, its blocks or the rows of its tables. */
async function isOnlyOurs(run: IncidentRun, page: PostMortemPage): Promise<boolean> {
  const { notion } = run.deps;
  const blocks = page.lastEditedByUs ? await notion.listBlocks(page.id) : [];
  if (!page.lastEditedByUs || blocks.some((block) => !block.byUs)) {
    return false;
  }
  for (const table of blocks.filter((block) => block.type === "table")) {
    const rows = await notion.listRows(table.id);
    if (rows?.some((row) => !row.byUs) === true) {
      return false;
    }
  }
  return true;
}

/**
 * Looks once, a grace after a create that followed one of unknown outcome, whether the lost one turned up
 * after all, and merges the two.
 */
export async function mergeLatecomers(run: IncidentRun): Promise<void> {
  const { deps, link } = run;
  if (link.verifyAt === undefined || Date.parse(link.verifyAt) > deps.now().getTime()) {
    return;
  }
  const pages = await deps.notion.findPagesByIncident(run.id);
  const others = pages.filter((page) => !page.inTrash && page.id !== link.page?.id);
  const kept = await mergeDuplicates(run, others);
  await run.save({ verifyAt: undefined, duplicates: kept.length === 0 ? undefined : kept });
}

/** Creates the page: intent first, then the create, then the record of it. */
export async function createPage(
  run: IncidentRun,
  input: CreatePageInput,
  rows: readonly TimelineRow[],
): Promise<void> {
  const { deps, link } = run;
  const { notionGraceMs } = deps.settings.timing;
  const isSecondTry = link.intent !== undefined || link.recreate === true;
  const made = await createOnce(run, input);
  await run.save({
    intent: undefined,
    recreate: undefined,
    page: { id: made.id, url: made.url },
    written: rememberWritten(input.properties, undefined),
    timeline: { rows: knownOf(rows.slice(0, made.rowsWritten)) },
    view: { state: "none" },
    items: noItems,
    headings: headingTexts(input),
    verifyAt: isSecondTry
      ? new Date(deps.now().getTime() + notionGraceMs).toISOString()
      : undefined,
  });
  await run.audit("notion", "page.create", "PageAbsent", {
    page: made.url,
    rows: made.rowsWritten,
  });
}

async function createOnce(
  run: IncidentRun,
  input: CreatePageInput,
): ReturnType<IncidentRun["deps"]["notion"]["createPage"]> {
  const { deps } = run;
  async function beforeSend(): Promise<void> {
    await run.assertHeld();
    await run.save({
      intent: intentNow(deps),
      sync: { state: "pending", reason: "CreatingPage", at: deps.now().toISOString() },
    });
  }
  try {
    return await deps.notion.createPage({ ...input, beforeSend });
  } catch (error) {
    if (isProvenNotApplied(error)) {
      await run.save({ intent: undefined });
    }
    throw error;
  }
}

function headingTexts(input: CreatePageInput): string[] {
  return input.body.flatMap((block) =>
    block.type === "heading"
      ? [
          block.text
            .map((span) => span.text)
            .join("")
            .trim(),
        ]
      : [],
  );
}
