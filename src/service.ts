/**
 * The wiring: store → clients → queue → worker → server, and everything stopped in reverse.
 * No decisions are made here, and nobody but main.ts imports it.
 */

import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createNotion } from "./clients/notion/client.ts";
import type { Notion } from "./clients/notion/notion.ts";
import { createPagerDuty } from "./clients/pagerduty/client.ts";
import type { PagerDuty } from "./clients/pagerduty/pagerduty.ts";
import type { Config } from "./config.ts";
import type { Vendor } from "./domain/errors.ts";
import type { VendorGate } from "./domain/gate.ts";
import { incidentKey, resyncKey } from "./domain/keys.ts";
import { createScrubber } from "./domain/scrub.ts";
import type { Templates } from "./domain/template.ts";
import { openQueue } from "./queue/open-queue.ts";
import type { QueueWorker, WorkQueue } from "./queue/queue.ts";
import { startSchedule } from "./queue/schedule.ts";
import { startWorker } from "./queue/worker.ts";
import { reconcileKey, vendorsOf } from "./reconcilers/reconcile.ts";
import { forgetDeletedPage } from "./reconcilers/recreate.ts";
import { resyncWatermark } from "./reconcilers/resync.ts";
import { openStore, type OpenedStore } from "./store/open.ts";
import type { Budget } from "./store/store.ts";
import { createVendorGate } from "./store/vendor-gate.ts";
import { closedGates, readReadiness, type Phase } from "./health.ts";
import { createIntake, type Intake } from "./receiver/intake.ts";
import { createMetrics, type Metrics } from "./receiver/metrics.ts";
import type { Operations } from "./receiver/operations.ts";
import { buildOperatorServer, buildServer } from "./receiver/server.ts";
import { loadTemplates } from "./templates/load.ts";

const minuteMs = 60_000;
const maintainEveryMs = 60 * minuteMs;
const jiraCallsPerMinute = 600;
const auditMax = 100;
const deadLettersMax = 200;

/** Everything that the halves share. */
interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly opened: OpenedStore;
  readonly pagerduty: PagerDuty;
  readonly notion: Notion;
  readonly queue: WorkQueue;
  readonly templates: Templates;
  readonly metrics: Metrics;
  readonly intake: Intake;
  readonly startedAt: Date;
  /** What is wrong with Notion's schema, as last seen. */
  schemaProblems: readonly string[];
  phase: Phase;
}

/**
 * Starts what the role asks for. Rejects with a TerminalError for what a person has to mend first
 * (templates, an unsafe Redis, a data directory in use); does not wait for the vendors, nor for Redis.
 * Disposing of it drains: no new webhooks, running keys finish, then everything closes.
 */
export async function startService(config: Config, log: Logger): Promise<AsyncDisposable> {
  const stopping = new AbortController();
  const parts = await openParts(config, log, stopping.signal);
  const servers = await listen(parts);
  const worker = config.role === "receiver" ? undefined : await openWorker(parts);
  const stopSchedule = worker === undefined ? undefined : keepResyncing(parts);
  const maintenance = keepTidy(parts);
  parts.phase = "running";
  if (config.jira !== undefined) {
    log.warn("JIRA_ variables are set, but this version has no Jira half: they have no effect");
  }
  log.info({ host: config.host, port: config.port, role: config.role }, "ready");
  return {
    async [Symbol.asyncDispose]() {
      parts.phase = "draining";
      clearInterval(maintenance);
      stopSchedule?.();
      await parts.intake.drain();
      await Promise.all([...servers.map((server) => server.close()), worker?.drain()]);
      stopping.abort();
      await parts.queue[Symbol.asyncDispose]();
      await parts.pagerduty[Symbol.asyncDispose]();
      await parts.opened.store[Symbol.asyncDispose]();
    },
  };
}

async function openParts(config: Config, log: Logger, signal: AbortSignal): Promise<Parts> {
  const templates = await loadTemplates(config.templatesDir);
  const opened = await openStore(config.storeUrl, { ...config, log });
  const { store } = opened;
  const queue = await openQueue({ ...opened, timing: config.timing, log });
  const metrics = createMetrics(() => readLevels(queue, opened));
  const budgets = budgetsOf(config);
  const gate = counted(
    createVendorGate(store, { budgets, timing: config.timing, signal, log }),
    metrics,
  );
  const client = clientOptions(config, gate);
  const { apiToken: token } = config.pagerduty;
  return {
    config,
    log,
    opened,
    queue,
    templates,
    metrics,
    pagerduty: createPagerDuty({ ...client, ...config.pagerduty, token, log }),
    notion: createNotion({ ...client, ...config.notion, log }),
    intake: createIntake({
      append: (keys) => store.appendHints(keys),
      timeoutMs: config.timing.storeTimeoutMs,
      onCommit: (hints, ms) => metrics.committed(hints, ms),
    }),
    startedAt: new Date(),
    schemaProblems: [],
    phase: "starting",
  };
}

async function readLevels(
  queue: WorkQueue,
  { store }: OpenedStore,
): ReturnType<Parameters<typeof createMetrics>[0]> {
  const [counts, oldestWaitingMs, gates, last] = await Promise.all([
    queue.counts(),
    queue.oldestWaitingMs(),
    store.readGates(),
    store.getWatermark(resyncWatermark),
  ]);
  return {
    queue: { ...counts },
    oldestWaitingMs,
    closedGates: closedGates(gates, now()).map(([vendor]) => vendor),
    resyncAgeMs: last === undefined ? undefined : now().getTime() - last.getTime(),
  };
}

/** The same gate, with its calls counted. */
function counted(gate: VendorGate, metrics: Metrics): VendorGate {
  return {
    enter: (vendor) => gate.enter(vendor),
    async succeeded(vendor) {
      metrics.called(vendor, "ok");
      await gate.succeeded(vendor);
    },
    async failed(vendor, failure) {
      metrics.called(vendor, "failed");
      return gate.failed(vendor, failure);
    },
  };
}

function budgetsOf(config: Config): Readonly<Record<Vendor, Budget>> {
  return {
    pagerduty: { limit: config.pagerduty.callsPerMinute, windowMs: minuteMs },
    notion: { limit: config.notion.callsPerMinute, windowMs: minuteMs },
    jira: { limit: jiraCallsPerMinute, windowMs: minuteMs },
  };
}

function clientOptions(
  config: Config,
  gate: VendorGate,
): {
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly now: () => Date;
} {
  const { requestTimeoutMs, unauthorizedPauseMs } = config.timing;
  return { requestTimeoutMs, unauthorizedPauseMs, gate, now: now };
}

async function openWorker(parts: Parts): Promise<QueueWorker> {
  const { config, log, opened, pagerduty, notion, queue, templates } = parts;
  const { store } = opened;
  const settings = { ...config, noteAuthor: config.pagerduty.from };
  const shared = { pagerduty, store, settings, now: now };
  const scrub = config.scrub.enabled
    ? createScrubber(config.scrub.patterns)
    : (text: string) => text;
  const worker = await startWorker({
    ...opened,
    timing: config.timing,
    concurrency: config.concurrency,
    log,
    vendorsOf,
    onRun: ({ kind, outcome, durationMs }) => {
      parts.metrics.ran(kind, outcome, durationMs);
    },
    reconcile: (key, { runId }) => {
      const runLog = log.child({ key: `${key.kind}:${key.id}`, runId });
      return reconcileKey(key, {
        incident: {
          ...shared,
          notion,
          templates,
          scrub,
          enqueue: (keys) => queue.enqueue(keys),
          log: runLog,
        },
        resync: { ...shared, enqueue: (keys) => queue.enqueue(keys), log: runLog },
      });
    },
  });
  warmUp(parts);
  return worker;
}

function keepResyncing({ queue, opened, config, log }: Parts): () => void {
  return startSchedule({
    queue,
    key: resyncKey("pagerduty"),
    everyMs: config.timing.resyncEveryMs,
    lastComplete: () => opened.store.getWatermark(resyncWatermark),
    now: now,
    log,
  });
}

/** Reads what is kept in memory, so that the first page takes two calls, and looks at the schema. */
function warmUp(parts: Parts): void {
  const { notion, log } = parts;
  async function read(): Promise<void> {
    await notion.warmUp();
    parts.schemaProblems = await notion.checkSchema();
    parts.schemaProblems.forEach((problem) => {
      log.warn({ problem }, "Notion's data sources are not as expected");
    });
  }
  read().catch((error: unknown) => {
    // The service works without: what is missing is read with the first page.
    log.warn({ err: error }, "Notion could not be read at start");
  });
}

/** Housekeeping, hourly; with it the schema is looked at again. */
function keepTidy(parts: Parts): NodeJS.Timeout {
  const { opened, log, config } = parts;
  return setInterval(() => {
    opened.store.maintain().catch((error: unknown) => {
      log.warn({ err: error }, "housekeeping failed, it is tried again in an hour");
    });
    if (config.role !== "receiver") {
      warmUp(parts);
    }
  }, maintainEveryMs);
}

/** Opens the ports: webhooks and health for the vendors, and the operator's routes where they belong. */
async function listen(parts: Parts): Promise<FastifyInstance[]> {
  const { config, log, metrics, intake, opened } = parts;
  const openapi = await readFile(new URL("../openapi.yaml", import.meta.url), "utf8");
  const shared = {
    operations: operationsOf(parts),
    metrics,
    token: config.ops.token,
    openapi,
    log,
  };
  const webhooks = {
    pagerduty: config.pagerduty,
    notion: {
      token: config.notion.webhookToken,
      dataSources: {
        actionItems: new Set([config.notion.actionItemsId]),
        postMortems: new Set([config.notion.postMortemsId]),
      },
    },
    jira: config.jira === undefined ? undefined : { secrets: config.jira.webhookSecrets },
    intake,
    quarantine: (entry: Parameters<typeof opened.store.quarantine>[0]) =>
      opened.store.quarantine(entry),
    metrics,
    log,
    now: now,
  };
  const { host, ops } = config;
  const server = buildServer({ ...shared, webhooks, servesOperator: ops.port === undefined });
  await server.listen({ host, port: config.port });
  if (ops.port === undefined) {
    return [server];
  }
  const operator = buildOperatorServer(shared);
  await operator.listen({ host, port: ops.port });
  return [server, operator];
}

function now(): Date {
  return new Date();
}

function operationsOf(parts: Parts): Operations {
  const { opened, queue, config } = parts;
  const { store } = opened;
  return {
    readiness: () =>
      readReadiness({
        phase: () => parts.phase,
        store,
        lastResync: () => store.getWatermark(resyncWatermark),
        resyncEveryMs: config.timing.resyncEveryMs,
        schemaProblems: () => parts.schemaProblems,
        startedAt: parts.startedAt,
        now,
      }),
    resync: () => queue.enqueue([resyncKey("pagerduty")]),
    reconcile: (id) => queue.enqueue([incidentKey(id)]),
    async recreate(id) {
      const result = await forgetDeletedPage(id, config.timing.leaseMs, store, now);
      if (result === "forgotten") {
        await queue.enqueue([incidentKey(id)]);
      }
      return result;
    },
    async describe(id) {
      const key = incidentKey(id);
      const [link, audit] = await Promise.all([store.getLink(key), store.listAudit(key, auditMax)]);
      return link === undefined && audit.length === 0 ? undefined : { key, link, audit };
    },
    listDeadLetters: () => queue.listDeadLetters(deadLettersMax),
    replayDeadLetter: (key) => queue.replayDeadLetter(key),
    listQuarantine: () => store.listQuarantine(),
  };
}
