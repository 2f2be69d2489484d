/**
 * A Jira Cloud site on loopback: REST v3, admin webhooks, and people and automation that work in it.
 * It knows the vendor's documents and captures, and nothing of the program that it serves.
 */

import { randomUUID } from "node:crypto";
import type { CallSummary } from "../core/calls.ts";
import { realClock, type Clock } from "../core/clock.ts";
import { createFaults, type FaultRule, type Faults } from "../core/faults.ts";
import { loopback, startVendorServer, type VendorServer } from "../core/http.ts";
import type { Network } from "../core/network.ts";
import { createRandom } from "../core/random.ts";
import type { Route } from "../core/router.ts";
import type { Attempt } from "../core/webhooks.ts";
import { createAcme, resetAcme, type Acme, type Credentials } from "./acme.ts";
import { act, type ActInput, type ActResult } from "./acts.ts";
import { runAutomation } from "./automation.ts";
import { findIssueEvenDeleted } from "./find.ts";
import { describeWorld, insideRoutes, type WorldView } from "./inside.ts";
import type { World } from "./model.ts";
import { createRateLimits } from "./rate-limits.ts";
import { callerOf, jiraRoutes, malformed, noEndpoint, type Api } from "./rest.ts";
import { attachedHandlers } from "./routes-attached.ts";
import { commentHandlers } from "./routes-comments.ts";
import { issueHandlers } from "./routes-issues.ts";
import { metaHandlers } from "./routes-meta.ts";
import { peopleHandlers } from "./routes-people.ts";
import { searchRoutes } from "./routes-search.ts";
import { webhookRoutes } from "./routes-webhooks.ts";
import { Settings } from "./settings.ts";
import { transitionHandlers } from "./transitions.ts";
import { viewIssue, viewIssues, type IssueView } from "./views-of-world.ts";
import {
  createWebhooks,
  defaultTiming,
  type DeliveryTiming,
  type Registration,
  type RegistrationDraft,
  type Webhooks,
} from "./webhooks.ts";

export interface JiraSandboxOptions {
  /** Absent or 0: a free port. */
  readonly port?: number;
  /** Absent: 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly seed?: number;
  /** Where it can be reached instead of on a port. */
  readonly network?: Network;
  /** The program's base URL; its /webhooks/jira is registered with a secret. Absent: no webhook. */
  readonly webhookTarget?: string;
  /** Registers twice, so that each event arrives twice under different identifiers. */
  readonly registerTwice?: boolean;
  readonly timing?: Partial<DeliveryTiming>;
  readonly settings?: Partial<Settings>;
}

export interface JiraSandbox extends AsyncDisposable {
  readonly url: string;
  /** The same site by the API gateway's base path. */
  readonly gatewayUrl: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly settings: Settings;
  /** The names of things. */
  readonly ids: {
    readonly bot: string;
    readonly automation: string;
    readonly cloudId: string;
    /** What browse and `self` links start with; not where the site listens. */
    readonly siteUrl: string;
  };
  /** Whom the program acts as. */
  readonly bot: Credentials;
  /** Somebody who may administer the site. */
  readonly admin: Credentials;
  /** The registrations that were made at the start, with their secrets. */
  readonly webhooks: readonly Registration[];
  /** Acts as a person, an administrator, another app or automation. */
  act(input: ActInput): ActResult;
  addFault(rule: FaultRule): string;
  /** Changes single switches. */
  configure(settings: Partial<Settings>): void;
  /** Issues, oldest first, the deleted and archived ones included; of one project by key. */
  issues(project?: string): IssueView[];
  /** By id, or by any key that it ever had; also when it was deleted. */
  issue(idOrKey: string): IssueView | undefined;
  state(): WorldView;
  calls(): CallSummary;
  registerWebhook(draft: RegistrationDraft): Registration;
  /** The bot's token is refused from now on; calls that allow it are answered as to nobody. */
  revokeToken(): void;
  restoreToken(): void;
  /** The attempts to deliver webhooks, oldest first. */
  deliveries(): readonly Attempt[];
  /** How many webhooks are waiting or on their way. */
  pendingWebhooks(): number;
  /** A site as at the start; the registered webhooks and their secrets stay. */
  reset(): void;
  /** NAME → value of what the program needs to talk to this site. */
  environment(): Record<string, string>;
  close(): Promise<void>;
}

interface Parts {
  readonly options: JiraSandboxOptions;
  readonly seed: number;
  readonly faults: Faults;
  readonly acme: Acme;
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly api: Api;
  readonly secret: string;
  readonly registered: readonly Registration[];
}

/** Starts the site. Rejects when the port is taken. */
export async function startJiraSandbox(options: JiraSandboxOptions = {}): Promise<JiraSandbox> {
  const clock = options.clock ?? realClock();
  const parts = assemble(options, clock);
  const { webhooks } = parts;
  configure(parts, options.settings ?? {});
  const server = await listen(parts);

  async function close(): Promise<void> {
    webhooks.close();
    await server.close();
    if (options.clock === undefined) {
      clock.close();
    }
  }

  // Not a spread: it would keep the settings of the start.
  return Object.assign(surface(parts, server), { close, [Symbol.asyncDispose]: close });
}

function assemble(options: JiraSandboxOptions, clock: Clock): Parts {
  const seed = options.seed ?? 1;
  const faults = createFaults(createRandom(seed + 3));
  const acme = createAcme(clock, seed, () => {});
  const { world } = acme;
  const webhooks = createWebhooks(world, faults, { ...defaultTiming, ...options.timing });
  world.emit = (change) => {
    webhooks.emit(change);
    runAutomation(world, change);
  };
  const api = { world, limits: createRateLimits(world) };
  const secret = createRandom(seed + 4).uuid();
  const registered = register(options, webhooks, secret);
  return { options, seed, faults, acme, world, webhooks, api, secret, registered };
}

/** Registers the program for the whole site, without a filter: moves and removed labels pass, too. */
function register(
  { webhookTarget, registerTwice }: JiraSandboxOptions,
  webhooks: Webhooks,
  secret: string,
): readonly Registration[] {
  if (webhookTarget === undefined) {
    return [];
  }
  const url = `${webhookTarget.replace(/\/$/u, "")}/webhooks/jira`;
  const draft = { url, name: "post-mortems", secret };
  return (registerTwice === true ? [draft, draft] : [draft]).map((one) => webhooks.register(one));
}

function surface(
  parts: Parts,
  server: VendorServer,
): Omit<JiraSandbox, "close" | typeof Symbol.asyncDispose> {
  const { world, webhooks, faults, acme } = parts;
  const { site } = world;
  return {
    url: server.url,
    gatewayUrl: `${server.url}/ex/jira/${site.cloudId}`,
    clock: world.clock,
    faults,
    get settings() {
      return world.settings;
    },
    ids: {
      bot: world.bot.accountId,
      automation: world.automation.accountId,
      cloudId: site.cloudId,
      siteUrl: site.url,
    },
    bot: acme.bot,
    admin: acme.admin,
    webhooks: parts.registered,
    act: (input) => act(world, input),
    addFault: (rule) => faults.add(rule),
    configure: (settings) => configure(parts, settings),
    issues: (project) => viewIssues(world, project),
    issue(idOrKey) {
      const issue = findIssueEvenDeleted(world, idOrKey);
      return issue === undefined ? undefined : viewIssue(world, issue);
    },
    state: () => describeWorld(world, webhooks),
    calls: () => server.calls.summary(),
    registerWebhook: (draft) => webhooks.register(draft),
    ...tokenSwitches(acme),
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

function tokenSwitches({ world, bot }: Acme): Pick<JiraSandbox, "revokeToken" | "restoreToken"> {
  return {
    revokeToken: () => void world.tokens.delete(bot.apiToken),
    restoreToken: () => void world.tokens.set(bot.apiToken, world.bot.accountId),
  };
}

function environmentOf({ acme, secret }: Parts, url: string): Record<string, string> {
  return {
    JIRA_URL: url,
    JIRA_EMAIL: acme.bot.email,
    JIRA_API_TOKEN: acme.bot.apiToken,
    JIRA_PROJECT: "OPS",
    JIRA_ISSUE_TYPE: "Task",
    JIRA_WEBHOOK_SECRET: secret,
  };
}

/** A ZodError when a switch is unknown or has no such position. */
function configure({ world }: Parts, changes: Readonly<Record<string, unknown>>): void {
  world.settings = Settings.parse({ ...world.settings, ...changes });
}

function listen(parts: Parts): Promise<VendorServer> {
  const { options, world, api, webhooks } = parts;
  const routes = routesOf(api, webhooks);
  return startVendorServer({
    clock: world.clock,
    faults: parts.faults,
    routes,
    control: insideRoutes(world, (changes) => configure(parts, changes)),
    state: () => describeWorld(world, webhooks),
    reset: () => reset(parts),
    headers(request) {
      const user = callerOf(world, request);
      const isRefused = user === undefined && request.headers["authorization"] !== undefined;
      return {
        server: "AtlassianEdge",
        "cache-control": "no-cache, no-store, no-transform",
        "atl-traceid": randomUUID().replaceAll("-", ""),
        ...(user === undefined ? {} : { "x-aaccountid": encodeURIComponent(user.accountId) }),
        ...(isRefused ? { "x-seraph-loginreason": "AUTHENTICATED_FAILED" } : {}),
      };
    },
    notFound: (request) => noEndpoint(routes, request),
    malformed,
    port: options.port ?? 0,
    host: options.host ?? loopback,
    network: options.network,
  });
}

function routesOf(api: Api, webhooks: Webhooks): Route[] {
  return [
    ...jiraRoutes(api, [
      ...issueHandlers(api),
      ...metaHandlers(api),
      ...transitionHandlers(api),
      ...commentHandlers(api),
      ...attachedHandlers(api),
      ...peopleHandlers(api),
    ]),
    ...searchRoutes(api),
    ...webhookRoutes(api, webhooks),
    {
      // Unauthenticated, and outside of the API: how one learns a site's id for the gateway.
      method: "GET",
      path: "/_edge/tenant_info",
      handle: () => ({ status: 200, body: { cloudId: api.world.site.cloudId } }),
    },
  ];
}

function reset(parts: Parts): void {
  parts.webhooks.quietly(() => resetAcme(parts.acme, parts.seed));
  parts.world.settings = Settings.parse(parts.options.settings ?? {});
  parts.api.limits.reset();
}
