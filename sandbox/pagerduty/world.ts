/** The state of the account, and the few ways in which everything else reads and changes it. */

import type { Clock } from "../core/clock.ts";
import { createRandom } from "../core/random.ts";
import { createAccount, type Account } from "./account.ts";
import { createIds, type Ids } from "./ids.ts";
import type {
  Alert,
  ChangeEvent,
  EscalationPolicy,
  Incident,
  LogEntry,
  Note,
  Priority,
  Reference,
  Service,
  User,
} from "./model.ts";
import { Settings } from "./settings.ts";

/** An event as the subscriptions get it, before it is signed. */
export interface WorldEvent {
  readonly type: string;
  readonly resourceType: "incident" | "service" | "pagey";
  readonly occurredAt: Date;
  readonly agent: Reference | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** The incident that it is about, for filters and order. */
  readonly incident?: Incident;
}

export interface World {
  readonly clock: Clock;
  readonly seed: number;
  ids: Ids;
  settings: Settings;
  account: Account;
  readonly incidents: Map<string, Incident>;
  /** All of them, in the order in which they were written. */
  readonly logEntries: LogEntry[];
  readonly alerts: Alert[];
  readonly notes: Note[];
  readonly changeEvents: ChangeEvent[];
  /** Hands an event to the subscriptions. */
  emit: (event: WorldEvent) => void;
}

const firstIncidentNumber = 4_101;

/** An account without any incident. `emit` does nothing until the subscriptions take it over. */
export function createWorld(clock: Clock, seed: number): World {
  return {
    clock,
    seed,
    ids: createIds(createRandom(seed)),
    settings: Settings.parse({}),
    account: createAccount(),
    incidents: new Map(),
    logEntries: [],
    alerts: [],
    notes: [],
    changeEvents: [],
    emit: () => undefined,
  };
}

/** Empties the account and puts its people and switches back to the start. */
export function resetWorld(world: World): void {
  const fresh = createWorld(world.clock, world.seed);
  // Ids go on, so that nothing from before the reset can be mistaken for something new.
  world.settings = fresh.settings;
  world.account = fresh.account;
  world.incidents.clear();
  for (const list of [world.logEntries, world.alerts, world.notes, world.changeEvents]) {
    list.length = 0;
  }
}

export function nextIncidentNumber(world: World): number {
  return firstIncidentNumber + world.incidents.size;
}

/** By id or number. */
export function findIncident(world: World, idOrNumber: string): Incident | undefined {
  const byId = world.incidents.get(idOrNumber);
  if (byId !== undefined || !/^\d+$/u.test(idOrNumber)) {
    return byId;
  }
  return [...world.incidents.values()].find(({ number }) => String(number) === idOrNumber);
}

export function getIncident(world: World, idOrNumber: string): Incident {
  return findIncident(world, idOrNumber) ?? fail("incident", idOrNumber);
}

/** By id, name or e-mail address, the deleted ones included. */
export function getUser(world: World, who: string): User {
  const users = [...world.account.users.values()];
  return users.find((user) => isCalled(user, who) || user.email === who) ?? fail("user", who);
}

export function getService(world: World, which: string): Service {
  return world.account.services.find((one) => isCalled(one, which)) ?? fail("service", which);
}

export function getPolicy(world: World, which: string): EscalationPolicy {
  return world.account.policies.find((one) => isCalled(one, which)) ?? fail("policy", which);
}

export function getPriority(world: World, which: string): Priority {
  return world.account.priorities.find((one) => isCalled(one, which)) ?? fail("priority", which);
}

export function alertsOf(world: World, incident: Incident): Alert[] {
  return world.alerts.filter(({ incidentId }) => incidentId === incident.id);
}

function isCalled(thing: { readonly id: string; readonly name: string }, which: string): boolean {
  return thing.id === which || thing.name.toLowerCase() === which.toLowerCase();
}

function fail(kind: string, which: string): never {
  throw new RangeError(`there is no ${kind} "${which}" in the sandbox`);
}
