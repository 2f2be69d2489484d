/** Brings the timeline table to what PagerDuty's records say, without touching what people wrote. */

import type { BlockId } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import {
  isTimelineTable,
  planTimeline,
  rowWrite,
  timelineMoved,
  type TimelinePlan,
} from "../domain/plan-timeline.ts";
import type { PageBlock, PageTableRow } from "../domain/post-mortem.ts";
import type { TimelineRow } from "../domain/timeline.ts";
import type { IncidentRun } from "./incident-run.ts";
import { graceLeftMs, intentNow, isProvenNotApplied } from "./run.ts";

interface Table {
  readonly id: BlockId;
  readonly rows: readonly PageTableRow[];
}

/** Gives undefined when the table is as it should be (or gone, which the link then says), else how long to wait. */
export async function convergeTimeline(
  run: IncidentRun,
  incidentUrl: string,
  rows: readonly TimelineRow[],
): Promise<Outcome | undefined> {
  const known = run.link.timeline?.rows;
  const lost = run.link.timeline?.intent;
  if (lost === undefined && !timelineMoved(rows, known)) {
    return undefined;
  }
  const table = await findTable(run, incidentUrl);
  if (table === undefined) {
    await reportRemoved(run);
    return undefined;
  }
  const plan = planTimeline(incidentUrl, rows, known, table.rows);
  if (lost !== undefined && plan.inserts.length > 0) {
    const { timing } = run.deps.settings;
    const waitMs = graceLeftMs(lost, timing.notionGraceMs, run.deps.now());
    if (waitMs > 0) {
      return { requeueAfterMs: waitMs, reason: "WaitingForLostRows" };
    }
  }
  await applyPlan(run, incidentUrl, table.id, plan);
  return undefined;
}

/** The page is listed each time, so that what a person removed is noticed when there is something to write. */
async function findTable(run: IncidentRun, incidentUrl: string): Promise<Table | undefined> {
  const { notion } = run.deps;
  const page = run.link.page;
  const blocks = page === undefined ? [] : await notion.listBlocks(page.id);
  await noteHeadings(run, blocks);
  // Where it was last comes first: also when a person moved it into a column or toggle.
  const last = run.link.timeline?.tableId;
  const listed = blocks.filter((block) => block.type === "table").map((block) => block.id);
  for (const id of new Set([...(last === undefined ? [] : [last]), ...listed])) {
    const rows = await notion.listRows(id);
    if (rows !== undefined && isTimelineTable(rows, incidentUrl)) {
      return { id, rows };
    }
  }
  return undefined;
}

/** Remembers which of the headings that the page was made with are no longer on it. */
async function noteHeadings(run: IncidentRun, blocks: readonly PageBlock[]): Promise<void> {
  const standing = new Set(
    blocks.filter((block) => block.type.startsWith("heading")).map((block) => block.text.trim()),
  );
  const missing = (run.link.headings ?? []).filter((heading) => !standing.has(heading));
  await run.save({ missingHeadings: missing.length === 0 ? undefined : missing });
}

async function reportRemoved(run: IncidentRun): Promise<void> {
  if (run.link.timeline?.removed !== true) {
    run.deps.log.warn({ reason: "TimelineRemoved" }, "timeline table is gone from the page");
    await run.audit("notion", "timeline.gone", "TimelineRemoved");
  }
  const { intent: _intent, tableId: _tableId, ...rest } = run.link.timeline ?? {};
  await run.save({ timeline: { ...rest, removed: true } });
}

async function applyPlan(
  run: IncidentRun,
  incidentUrl: string,
  tableId: BlockId,
  plan: TimelinePlan,
): Promise<void> {
  const { notion } = run.deps;
  const before = plan.updates.length > 0 ? plan.pending : run.link.timeline?.rows;
  const remembered = before === undefined ? {} : { rows: before };
  if (plan.updates.length > 0) {
    await run.save({ timeline: { ...run.link.timeline, rows: plan.pending } });
  }
  for (const update of plan.updates) {
    await run.assertHeld();
    await notion.updateRow(update.id, update.row);
  }
  if (plan.inserts.length > 0) {
    try {
      for (const { rows, after } of plan.inserts) {
        const writes = rows.map((row) => rowWrite(incidentUrl, row));
        await notion.insertRows(tableId, writes, after, async () => {
          await run.assertHeld();
          await run.save({ timeline: { ...remembered, tableId, intent: intentNow(run.deps) } });
        });
      }
    } catch (error) {
      if (isProvenNotApplied(error)) {
        await run.save({ timeline: { ...remembered, tableId } });
      }
      throw error;
    }
  }
  await run.save({ timeline: { tableId, rows: plan.known } });
  const inserted = plan.inserts.reduce((sum, group) => sum + group.rows.length, 0);
  if (inserted + plan.updates.length > 0) {
    const detail = { inserted, updated: plan.updates.length };
    await run.audit("notion", "timeline.write", "NewRecords", detail);
  }
}
