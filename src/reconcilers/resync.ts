/**
 * The resync: what webhooks never told. Lists what is open or new at PagerDuty and enqueues what has
 * moved since it last converged. Its cost grows with what changed, not with what exists.
 */

import type { Logger } from "pino";
import type { PagerDuty, TouchedIncident } from "../clients/pagerduty/pagerduty.ts";
import { isEligible } from "../domain/eligibility.ts";
import type { Vendor } from "../domain/errors.ts";
import type { Incident } from "../domain/incident.ts";
import { incidentKey, type Key } from "../domain/keys.ts";
import { linkOf, type IncidentLink, type Link } from "../domain/link.ts";
import type { Route } from "../domain/route.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Store } from "../store/store.ts";
import { windowStart } from "./resync-window.ts";

export interface ResyncDeps {
  readonly pagerduty: Pick<PagerDuty, "listOpenIncidents" | "listIncidentsCreated" | "listTouched">;
  readonly store: Pick<Store, "getLink" | "listUnsettled" | "getWatermark" | "putWatermark">;
  readonly settings: {
    readonly priorities: readonly string[];
    readonly createOn: "triggered" | "resolved";
    readonly routes: readonly Route[];
    readonly timing: {
      readonly resyncEveryMs: number;
      readonly resyncLookbackMs: number;
      readonly resyncOverlapMs: number;
      readonly recheckMs: number;
    };
  };
  readonly log: Logger;
  enqueue(keys: readonly Key[]): Promise<void>;
  now(): Date;
  found?(vendor: Vendor, times: readonly Date[]): void;
}

/** Name of the watermark up to which PagerDuty has been read completely. */
export const resyncWatermark = "resync:pagerduty";
const unsettledMax = 1000;
/** Between PagerDuty's clock and ours. */
const clockSkewMs = 60_000;

/** One pass. The watermark moves only when the pass is complete. Comes back after `resyncEveryMs`. */
export async function resyncPagerDuty(deps: ResyncDeps): Promise<Outcome> {
  const { pagerduty, store, settings, log } = deps;
  const { timing } = settings;
  const started = deps.now();
  const since = await windowStart(resyncWatermark, deps, started);
  const [open, created, touched, unsettled] = await Promise.all([
    pagerduty.listOpenIncidents(),
    pagerduty.listIncidentsCreated(since, started),
    pagerduty.listTouched(since, started),
    store.listUnsettled(unsettledMax),
  ]);
  const incidents = new Map([...open, ...created].map((incident) => [incident.id, incident]));
  const keys = new Set<Key>();
  const unseen: Date[] = [];
  for (const key of unsettled) {
    if (isDue(await store.getLink(key), started)) {
      keys.add(key);
    }
  }
  for (const incident of incidents.values()) {
    const key = incidentKey(incident.id);
    if (
      !keys.has(key) &&
      hasMoved(incident, linkOf("incident", await store.getLink(key)), settings, started)
    ) {
      keys.add(key);
    }
  }
  for (const each of touched) {
    const key = incidentKey(each.id);
    const link = keys.has(key) ? undefined : linkOf("incident", await store.getLink(key));
    if (!keys.has(key) && isDue(link, started) && wasMissed(each, link, settings)) {
      keys.add(key);
      unseen.push(each.lastAt);
    }
  }
  deps.found?.("pagerduty", unseen);
  if (keys.size > 0) {
    await deps.enqueue([...keys]);
  }
  await store.putWatermark(resyncWatermark, started);
  log.info({ listed: incidents.size, enqueued: keys.size, since }, "resync is complete");
  return { requeueAfterMs: timing.resyncEveryMs, reason: "NextResync" };
}

/** What failed for a reason that lasts is looked at at ever longer intervals; everything else each time. */
function isDue(link: Link | undefined, now: Date): boolean {
  const retry = link !== undefined && "retry" in link ? link.retry : undefined;
  return retry === undefined || Date.parse(retry.notBefore) <= now.getTime();
}

function hasMoved(
  incident: Incident,
  link: IncidentLink | undefined,
  settings: ResyncDeps["settings"],
  now: Date,
): boolean {
  if (link === undefined) {
    return isEligible(incident, settings).eligible;
  }
  if (!isDue(link, now)) {
    return false;
  }
  const moved = incident.updatedAt?.toISOString() !== link.seenUpdatedAt;
  const sinceMs = now.getTime() - Date.parse(link.checkedAt ?? "1970-01-01");
  const isOpenPage = incident.status !== "resolved" && link.page !== undefined;
  return moved || (isOpenPage && sinceMs >= settings.timing.recheckMs);
}

/** Something happened to it that no run has seen: its webhook was lost, and it may be neither open nor new. */
function wasMissed(
  touched: TouchedIncident,
  link: IncidentLink | undefined,
  { createOn }: ResyncDeps["settings"],
): boolean {
  if (link?.lookedAt === undefined) {
    const mayBeEligible = touched.reprioritized || (createOn === "resolved" && touched.resolved);
    return link?.page !== undefined || mayBeEligible;
  }
  return touched.lastAt.getTime() + clockSkewMs > Date.parse(link.lookedAt);
}
