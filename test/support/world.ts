/** The whole world of a test: the vendors in this process, the service as a process of its own. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startJiraSandbox, type JiraSandbox } from "../../sandbox/jira/sandbox.ts";
import type { Settings as JiraSettings } from "../../sandbox/jira/settings.ts";
import { startNotionSandbox, type NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import type { Settings as NotionSettings } from "../../sandbox/notion/settings.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import type { ActInput } from "../../sandbox/pagerduty/acts.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../../sandbox/pagerduty/sandbox.ts";
import { freePort } from "./ports.ts";
import { spawnService, untilReady, type ServiceProcess } from "./service.ts";
import { waitFor } from "./wait.ts";

/** Times short enough for a test, together with the sandbox's lags. In seconds, as in debrief.yaml. */
const shortTiming: Readonly<Record<string, number | readonly number[]>> = {
  notion_grace_s: 1.5,
  jira_grace_s: 1.5,
  to_do_rest_s: 0.5,
  roll_up_s: 0.2,
  item_sweep_s: 2,
  item_recheck_s: 2,
  pagerduty_grace_s: 1,
  lease_s: 1.5,
  request_timeout_s: 1,
  gate_first_s: 0.1,
  gate_max_s: 1,
  recheck_s: 0.5,
  missing_confirm_s: 1,
  refresh_after_s: [1],
  resync_every_s: 1,
  lock_s: 1.5,
  stalled_every_s: 0.5,
  backoff_first_s: 0.1,
  backoff_max_s: 1,
  drain_s: 5,
};

export interface WorldOptions {
  /** Absent: an embedded store in a temporary directory. */
  readonly storeUrl?: string;
  readonly redisPrefix?: string;
  readonly timing?: Readonly<Record<string, number | readonly number[]>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** Each webhook arrives twice, through two subscriptions. */
  readonly subscribeTwice?: boolean;
  /** Where PagerDuty sends its webhooks instead of to the service. */
  readonly webhookTarget?: string;
  /** With a Jira site, and with Notion's webhooks: the half of action items is on. Its switches besides short lags. */
  readonly jira?: Partial<JiraSettings>;
  /** Further parts of debrief.yaml, as YAML text. */
  readonly yaml?: string;
  /** Switches of Notion besides what tests have: no rate limit, short lags. */
  readonly notion?: Partial<NotionSettings>;
}

export interface NotionCall {
  readonly at: string;
  readonly method: string;
  readonly route: string;
  readonly path: string;
  readonly status?: number | undefined;
}

export interface World extends AsyncDisposable {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  /** Only where the world was opened with one. */
  readonly jira: JiraSandbox;
  readonly directory: string;
  readonly url: string;
  /** Starts (or starts again) a service process; ready when it resolves unless told otherwise. */
  start(options?: {
    readonly args?: readonly string[];
    readonly wait?: boolean;
    readonly port?: number;
  }): Promise<ServiceProcess>;
  /** Ends every process that was started and still runs. */
  stopAll(signal: NodeJS.Signals): Promise<void>;
  /** What all processes wrote so far. */
  output(): string;
  /** Opens an incident at PagerDuty; gives its id. */
  trigger(incident: Omit<Extract<ActInput, { do: "trigger" }>, "do">): string;
  /** What the service tells an operator about an incident, as it answers it; undefined for 404. */
  health(incidentId: string): Promise<unknown>;
  /** Waits until this many more resyncs are complete. */
  untilResyncs(count: number): Promise<void>;
  /** Gives a function that lists the calls to Notion since now, oldest first. */
  watchNotion(): () => readonly NotionCall[];
  /** Post-mortem pages of an incident, the trashed ones included. */
  pagesOf(incidentId: string): PageView[];
  /** Waits for exactly one live page that satisfies the condition. */
  untilPage(
    incidentId: string,
    what: string,
    is: (page: PageView) => boolean,
    withinMs?: number,
  ): Promise<PageView>;
}

/** Opens the vendors; starts no service yet. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-test-"));
  const config = join(directory, "debrief.yaml");
  await writeFile(
    config,
    `${timingYaml({ ...shortTiming, ...options.timing })}${options.yaml ?? ""}`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const seed = options.seed ?? 1;
  const pagerduty = await startPagerDutySandbox({
    seed,
    webhookTarget: options.webhookTarget ?? url,
    subscribeTwice: options.subscribeTwice ?? false,
    settings: { requestsPerMinute: 100_000 },
  });
  const lags = { queryLagMs: 300, queryLagJitterMs: 200 };
  const notion = await startNotionSandbox({
    seed,
    webhookTarget: options.webhookTarget ?? url,
    settings: { ...lags, webhookWindowMs: 50, rateLimitOn: false, ...options.notion },
  });
  const jira = await startJiraSandbox({
    seed,
    ...(options.jira === undefined ? {} : { webhookTarget: options.webhookTarget ?? url }),
    settings: { searchLagMs: 300, searchLagJitterMs: 200, ...options.jira },
  });
  const services: ServiceProcess[] = [];
  const env = {
    STORE_URL: options.storeUrl ?? `file:${join(directory, "data")}`,
    DEBRIEF_CONFIG: config,
    LOG_LEVEL: "info",
    NOTION_CALLS_PER_MINUTE: "6000",
    PAGERDUTY_CALLS_PER_MINUTE: "6000",
    ...(options.redisPrefix === undefined ? {} : { REDIS_PREFIX: options.redisPrefix }),
    ...pagerduty.environment(),
    ...notion.environment(),
    ...(options.jira === undefined ? {} : itemsEnvironment(notion, jira)),
    ...options.env,
  };

  async function start(how: Parameters<World["start"]>[0] = {}): Promise<ServiceProcess> {
    const service = spawnService({ port: how.port ?? port, env, args: how.args ?? [] });
    services.push(service);
    if (how.wait !== false) {
      await untilReady(service);
    }
    return service;
  }

  async function stopAll(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(services.map((service) => service.kill(signal)));
  }

  return {
    pagerduty,
    notion,
    jira,
    directory,
    url,
    start,
    stopAll,
    output: () => services.map((service) => service.output()).join(""),
    ...looks({ pagerduty, notion, url, services }),
    async [Symbol.asyncDispose]() {
      await stopAll("SIGKILL");
      await pagerduty.close();
      await notion.close();
      await jira.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What switches the half of action items on: Jira's variables, and Notion's webhooks. */
function itemsEnvironment(notion: NotionSandbox, jira: JiraSandbox): Record<string, string> {
  const { verificationToken } = notion.setWebhook();
  return {
    NOTION_WEBHOOK_TOKEN: verificationToken,
    JIRA_CALLS_PER_MINUTE: "6000",
    ...jira.environment(),
  };
}

function timingYaml(timing: Readonly<Record<string, number | readonly number[]>>): string {
  const lines = Object.entries(timing).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`,
  );
  return `timing:\n${lines.join("")}`;
}

interface Parts {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  readonly url: string;
  readonly services: readonly ServiceProcess[];
}

function looks(
  parts: Parts,
): Pick<World, "trigger" | "health" | "untilResyncs" | "watchNotion" | "pagesOf" | "untilPage"> {
  const { pagerduty, notion, url, services } = parts;

  function pagesOf(incidentId: string): PageView[] {
    return notion
      .pages("Post-mortems")
      .filter((page) => page.properties["Incident ID"] === incidentId);
  }

  function resyncs(): number {
    const said = services.map((service) => service.output()).join("");
    return said.split("resync is complete").length - 1;
  }

  return {
    pagesOf,
    trigger(incident) {
      const { id } = pagerduty.act({ do: "trigger", ...incident }).incident ?? {};
      if (id === undefined) {
        throw new Error("triggering gave no incident");
      }
      return id;
    },
    async health(incidentId) {
      const response = await fetch(`${url}/api/v1/incidents/${incidentId}`);
      if (response.status === 404) {
        await response.arrayBuffer();
        return undefined;
      }
      return response.json();
    },
    async untilResyncs(count) {
      const before = resyncs();
      await waitFor(`${String(count)} more resyncs`, () => resyncs() >= before + count, 30_000);
    },
    watchNotion() {
      const before = notion.calls().calls.length;
      return () => notion.calls().calls.slice(before);
    },
    untilPage: (incidentId, what, is, withinMs = 20_000) =>
      waitFor(
        what,
        () => {
          const live = pagesOf(incidentId).filter((page) => !page.inTrash);
          const [page] = live;
          return live.length === 1 && page !== undefined && is(page) ? page : undefined;
        },
        withinMs,
      ).catch((error: unknown) => {
        const said = services.at(-1)?.output().slice(-4000) ?? "";
        throw new Error(
          `${String(error)}\npages: ${describe(pagesOf(incidentId))}\nservice:\n${said}`,
          { cause: error },
        );
      }),
  };
}

function describe(pages: readonly PageView[]): string {
  return JSON.stringify(
    pages.map((page) => ({
      id: page.id,
      inTrash: page.inTrash,
      properties: page.properties,
      blocks: page.blocks.length,
      rows: timelineOf(page),
    })),
  );
}

/** The rows of a page's timeline, without the header: cells joined by " | ". */
function timelineOf(page: PageView): string[] {
  const table = page.blocks.find((block) => block.type === "table");
  return (table?.children ?? []).slice(1).map((row) => row.text);
}
