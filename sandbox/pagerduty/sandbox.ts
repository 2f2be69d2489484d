/**
 * A PagerDuty account on loopback: REST v2, webhooks V3, and people who act in it.
 * It knows the vendor's documents and captures, and nothing of the program that it serves.
 */

import { realClock, type Clock } from "../core/clock.ts";
import type { CallSummary } from "../core/calls.ts";
import { createFaults, type Faults } from "../core/faults.ts";
import { loopback, startVendorServer, type VendorServer } from "../core/http.ts";
import type { Network } from "../core/network.ts";
import { createRandom } from "../core/random.ts";
import type { Attempt } from "../core/webhooks.ts";
import { act, type ActInput, type ActResult } from "./acts.ts";
import {
  createTokens,
  describeWorld,
  environmentOf,
  insideRoutes,
  suggestedEvents,
} from "./inside.ts";
import type { Subscription } from "./model.ts";
import { createGate, errorAnswer, type Gate, type Tokens } from "./rest.ts";
import { directoryRoutes } from "./routes-directory.ts";
import { incidentRoutes } from "./routes-incidents.ts";
import { subscriptionRoutes } from "./routes-subscriptions.ts";
import { writeRoutes } from "./routes-writes.ts";
import { Settings } from "./settings.ts";
import {
  createSubscriptions,
  defaultTiming,
  type DeliveryTiming,
  type Subscriptions,
} from "./subscriptions.ts";
import { createWorld, resetWorld, type World } from "./world.ts";

export interface PagerDutySandboxOptions {
  /** Absent or 0: a free port. */
  readonly port?: number;
  /** Absent: 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly seed?: number;
  /** Where it can be reached instead of on a port. */
  readonly network?: Network;
  /** The program's base URL; its /webhooks/pagerduty is subscribed. Absent: no subscription. */
  readonly webhookTarget?: string;
  /** Subscribes twice, so that each event arrives twice under different webhook ids. */
  readonly subscribeTwice?: boolean;
  readonly timing?: Partial<DeliveryTiming>;
  readonly settings?: Partial<Settings>;
}

export interface PagerDutySandbox extends AsyncDisposable {
  readonly url: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly tokens: Tokens;
  /** The subscriptions that were made at the start, with their secrets. */
  readonly subscriptions: readonly Subscription[];
  /** Acts as a person, an integration or a timeout. */
  act(input: ActInput): ActResult;
  /** Changes single switches. */
  configure(settings: Partial<Settings>): void;
  /** The texts of an incident's notes, oldest first; empty when there is no such incident. */
  notesOf(incidentId: string): readonly string[];
  /** The ids of an incident's log entries, the lagging ones included, oldest first. */
  logEntryIdsOf(incidentId: string): readonly string[];
  /** Incidents with their notes, log entry types and alerts, subscriptions and deliveries. */
  state(): unknown;
  calls(): CallSummary;
  /** The attempts to deliver webhooks, oldest first. */
  deliveries(): readonly Attempt[];
  /** How many webhooks are waiting or on their way. */
  pendingWebhooks(): number;
  /** An account as at the start; the subscriptions and their secrets stay. */
  reset(): void;
  /** NAME → value of what the program needs to talk to this account. */
  environment(): Record<string, string>;
  close(): Promise<void>;
}

/** Starts the account. Rejects when the port is taken. */
export async function startPagerDutySandbox(
  options: PagerDutySandboxOptions = {},
): Promise<PagerDutySandbox> {
  const world = createWorld(options.clock ?? realClock(), options.seed ?? 1);
  const faults = createFaults(createRandom(world.seed + 1));
  const subscriptions = createSubscriptions(world, faults, { ...defaultTiming, ...options.timing });
  const tokens = createTokens(world.seed);
  const gate = createGate(world, tokens);
  const parts: Parts = { options, world, faults, subscriptions, tokens, gate };
  configure(parts, options.settings ?? {});
  world.emit = (event) => subscriptions.deliver(event);
  const server = await listen(parts);
  const made = subscribe(parts);

  async function close(): Promise<void> {
    subscriptions.close();
    await server.close();
    if (options.clock === undefined) {
      world.clock.close();
    }
  }

  return {
    url: server.url,
    clock: world.clock,
    faults,
    tokens,
    subscriptions: made,
    act: (input) => act(world, input),
    configure: (settings) => configure(parts, settings),
    notesOf: (id) => ofIncident(world.notes, id).map(({ content }) => content),
    logEntryIdsOf: (id) => ofIncident(world.logEntries, id).map((entry) => entry.id),
    state: () => describeWorld(world, subscriptions),
    calls: () => server.calls.summary(),
    deliveries: () => subscriptions.sender.attempts(),
    pendingWebhooks: () => subscriptions.sender.pending(),
    reset() {
      reset(parts);
      faults.clear();
      faults.clearCounts();
      server.calls.clear();
    },
    environment: () => environmentOf(server.url, tokens, made),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function ofIncident<T extends { readonly incidentId: string }>(
  all: readonly T[],
  incidentId: string,
): readonly T[] {
  return all.filter((one) => one.incidentId === incidentId);
}

interface Parts {
  readonly options: PagerDutySandboxOptions;
  readonly world: World;
  readonly faults: Faults;
  readonly subscriptions: Subscriptions;
  readonly tokens: Tokens;
  readonly gate: Gate;
}

function listen(parts: Parts): Promise<VendorServer> {
  const { options, world, faults, subscriptions, tokens, gate } = parts;
  return startVendorServer({
    clock: world.clock,
    faults,
    routes: [
      ...subscriptionRoutes(world, subscriptions),
      ...writeRoutes(world),
      ...directoryRoutes(world, tokens),
      ...incidentRoutes(world),
    ],
    control: insideRoutes(world, (settings) => configure(parts, settings)),
    state: () => describeWorld(world, subscriptions),
    reset: () => reset(parts),
    guard: gate.guard,
    headers: gate.headers,
    notFound: () => errorAnswer(404, { code: 2100, message: "Not Found" }),
    malformed: () => errorAnswer(400, { code: 2001, message: "Invalid Input Provided" }),
    port: options.port ?? 0,
    host: options.host ?? loopback,
    network: options.network,
  });
}

/** A ZodError when a switch is unknown or has no such position. */
function configure({ world }: Parts, changes: Readonly<Record<string, unknown>>): void {
  world.settings = Settings.parse({ ...world.settings, ...changes });
}

function reset(parts: Parts): void {
  resetWorld(parts.world);
  configure(parts, parts.options.settings ?? {});
  parts.subscriptions.reset();
  parts.gate.reset();
}

/** Subscribes the program to the whole account, as the vendor's page suggests. */
function subscribe({ options, subscriptions }: Parts): Subscription[] {
  if (options.webhookTarget === undefined) {
    return [];
  }
  const url = `${options.webhookTarget.replace(/\/$/u, "")}/webhooks/pagerduty`;
  const filter = { type: "account_reference" };
  const draft = { url, description: "post-mortems", events: suggestedEvents, filter };
  const wanted = options.subscribeTwice === true ? [draft, draft] : [draft];
  return wanted.flatMap((one) => subscriptions.create(one) ?? []);
}
