/** What the simulation found, each as the shortest world that shows it. */

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Templates } from "../../src/domain/template.ts";
import { loadTemplates } from "../../src/templates/load.ts";
import { readLink } from "../../src/store/limits.ts";
import { openWorld, type World } from "./world.ts";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(new URL("../../templates", import.meta.url).pathname);
});

let world: World;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

async function open(): Promise<World> {
  world = await openWorld({ seed: 1, templates });
  await world.time.advance(minuteMs);
  return world;
}

function trigger(priority?: string): string {
  const { incident } = world.pagerduty.act({ do: "trigger", title: "Checkout is down" });
  const id = incident?.id ?? "";
  if (priority !== undefined) {
    world.pagerduty.act({ do: "setPriority", incident: id, priority });
  }
  return id;
}

/** How the store says that keys of this kind stand. */
function syncsOf(kind: string): (string | undefined)[] {
  return [...world.disk.links].flatMap(([key, { json }]) => {
    const link = readLink(json);
    return key.startsWith(`${kind}:`) && link !== undefined && "sync" in link
      ? [link.sync.state]
      : [];
  });
}

describe("found by the simulation", () => {
  test("an incident without a page is not pending for ever after PagerDuty was away", async () => {
    await open();
    world.pagerduty.faults.add({ kind: "status", match: { method: "GET" }, status: 503, times: 3 });
    trigger("P3");
    await world.time.advance(2 * secondMs);
    expect(syncsOf("incident")).toEqual(["pending"]);
    await world.time.advance(30 * minuteMs);
    expect(syncsOf("incident")).toEqual(["converged"]);
  });

  test("a row that was trashed before anything was made of it is not pending for ever", async () => {
    await open();
    trigger("P1");
    await world.time.advance(minuteMs);
    const [page] = world.notion.pages("Post-mortems");
    world.notion.faults.add({ kind: "status", match: { method: "GET" }, status: 503, times: 3 });
    const { id = "" } = world.notion.act({
      do: "addActionItem",
      title: "Write the runbook",
      postMortem: page?.id,
    });
    await world.time.advance(3 * secondMs);
    expect(syncsOf("action-item")).toEqual(["pending"]);
    world.notion.act({ do: "trashPage", page: id });
    await world.time.advance(60 * minuteMs);
    expect(syncsOf("action-item")).toEqual(["converged"]);
  });

  test("an incident without a page is not looked at in each resync after it once failed", async () => {
    await open();
    world.pagerduty.faults.add({ kind: "status", match: { method: "GET" }, status: 503, times: 3 });
    const incident = trigger("P3");
    await world.time.advance(30 * minuteMs);
    const before = world.runs.length;
    await world.time.advance(60 * minuteMs);
    const runs = world.runs.slice(before).filter(({ key }) => key === `incident:${incident}`);
    expect(runs).toEqual([]);
  });

  test("a row in the trash is not looked at in each resync after the store was lost", async () => {
    await open();
    trigger("P1");
    await world.time.advance(minuteMs);
    const [page] = world.notion.pages("Post-mortems");
    const properties = { Owner: ["Ada Okafor"], Due: "2026-12-04", Status: "Open" };
    const { id = "" } = world.notion.act({
      do: "addActionItem",
      title: "Write the runbook",
      postMortem: page?.id,
      properties,
    });
    await world.time.advance(minuteMs);
    expect(world.jira.issues()).toHaveLength(1);
    world.notion.act({ do: "trashPage", page: id });
    await world.time.advance(minuteMs);
    world.wipeStore();
    await world.time.advance(30 * minuteMs);
    const before = world.runs.length;
    await world.time.advance(60 * minuteMs);
    const runs = world.runs.slice(before).filter(({ key }) => key === `action-item:${id}`);
    expect(runs.length).toBeLessThan(4);
  });

  test("a page that is trashed while its action items are counted leaves no dead letter", async () => {
    await open();
    trigger("P1");
    await world.time.advance(minuteMs);
    const { id = "" } = world.notion.pages("Post-mortems")[0] ?? {};
    const match = { method: "PATCH", path: `/v1/pages/${id}` };
    world.notion.faults.add({ kind: "latency", match, delayMs: 10 * secondMs });
    world.notion.act({ do: "addActionItem", title: "Write the runbook", postMortem: id });
    await world.time.advance(10 * secondMs);
    world.notion.act({ do: "trashPage", page: id });
    await world.time.advance(10 * minuteMs);
    const written = world.network.calls.filter(({ method, path }) => {
      return method === "PATCH" && path.endsWith(id);
    });
    expect(written.at(-1)?.ended).toBe(400);
    const letters = await world.service().queue.listDeadLetters(10);
    expect(letters.filter(({ key }) => key.startsWith("roll-up:"))).toEqual([]);
  });

  test("an edit that Jira's search does not show yet survives when a lost issue is found", async () => {
    await open();
    trigger("P1");
    await world.time.advance(minuteMs);
    const [page] = world.notion.pages("Post-mortems");
    const properties = { Owner: ["Ada Okafor"], Due: "2026-12-04", Status: "Open" };
    world.jira.faults.add({ kind: "lost-answer", match: { path: "/issue$" }, times: 1 });
    world.notion.act({
      do: "addActionItem",
      title: "Write the runbook",
      postMortem: page?.id,
      properties: { ...properties, Outcome: "It is written." },
    });
    world.jira.configure({ searchLagMs: 30 * secondMs, searchLagJitterMs: 0 });
    await world.time.advance(22 * secondMs);
    const issue = world.jira.issues()[0]?.key ?? "";
    world.jira.act({ do: "edit", issue, description: "Said in Jira." });
    world.notion.act({
      do: "editProperty",
      page: world.notion.pages("Action items")[0]?.id ?? "",
      property: "Outcome",
      value: "It is written and read.",
    });
    await world.time.advance(20 * minuteMs);
    expect(world.jira.issues()).toHaveLength(1);
    expect(world.jira.issue(issue)?.description).toBe("Said in Jira.");
  });

  test("an issue that Jira lets nobody edit is not tried again in each resync", async () => {
    await open();
    trigger("P1");
    await world.time.advance(minuteMs);
    const [page] = world.notion.pages("Post-mortems");
    const properties = { Owner: ["Ada Okafor"], Due: "2026-12-04", Status: "Open" };
    const { id = "" } = world.notion.act({
      do: "addActionItem",
      title: "Write the runbook",
      postMortem: page?.id,
      properties,
    });
    await world.time.advance(10 * minuteMs);
    const [issue] = world.jira.issues();
    world.jira.act({ do: "archive", issue: issue?.key ?? "" });
    world.notion.act({ do: "editProperty", page: id, property: "Due", value: "2026-12-24" });
    await world.time.advance(60 * minuteMs);
    const refused = world.network.calls.filter(({ method, ended }) => {
      return method === "PUT" && ended === 400;
    });
    expect(world.notion.page(id)?.properties["Sync"]).toContain("archived");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(7);
  });
});
