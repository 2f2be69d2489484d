/** Bounds that both engines keep, and how what they stored is read again. */

import { z } from "zod";
import type { Key } from "../domain/keys.ts";
import { linkKinds, type Link } from "../domain/link.ts";
import type { Admission, AuditEntry, QuarantineEntry } from "./store.ts";

const dayMs = 24 * 60 * 60 * 1000;

export const limits = {
  /** A claimed batch that nobody acknowledged comes back after this. */
  claimMs: 5_000,
  /** No caller waits longer for hints to be durable. */
  appendTimeoutMs: 2_500,
  pingTimeoutMs: 2_000,
  /** A probe that has not told how it went blocks the next one for this long: a request's timeout and a margin. */
  probeMs: 20_000,
  /** While a probe is out, callers ask again after this. */
  probePollMs: 1_000,
  hintCountMs: 7 * dayMs,
  auditPerKeyMax: 200,
  auditMax: 100_000,
  auditMs: 90 * dayMs,
  auditDetailMaxBytes: 2_048,
  quarantineMax: 100,
  quarantineMs: 7 * dayMs,
} as const;

/** A key as it was stored: it was parsed when it came in. */
export const StoredKey = z.custom<Key>((value) => typeof value === "string" && value !== "");

const LinkForm = z.custom<Link>(
  (value) =>
    z
      .object({ kind: z.enum(linkKinds), sync: z.object({ state: z.string() }).optional() })
      .safeParse(value).success,
);
const AuditForm = z.custom<AuditEntry>(
  (value) =>
    z
      .object({ at: z.string(), key: z.string(), action: z.string(), reason: z.string() })
      .safeParse(value).success,
);
const QuarantineForm = z.custom<QuarantineEntry>(
  (value) => z.object({ at: z.string(), source: z.string() }).safeParse(value).success,
);

/** Undefined for what this version can't read: a link can be rebuilt from the vendors. */
export function readLink(json: string): Link | undefined {
  return LinkForm.safeParse(parseJson(json)).data;
}

export function isSettled(link: Link): boolean {
  return !("sync" in link) || link.sync.state === "converged";
}

export function readAudit(rows: readonly string[]): AuditEntry[] {
  return rows.flatMap((row) => AuditForm.safeParse(parseJson(row)).data ?? []);
}

/** An entry's JSON, its detail dropped where it is too long. */
export function writeAudit(entry: AuditEntry): string {
  const json = JSON.stringify(entry);
  if (Buffer.byteLength(json) <= limits.auditDetailMaxBytes) {
    return json;
  }
  return JSON.stringify({
    ...entry,
    reason: entry.reason.slice(0, 500),
    detail: { dropped: "too long" },
  });
}

export function readQuarantine(rows: readonly string[], now: Date): QuarantineEntry[] {
  const since = now.getTime() - limits.quarantineMs;
  return rows
    .flatMap((row) => QuarantineForm.safeParse(parseJson(row)).data ?? [])
    .filter((entry) => Date.parse(entry.at) >= since);
}

/** What both engines' `admit` give, brought into the contract's form. */
export function admissionOf(row: {
  readonly waitMs: number;
  readonly why?: string | null | undefined;
  readonly reason?: string | null | undefined;
  readonly probe?: boolean;
}): Admission {
  if (row.why === null || row.why === undefined || row.why === "") {
    return row.probe === true ? { waitMs: 0, probe: true } : { waitMs: 0 };
  }
  const waitMs = Math.max(1, Math.ceil(row.waitMs));
  if (row.why === "budget") {
    return { waitMs, why: "budget" };
  }
  return {
    waitMs: row.why === "probe" ? Math.min(waitMs, limits.probePollMs) : waitMs,
    why: "gate",
    reason: row.reason ?? "",
  };
}

/** Rejects after `ms` with a message that says what took so long. The work itself goes on unheard. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
