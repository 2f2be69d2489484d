/** Routes as tests set them up: a second pair of data sources in Notion, and a debrief.yaml that changes between starts. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { askNotion } from "./item-notion.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

const mark = "# what the test says\n";

/** Puts this behind the timing of the world's debrief.yaml, instead of what stood there; read at the next start. */
export async function reconfigure(world: World, yaml: string): Promise<void> {
  const path = join(world.directory, "debrief.yaml");
  const [timing] = (await readFile(path, "utf8")).split(mark);
  await writeFile(path, `${timing ?? ""}${mark}${yaml}`);
}

/** Ends the service as an operator does, and starts it with another debrief.yaml. */
export async function restartWith(world: World, yaml: string): Promise<void> {
  await world.stopAll("SIGTERM");
  await reconfigure(world, yaml);
  await world.start();
}

export interface Pair {
  readonly postMortems: string;
  readonly actionItems: string;
}

const Database = z.object({ data_sources: z.tuple([z.object({ id: z.string() })]) });

/** Makes two further data sources, `<name> post-mortems` and `<name> items`, through Notion's API. */
export async function addPair(
  world: World,
  name: string,
  statuses: readonly string[],
): Promise<Pair> {
  const postMortems = await addDatabase(world, `${name} post-mortems`, {
    Name: { title: {} },
    "Incident ID": { rich_text: {} },
    Incident: { url: {} },
    Severity: { select: { options: [{ name: "P1" }, { name: "P2" }] } },
    Services: { multi_select: { options: [] } },
    Status: status(["Live", "Draft", "In review", "Final", "Closed"]),
    Started: { date: {} },
    Resolved: { date: {} },
    "Duration min": { number: { format: "number" } },
    "Time to acknowledge min": { number: { format: "number" } },
    Lead: { people: {} },
    Sync: { rich_text: {} },
  });
  const actionItems = await addDatabase(world, `${name} items`, {
    Name: { title: {} },
    "Post-mortem": {
      relation: {
        data_source_id: postMortems,
        type: "dual_property",
        dual_property: { synced_property_name: "Action items" },
      },
    },
    Owner: { people: {} },
    Due: { date: {} },
    Priority: { select: { options: [{ name: "High" }, { name: "Medium" }, { name: "Low" }] } },
    Type: { select: { options: [{ name: "Quick fix" }, { name: "Systemic" }] } },
    Status: status(statuses),
    Reason: { rich_text: {} },
    Outcome: { rich_text: {} },
    Jira: { url: {} },
    Source: { rich_text: {} },
    Sync: { rich_text: {} },
  });
  return { postMortems, actionItems };
}

function status(names: readonly string[]): unknown {
  return { status: { options: names.map((name) => ({ name })) } };
}

async function addDatabase(world: World, title: string, properties: unknown): Promise<string> {
  const made = await askNotion(world, "POST", "/v1/databases", {
    parent: { type: "page_id", page_id: world.notion.ids.rootPage },
    title: [{ text: { content: title } }],
    initial_data_source: { properties },
  });
  return Database.parse(made).data_sources[0].id;
}

const Readiness = z.object({ degraded: z.array(z.string()) });

/** What /readyz says is wrong, once it says something with this in it. */
export async function untilDegraded(world: World, part: string): Promise<readonly string[]> {
  return waitFor(`degraded: ${part}`, async () => {
    const { degraded } = await readiness(world);
    return degraded.some((one) => one.includes(part)) ? degraded : undefined;
  });
}

export async function readiness(world: World): Promise<{ readonly degraded: readonly string[] }> {
  const answer = await fetch(`${world.url}/readyz`);
  return Readiness.parse(await answer.json());
}
