/**
 * The row of a to-do: made once, and its mention put in the to-do's place. What was typed meanwhile is in the row by
 * then, or in a comment on it where a person has changed the row too.
 */

import { actionItemProperties, type ActionItemRow, type ToDoBlock } from "../domain/action-item.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import { actionItemKey, rowCreatedKey, type PageId } from "../domain/keys.ts";
import type { MadeRow } from "../domain/link.ts";
import type { readToDo } from "../domain/to-do.ts";
import type { PostMortemRun } from "./post-mortem.ts";
import { graceLeftMs, intentNow, isProvenNotApplied } from "./run.ts";

const statusFirst = "Open";

export interface RestedToDo {
  readonly toDo: ToDoBlock;
  readonly reading: Extract<ReturnType<typeof readToDo>, { kind: "item" }>;
}

/** Takes a to-do that has rested and where rows go. Gives how long to wait for a lost create, in ms. */
export async function toRow(
  run: PostMortemRun,
  actionItems: string,
  rested: RestedToDo,
): Promise<number> {
  const { deps } = run;
  const { toDo } = rested;
  const source = `to-do ${toDo.id}`;
  const intent = run.link.toDos?.[toDo.id]?.intent;
  const [found] = await deps.notion.findRowsBySource(source, actionItems);
  const { notionGraceMs } = deps.settings.timing;
  const waitMs = intent === undefined ? 0 : graceLeftMs(intent, notionGraceMs, deps.now());
  if (found === undefined && waitMs > 0) {
    return waitMs;
  }
  const stands = found === undefined || (await keepTyped(run, rested, found));
  if (!stands) {
    deps.log.warn({ reason: "ToDoKept", row: found.url }, "to-do is left: its text fits nowhere");
    return 0;
  }
  const row = found?.id ?? (await createRow(run, actionItems, { ...rested, source }));
  await run.assertHeld();
  await deps.notion.replaceToDo(toDo.id, row);
  await run.audit("notion", "to-do.replace", "RowStands", { row });
  const { [toDo.id]: _done, ...rest } = run.link.toDos ?? {};
  await run.save({ toDos: rest });
  await deps.enqueue([actionItemKey(row)]);
  return 0;
}

/**
 * A row that was made before is about to stand in the place of its to-do, which may have been typed on since. Gives
 * false where there is no way to keep what was typed: then the to-do stays.
 */
async function keepTyped(
  run: PostMortemRun,
  { toDo, reading }: RestedToDo,
  row: ActionItemRow,
): Promise<boolean> {
  const { notion } = run.deps;
  const made = run.link.toDos?.[toDo.id]?.made;
  if (made?.text === toDo.text || holds(row, reading)) {
    return true;
  }
  if (row.inTrash) {
    return false;
  }
  await run.assertHeld();
  if (made !== undefined && holds(row, made)) {
    const { title, owners, due } = reading;
    await notion.updateActionItem(row.id, { title, owners, due: due ?? null });
    await run.audit("notion", "row.update", "ToDoTypedOn", { row: row.id });
    return true;
  }
  const marker = fingerprint([toDo.id, toDo.text]);
  if (await notion.hasComment(row.id, marker)) {
    return true;
  }
  const text = `The to-do that this action item came from was changed meanwhile. It read: ${toDo.text} (ref ${marker})`;
  return notion.addComment(row.id, text);
}

function holds(row: ActionItemRow, { title, owners, due }: Omit<MadeRow, "text">): boolean {
  return (
    row.title === title && row.due === due && fingerprint(row.owners) === fingerprint([...owners])
  );
}

async function createRow(
  run: PostMortemRun,
  actionItems: string,
  { toDo, reading, source }: RestedToDo & { readonly source: string },
): Promise<PageId> {
  const { deps } = run;
  const { title, owners, due } = reading;
  const values = { title, owners, ...(due === undefined ? {} : { due }) };
  const made: MadeRow = { text: toDo.text, ...values };
  const write = { ...values, postMortem: run.id, status: statusFirst, source };
  async function setIntent(intent: { readonly at: string } | undefined): Promise<void> {
    const {
      intent: _before,
      made: _made,
      ...entry
    } = run.link.toDos?.[toDo.id] ?? {
      text: toDo.text,
      since: deps.now().toISOString(),
    };
    const next = intent === undefined ? entry : { ...entry, intent, made };
    await run.save({ toDos: { ...run.link.toDos, [toDo.id]: next } });
  }
  async function beforeSend(): Promise<void> {
    await run.assertHeld();
    await setIntent(intentNow(deps));
  }
  try {
    const row = await deps.notion.createActionItem({ actionItems, write, beforeSend });
    await deps.enqueue([rowCreatedKey(row, deps.now())]);
    await run.audit("notion", "row.create", "ToDoFound", {
      row,
      [actionItemProperties.source]: source,
    });
    return row;
  } catch (error) {
    if (isProvenNotApplied(error)) {
      await setIntent(undefined);
    }
    throw error;
  }
}
