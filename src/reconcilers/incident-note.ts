/** The note with the page's link at PagerDuty, posted once. */

import { TerminalError } from "../domain/errors.ts";
import type { Note } from "../domain/incident.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { IncidentRun } from "./incident-run.ts";
import { graceLeftMs, intentNow, isProvenNotApplied } from "./run.ts";

/** How our note begins: what comes back from PagerDuty with it is ours and no news. */
export const ownNoteMarker = "Post-mortem (Debrief): ";

/** Takes the notes as read in this run. Gives undefined when the note stands or none is wanted, else how long to wait. */
export async function convergeNote(
  run: IncidentRun,
  notes: readonly Note[],
): Promise<Outcome | undefined> {
  const { deps, link } = run;
  const author = deps.settings.noteAuthor;
  if (
    author === undefined ||
    link.page === undefined ||
    link.note?.done === true ||
    link.note?.refused?.author === author
  ) {
    return undefined;
  }
  const content = `${ownNoteMarker}${link.page.url}`;
  if (notes.some((note) => note.content.includes(content))) {
    await run.save({ note: { done: true } });
    return undefined;
  }
  const lost = link.note?.intent;
  const graceMs = deps.settings.timing.pagerdutyGraceMs;
  const waitMs = lost === undefined ? 0 : graceLeftMs(lost, graceMs, deps.now());
  if (waitMs > 0) {
    return { requeueAfterMs: waitMs, reason: "WaitingForLostNote" };
  }
  try {
    await deps.pagerduty.addNote(run.id, content, async () => {
      await run.assertHeld();
      await run.save({ note: { intent: intentNow(deps) } });
    });
  } catch (error) {
    if (error instanceof TerminalError) {
      // The page is worth having without it: said in Sync, and tried again with another author only.
      deps.log.warn({ code: error.code, reason: "NoteRefused" }, error.message);
      await run.save({ note: { refused: { author, why: error.message } } });
      return undefined;
    }
    if (isProvenNotApplied(error)) {
      await run.save({ note: undefined });
    }
    throw error;
  }
  await run.save({ note: { done: true } });
  await run.audit("pagerduty", "note.create", "NoteAbsent");
  return undefined;
}
