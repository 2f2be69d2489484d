/** What any run for a key carries along: its link, its lease, and what it may use. */

import type { Logger } from "pino";
import { RetryAfterError, TerminalError, type Vendor } from "../domain/errors.ts";
import type { Key } from "../domain/keys.ts";
import type { Intent, Link, SyncState } from "../domain/link.ts";
import { addMs } from "../domain/time.ts";
import type { Store } from "../store/store.ts";
import type { HeldLease, LeaseStore } from "./lease.ts";

export interface RunDeps {
  readonly store: LeaseStore & Pick<Store, "getLink" | "epoch" | "appendAudit">;
  readonly log: Logger;
  now(): Date;
}

/** One run. `link` is always what the store holds. */
export interface Run<L extends Link, D extends RunDeps> {
  readonly key: Key;
  readonly deps: D;
  readonly link: L;
  /** Replaces parts of the link; `undefined` removes a part. */
  save(patch: Patch<L>): Promise<void>;
  assertHeld(): Promise<void>;
  /** Records a write to a vendor in the audit trail. */
  audit(vendor: Vendor, action: string, reason: string, detail?: AuditDetail): Promise<void>;
}

export type Patch<L> = { readonly [Part in keyof L]?: L[Part] | undefined };
type AuditDetail = Readonly<Record<string, unknown>>;

/** Takes the link as the store holds it (or a new one); gives the run that works on it. */
export function openRun<L extends Link, D extends RunDeps>(
  key: Key,
  stored: L,
  lease: HeldLease,
  deps: D,
): Run<L, D> {
  let link = stored;
  return {
    key,
    deps,
    get link() {
      return link;
    },
    async save(patch) {
      const next = { ...link, ...patch };
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

/** The state of a link as it is told: pending, failed, converged. */
export interface Sync {
  readonly state: SyncState;
  readonly reason?: string;
  readonly at: string;
}

export function syncNow(deps: Pick<RunDeps, "now">, state: SyncState, reason?: string): Sync {
  const at = deps.now().toISOString();
  return reason === undefined ? { state, at } : { state, at, reason };
}

export function intentNow(deps: Pick<RunDeps, "now">): Intent {
  return { at: deps.now().toISOString() };
}

const retryMaxMs = 24 * 3_600_000;

interface Retry {
  readonly notBefore: string;
  readonly pauseMs: number;
}

/** When the resync looks at a failure that lasts again: after the recheck time, doubling with each of its looks up to a day. */
export function nextRetry(
  before: { readonly retry?: Retry | undefined },
  recheckMs: number,
  now: Date,
): Retry {
  if (before.retry !== undefined && Date.parse(before.retry.notBefore) > now.getTime()) {
    return before.retry;
  }
  const pauseMs = Math.min((before.retry?.pauseMs ?? recheckMs / 2) * 2, retryMaxMs);
  return { pauseMs, notBefore: addMs(now, pauseMs).toISOString() };
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

/** True for the failure that must not be recorded: another worker has the key. */
export function isLeaseLost(error: unknown): boolean {
  return error instanceof RetryAfterError && error.code === "LEASE_LOST";
}

/** True when a page was trashed or deleted while a run was at it. */
export function isPageGone(error: unknown): boolean {
  const codes = ["NOTION_PAGE_ARCHIVED", "NOTION_PAGE_MISSING"];
  return error instanceof TerminalError && codes.includes(error.code);
}
