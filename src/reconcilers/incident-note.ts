/** The note with the page's link at PagerDuty, posted once. */

import type { Note } from "../domain/incident.ts";
import type { Outcome } from "../domain/outcome.ts";
import { graceLeftMs, intentNow, isProvenNotApplied, type IncidentRun } from "./incident-run.ts";

/** How our note begins: what comes back from PagerDuty with it is ours and no news. */
export const ownNoteMarker = "Post-mortem (Debrief): ";

/** Takes the notes as read in this run. Gives undefined when the note stands or none is wanted, else how long to wait. */
export async function convergeNote(
  run: IncidentRun,
  notes: readonly Note[],
): Promise<Outcome | undefined> {
  const { deps, link } = run;
  if (!deps.settings.postsNotes || link.page === undefined || link.note?.done === true) {
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
  await run.save({ note: { intent: intentNow(deps) } });
  await run.assertHeld();
  try {
    await deps.pagerduty.addNote(run.id, content);
  } catch (error) {
    if (isProvenNotApplied(error)) {
      await run.save({ note: undefined });
    }
    throw error;
  }
  await run.save({ note: { done: true } });
  await run.audit("pagerduty", "note.create", "NoteAbsent");
  return undefined;
}
