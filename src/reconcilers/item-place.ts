/** Where an action item belongs: its post-mortem's incident, and the route that follows from it. */

import type { ActionItemRow } from "../domain/action-item.ts";
import {
  incidentKey,
  parseIncidentId,
  postMortemKey,
  type IncidentId,
  type PageId,
} from "../domain/keys.ts";
import { linkOf } from "../domain/link.ts";
import type { PostMortemPage } from "../domain/post-mortem.ts";
import { chooseRoute, type Route } from "../domain/route.ts";
import { oneLine } from "../domain/text.ts";
import type { ItemDeps } from "./item-run.ts";
import { rememberPostMortem, type PostMortemFacts } from "./post-mortem-index.ts";
import { assertComplete } from "./schema-guard.ts";

export interface Place {
  readonly facts: PostMortemFacts | undefined;
  readonly gone: boolean;
  readonly route: Route | undefined;
}

/** Takes the post-mortem that a row is related to; asks the vendors only for what the store does not know. */
export async function findPlace(postMortem: PageId | undefined, deps: ItemDeps): Promise<Place> {
  const { routes } = deps.settings;
  if (postMortem === undefined) {
    return { facts: undefined, gone: false, route: chooseRoute(routes, { teams: [] }) };
  }
  const link = linkOf("post-mortem", await deps.store.getLink(postMortemKey(postMortem)));
  const known = link?.incident;
  // A page without an incident may have got one since, and only it says whether it is in the trash.
  const read = known?.id === undefined ? await readFacts(postMortem, deps) : undefined;
  const facts = read ?? known;
  const isReadable = known?.id !== undefined || read !== undefined;
  // Who looked at the page itself knows better than the incident, which may be a run behind.
  const gone = !isReadable || (link?.gone ?? (await isGone(postMortem, facts?.id, deps)));
  return { facts, gone, route: chooseRoute(routes, facts ?? { teams: [] }) };
}

/**
 * Notion leaves a page that is in the trash out of relations: a row that has lost its post-mortem while that is
 * in the trash still belongs to it. Takes the row as read and the post-mortem that it was last seen with.
 */
export async function withPostMortem(
  row: ActionItemRow,
  before: PageId | undefined,
  { notion }: ItemDeps,
): Promise<ActionItemRow> {
  if (row.postMortem !== undefined || before === undefined) {
    return row;
  }
  const page = await notion.findPage(before);
  return page === undefined || page.inTrash ? { ...row, postMortem: before } : row;
}

/** As the incident knows of its page; of another one than its page only that page itself can tell. */
async function isGone(
  postMortem: PageId,
  id: IncidentId | undefined,
  { store, notion }: ItemDeps,
): Promise<boolean> {
  const link =
    id === undefined ? undefined : linkOf("incident", await store.getLink(incidentKey(id)));
  if (link?.page === undefined || link.page.id === postMortem) {
    return link?.gone !== undefined;
  }
  const page = await notion.findPage(postMortem);
  return page === undefined || page.inTrash;
}

async function readFacts(id: PageId, deps: ItemDeps): Promise<PostMortemFacts | undefined> {
  const page = await deps.notion.findPage(id);
  if (page === undefined || page.inTrash) {
    return undefined;
  }
  assertComplete("Post-mortems", page);
  const facts = { ...factsOfPage(page), ...(await factsOfIncident(page, deps)) };
  await rememberPostMortem(id, deps, facts);
  return facts;
}

/** A page that a person made has no incident: its items go by the routes all the same. */
function factsOfPage(page: PostMortemPage): PostMortemFacts {
  const [service] = page.services;
  return {
    name: page.name,
    url: page.incidentUrl ?? "",
    severity: page.severity ?? "",
    pageUrl: page.url,
    teams: [],
    ...(service === undefined ? {} : { service: { id: "", name: service } }),
  };
}

async function factsOfIncident(
  page: PostMortemPage,
  { pagerduty, scrub }: ItemDeps,
): Promise<Partial<PostMortemFacts>> {
  const id = parseIncidentId(page.incidentId);
  const incident = id === undefined ? undefined : await pagerduty.findIncident(id);
  if (id === undefined || incident === undefined) {
    return id === undefined ? {} : { id };
  }
  const { service, teams } = incident;
  return {
    id,
    name: scrub(oneLine(incident.title)),
    teams,
    ...(service === undefined ? {} : { service }),
  };
}
