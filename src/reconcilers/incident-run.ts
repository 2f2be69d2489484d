/** What one run for an incident carries along: its link, its lease, and what it may use. */

import type { Logger } from "pino";
import type { Notion } from "../clients/notion/notion.ts";
import type { PagerDuty } from "../clients/pagerduty/pagerduty.ts";
import { RetryAfterError, TerminalError, type Vendor } from "../domain/errors.ts";
import { incidentKey, type IncidentId, type Key } from "../domain/keys.ts";
import type { IncidentLink, Intent } from "../domain/link.ts";
import type { Templates } from "../domain/template.ts";
import type { Store } from "../store/store.ts";
import type { HeldLease, LeaseStore } from "./lease.ts";

export interface IncidentSettings {
  readonly priorities: readonly string[];
  readonly createOn: "triggered" | "resolved";
  /** As whom a note with the page's link is posted at PagerDuty (an e-mail); undefined: no note. */
  readonly noteAuthor: string | undefined;
  /** From one e-mail (PagerDuty's, lower case) to another (Notion's). */
  readonly users: Readonly<Record<string, string>>;
  readonly timing: {
    readonly leaseMs: number;
    readonly notionGraceMs: number;
    readonly pagerdutyGraceMs: number;
    readonly recheckMs: number;
    /** How long a page has to stay unreadable before it counts as deleted. */
    readonly missingConfirmMs: number;
    readonly refreshAfterMs: readonly number[];
  };
}

export type IncidentStore = LeaseStore & Pick<Store, "getLink" | "epoch" | "appendAudit">;

export interface IncidentDeps {
  readonly pagerduty: PagerDuty;
  readonly notion: Notion;
  readonly store: IncidentStore;
  readonly templates: Templates;
  /** Masks secrets in foreign text. */
  readonly scrub: (text: string) => string;
  readonly settings: IncidentSettings;
  readonly log: Logger;
  now(): Date;
}

/** One run. `link` is always what the store holds. */
export interface IncidentRun {
  readonly id: IncidentId;
  readonly key: Key;
  readonly deps: IncidentDeps;
  readonly link: IncidentLink;
  /** Replaces parts of the link; `undefined` removes a part. */
  save(patch: LinkPatch): Promise<void>;
  assertHeld(): Promise<void>;
  /** Records a write to a vendor in the audit trail. */
  audit(vendor: Vendor, action: string, reason: string, detail?: AuditDetail): Promise<void>;
}

export type LinkPatch = { readonly [Part in keyof IncidentLink]?: IncidentLink[Part] | undefined };
type AuditDetail = Readonly<Record<string, unknown>>;

/** Takes what the store holds (nothing for a new key); gives the run that works on it. */
export function openRun(
  id: IncidentId,
  stored: IncidentLink | undefined,
  lease: HeldLease,
  deps: IncidentDeps,
): IncidentRun {
  const key = incidentKey(id);
  let link: IncidentLink = stored ?? {
    kind: "incident",
    sync: { state: "pending", at: deps.now().toISOString() },
  };
  return {
    id,
    key,
    deps,
    get link() {
      return link;
    },
    async save(patch) {
      const next = withPatch(link, patch);
      await lease.putLink(next);
      link = next;
    },
    assertHeld: () => lease.assertHeld(),
    async audit(vendor, action, reason, detail) {
      deps.log.info({ vendor, action, reason }, "wrote to a vendor");
      const at = deps.now().toISOString();
      const entry = { at, key, vendor, action, reason };
      await deps.store.appendAudit(detail === undefined ? entry : { ...entry, detail });
    },
  };
}

function withPatch(link: IncidentLink, patch: LinkPatch): IncidentLink {
  const parts = Object.entries({ ...link, ...patch }).filter(([, part]) => part !== undefined);
  return { kind: link.kind, sync: link.sync, ...Object.fromEntries(parts) };
}

export function intentNow(deps: IncidentDeps): Intent {
  return { at: deps.now().toISOString() };
}

const retryMaxMs = 24 * 3_600_000;

/** When the resync looks at a failure that lasts again: after the recheck time, doubling up to a day. */
export function nextRetry({ deps, link }: IncidentRun): NonNullable<IncidentLink["retry"]> {
  const before = link.retry?.pauseMs ?? deps.settings.timing.recheckMs / 2;
  const pauseMs = Math.min(before * 2, retryMaxMs);
  return { pauseMs, notBefore: new Date(deps.now().getTime() + pauseMs).toISOString() };
}

/** How long what an intent may have made can still appear, in ms; 0 when its grace is over. */
export function graceLeftMs(intent: Intent, graceMs: number, now: Date): number {
  return Math.max(0, Date.parse(intent.at) + graceMs - now.getTime());
}

/** True when a failed write certainly did nothing, so that its intent can be forgotten. */
export function isProvenNotApplied(error: unknown): boolean {
  return (
    error instanceof TerminalError ||
    (error instanceof RetryAfterError && error.outcome === "not-applied")
  );
}
