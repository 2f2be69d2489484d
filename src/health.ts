/** What /readyz says: which part is not ready, and what works less well than it should. */

import type { Vendor } from "./domain/errors.ts";
import type { Readiness } from "./receiver/operations.ts";
import type { Gate, Store } from "./store/store.ts";

export type Phase = "starting" | "running" | "draining";

export interface HealthSources {
  readonly phase: () => Phase;
  readonly store: Pick<Store, "ping" | "readGates">;
  /** Undefined until the first resync is complete. */
  readonly lastResync: () => Promise<Date | undefined>;
  readonly resyncEveryMs: number;
  /** Problems of Notion's schema in words, as last seen. */
  readonly schemaProblems: () => readonly string[];
  /** Webhooks that stopped arriving, in words. */
  readonly silentWebhooks: () => Promise<readonly string[]>;
  readonly startedAt: Date;
  readonly now: () => Date;
}

/** Ready means: takes webhooks. A vendor that is away does not make it unready, it is said as degraded. */
export async function readReadiness(sources: HealthSources): Promise<Readiness> {
  const phase = sources.phase();
  const storeProblem = await problemOf(sources.store.ping());
  const notReady = [
    ...(phase === "running" ? [] : [phase]),
    ...(storeProblem === undefined ? [] : ["store"]),
  ];
  const degraded =
    storeProblem === undefined ? await readDegraded(sources) : [`store: ${storeProblem}`];
  return { ready: notReady.length === 0, notReady, degraded };
}

async function problemOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function readDegraded(sources: HealthSources): Promise<string[]> {
  const [gates, lastResync, silent] = await Promise.all([
    sources.store.readGates(),
    sources.lastResync(),
    sources.silentWebhooks(),
  ]);
  const now = sources.now();
  return [
    ...closedGates(gates, now).map(
      ([vendor, gate]) => `${vendor} is paused until ${gate.until.toISOString()}: ${gate.reason}`,
    ),
    ...resyncProblem(lastResync ?? sources.startedAt, sources.resyncEveryMs, now),
    ...sources.schemaProblems(),
    ...silent,
  ];
}

export function closedGates(
  gates: Partial<Record<Vendor, Gate>>,
  now: Date,
): (readonly [Vendor, Gate])[] {
  const vendors = ["pagerduty", "notion", "jira"] as const;
  return vendors.flatMap((vendor) => {
    const gate = gates[vendor];
    return gate !== undefined && gate.until > now ? [[vendor, gate] as const] : [];
  });
}

function resyncProblem(last: Date, everyMs: number, now: Date): string[] {
  const ageMs = now.getTime() - last.getTime();
  return ageMs > 3 * everyMs
    ? [`no resync was complete for ${String(Math.round(ageMs / 60_000))} min`]
    : [];
}
