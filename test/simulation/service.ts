/**
 * The service as one process of the simulation: the real receiver, reconcilers, clients and gate, wired as
 * src/service.ts wires them, on the store and the queue in memory. It can die at any call to the store or to a vendor:
 * that call, and every one after it, never comes back.
 */

import type { FastifyInstance } from "fastify";
import type { Config } from "../../src/config.ts";
import { createJira } from "../../src/clients/jira/client.ts";
import { createNotion } from "../../src/clients/notion/client.ts";
import { createPagerDuty } from "../../src/clients/pagerduty/client.ts";
import type { Vendor } from "../../src/domain/errors.ts";
import { resyncKey } from "../../src/domain/keys.ts";
import { createScrubber } from "../../src/domain/scrub.ts";
import type { Templates } from "../../src/domain/template.ts";
import { createLog, type Logger } from "../../src/log.ts";
import type { RunReport, WorkQueue } from "../../src/queue/queue.ts";
import { startSchedule } from "../../src/queue/schedule.ts";
import { createIntake } from "../../src/receiver/intake.ts";
import type { Metrics } from "../../src/receiver/metrics.ts";
import { buildServer } from "../../src/receiver/server.ts";
import { reconcileKey, vendorsOf, type ReconcileDeps } from "../../src/reconcilers/reconcile.ts";
import { resyncWatermark } from "../../src/reconcilers/resync.ts";
import { jiraWatermark } from "../../src/reconcilers/resync-jira.ts";
import { notionWatermark } from "../../src/reconcilers/resync-notion.ts";
import type { Budget, Store } from "../../src/store/store.ts";
import { createVendorGate } from "../../src/store/vendor-gate.ts";
import { openMemoryQueue, startMemoryWorker, type Jobs } from "./memory-queue.ts";
import { createMemoryStore, type Disk } from "./memory-store.ts";
import { openFetch, openHttp, type CrashPoint, type SimulatedNetwork } from "./network.ts";

export interface ServiceOptions {
  readonly config: Config;
  readonly templates: Templates;
  readonly network: SimulatedNetwork;
  readonly disk: Disk;
  readonly jobs: Jobs;
  /** How far the clock of this process is ahead of the others'. */
  readonly skewMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Lines of the service's log; absent: it writes none. */
  readonly onLog?: ((line: string) => void) | undefined;
  readonly onRun: (report: RunReport) => void;
  /** Called where the service may die: before and after each call. True: it dies here. */
  readonly diesAt: (what: string) => boolean;
  /** Called once, when it has died. */
  readonly onDeath: (what: string) => void;
}

export interface SimulatedService {
  /** Takes a webhook; undefined when nobody listens. */
  receive(path: string, headers: Record<string, string>, body: string): Promise<number | undefined>;
  readonly store: Store;
  readonly queue: WorkQueue;
  isDead(): boolean;
  kill(): void;
}

const minuteMs = 60_000;
/** Instead of waking the simulation each second. */
const takeWaitMs = 60_000;

/** Starts it at once, on what former ones left in the store and the queue. */
export function startService(options: ServiceOptions): SimulatedService {
  const { config, disk, jobs, random } = options;
  const now = nowOf(options);
  const { onLog } = options;
  const log = onLog === undefined ? createLog("silent") : createLog("debug", { write: onLog });
  const life = createLife(options);
  const store = mortalStore(createMemoryStore({ nowMs: Date.now, random, disk }), life.crashPoint);
  const queue = openMemoryQueue({ jobs, store, nowMs: Date.now, log });
  const clients = openClients(options, { store, log, crashPoint: life.crashPoint });
  const worker = startMemoryWorker({
    jobs,
    store,
    nowMs: Date.now,
    timing: config.timing,
    concurrency: config.concurrency,
    log,
    random,
    vendorsOf,
    onRun: options.onRun,
    reconcile: (key, { runId }) =>
      reconcileKey(key, {
        ...clients,
        templates: options.templates,
        store,
        scrub: createScrubber(config.scrub.patterns),
        settings: { ...config, noteAuthor: config.pagerduty.from },
        log: log.child({ key: `${key.kind}:${key.id}`, runId }),
        enqueue: (keys) => life.crashPoint("enqueue", () => queue.enqueue(keys)),
        now,
      }),
  });
  const server = openServer(config, store, log);
  const stopSchedules = keepResyncing(options, { store, queue, log });

  life.onDeath(() => {
    worker.kill();
    stopSchedules.forEach((stop) => stop());
    void queue[Symbol.asyncDispose]();
  });
  return {
    store,
    queue,
    isDead: () => life.isDead(),
    kill: () => life.die("killed"),
    async receive(url, headers, payload) {
      const { statusCode } = await server.inject({ method: "POST", url, headers, payload });
      return life.isDead() ? undefined : statusCode;
    },
  };
}

interface Life {
  readonly crashPoint: CrashPoint;
  isDead(): boolean;
  die(what: string): void;
  onDeath(action: () => void): void;
}

function createLife({ diesAt, onDeath }: ServiceOptions): Life {
  let dead = false;
  const actions: (() => void)[] = [() => (dead = true)];
  function die(what: string): void {
    if (!dead) {
      actions.forEach((action) => action());
      onDeath(what);
    }
  }
  async function crashPoint<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (!dead && diesAt(`before ${what}`)) {
      die(`before ${what}`);
    }
    const result = dead ? await never() : await settled(work());
    if (!dead && diesAt(`after ${what}`)) {
      die(`after ${what}`);
    }
    // What is said to a dead process nobody hears.
    return dead ? await never() : result();
  }
  return {
    crashPoint,
    isDead: () => dead,
    die,
    onDeath(action) {
      // It may have died while it was being started.
      if (dead) {
        action();
      } else {
        actions.push(action);
      }
    },
  };
}

/** A promise of its own each time: one that all waited for would keep them all in memory. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** How the work ended, to be told later. */
async function settled<T>(work: Promise<T>): Promise<() => T> {
  try {
    const value = await work;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The same store, each of whose calls may be the last. */
function mortalStore(store: Store, crashPoint: CrashPoint): Store {
  return new Proxy(store, {
    get(target, name, receiver): unknown {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function" || typeof name === "symbol") {
        return value;
      }
      return (...args: unknown[]) => {
        if (name === "takeHints") {
          return crashPoint(name, () => store.takeHints(Number(args[0]), takeWaitMs));
        }
        return crashPoint(name, async (): Promise<unknown> => Reflect.apply(value, target, args));
      };
    },
  });
}

interface Tools {
  readonly store: Store;
  readonly log: Logger;
  readonly crashPoint: CrashPoint;
}

function openClients(
  { config, network, skewMs }: ServiceOptions,
  { store, log, crashPoint }: Tools,
): Pick<ReconcileDeps, "pagerduty" | "notion" | "jira"> {
  const { signal } = new AbortController();
  const budgets = budgetsOf(config);
  const client = {
    requestTimeoutMs: config.timing.requestTimeoutMs,
    unauthorizedPauseMs: config.timing.unauthorizedPauseMs,
    gate: createVendorGate(store, { budgets, timing: config.timing, signal, log }),
    now: nowOf({ skewMs }),
    log,
    openHttp: openHttp(network, crashPoint),
    openFetch: openFetch(network, crashPoint),
  };
  const sources = config.routes.map(({ notion, jira }) => ({
    ...notion,
    itemStatuses: Object.keys(jira?.statuses ?? {}),
  }));
  return {
    pagerduty: createPagerDuty({
      ...client,
      ...config.pagerduty,
      token: config.pagerduty.apiToken,
    }),
    notion: createNotion({ ...client, ...config.notion, sources }),
    jira: config.jira === undefined ? undefined : createJira({ ...client, ...config.jira }),
  };
}

function budgetsOf(config: Config): Readonly<Record<Vendor, Budget>> {
  return {
    pagerduty: { limit: config.pagerduty.callsPerMinute, windowMs: minuteMs },
    notion: { limit: config.notion.callsPerMinute, windowMs: minuteMs },
    jira: { limit: config.jira?.callsPerMinute ?? 1, windowMs: minuteMs },
  };
}

function keepResyncing(
  options: ServiceOptions,
  { store, queue, log }: Pick<Tools, "store" | "log"> & { readonly queue: WorkQueue },
): (() => void)[] {
  const watermarks = {
    pagerduty: resyncWatermark,
    notion: notionWatermark,
    jira: jiraWatermark,
  } as const;
  return (["pagerduty", "notion", "jira"] as const).map((id) =>
    startSchedule({
      queue,
      key: resyncKey(id),
      everyMs: options.config.timing.resyncEveryMs,
      lastComplete: () => store.getWatermark(watermarks[id]),
      now: nowOf(options),
      log,
    }),
  );
}

/** The clock of one process. Timers run evenly everywhere, and the store has a clock of its own. */
function nowOf({ skewMs }: Pick<ServiceOptions, "skewMs">): () => Date {
  return () => new Date(Date.now() + skewMs);
}

function openServer(config: Config, store: Store, log: Logger): FastifyInstance {
  const metrics = noMetrics();
  const intake = createIntake({
    append: (keys) => store.appendHints(keys),
    timeoutMs: config.timing.storeTimeoutMs,
  });
  return buildServer({
    log,
    metrics,
    token: undefined,
    openapi: "",
    servesOperator: false,
    operations: {
      readiness: () => Promise.resolve({ ready: true, notReady: [], degraded: [] }),
      resync: nothing,
      reconcile: nothing,
      recreate: () => Promise.resolve("busy"),
      describe: nothing,
      listDeadLetters: () => Promise.resolve([]),
      replayDeadLetter: () => Promise.resolve(false),
      replayDeadLetters: () => Promise.resolve(0),
      listQuarantine: () => Promise.resolve([]),
    },
    webhooks: {
      pagerduty: config.pagerduty,
      notion: {
        token: config.notion.webhookToken,
        dataSources: {
          actionItems: new Set(config.routes.map(({ notion }) => notion.actionItems)),
          postMortems: new Set(config.routes.map(({ notion }) => notion.postMortems)),
        },
      },
      jira: config.jira === undefined ? undefined : { secrets: config.jira.webhookSecrets },
      intake,
      quarantine: (entry) => store.quarantine(entry),
      metrics,
      log,
      now: () => new Date(),
    },
  });
}

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}

/** Counting is not what the simulation looks at, and prom-client watches the real event loop. */
function noMetrics(): Metrics {
  return {
    contentType: "text/plain",
    render: () => Promise.resolve(""),
    webhook: () => undefined,
    repeated: () => undefined,
    committed: () => undefined,
    ran: () => undefined,
    called: () => undefined,
    webhookAgeMs: () => undefined,
  };
}
