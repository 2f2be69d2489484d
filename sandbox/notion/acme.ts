/** The workspace at start: Acme with its people, our bot, and the two data sources of post-mortems and action items. */

import { cast } from "../core/cast.ts";
import type { Clock } from "../core/clock.ts";
import { createRandom, type Random } from "../core/random.ts";
import { addDatabase, createPage } from "./changes.ts";
import type { Author, Change, DataSource, Fields, User, World } from "./model.ts";
import { Settings } from "./settings.ts";
import { parseLoneTitle } from "./property.ts";
import { plainItems } from "./rich-text.ts";
import { draftSource, keepSource } from "./routes-databases.ts";
import { addProperties } from "./schema.ts";
import { namesIn, newStamp } from "./world.ts";

export interface Acme {
  readonly world: World;
  readonly rootPageId: string;
  readonly postMortemsId: string;
  readonly actionItemsId: string;
}

const tokenSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

const postMortemProperties: Fields = {
  Name: { title: {} },
  "Incident ID": { rich_text: {} },
  Incident: { url: {} },
  Severity: {
    select: { options: options("P1 red", "P2 orange", "P3 yellow", "P4 blue", "P5 gray") },
  },
  Services: { multi_select: { options: [] } },
  Status: {
    status: {
      options: options("Live red", "Draft gray", "In review blue", "Final green", "Closed default"),
    },
  },
  Started: { date: {} },
  Resolved: { date: {} },
  "Duration min": { number: { format: "number" } },
  "Time to acknowledge min": { number: { format: "number" } },
  Lead: { people: {} },
  Sync: { rich_text: {} },
};

function actionItemProperties(postMortemsId: string): Fields {
  return {
    Name: { title: {} },
    "Post-mortem": {
      relation: {
        data_source_id: postMortemsId,
        type: "dual_property",
        dual_property: { synced_property_name: "Action items" },
      },
    },
    Owner: { people: {} },
    Due: { date: {} },
    Priority: { select: { options: options("High red", "Medium yellow", "Low gray") } },
    Type: {
      select: {
        options: options("Quick fix green", "Systemic purple", "Detection blue", "Process brown"),
      },
    },
    Status: {
      status: {
        options: options("Open gray", "In progress blue", "Done green", "Won't do default"),
      },
    },
    Reason: { rich_text: {} },
    Outcome: { rich_text: {} },
    Jira: { url: {} },
    Source: { rich_text: {} },
    Sync: { rich_text: {} },
  };
}

/** "In review blue" names the option and, last, its color. */
function options(...named: readonly string[]): Fields[] {
  return named.map((one) => {
    const cut = one.lastIndexOf(" ");
    return { name: one.slice(0, cut), color: one.slice(cut + 1) };
  });
}

/** A fresh Acme. The same seed gives the same ids. */
export function createAcme(clock: Clock, seed: number, emit: (change: Change) => void): Acme {
  const random = createRandom(seed);
  const bot: User = { id: random.uuid(), type: "bot", name: "Debrief", listed: true };
  const world: World = {
    clock,
    random,
    settings: Settings.parse({}),
    token: `ntn_${random.text(tokenSigns, 46)}`,
    bot,
    ids: { workspace: random.uuid(), subscription: random.uuid(), integration: random.uuid() },
    workspaceName: "Acme",
    users: new Map(peopleOf(random, bot).map((user) => [user.id, user])),
    pages: new Map(),
    blocks: new Map(),
    databases: new Map(),
    dataSources: new Map(),
    views: new Map(),
    comments: new Map(),
    unshared: new Set(),
    emit,
  };
  return furnish(world, seed);
}

/** Empties the workspace and furnishes it as at the start. Token, bot and people stay. */
export function resetAcme(acme: Acme, seed: number): void {
  const { world } = acme;
  const { pages, blocks, databases, dataSources, views, comments, unshared } = world;
  for (const kept of [pages, blocks, databases, dataSources, views, comments, unshared]) {
    kept.clear();
  }
  furnish(world, seed);
}

function peopleOf(random: Random, bot: User): User[] {
  const people = cast.map(({ name, email, inNotion }): User => {
    const person = {
      id: random.uuid(),
      type: "person" as const,
      name,
      listed: inNotion !== "guest",
    };
    return inNotion === "hidden email" ? person : { ...person, email };
  });
  return [...people, bot];
}

function furnish(world: World, seed: number): Acme {
  world.random = createRandom(seed + 1);
  const owner = [...world.users.values()].find((user) => user.type === "person") ?? world.bot;
  const title = parseLoneTitle({ title: [{ text: { content: "Reliability" } }] }, namesIn(world));
  const root = createPage(world, owner, {
    parent: { type: "workspace", workspace: true },
    values: new Map([["title", title]]),
    icon: { type: "emoji", emoji: "🛟" },
  });
  const postMortems = addSource(world, owner, root.id, "Post-mortems", postMortemProperties);
  const items = actionItemProperties(postMortems.id);
  const actionItems = addSource(world, owner, root.id, "Action items", items);
  return {
    world,
    rootPageId: root.id,
    postMortemsId: postMortems.id,
    actionItemsId: actionItems.id,
  };
}

function addSource(
  world: World,
  author: Author,
  pageId: string,
  ...[name, properties]: [string, Fields]
): DataSource {
  const title = plainItems(name);
  const parent = { type: "page_id", page_id: pageId } as const;
  const database = addDatabase(world, author, { parent, title, isInline: false });
  const source = keepSource(world, database, draftSource(world, author, database.id, title));
  addProperties(world, author, source, properties);
  const viewId = world.random.uuid();
  world.views.set(viewId, {
    id: viewId,
    databaseId: database.id,
    dataSourceId: source.id,
    type: "table",
    name: "Default view",
    filter: null,
    sorts: null,
    quickFilters: null,
    configuration: null,
    stamp: newStamp(world, author.id),
  });
  database.viewIds.push(viewId);
  return source;
}
