/**
 * The wiring: store → clients → queue → worker → server, and everything stopped in reverse.
 * No decisions are made here, and nobody but main.ts imports it.
 */

import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Jira } from "./clients/jira/jira.ts";
import { createNotion } from "./clients/notion/client.ts";
import { createPagerDuty } from "./clients/pagerduty/client.ts";
import { createArrivals } from "./arrivals.ts";
import { createChecks } from "./checks.ts";
import { openLiveSecrets, type LiveSecrets } from "./config/live-secrets.ts";
import type { Config } from "./config.ts";
import { TerminalError, type Vendor } from "./domain/errors.ts";
import type { VendorGate } from "./domain/gate.ts";
import { createScrubber } from "./domain/scrub.ts";
import type { Templates } from "./domain/template.ts";
import { openQueue } from "./queue/open-queue.ts";
import type { QueueWorker, WorkQueue } from "./queue/queue.ts";
import { startWorker } from "./queue/worker.ts";
import { reconcileKey, vendorsOf } from "./reconcilers/reconcile.ts";
import { resyncWatermark } from "./reconcilers/resync.ts";
import { openStore, type OpenedStore } from "./store/open.ts";
import type { Budget } from "./store/store.ts";
import { createVendorGate } from "./store/vendor-gate.ts";
import { closedGates } from "./health.ts";
import { operationsOf } from "./operations.ts";
import { knownLater, now, type Parts } from "./parts.ts";
import { createIntake } from "./receiver/intake.ts";
import { createMetrics, type Metrics } from "./receiver/metrics.ts";
import { buildOperatorServer, buildServer } from "./receiver/server.ts";
import { keepResyncing } from "./resyncs.ts";
import { loadTemplates } from "./templates/load.ts";

const minuteMs = 60_000;
const maintainEveryMs = 60 * minuteMs;

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
  const stopSchedules = worker === undefined ? [] : keepResyncing(parts);
  const maintenance = keepTidy(parts);
  parts.phase = "running";
  if (config.jira === undefined) {
    log.info("the JIRA_ variables are not set: action items stay in Notion, no issues are made");
  }
  log.info({ host: config.host, port: config.port, role: config.role }, "ready");
  return {
    async [Symbol.asyncDispose]() {
      parts.phase = "draining";
      maintenance.forEach((timer) => clearInterval(timer));
      parts.secrets[Symbol.dispose]();
      stopSchedules.forEach((stop) => stop());
      await parts.intake.drain();
      await Promise.all([...servers.map((server) => server.close()), worker?.drain()]);
      stopping.abort();
      await parts.queue[Symbol.asyncDispose]();
      await parts.pagerduty[Symbol.asyncDispose]();
      await parts.jira?.[Symbol.asyncDispose]();
      await parts.opened.store[Symbol.asyncDispose]();
    },
  };
}

async function openParts(config: Config, log: Logger, signal: AbortSignal): Promise<Parts> {
  const templates = await loadTemplates(config.templatesDir);
  checkRouteTemplates(config, templates);
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
  const startedAt = now();
  const secrets = openLiveSecrets(config, { log });
  const { notionToken, pagerdutyToken } = secrets;
  const sources = itemSources(config);
  const pagerduty = createPagerDuty({ ...client, ...config.pagerduty, token: pagerdutyToken, log });
  const notion = createNotion({ ...client, ...config.notion, ...sources, token: notionToken, log });
  const jira = await openJira(config, { ...client, apiToken: secrets.jiraToken }, log);
  return {
    config,
    log,
    secrets,
    opened,
    queue,
    templates,
    metrics,
    pagerduty,
    notion,
    jira,
    checks: createChecks({
      pagerduty,
      reenable: config.pagerduty.reenable,
      notion,
      jira,
      routes: config.routes,
      log,
    }),
    intake: createIntake({
      append: (keys) => store.appendHints(keys),
      timeoutMs: config.timing.storeTimeoutMs,
      onCommit: (hints, ms) => metrics.committed(hints, ms),
    }),
    startedAt,
    arrivals: createArrivals({ store, startedAt, now }),
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
    jira: { limit: config.jira?.callsPerMinute ?? 1, windowMs: minuteMs },
  };
}

/** A route that names a template which is not there would fail with its first incident. */
function checkRouteTemplates({ routes, templatesDir }: Config, templates: Templates): void {
  for (const { name, template } of routes) {
    if (template !== undefined && templates.find(template) === undefined) {
      throw new TerminalError(
        "CONFIG_INVALID",
        `The route ${name} names the template ${template}, which is not in ${templatesDir}. Correct the name, or add the file.`,
      );
    }
  }
}

/** The data sources of every route, and the statuses that the rows of each may have. */
function itemSources({ routes }: Config): Pick<Parameters<typeof createNotion>[0], "sources"> {
  return {
    sources: routes.map(({ notion, jira }) => ({
      ...notion,
      itemStatuses: Object.keys(jira?.statuses ?? {}),
    })),
  };
}

/** Its SDK is loaded only where it is needed: it is the largest of all. */
async function openJira(
  config: Config,
  client: ClientOptions & { readonly apiToken: LiveSecrets["jiraToken"] },
  log: Logger,
): Promise<Jira | undefined> {
  if (config.jira === undefined) {
    return undefined;
  }
  const { createJira } = await import("./clients/jira/client.ts");
  return createJira({ ...config.jira, ...client, log });
}

interface ClientOptions {
  readonly requestTimeoutMs: number;
  readonly unauthorizedPauseMs: number;
  readonly gate: VendorGate;
  readonly now: () => Date;
}

function clientOptions(config: Config, gate: VendorGate): ClientOptions {
  const { requestTimeoutMs, unauthorizedPauseMs } = config.timing;
  return { requestTimeoutMs, unauthorizedPauseMs, gate, now };
}

async function openWorker(parts: Parts): Promise<QueueWorker> {
  const { config, log, opened, queue } = parts;
  const { store } = opened;
  const settings = { ...config, noteAuthor: config.pagerduty.from };
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
      const { pagerduty, notion, jira, templates } = parts;
      return reconcileKey(key, {
        pagerduty,
        notion,
        jira,
        templates,
        store,
        scrub,
        settings,
        log: runLog,
        enqueue: (keys) => queue.enqueue(keys),
        found: (vendor, times) => {
          parts.arrivals.found(vendor, times);
        },
        now,
      });
    },
  });
  parts.checks.run();
  return worker;
}

/** Housekeeping, hourly; with it the schema is looked at again, and PagerDuty's subscriptions more often. */
function keepTidy(parts: Parts): NodeJS.Timeout[] {
  const { opened, log, config } = parts;
  const subscriptions = setInterval(() => {
    if (config.role !== "receiver") {
      parts.checks.runSubscriptions();
    }
  }, config.timing.resyncEveryMs);
  const tidying = setInterval(() => {
    opened.store.maintain().catch((error: unknown) => {
      log.warn({ err: error }, "housekeeping failed, it is tried again in an hour");
    });
    if (config.role !== "receiver") {
      parts.checks.run();
    }
  }, maintainEveryMs);
  return [subscriptions, tidying];
}

/** Opens the ports: webhooks and health for the vendors, and the operator's routes where they belong. */
async function listen(parts: Parts): Promise<FastifyInstance[]> {
  const { config, log, metrics, intake, opened, secrets } = parts;
  const openapi = await readFile(new URL("../openapi.yaml", import.meta.url), "utf8");
  const shared = {
    operations: operationsOf(parts),
    metrics,
    token: config.ops.token,
    openapi,
    log,
  };
  const webhooks = {
    pagerduty: secrets.pagerduty,
    notion: {
      get token() {
        return secrets.notion.token;
      },
      ownUserId: knownLater(() => parts.notion.ownUserId()),
      dataSources: {
        actionItems: new Set(config.routes.map(({ notion }) => notion.actionItems)),
        postMortems: new Set(config.routes.map(({ notion }) => notion.postMortems)),
      },
    },
    jira: config.jira === undefined ? undefined : secrets.jira,
    areSecretsReplaced: (vendor: Vendor) => secrets.areReplaced(vendor),
    onTaken: (vendor: Vendor) => {
      parts.arrivals.seen(vendor);
    },
    intake,
    quarantine: (entry: Parameters<typeof opened.store.quarantine>[0]) =>
      opened.store.quarantine(entry),
    metrics,
    log,
    now,
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
