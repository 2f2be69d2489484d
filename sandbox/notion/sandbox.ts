/**
 * A Notion workspace on loopback: the REST API, signed webhooks, and people who work in it.
 * It knows the vendor's documents and captures, and nothing of the program that it serves.
 */

import { randomUUID } from "node:crypto";
import type { CallSummary } from "../core/calls.ts";
import { realClock, type Clock } from "../core/clock.ts";
import { createFaults, type Faults } from "../core/faults.ts";
import { loopback, startVendorServer, type VendorServer } from "../core/http.ts";
import type { Network } from "../core/network.ts";
import { createRandom } from "../core/random.ts";
import type { Attempt } from "../core/webhooks.ts";
import { createAcme, resetAcme, type Acme } from "./acme.ts";
import { act, type ActInput, type ActResult } from "./acts.ts";
import type { Api } from "./api.ts";
import { errorAnswer } from "./errors.ts";

import { createGate, type CommitFault } from "./gate.ts";
import { describeWorld, insideRoutes, type WorldView } from "./inside.ts";
import { blockRoutes } from "./routes-blocks.ts";
import { databaseRoutes, dataSourceRoutes } from "./routes-databases.ts";
import { pageRoutes } from "./routes-pages.ts";
import { commentRoutes, searchRoutes, userRoutes } from "./routes-rest.ts";
import { viewRoutes } from "./routes-views.ts";
import { Settings } from "./settings.ts";
import { viewPage, viewPages, type PageView } from "./views-of-world.ts";
import { createWebhooks, type SetWebhook, type Subscription, type Webhooks } from "./webhooks.ts";

export interface NotionSandboxOptions {
  /** Absent or 0: a free port. */
  readonly port?: number;
  /** Absent: 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly seed?: number;
  /** Where it can be reached instead of on a port. */
  readonly network?: Network;
  /** The program's base URL; a subscription without a URL goes to its /webhooks/notion. */
  readonly webhookTarget?: string;
  readonly settings?: Partial<Settings>;
}

export interface NotionSandbox extends AsyncDisposable {
  readonly url: string;
  readonly clock: Clock;
  readonly faults: Faults;
  /** The names of things: our bot, the two data sources. */
  readonly ids: {
    readonly bot: string;
    readonly rootPage: string;
    readonly postMortems: string;
    readonly actionItems: string;
  };
  /** Acts as a person in the app. */
  act(input: ActInput): ActResult;
  /** Changes single switches. */
  configure(settings: Partial<Settings>): void;
  /** Commits the next matching writes and loses their answers. */
  loseAnswers(fault: CommitFault): void;
  /** Pages with their trees, oldest first, the trashed ones included; of one data source by title or id. */
  pages(dataSource?: string): PageView[];
  /** One page; undefined when it was deleted for good or never was. */
  page(id: string): PageView | undefined;
  state(): WorldView;
  calls(): CallSummary;
  /** Subscribes; the returned token signs. Absent URL: the target given at the start. */
  setWebhook(input?: Partial<SetWebhook>): Subscription;
  /** Pastes the token of a handshake into the settings; false when it is another one. */
  confirmWebhook(token: string): boolean;
  removeWebhook(): void;
  deliveries(): readonly Attempt[];
  pendingWebhooks(): number;
  /** A workspace as at the start, with the same ids; the subscription stays. */
  reset(): void;
  /** NAME → value of what the program needs to talk to this workspace; the webhook's token once it is active. */
  environment(): Record<string, string>;
  close(): Promise<void>;
}

interface Parts {
  readonly options: NotionSandboxOptions;
  readonly clock: Clock;
  readonly seed: number;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly api: Api;
  readonly acme: Acme;
}

/** Starts the workspace. Rejects when the port is taken. */
export async function startNotionSandbox(
  options: NotionSandboxOptions = {},
): Promise<NotionSandbox> {
  const clock = options.clock ?? realClock();
  const seed = options.seed ?? 1;
  const faults = createFaults(createRandom(seed + 2));
  const webhooks = createWebhooks(clock, faults);
  const acme = createAcme(clock, seed, (change) => webhooks.emit(change));
  const api = { world: acme.world, gate: createGate(acme.world) };
  const parts: Parts = { options, clock, seed, faults, webhooks, api, acme };
  configure(parts, options.settings ?? {});
  const server = await listen(parts);

  async function close(): Promise<void> {
    webhooks.close();
    await server.close();
    if (options.clock === undefined) {
      clock.close();
    }
  }

  return { ...surface(parts, server), close, [Symbol.asyncDispose]: close };
}

function surface(
  parts: Parts,
  server: VendorServer,
): Omit<NotionSandbox, "close" | typeof Symbol.asyncDispose> {
  const { webhooks, api, acme, faults } = parts;
  return {
    url: server.url,
    clock: parts.clock,
    faults,
    ids: {
      bot: acme.world.bot.id,
      rootPage: acme.rootPageId,
      postMortems: acme.postMortemsId,
      actionItems: acme.actionItemsId,
    },
    act: (input) => act(api.world, input),
    configure: (settings) => configure(parts, settings),
    loseAnswers: (fault) => api.gate.loseAnswers(fault),
    pages: (dataSource) => viewPages(api.world, dataSource),
    page(id) {
      const page = api.world.pages.get(id);
      return page === undefined ? undefined : viewPage(api.world, page);
    },
    state: () => describeWorld(api.world, webhooks),
    calls: () => server.calls.summary(),
    setWebhook: (input = {}) => setWebhook(parts, input),
    confirmWebhook: (token) => webhooks.confirm(token),
    removeWebhook: () => webhooks.remove(),
    deliveries: () => webhooks.attempts(),
    pendingWebhooks: () => webhooks.pending(),
    reset() {
      reset(parts);
      faults.clear();
      faults.clearCounts();
      server.calls.clear();
    },
    environment: () => environmentOf(parts, server.url),
  };
}

function environmentOf({ api, acme, webhooks }: Parts, url: string): Record<string, string> {
  const subscription = webhooks.subscription();
  return {
    NOTION_TOKEN: api.world.token,
    NOTION_API_URL: url,
    NOTION_POSTMORTEMS_ID: acme.postMortemsId,
    NOTION_ACTION_ITEMS_ID: acme.actionItemsId,
    ...(subscription?.state === "active"
      ? { NOTION_WEBHOOK_TOKEN: subscription.verificationToken }
      : {}),
  };
}

/** A ZodError when a switch is unknown or has no such position. */
function configure({ api }: Parts, changes: Readonly<Record<string, unknown>>): void {
  api.world.settings = Settings.parse({ ...api.world.settings, ...changes });
}

function listen(parts: Parts): Promise<VendorServer> {
  const { api, webhooks } = parts;
  return startVendorServer({
    clock: parts.clock,
    faults: parts.faults,
    routes: [
      ...pageRoutes(api),
      ...blockRoutes(api),
      ...databaseRoutes(api),
      ...dataSourceRoutes(api),
      ...viewRoutes(api),
      ...userRoutes(api),
      ...commentRoutes(api),
      ...searchRoutes(api),
    ],
    control: insideRoutes(api, webhooks, {
      configure: (changes) => configure(parts, changes),
      setWebhook: (input) => setWebhook(parts, input),
    }),
    state: () => describeWorld(api.world, webhooks),
    reset: () => reset(parts),
    guard: (request) => api.gate.guard(request),
    headers: () => ({ "x-notion-request-id": randomUUID() }),
    notFound: () => errorAnswer(400, "invalid_request_url", "Invalid request URL."),
    malformed: () => errorAnswer(400, "invalid_json", "Error parsing JSON body."),
    port: parts.options.port ?? 0,
    host: parts.options.host ?? loopback,
    network: parts.options.network,
  });
}

function setWebhook(parts: Parts, input: Partial<SetWebhook>): Subscription {
  const { webhookTarget } = parts.options;
  const url = input.url ?? `${webhookTarget?.replace(/\/$/u, "")}/webhooks/notion`;
  if (!URL.canParse(url)) {
    throw new RangeError("a subscription needs a URL");
  }
  return parts.webhooks.set(parts.api.world, { ...input, url });
}

function reset(parts: Parts): void {
  parts.webhooks.quietly(() => resetAcme(parts.acme, parts.seed));
  parts.api.world.settings = Settings.parse(parts.options.settings ?? {});
  parts.api.gate.reset();
}
