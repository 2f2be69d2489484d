/** Action items as tests play them: rows added under a post-mortem, their issues, and when the two agree. */

import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** What a complete row holds besides its title. */
export const complete = { Owner: ["Ada Okafor"], Due: "2026-12-04", Status: "Open" };

/** Waits for the page of a new P1; gives both ids. */
export async function openPostMortem(
  world: World,
  title = "Checkout is down",
): Promise<{ readonly incident: string; readonly page: string }> {
  const incident = world.trigger({ title, service: "Checkout API" });
  world.pagerduty.act({ do: "setPriority", incident, priority: "P1" });
  const { id } = await world.untilPage(incident, "a page", () => true);
  return { incident, page: id };
}

/** Adds a row as the linked view on the page does; gives its id. */
export function addRow(
  world: World,
  postMortem: string,
  title: string,
  properties: Readonly<Record<string, string | readonly string[] | null>> = complete,
): string {
  const values = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === "string" || value === null ? value : [...value],
    ]),
  );
  const { id } = world.notion.act({ do: "addActionItem", postMortem, title, properties: values });
  if (id === undefined) {
    throw new Error("adding a row gave no row");
  }
  return id;
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

/** Live issues that carry the row's property, or its label where `byLabel` is set. */
export function issuesOf(world: World, row: string): IssueView[] {
  return world.jira.issues().filter((issue) => {
    const property = JSON.stringify(issue.properties["debrief.action-item"] ?? {});
    return !issue.deleted && property.includes(row);
  });
}

/** As long as a loaded machine may take. */
const withinMs = 40_000;

/** Waits for the row's one issue to be as it should; the row names it by then. */
export async function untilIssue(
  world: World,
  row: string,
  what = "an issue",
  is: (issue: IssueView, row: PageView) => boolean = () => true,
): Promise<IssueView> {
  return untilSeen(world, row, what, () => {
    const [issue, ...others] = issuesOf(world, row);
    const said = rowOf(world, row);
    const named = String(said.properties["Jira"] ?? "").endsWith(`/browse/${issue?.key ?? "?"}`);
    return issue !== undefined && others.length === 0 && named && is(issue, said)
      ? issue
      : undefined;
  });
}

/** Waits until the row is as it should. */
export async function untilRow(
  world: World,
  row: string,
  what: string,
  is: (row: PageView) => boolean,
): Promise<PageView> {
  return untilSeen(world, row, what, () => {
    const page = rowOf(world, row);
    return is(page) ? page : undefined;
  });
}

/** What is not seen in time is told with both sides and the end of the service's log. */
async function untilSeen<Seen>(
  world: World,
  row: string,
  what: string,
  look: () => Seen | undefined,
): Promise<Seen> {
  return waitFor(what, look, withinMs).catch((error: unknown) => {
    const said = world.output().slice(-6000);
    throw new Error(`${String(error)}\n${describePair(world, row)}\n${said}`, { cause: error });
  });
}

export function syncOfRow(row: PageView): string {
  return String(row.properties["Sync"] ?? "");
}

function describePair(world: World, row: string): string {
  const { properties, inTrash } = rowOf(world, row);
  return JSON.stringify({ row: { inTrash, properties }, issues: issuesOf(world, row) }, null, 1);
}
