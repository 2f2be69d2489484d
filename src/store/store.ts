/** The store beside the queue: links, leases, budgets, gates, audit, intake. One interface, two engines (redis, embedded). */

import type { Vendor } from "../domain/errors.ts";
import type { Key } from "../domain/keys.ts";
import type { Link } from "../domain/link.ts";

/** The right to write for a key, fenced: a write with a token that is no longer current is refused. */
export interface Lease {
  readonly key: Key;
  readonly token: string;
}

export interface Budget {
  /** At most this many calls … */
  readonly limit: number;
  /** … in any sliding window of this length. */
  readonly windowMs: number;
}

export interface Admission {
  /** 0: the call may go out (and has been counted). Otherwise how long to wait before asking again. */
  readonly waitMs: number;
  readonly why?: "gate" | "budget";
  /** Why the gate is closed. */
  readonly reason?: string;
  /** The call that finds out whether the vendor is back: tell the gate how it went. */
  readonly probe?: boolean;
}

interface ClosedGate extends Gate {
  /** How long it stays closed, in ms, by the store's clock. */
  readonly pauseMs: number;
}

export interface Gate {
  readonly until: Date;
  readonly failures: number;
  readonly reason: string;
}

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly key: string;
  readonly vendor?: Vendor;
  /** What was done, such as `page.create`. */
  readonly action: string;
  readonly reason: string;
  /** Scrubbed, at most 2 KB in all. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface QuarantineEntry {
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A claimed batch of hints: `ids` to acknowledge, `keys` in order of arrival, not yet coalesced. */
export interface HintBatch {
  readonly ids: readonly string[];
  readonly keys: readonly Key[];
}

export interface Store extends AsyncDisposable {
  readonly engine: "redis" | "embedded";
  /** Rejects within 2 s when the store can't be used. */
  ping(): Promise<void>;
  /** The latest of the store's birth, its restore and its failover. What is older may exist at the vendors unknown to us. */
  epoch(): Promise<Date>;
  /** The store's clock, shared by all replicas. */
  now(): Promise<Date>;

  /** Durable when it resolves; one write for all keys. Rejects within 2.5 s when the store can't take them. */
  appendHints(keys: readonly Key[]): Promise<void>;
  /** Claims up to `max` hints; waits up to `waitMs` for the first. A batch that is not acknowledged comes back. */
  takeHints(max: number, waitMs: number): Promise<HintBatch>;
  /** Forgets a batch, once its keys are in the queue. */
  acknowledgeHints(batch: HintBatch): Promise<void>;
  /** Counts one hint for each key; the worker compares to see whether a newer hint came during a run. */
  countHints(keys: readonly Key[]): Promise<void>;
  hintCount(key: Key): Promise<number>;

  getLink(key: Key): Promise<Link | undefined>;
  /** False when the lease is no longer ours: nothing was written. */
  putLink(lease: Lease, link: Link): Promise<boolean>;
  /** Keys whose link is not converged, at most `max`. */
  listUnsettled(max: number): Promise<Key[]>;

  /** The lease, or how long the present holder's lasts. */
  acquireLease(key: Key, ttlMs: number): Promise<Lease | { readonly waitMs: number }>;
  /** False when it was lost. */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  /** Gate and budget in one round trip. After a gate's pause one caller is let through as a probe, the others wait. */
  admit(vendor: Vendor, budget: Budget): Promise<Admission>;
  /** Closes a vendor's gate for every replica, for `pauseMs` or for a growing, jittered pause; gives until when. */
  closeGate(
    vendor: Vendor,
    options: {
      readonly pauseMs?: number;
      readonly reason: string;
      readonly firstMs: number;
      readonly maxMs: number;
    },
  ): Promise<ClosedGate>;
  /** Opens a gate whose pause has passed. A pause is never cut short: its success was on the way before. */
  openGate(vendor: Vendor): Promise<void>;
  readGates(): Promise<Partial<Record<Vendor, Gate>>>;

  getWatermark(name: string): Promise<Date | undefined>;
  putWatermark(name: string, at: Date): Promise<void>;

  appendAudit(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  listAudit(key: string, max: number): Promise<AuditEntry[]>;
  quarantine(entry: QuarantineEntry): Promise<void>;
  listQuarantine(): Promise<QuarantineEntry[]>;
  /** Housekeeping, hourly: retention, and vacuum and checkpoint where the engine needs it. */
  maintain(): Promise<void>;
}
