/** What /metrics tells, in one registry of its own. Labels come from closed lists: no ids, no text. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { withDeadline } from "./deadline.ts";

const levelsTimeoutMs = 2_000;

export interface Metrics {
  readonly contentType: string;
  /** The text for a scrape. Without a store the last levels stand. */
  render(): Promise<string>;
  webhook(vendor: string, outcome: WebhookOutcome): void;
  /** The same delivery came again; it is handled like any other. */
  repeated(vendor: string): void;
  committed(hints: number, ms: number): void;
  ran(kind: string, outcome: string, ms: number): void;
  called(vendor: string, outcome: "ok" | "failed"): void;
  /** How long ago a webhook of a vendor was last taken, in ms; undefined if none was since the start. */
  webhookAgeMs(vendor: string): number | undefined;
}

export type WebhookOutcome =
  | "accepted"
  | "ignored"
  | "quarantined"
  | "unauthorized"
  | "refused"
  | "unavailable";

/** Outcomes of a webhook that was answered 202. */
const takenOutcomes: ReadonlySet<WebhookOutcome> = new Set(["accepted", "ignored", "quarantined"]);

/** What is read when /metrics is scraped. */
export interface Levels {
  readonly queue: Readonly<Record<string, number>>;
  readonly oldestWaitingMs: number;
  /** Vendors whose gate is closed now. */
  readonly closedGates: readonly string[];
  readonly resyncAgeMs: number | undefined;
}

export function createMetrics(readLevels: () => Promise<Levels>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const webhooks = new Counter({
    name: "debrief_webhooks_total",
    help: "Webhooks by vendor and what became of them.",
    labelNames: ["vendor", "outcome"],
    registers,
  });
  const repeats = new Counter({
    name: "debrief_webhook_repeats_total",
    help: "Webhooks that a vendor delivered again.",
    labelNames: ["vendor"],
    registers,
  });
  const calls = new Counter({
    name: "debrief_vendor_calls_total",
    help: "Calls to vendors by outcome.",
    labelNames: ["vendor", "outcome"],
    registers,
  });
  const runs = new Histogram({
    name: "debrief_run_seconds",
    help: "Runs of reconcilers by kind and outcome.",
    labelNames: ["kind", "outcome"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const commits = createCommitMetrics(registry);
  const lastTaken = createLastTaken(registry);
  const setLevels = createLevelGauges(registry);
  return {
    contentType: registry.contentType,
    async render() {
      // Before anything is rendered: a gauge that collects by itself would be later than the others.
      const levels = await withDeadline(readLevels(), levelsTimeoutMs, "reading levels").catch(
        () => undefined,
      );
      if (levels !== undefined) {
        setLevels(levels);
      }
      lastTaken.setAges();
      return registry.metrics();
    },
    webhook(vendor, outcome) {
      webhooks.inc({ vendor, outcome });
      if (takenOutcomes.has(outcome)) {
        lastTaken.note(vendor);
      }
    },
    webhookAgeMs: (vendor) => lastTaken.ageMs(vendor),
    repeated: (vendor) => repeats.inc({ vendor }),
    called: (vendor, outcome) => calls.inc({ vendor, outcome }),
    ran: (kind, outcome, ms) => runs.observe({ kind, outcome }, ms / 1000),
    committed: commits,
  };
}

interface LastTaken {
  note(vendor: string): void;
  ageMs(vendor: string): number | undefined;
  setAges(): void;
}

/** A vendor that never sends anything may have lost its subscription. */
function createLastTaken(registry: Registry): LastTaken {
  const ages = new Gauge({
    name: "debrief_webhook_last_seconds",
    help: "Time since a webhook of the vendor was last taken by this process.",
    labelNames: ["vendor"],
    registers: [registry],
  });
  const takenAt = new Map<string, number>();
  return {
    note: (vendor) => void takenAt.set(vendor, performance.now()),
    ageMs(vendor) {
      const at = takenAt.get(vendor);
      return at === undefined ? undefined : performance.now() - at;
    },
    setAges() {
      for (const [vendor, at] of takenAt) {
        ages.set({ vendor }, (performance.now() - at) / 1000);
      }
    },
  };
}

function createCommitMetrics(registry: Registry): Metrics["committed"] {
  const registers = [registry];
  const seconds = new Histogram({
    name: "debrief_intake_commit_seconds",
    help: "How long the store took to make a group of hints durable.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2.5],
    registers,
  });
  const sizes = new Histogram({
    name: "debrief_intake_group_size",
    help: "Hints that went out in one write.",
    buckets: [1, 2, 5, 10, 25, 50, 100, 500],
    registers,
  });
  return (hints, ms) => {
    seconds.observe(ms / 1000);
    sizes.observe(hints);
  };
}

function createLevelGauges(registry: Registry): (levels: Levels) => void {
  const registers = [registry];
  const waiting = new Gauge({
    name: "debrief_queue_oldest_waiting_seconds",
    help: "Age of the oldest key that waits to be run.",
    registers,
  });
  const gates = new Gauge({
    name: "debrief_gate_closed",
    help: "1 while a vendor's gate is closed.",
    labelNames: ["vendor"],
    registers,
  });
  const resync = new Gauge({
    name: "debrief_resync_age_seconds",
    help: "Time since the last complete resync.",
    registers,
  });
  const jobs = new Gauge({
    name: "debrief_queue_jobs",
    help: "Keys in the queue by state; failed ones are dead letters.",
    labelNames: ["state"],
    registers,
  });
  return ({ queue, oldestWaitingMs, closedGates, resyncAgeMs }) => {
    Object.entries(queue).forEach(([state, count]) => {
      jobs.set({ state }, count);
    });
    waiting.set(oldestWaitingMs / 1000);
    gates.reset();
    closedGates.forEach((vendor) => {
      gates.set({ vendor }, 1);
    });
    if (resyncAgeMs !== undefined) {
      resync.set(resyncAgeMs / 1000);
    }
  };
}
