/**
 * A post-mortem page that people edited: to-dos under its action items become rows, and a page that was trashed
 * or restored is told to its incident.
 */

import type { Notion } from "../clients/notion/notion.ts";
import {
  actionItemKey,
  incidentKey,
  parseIncidentId,
  postMortemKey,
  type IncidentId,
  type Key,
  type PageId,
} from "../domain/keys.ts";
import { linkOf, type IncidentLink, type PostMortemLink } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import { chooseRoute, type Route } from "../domain/route.ts";
import { hasRested, readToDo } from "../domain/to-do.ts";
import { addMs } from "../domain/time.ts";
import { withLease } from "./lease.ts";
import { openRun, type Run, type RunDeps } from "./run.ts";
import { toRow } from "./to-do-row.ts";

export interface PostMortemDeps extends RunDeps {
  readonly notion: Pick<
    Notion,
    | "findPage"
    | "listToDos"
    | "listRowsOf"
    | "findRowsBySource"
    | "createActionItem"
    | "updateActionItem"
    | "replaceToDo"
    | "hasComment"
    | "addComment"
  >;
  readonly settings: {
    readonly routes: readonly Route[];
    readonly timing: {
      readonly leaseMs: number;
      readonly notionGraceMs: number;
      readonly toDoRestMs: number;
      readonly rollUpMs: number;
    };
  };
  enqueue(keys: readonly Key[]): Promise<void>;
}

export type PostMortemRun = Run<PostMortemLink, PostMortemDeps> & { readonly id: PageId };
type ToDos = NonNullable<PostMortemLink["toDos"]>;

const headingDefault = /^\s*action items\s*$/i;

/** Takes a post-mortem page; takes its to-dos in, or says when the next one has rested. */
export async function reconcilePostMortem(id: PageId, deps: PostMortemDeps): Promise<Outcome> {
  const key = postMortemKey(id);
  return withLease(key, deps.settings.timing.leaseMs, deps.store, async (lease) => {
    const stored = linkOf("post-mortem", await deps.store.getLink(key));
    const fresh: PostMortemLink = { kind: "post-mortem" };
    const run = Object.assign(openRun(key, stored ?? fresh, lease, deps), { id });
    const startedAt = deps.now();
    const page = await deps.notion.findPage(id);
    const isLive = page !== undefined && !page.inTrash;
    const incidentId = run.link.incident?.id ?? parseIncidentId(page?.incidentId ?? "");
    const { link: incident, outcome } = await tellIncident(incidentId, id, isLive, deps);
    if (outcome !== "converged") {
      return outcome;
    }
    const isNews = isLive === (run.link.gone === true) || run.link.untold === true;
    if (isNews || Date.parse(run.link.tellAgainAt ?? "") <= startedAt.getTime()) {
      await tellItems(run, incident, { isLive, isNews });
    }
    const ended = isLive ? await takeIn(run, incident, startedAt) : "converged";
    return untilToldAgain(run, ended);
  });
}

/** Gives what is known of the incident; has it look again where its page and its link disagree. */
async function tellIncident(
  id: IncidentId | undefined,
  page: PageId,
  isLive: boolean,
  deps: PostMortemDeps,
): Promise<{ readonly link: IncidentLink | undefined; readonly outcome: Outcome }> {
  if (id === undefined) {
    return { link: undefined, outcome: "converged" };
  }
  const key = incidentKey(id);
  const link = linkOf("incident", await deps.store.getLink(key));
  if (link?.page?.id !== page || isLive === (link.gone === undefined)) {
    return { link, outcome: "converged" };
  }
  const outcome = await withLease(key, deps.settings.timing.leaseMs, deps.store, async (lease) => {
    const now = linkOf("incident", await deps.store.getLink(key));
    if (now !== undefined) {
      await openRun(key, now, lease, deps).save({ checkedAt: undefined, fingerprint: undefined });
    }
    return "converged";
  });
  if (outcome === "converged") {
    await deps.enqueue([key]);
  }
  return { link, outcome };
}

/**
 * The items of a page that left or came back: their Sync says so, and those that waited get their issues. What they
 * are told stands on record before they look.
 */
async function tellItems(
  run: PostMortemRun,
  incident: IncidentLink | undefined,
  { isLive, isNews }: { readonly isLive: boolean; readonly isNews: boolean },
): Promise<void> {
  await run.save({ gone: !isLive, untold: true });
  const source = sourceOf(run, incident);
  const rows = source === undefined ? [] : await run.deps.notion.listRowsOf(run.id, source);
  if (rows.length > 0) {
    await run.deps.enqueue(rows.map(({ id }) => actionItemKey(id)));
  }
  const { deps } = run;
  const againMs = deps.settings.timing.rollUpMs * againFactor;
  const againAt = addMs(deps.now(), againMs).toISOString();
  await run.save({ untold: undefined, tellAgainAt: isNews ? againAt : undefined });
}

/** How many roll-ups later Notion's queries will list what they should. */
const againFactor = 10;

function untilToldAgain({ link, deps }: PostMortemRun, ended: Outcome): Outcome {
  if (link.tellAgainAt === undefined) {
    return ended;
  }
  const leftMs = Math.max(1, Date.parse(link.tellAgainAt) - deps.now().getTime());
  const otherMs = ended === "converged" ? leftMs : ended.requeueAfterMs;
  return { requeueAfterMs: Math.min(leftMs, otherMs), reason: "QueriesLag" };
}

function sourceOf(run: PostMortemRun, incident: IncidentLink | undefined): string | undefined {
  const route = chooseRoute(run.deps.settings.routes, run.link.incident ?? { teams: [] });
  return incident?.actionItems ?? route?.notion.actionItems;
}

async function takeIn(
  run: PostMortemRun,
  incident: IncidentLink | undefined,
  startedAt: Date,
): Promise<Outcome> {
  const { deps } = run;
  const source = sourceOf(run, incident);
  if (source === undefined) {
    return "converged";
  }
  const toDos = await deps.notion.listToDos(run.id, headingOf(incident));
  const now = deps.now();
  const known = run.link.toDos ?? {};
  const seen: Record<string, ToDos[string]> = {};
  const waits: number[] = [];
  for (const toDo of toDos) {
    const reading = readToDo(toDo, now);
    if (reading.kind === "leave") {
      continue;
    }
    const before = known[toDo.id];
    if (!hasRested(toDo.text, before, now, deps.settings.timing.toDoRestMs)) {
      const since = before?.text === toDo.text ? before.since : now.toISOString();
      seen[toDo.id] = { ...before, text: toDo.text, since };
      waits.push(Date.parse(since) + deps.settings.timing.toDoRestMs - now.getTime());
    } else {
      seen[toDo.id] = before ?? { text: toDo.text, since: now.toISOString() };
    }
  }
  await run.save({ toDos: Object.keys(seen).length === 0 ? undefined : seen });
  for (const toDo of toDos) {
    const reading = readToDo(toDo, now);
    const before = known[toDo.id];
    const isDue = hasRested(toDo.text, before, now, deps.settings.timing.toDoRestMs);
    if (reading.kind === "item" && isDue) {
      const waitMs = await toRow(run, source, { toDo, reading });
      waits.push(...(waitMs > 0 ? [waitMs] : []));
    }
  }
  await run.save({ lookedAt: startedAt.toISOString() });
  return waits.length === 0
    ? "converged"
    : { requeueAfterMs: Math.max(1, Math.min(...waits)), reason: "ToDosRest" };
}

/** The action items stand under the page's last heading as the template had it. */
function headingOf(incident: IncidentLink | undefined): RegExp {
  const text = incident?.headings?.at(-1)?.trim();
  return text === undefined || text === ""
    ? headingDefault
    : new RegExp(`^\\s*(?:${RegExp.escape(text)}|action items)\\s*$`, "i");
}
