/** What the queue's contract test stands on: a real store of either engine, fresh for each test, and a log to read. */

import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Vendor } from "../../src/domain/errors.ts";
import type { Key, ParsedKey } from "../../src/domain/keys.ts";
import { incidentKey, parseIncidentId } from "../../src/domain/keys.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import type { QueueBackend } from "../../src/queue/backend.ts";
import { openQueue } from "../../src/queue/open-queue.ts";
import type { QueueLog } from "../../src/queue/queue-log.ts";
import type { Reconcile, RunReport, WorkQueue } from "../../src/queue/queue.ts";
import { startWorker, type StartWorkerOptions } from "../../src/queue/worker.ts";
import { openStore, type OpenedStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { emptyJobs, openMemoryQueue, startMemoryWorker } from "../simulation/memory-queue.ts";
import { createMemoryStore } from "../simulation/memory-store.ts";
import { redisForTests, uniquePrefix } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

type EngineName = "embedded" | "redis";

/** Short, so that a crash is over within seconds. */
export const timing = {
  storeTimeoutMs: 2_500,
  lockMs: 1_500,
  stalledEveryMs: 500,
  backoffFirstMs: 10,
  backoffMaxMs: 40,
  drainMs: 5_000,
};

interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly message: string;
}

/** Keeps every line, with the bindings of its child. */
export function memoryLog(): QueueLog & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  function at(bindings: object): QueueLog {
    function write(level: string) {
      return (fields: object, message: string) => {
        lines.push({ ...bindings, ...fields, level, message });
      };
    }
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      child: (more) => at({ ...bindings, ...more }),
    };
  }
  return { ...at({}), lines };
}

export function key(name: string): Key {
  const id = parseIncidentId(name);
  if (id === undefined) {
    throw new Error(`${name} is no incident id`);
  }
  return incidentKey(id);
}

/** One engine with an empty store. */
export interface QueueGround extends AsyncDisposable {
  readonly store: Store;
  readonly log: ReturnType<typeof memoryLog>;
  readonly reports: RunReport[];
  openQueue(options?: { readonly store?: Store; readonly pump?: boolean }): Promise<WorkQueue>;
  startWorker(
    reconcile: Reconcile,
    options?: Partial<StartWorkerOptions>,
  ): ReturnType<typeof startWorker>;
}

/** One that another process can open as well. */
export interface Ground extends QueueGround {
  readonly place: Place;
  readonly backend: QueueBackend;
}

/** Where a store is: enough for another process to open it. */
const Place = z.object({ url: z.string(), prefix: z.string() });
export type Place = z.infer<typeof Place>;

export function parsePlace(json: string): Place {
  return Place.parse(JSON.parse(json));
}

/** Opens what is at a place; used by the test and by the processes it kills. */
export function openPlace({ url, prefix }: Place, log: QueueLog): Promise<OpenedStore> {
  return openStore(url, { log, redisPrefix: prefix, allowUnsafeRedis: true });
}

/** Both engines, ready to be opened many times. */
export interface Engines extends AsyncDisposable {
  has(engine: EngineName): boolean;
  open(engine: EngineName): Promise<Ground>;
}

export async function startEngines(): Promise<Engines> {
  const home = await mkdtemp(join(tmpdir(), "debrief-queue-"));
  const redis = await redisForTests();
  // Making a database takes seconds, copying one does not.
  const template = join(home, "template");
  const { store } = await openPlace({ url: `file:${template}`, prefix: "" }, memoryLog());
  await store[Symbol.asyncDispose]();
  return {
    has: (engine) => engine === "embedded" || redis !== undefined,
    async open(engine) {
      const prefix = uniquePrefix();
      if (engine === "redis") {
        return await openGround({ url: redis?.url ?? "", prefix });
      }
      const directory = join(home, prefix);
      await cp(template, directory, { recursive: true });
      return await openGround({ url: `file:${directory}`, prefix });
    },
    async [Symbol.asyncDispose]() {
      await redis?.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export async function openGround(place: Place): Promise<Ground> {
  const log = memoryLog();
  const { backend, store } = await openPlace(place, log);
  const reports: RunReport[] = [];
  const open: AsyncDisposable[] = [];
  async function close(): Promise<void> {
    for (const part of open.toReversed()) {
      await part[Symbol.asyncDispose]();
    }
    await store[Symbol.asyncDispose]();
  }
  return {
    place,
    backend,
    store,
    log,
    reports,
    async openQueue(options = {}) {
      const queue = await openQueue({ backend, store, timing, log, ...options });
      open.push(queue);
      return queue;
    },
    async startWorker(reconcile, options = {}) {
      const worker = await startWorker({
        ...workerDefaults,
        backend,
        store,
        reconcile,
        log,
        onRun: (report) => reports.push(report),
        ...options,
      });
      open.push(worker);
      return worker;
    },
    [Symbol.asyncDispose]: close,
  };
}

const workerDefaults = {
  timing,
  concurrency: 5,
  vendorsOf: (parsed: ParsedKey): readonly Vendor[] =>
    parsed.kind === "incident" ? ["notion"] : [],
};

/** The queue and the store of the simulation. */
export function openMemoryGround(): QueueGround {
  const log = memoryLog();
  const store = createMemoryStore({ nowMs: () => Date.now(), random: () => Math.random() });
  const shared = { jobs: emptyJobs(), nowMs: () => Date.now(), log };
  const reports: RunReport[] = [];
  const open: AsyncDisposable[] = [store];
  return {
    store,
    log,
    reports,
    openQueue(options = {}) {
      const queue = openMemoryQueue({ ...shared, store, ...options });
      open.push(queue);
      return Promise.resolve(queue);
    },
    startWorker(reconcile, options = {}) {
      const worker = startMemoryWorker({
        ...shared,
        ...workerDefaults,
        store: options.store ?? store,
        reconcile,
        random: () => Math.random(),
        onRun: (report) => reports.push(report),
      });
      open.push(worker);
      return Promise.resolve(worker);
    },
    async [Symbol.asyncDispose]() {
      for (const part of open.toReversed()) {
        await part[Symbol.asyncDispose]();
      }
    },
  };
}

/** Waits until no key waits, runs or is delayed. */
export async function untilIdle(queue: WorkQueue, withinMs = 15_000): Promise<void> {
  await waitFor(
    "an idle queue",
    async () => {
      const { waiting, delayed, active } = await queue.counts();
      return waiting + delayed + active === 0;
    },
    withinMs,
  );
}

export interface HeldRuns {
  readonly state: { started: number; running: number; atOnceMax: number };
  readonly reconcile: Reconcile;
  /** Lets one run go, waiting for it where there is none. */
  letGo(): Promise<void>;
  untilStarted(runs: number): Promise<unknown>;
}

/** A reconciler whose runs wait until they are let go. Takes how run number n (from 1) ends. */
export function heldRuns(outcomeOf: (run: number) => Outcome = () => "converged"): HeldRuns {
  const state = { started: 0, running: 0, atOnceMax: 0 };
  const waiting: (() => void)[] = [];
  async function reconcile(): Promise<Outcome> {
    state.started += 1;
    const run = state.started;
    state.running += 1;
    state.atOnceMax = Math.max(state.atOnceMax, state.running);
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
    state.running -= 1;
    return outcomeOf(run);
  }
  return {
    state,
    reconcile,
    async letGo() {
      const go = await waitFor("a run to let go", () => waiting.shift());
      go();
    },
    untilStarted: (runs) => waitFor(`run ${runs}`, () => state.started >= runs),
  };
}
