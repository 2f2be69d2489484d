/** Converges one incident: observe PagerDuty and the page, decide in the domain, apply through the clients. */

import { invariant, RetryAfterError, TerminalError } from "../domain/errors.ts";
import { isEligible } from "../domain/eligibility.ts";
import type { Incident } from "../domain/incident.ts";
import { incidentKey, rollUpKey, type IncidentId, type PageId } from "../domain/keys.ts";
import { linkOf, type IncidentLink } from "../domain/link.ts";
import type { Outcome } from "../domain/outcome.ts";
import {
  createWrite,
  planProperties,
  rememberWritten,
  stillWritten,
  type DesiredPage,
} from "../domain/plan-page.ts";
import { rowWrite } from "../domain/plan-timeline.ts";
import type { PostMortemPage, PostMortemWrite } from "../domain/post-mortem.ts";
import { chooseRoute } from "../domain/route.ts";
import { templateFacts, templateValues } from "../domain/template-values.ts";
import { responders } from "../domain/timeline-rows.ts";
import {
  desire,
  fingerprintOf,
  observeRecords,
  plain,
  withItems,
  type Observed,
} from "./incident-desire.ts";
import { convergeNote } from "./incident-note.ts";
import { adoptPage, createPage, mergeLatecomers, observePage } from "./incident-page.ts";
import type { IncidentDeps, IncidentRun } from "./incident-run.ts";
import { convergeTimeline } from "./incident-timeline.ts";
import { convergeView } from "./incident-view.ts";
import { withLease } from "./lease.ts";
import { rememberPostMortem } from "./post-mortem-index.ts";
import { isPageGone, isLeaseLost, nextRetry, openRun, syncNow } from "./run.ts";
import { assertComplete } from "./schema-guard.ts";

/**
 * Takes an incident's id; brings its page to what it should be, or says when to come back.
 * Throws TerminalError where a person must act, RetryAfterError while a vendor is away.
 */
export async function reconcileIncident(id: IncidentId, deps: IncidentDeps): Promise<Outcome> {
  const key = incidentKey(id);
  return withLease(key, deps.settings.timing.leaseMs, deps.store, async (lease) => {
    const stored = linkOf("incident", await deps.store.getLink(key));
    const fresh: IncidentLink = { kind: "incident", sync: syncNow(deps, "pending") };
    const run = Object.assign(openRun(key, stored ?? fresh, lease, deps), { id });
    try {
      return await convergeIncident(run);
    } catch (error) {
      if (isPageGone(error) && run.link.page !== undefined && run.link.checkedAt !== undefined) {
        // Trashed while we were at it: the next run looks at the page first. Only once in a row.
        await run.save({ checkedAt: undefined, fingerprint: undefined });
        return { requeueAfterMs: 1000, reason: "PageGone" };
      }
      await recordFailure(run, error);
      throw error;
    }
  });
}

async function convergeIncident(run: IncidentRun): Promise<Outcome> {
  const { deps } = run;
  const incident = await deps.pagerduty.findIncident(run.id);
  if (incident === undefined) {
    return incidentUnknown(run);
  }
  // An operator who asks for a new page gets one, whatever the priority is by now.
  const eligible = isEligible(incident, deps.settings).eligible || run.link.recreate === true;
  if (!eligible && !(await mayHavePage(run, incident))) {
    return settleUnwanted(run, incident);
  }
  await forgetUnlessRestored(run);
  const adopted =
    run.link.page === undefined ? await adoptPage(run, incident.createdAt) : undefined;
  if (adopted?.page === "none") {
    return adopted.outcome;
  }
  if (run.link.page === undefined && !eligible) {
    await run.save({
      intent: undefined,
      seenUpdatedAt: lastChange(incident).toISOString(),
      lookedAt: deps.now().toISOString(),
      sync: syncNow(run.deps, "converged"),
    });
    return "converged";
  }
  const observed = await observeRecords(run, incident);
  if (run.link.page === undefined) {
    await openPage(run, observed);
    return finish(run, observed, undefined);
  }
  await rememberSources(run, incident);
  if (adopted === undefined && isFresh(run) && (await isUnchanged(run, observed))) {
    return settle(run, observed);
  }
  const page = adopted ?? (await observePage(run));
  await mergeLatecomers(run);
  return page.page === "none" ? page.outcome : finish(run, observed, page.read);
}

/** Recreate was asked for: read by its id, a page that was restored shows at once, unlike in a search. */
async function forgetUnlessRestored(run: IncidentRun): Promise<void> {
  const { page, recreate } = run.link;
  if (recreate !== true || page === undefined) {
    return;
  }
  const read = await run.deps.notion.findPage(page.id);
  const stands = read !== undefined && !read.inTrash;
  await run.save(stands ? { recreate: undefined } : { page: undefined });
}

/** Nothing is kept for an incident without a page; where something is from an earlier run, it is up to date then. */
async function settleUnwanted(run: IncidentRun, incident?: Incident): Promise<Outcome> {
  const { sync, seenUpdatedAt } = run.link;
  const isStored = sync.state !== "pending" || sync.reason !== undefined;
  const seen = incident === undefined ? seenUpdatedAt : lastChange(incident).toISOString();
  if (isStored && (sync.state !== "converged" || seen !== seenUpdatedAt)) {
    await run.save({
      sync: syncNow(run.deps, "converged"),
      retry: undefined,
      seenUpdatedAt: seen,
      lookedAt: run.deps.now().toISOString(),
    });
  }
  return "converged";
}

/** An incident that no one tells us to write up may still have a page from before its downgrade. */
async function mayHavePage(run: IncidentRun, incident: Incident): Promise<boolean> {
  const { link, deps } = run;
  if (link.page !== undefined || link.intent !== undefined) {
    return true;
  }
  const epochMs = (await deps.store.epoch()).getTime();
  const settledMs = epochMs + deps.settings.timing.notionGraceMs;
  const wasSearched = Date.parse(link.lookedAt ?? "1970-01-01") > settledMs;
  return incident.createdAt.getTime() <= epochMs && !wasSearched;
}

/** The page's action items stay where they were when it was made, whatever route applies by now. */
async function rememberSources(run: IncidentRun, incident: Incident): Promise<void> {
  if (run.link.actionItems === undefined) {
    const route = chooseRoute(run.deps.settings.routes, incident);
    await run.save({ actionItems: route?.notion.actionItems });
  }
}

async function openPage(run: IncidentRun, observed: Observed): Promise<void> {
  const { deps } = run;
  const { incident, records, rows, lead } = observed;
  const route = chooseRoute(deps.settings.routes, incident);
  const named = route?.template === undefined ? undefined : deps.templates.find(route.template);
  const template = named ?? deps.templates.select(templateFacts(incident));
  const tools = {
    plain: (text: string) => plain(run, text),
    lead: lead.name,
    responders: responders(records),
  };
  const values = templateValues(incident, records, tools, deps.now());
  const properties = createWrite(await desire(run, observed));
  const input = {
    ...(route === undefined ? {} : { sources: route.notion }),
    properties,
    icon: template.icon,
    body: template.render(values).blocks,
    rows: rows.map((row) => rowWrite(incident.htmlUrl, row)),
  };
  await createPage(run, input, rows);
  await rememberSources(run, incident);
}

/** With nothing new since it last converged, a page that was looked at lately is not read again. */
function isFresh(run: IncidentRun): boolean {
  const { checkedAt, gone, verifyAt, fingerprint: converged } = run.link;
  const now = run.deps.now().getTime();
  const sinceMs = now - Date.parse(checkedAt ?? "1970-01-01");
  const isVerified = verifyAt === undefined || Date.parse(verifyAt) > now;
  const isRecent = sinceMs < run.deps.settings.timing.recheckMs;
  return converged !== undefined && gone === undefined && isVerified && isRecent;
}

async function isUnchanged(run: IncidentRun, observed: Observed): Promise<boolean> {
  return run.link.fingerprint === fingerprintOf(await desire(run, observed), observed.rows);
}

/** Everything that follows once the page is there. `page` is undefined when this run made it. */
async function finish(
  run: IncidentRun,
  observed: Observed,
  page: PostMortemPage | undefined,
): Promise<Outcome> {
  const pageId = run.link.page?.id;
  invariant(pageId !== undefined, "a page that was found or made has an id");
  const rowsWait = await convergeTimeline(run, observed.incident.htmlUrl, observed.rows);
  const noteWait = await convergeNote(run, observed.records.notes);
  const view = await tryView(run, pageId, page !== undefined);
  const healthy = await desire(run, observed);
  const failure = view instanceof TerminalError ? failureText(view) : undefined;
  await convergeProperties(run, pageId, withItems(run, healthy, failure), page);
  if (view instanceof TerminalError) {
    throw view;
  }
  const wait = rowsWait ?? noteWait ?? view;
  if (wait !== undefined) {
    return wait;
  }
  const desired = await desire(run, observed);
  await run.save({
    fingerprint: fingerprintOf(desired, observed.rows),
    checkedAt: run.deps.now().toISOString(),
  });
  return settle(run, observed);
}

/** A view that can't be made must not keep the rest of the page from being current. */
async function tryView(
  run: IncidentRun,
  page: PageId,
  stoodBefore: boolean,
): Promise<Outcome | TerminalError | undefined> {
  try {
    return await convergeView(run, page, stoodBefore);
  } catch (error) {
    if (error instanceof TerminalError && !isPageGone(error)) {
      return error;
    }
    throw error;
  }
}

async function convergeProperties(
  run: IncidentRun,
  pageId: PageId,
  desired: DesiredPage,
  page: PostMortemPage | undefined,
): Promise<void> {
  assertComplete("Post-mortems", page ?? {});
  const written =
    page === undefined ? run.link.written : stillWritten(desired, page, run.link.written);
  const write =
    page === undefined ? syncOnly(desired, written?.sync) : planProperties(desired, page, written);
  if (write === undefined) {
    if (written !== run.link.written) {
      await run.save({ written });
    }
    return;
  }
  await run.assertHeld();
  await run.deps.notion.updatePage(pageId, write);
  await run.save({ written: rememberWritten(write, written) });
  await run.audit("notion", "page.update", "PropertiesDiffer", { properties: Object.keys(write) });
}

/** A page made in this very run reads as it was made; only its health may have come to differ. */
function syncOnly(desired: DesiredPage, written: string | undefined): PostMortemWrite | undefined {
  return desired.sync === written ? undefined : { sync: desired.sync };
}

/** Converged for now. Records may trail their webhook, so a recent change is looked at again. */
async function settle(run: IncidentRun, { incident }: Observed): Promise<Outcome> {
  const { deps, link } = run;
  const isRefused = link.view?.state === "refused";
  const state = isRefused ? ("pending" as const) : ("converged" as const);
  const seenUpdatedAt = lastChange(incident).toISOString();
  const hasChanged = link.sync.state !== state || link.seenUpdatedAt !== seenUpdatedAt;
  await run.save({
    seenUpdatedAt,
    lookedAt: deps.now().toISOString(),
    retry: isRefused ? retryLater(run) : undefined,
    sync: hasChanged ? syncNow(run.deps, state, isRefused ? "ViewRefused" : undefined) : link.sync,
  });
  await tellPostMortem(run, incident);
  const now = deps.now().getTime();
  const ages = deps.settings.timing.refreshAfterMs.map((ms) => lastChange(incident).getTime() + ms);
  const verify = link.verifyAt === undefined ? [] : [Date.parse(link.verifyAt)];
  const due = [...ages, ...verify].map((at) => at - now).filter((ms) => ms > 0);
  return due.length === 0
    ? "converged"
    : { requeueAfterMs: Math.min(...due), reason: "RecordsMayTrail" };
}

/** What the page's action items need to know of the incident, and a first count where there is none. */
async function tellPostMortem(run: IncidentRun, incident: Incident): Promise<void> {
  const { link, deps } = run;
  if (link.page === undefined || link.gone !== undefined) {
    return;
  }
  const { priority, service } = incident;
  await rememberPostMortem(link.page.id, deps, {
    id: incident.id,
    name: plain(run, incident.title),
    url: incident.htmlUrl,
    severity: priority?.name ?? "",
    pageUrl: link.page.url,
    teams: incident.teams,
    ...(service === undefined ? {} : { service }),
  });
  if (link.items === undefined) {
    await deps.enqueue([rollUpKey(link.page.id)]);
  }
}

function retryLater({ link, deps }: IncidentRun): ReturnType<typeof nextRetry> {
  return nextRetry(link, deps.settings.timing.recheckMs, deps.now());
}

function lastChange(incident: Incident): Date {
  return incident.updatedAt ?? incident.resolvedAt ?? incident.createdAt;
}

async function incidentUnknown(run: IncidentRun): Promise<Outcome> {
  run.deps.log.warn({ reason: "IncidentUnknown" }, "PagerDuty does not know this incident");
  if (run.link.page !== undefined) {
    await run.save({ sync: syncNow(run.deps, "converged", "IncidentUnknown") });
    return "converged";
  }
  return settleUnwanted(run);
}

function failureText({ message, code }: TerminalError): string {
  return `Failed: ${message} (${code})`;
}

/** Keeps why a run failed where people look: in the link always, on the page where a person must act. */
async function recordFailure(run: IncidentRun, error: unknown): Promise<void> {
  const isTerminal = error instanceof TerminalError;
  if (isLeaseLost(error)) {
    return;
  }
  const isCoded = isTerminal || error instanceof RetryAfterError;
  const reason = isCoded ? error.code : "Unexplained";
  try {
    await run.save({
      sync: syncNow(run.deps, isTerminal ? "failed" : "pending", reason),
      ...(isTerminal ? { retry: retryLater(run), lookedAt: run.deps.now().toISOString() } : {}),
    });
    const { page, gone, written } = run.link;
    if (!isTerminal || page === undefined || gone !== undefined) {
      return;
    }
    const sync = failureText(error);
    if (written?.sync !== sync) {
      await run.deps.notion.updatePage(page.id, { sync });
      await run.save({ written: rememberWritten({ sync }, written) });
    }
  } catch (second) {
    // The first failure is the one to be told; this one says only that it can't be shown.
    run.deps.log.debug({ err: second }, "failure could not be recorded");
  }
}
