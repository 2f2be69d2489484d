/** The site at start: Acme with its people, the bot, its projects and its words. Fixed ids. */

import { cast } from "../core/cast.ts";
import type { Clock } from "../core/clock.ts";
import { createRandom, type Random } from "../core/random.ts";
import {
  createCustomFields,
  createProjects,
  createResolutions,
  createStatuses,
} from "./acme-projects.ts";
import type { Change, LinkType, Priority, User, World } from "./model.ts";
import { Settings } from "./settings.ts";

const tokenSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

const site = {
  url: "https://acme.atlassian.net",
  name: "Acme",
  cloudId: "1b0f7c52-5d3c-4c86-9f0e-3f6a6c1f2b10",
  timeZone: "Europe/Berlin",
} as const;

const zones = [
  "Europe/London",
  "Europe/Stockholm",
  "Asia/Tokyo",
  "Europe/Rome",
  "Europe/Istanbul",
  "Asia/Dubai",
  "Africa/Lagos",
  "Europe/Amsterdam",
];

const bot: User = {
  accountId: "712020:b07debf1-0000-4000-8000-000000000001",
  displayName: "Debrief",
  email: "debrief@acme.example",
  hidesEmail: false,
  accountType: "atlassian",
  // Neither UTC nor the site's zone: date literals in JQL are read in this one.
  timeZone: "America/New_York",
  isAdmin: false,
  active: true,
};

const automation: User = {
  accountId: "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077",
  displayName: "Automation for Jira",
  email: "",
  hidesEmail: true,
  accountType: "app",
  timeZone: "Etc/UTC",
  isAdmin: false,
  active: true,
};

/** An app whose name begins like a person's, for searches that find too many. */
const assistant: User = {
  ...automation,
  accountId: "557058:ada00000-0000-4000-8000-000000000002",
  displayName: "Ada Assistant",
};

function createPeople(): User[] {
  const people = cast.map(({ name, email, inJira }, index): User => {
    const number = String(index + 1).padStart(2, "0");
    return {
      // Older accounts have a bare id, newer ones one with a colon.
      accountId:
        index % 2 === 0
          ? `5b10ac8d82e05b22cc7d4e${number}`
          : `712020:acme00${number}-0000-4000-8000-0000000000${number}`,
      displayName: name,
      email,
      hidesEmail: inJira === "hidden email",
      accountType: "atlassian",
      timeZone: zones[index] ?? "Etc/UTC",
      isAdmin: inJira === "admin",
      active: inJira !== "deactivated",
    };
  });
  return [...people, { ...bot }, { ...automation }, { ...assistant }];
}

function createPriorities(): Priority[] {
  const names = [
    "Highest #d04437",
    "High #f15C75",
    "Medium #f79232",
    "Low #707070",
    "Lowest #999999",
  ];
  return names.map((one, index) => {
    const [name = "", color = ""] = one.split(" ");
    return { id: String(index + 1), name, color };
  });
}

const linkTypes: readonly LinkType[] = [
  { id: "10000", name: "Blocks", inward: "is blocked by", outward: "blocks" },
  { id: "10001", name: "Cloners", inward: "is cloned by", outward: "clones" },
  { id: "10002", name: "Duplicate", inward: "is duplicated by", outward: "duplicates" },
  { id: "10003", name: "Relates", inward: "relates to", outward: "relates to" },
];

/** Credentials of the site, the same for the same seed. */
export interface Credentials {
  readonly email: string;
  readonly apiToken: string;
}

export interface Acme {
  readonly world: World;
  readonly bot: Credentials;
  /** Ada's: she may administer, so she can register webhooks. */
  readonly admin: Credentials;
}

/** A fresh Acme without any issue. */
export function createAcme(clock: Clock, seed: number, emit: (change: Change) => void): Acme {
  const random = createRandom(seed);
  const world: World = {
    clock,
    random,
    settings: Settings.parse({}),
    site,
    bot: { ...bot },
    automation: { ...automation },
    tokens: new Map(),
    users: new Map(),
    denied: new Map(),
    projects: new Map(),
    statuses: new Map(),
    priorities: [],
    resolutions: [],
    linkTypes,
    customFields: new Map(),
    issues: new Map(),
    keys: new Map(),
    links: [],
    automations: [],
    counters: new Map(),
    emit,
  };
  const acme = {
    world,
    bot: { email: bot.email, apiToken: tokenFrom(random) },
    admin: { email: cast[0].email, apiToken: tokenFrom(random) },
  };
  furnish(acme, seed);
  return acme;
}

function tokenFrom(random: Random): string {
  return `ATATT3xFfGF0${random.text(tokenSigns, 48)}`;
}

/** Empties the site and furnishes it as at the start. The tokens are good again. */
export function resetAcme(acme: Acme, seed: number): void {
  const { world } = acme;
  const { tokens, users, denied, projects, statuses, customFields, issues, keys, counters } = world;
  for (const map of [tokens, users, denied, projects, statuses, customFields, issues, keys]) {
    map.clear();
  }
  counters.clear();
  for (const list of [world.priorities, world.resolutions, world.links, world.automations]) {
    list.length = 0;
  }
  furnish(acme, seed);
}

function furnish({ world, ...credentials }: Acme, seed: number): void {
  world.random = createRandom(seed + 1);
  const people = createPeople();
  fill(world.users, people, (user) => user.accountId);
  world.users.set(world.bot.accountId, world.bot);
  world.users.set(world.automation.accountId, world.automation);
  world.bot.active = true;
  function idOf(email: string): string {
    return people.find((user) => user.email === email)?.accountId ?? "";
  }
  for (const { email, apiToken } of Object.values(credentials)) {
    world.tokens.set(apiToken, idOf(email));
  }
  const roles = {
    leadId: idOf(cast[0].email),
    notAssignable: cast
      .filter(({ inJira }) => inJira === "not assignable")
      .map(({ email }) => idOf(email)),
    botId: world.bot.accountId,
  };
  fill(world.projects, createProjects(roles), ({ id }) => id);
  fill(world.statuses, createStatuses(), ({ id }) => id);
  fill(world.customFields, createCustomFields(), ({ id }) => id);
  world.priorities.push(...createPriorities());
  world.resolutions.push(...createResolutions());
}

function fill<T>(map: Map<string, T>, things: readonly T[], keyOf: (thing: T) => string): void {
  for (const thing of things) {
    map.set(keyOf(thing), thing);
  }
}
