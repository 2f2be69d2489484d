/** Action items in a simulated world, one step at a time: rows and their issues, and what both sides say of each other. */

import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { loadTemplates } from "../../src/templates/load.ts";
import { issuesOf } from "./people.ts";
import { openWorld, type World } from "./world.ts";

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;

/** Neither a resync nor a look at every item happens within a test: what comes about, does so by itself. */
export const unswept = "timing: { resync_every_s: 86400, item_recheck_s: 86400 }\n";

/** As the linked view on a page would make it, besides its title. */
export const complete = { Owner: ["Ada Okafor"], Due: "2026-12-04", Status: "Open" };

const templates = loadTemplates(new URL("../../templates", import.meta.url).pathname);

export interface ItemWorld extends World {
  /** The post-mortem of the first incident. */
  readonly page: string;
}

/** Opens a world with one post-mortem; `yaml` is its debrief.yaml. */
export async function openItems(yaml?: string, onLog?: (line: string) => void): Promise<ItemWorld> {
  const world = await openWorld({ seed: 1, templates: await templates, yaml, onLog, replicas: 1 });
  await world.time.advance(minuteMs);
  return Object.assign(world, { page: await openPage(world) });
}

/** Opens another P1; gives its page. */
export async function openPage(world: World, title = "Checkout is down"): Promise<string> {
  const { incident } = world.pagerduty.act({ do: "trigger", title });
  const id = incident?.id ?? "";
  world.pagerduty.act({ do: "setPriority", incident: id, priority: "P1" });
  await world.time.advance(minuteMs);
  const page = world.notion
    .pages("Post-mortems")
    .find(({ properties }) => properties["Incident ID"] === id);
  if (page === undefined) {
    throw new Error(`no page of incident ${id}`);
  }
  return page.id;
}

/** Adds a row to a page; gives its id at once. */
export function addRow(
  world: ItemWorld,
  title: string,
  properties: Readonly<Record<string, string | string[] | null>> = complete,
  postMortem = world.page,
): string {
  const { id } = world.notion.act({ do: "addActionItem", title, postMortem, properties });
  if (id === undefined) {
    throw new Error("adding a row gave no row");
  }
  return id;
}

/** Adds a row and waits until it and its issue are in step and nothing is on its way. */
export async function addPair(
  world: ItemWorld,
  title: string,
  properties?: Readonly<Record<string, string | string[] | null>>,
): Promise<string> {
  const row = addRow(world, title, properties);
  await world.time.advance(2 * minuteMs);
  issueOf(world, row);
  return row;
}

export function editRow(
  world: World,
  row: string,
  property: string,
  value: string | string[] | null,
): void {
  world.notion.act({ do: "editProperty", page: row, property, value });
}

export function rowOf(world: World, id: string): PageView {
  const row = world.notion.page(id);
  if (row === undefined) {
    throw new Error(`no row ${id}`);
  }
  return row;
}

export function syncOf(world: World, page: string): string {
  return String(rowOf(world, page).properties["Sync"] ?? "");
}

/** The row's one issue. Throws when there is none, or more than one. */
export function issueOf(world: World, row: string): IssueView {
  const [issue, ...others] = issuesOf(world, row);
  if (issue === undefined || others.length > 0) {
    const count = issue === undefined ? 0 : others.length + 1;
    throw new Error(`${row} has ${String(count)} issues\n${storyOf(world)}`);
  }
  return issue;
}

/** The texts of all comments on the row and on its issue. */
export function commentsOf(world: World, row: string): string[] {
  const onRow = world.network.calls
    .filter(({ method, path }) => method === "POST" && path.endsWith("/v1/comments"))
    .map(({ body }) => body)
    .filter((body) => body.includes(row));
  return [...onRow, ...issueOf(world, row).comments.map(({ text }) => text)];
}

/** What people see of a pair, for comparing in one go. */
export function pairOf(world: World, row: string): object {
  const { title, properties } = rowOf(world, row);
  const { summary, duedate, assignee, status } = issueOf(world, row);
  return {
    row: {
      title,
      due: properties["Due"],
      owner: properties["Owner"],
      status: properties["Status"],
      sync: properties["Sync"],
    },
    issue: { summary, duedate, assignee: assignee?.name ?? null, status: status.name },
    comments: commentsOf(world, row),
  };
}

/** Writes to the row or page that were sent since `since`, an index into the calls. */
export function patchesOf(world: World, page: string, since: number): string[] {
  return world.network.calls
    .slice(since)
    .filter(({ method, path }) => method === "PATCH" && path.endsWith(page))
    .map(({ body, ended }) => `${body} → ${String(ended)}`);
}

const stepMs = 5;

/** Lets time pass in small steps until it is so. */
export async function until(
  world: World,
  what: string,
  is: () => boolean,
  withinMs = minuteMs,
): Promise<void> {
  const deadline = world.time.nowMs() + withinMs;
  while (!is()) {
    if (world.time.nowMs() >= deadline) {
      throw new Error(`waited in vain for ${what}\n${storyOf(world)}`);
    }
    await world.time.advance(stepMs);
  }
}

function storyOf(world: World): string {
  const calls = world.network.calls.slice(-40).map(({ atMs, method, path, body, ended }) => {
    const at = new Date(atMs).toISOString().slice(11, 23);
    return `${at} ${method} ${path} ${body.slice(0, 200)} → ${String(ended)}`;
  });
  return [...world.story.slice(-20), ...calls].join("\n");
}
