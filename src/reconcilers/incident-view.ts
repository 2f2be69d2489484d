/** The linked view of the page's own action items, made once; a plain link where Notion refuses it. */

import type { BlockId, PageId } from "../domain/keys.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { IncidentRun } from "./incident-run.ts";
import { graceLeftMs, intentNow, isProvenNotApplied } from "./run.ts";

/** How the link begins that stands where the view was refused. */
const linkForm = /^Action items: add them there/;

/**
 * Gives undefined when a view (or the link in its place) stands, else how long to wait. `stoodBefore` tells
 * a page that was read from one that this run made.
 */
export async function convergeView(
  run: IncidentRun,
  page: PageId,
  stoodBefore: boolean,
): Promise<Outcome | undefined> {
  const view = run.link.view;
  if (view?.state === "linked" || (view?.state === "refused" && !stoodBefore)) {
    return undefined;
  }
  const { notion, settings } = run.deps;
  // A store that was restored remembers no view on a page that has got one since.
  const mayStand = stoodBefore && view?.state === "none";
  if (view === undefined || view.intent !== undefined || mayStand) {
    const blocks = await notion.listBlocks(page);
    if (blocks.some((block) => block.type === "child_database")) {
      await run.save({ view: { state: "linked" } });
      return undefined;
    }
    const link = blocks.find((block) => block.byUs && linkForm.test(block.text));
    if (link !== undefined && view?.linkBlock === undefined) {
      await run.save({ view: { state: "refused", linkBlock: link.id } });
      return undefined;
    }
    const waitMs =
      view?.intent === undefined
        ? 0
        : graceLeftMs(view.intent, settings.timing.notionGraceMs, run.deps.now());
    if (waitMs > 0) {
      return { requeueAfterMs: waitMs, reason: "WaitingForLostView" };
    }
  }
  await makeView(run, page);
  return undefined;
}

async function makeView(run: IncidentRun, page: PageId): Promise<void> {
  const { notion } = run.deps;
  const { actionItems } = run.link;
  const before = run.link.view ?? { state: "none" };
  async function beforeSend(): Promise<void> {
    await run.assertHeld();
    await run.save({ view: { ...before, intent: intentNow(run.deps) } });
  }
  const isMade = await orForgetIntent(run, () =>
    notion.createActionItemsView(page, beforeSend, actionItems),
  );
  if (isMade) {
    await trashLink(run, page, before.linkBlock);
    await run.save({ view: { state: "linked" } });
    await run.audit("notion", "view.create", "ViewAbsent");
    return;
  }
  const linkBlock =
    before.linkBlock ??
    (await orForgetIntent(run, () => notion.appendActionItemsLink(page, beforeSend, actionItems)));
  await run.save({ view: { state: "refused", linkBlock } });
  if (before.state !== "refused") {
    run.deps.log.warn({ reason: "ViewRefused" }, "Notion refused the view of action items");
    await run.audit("notion", "view.link", "ViewRefused");
  }
}

/** The link has had its day, unless a person has written into it. */
async function trashLink(run: IncidentRun, page: PageId, link: BlockId | undefined): Promise<void> {
  const { notion } = run.deps;
  const blocks = link === undefined ? [] : await notion.listBlocks(page);
  if (link !== undefined && blocks.some((block) => block.id === link && block.byUs)) {
    await notion.trashBlock(link);
  }
}

async function orForgetIntent<Made>(run: IncidentRun, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (isProvenNotApplied(error)) {
      const { intent: _intent, ...rest } = run.link.view ?? { state: "none" as const };
      await run.save({ view: rest });
    }
    throw error;
  }
}
