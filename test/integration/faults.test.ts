/** Answers that get lost after the write was done: nothing exists twice, nothing is missing. On both engines. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import { expectCompleteTimeline, ownNotes, untilSays, untilWhole } from "../support/incidents.ts";
import { rowsOf, says, viewsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";

type Match = NonNullable<Extract<FaultRule, { kind: "reset" }>["match"]>;

/** A way to lose the answer of one matching write that is carried out all the same. */
interface Loss {
  readonly name: string;
  readonly lose: (world: EngineWorld, match: Match) => void;
}

const losses: readonly Loss[] = [
  { name: "cut", lose: (world, match) => fault(world, { kind: "lost-answer", match }) },
  {
    name: "502",
    lose: (world, match) => fault(world, { kind: "lost-answer", match, status: 502 }),
  },
  {
    name: "504",
    lose: (world, match) => fault(world, { kind: "lost-answer", match, status: 504 }),
  },
  { name: "503 with id", lose: (world, match) => committed(world, match, true) },
  { name: "503 without id", lose: (world, match) => committed(world, match, false) },
  { name: "truncated", lose: (world, match) => fault(world, { kind: "truncated-body", match }) },
  {
    name: "504, then late",
    lose: (world, match) => fault(world, { kind: "late-commit", match, delayMs: 900, status: 504 }),
  },
  {
    name: "silent, then late",
    lose: (world, match) => fault(world, { kind: "late-commit", match, delayMs: 1_100 }),
  },
];

function fault(world: EngineWorld, rule: FaultRule): void {
  world.notion.faults.add({ ...rule, times: 1 });
}

function committed(world: EngineWorld, { method, path }: Match, withId: boolean): void {
  const match = `${method ?? ""} ${(path ?? "").replace(/^\^/u, "")}`;
  world.notion.loseAnswers({ match: `^${match}`, status: 503, withId });
}

/** Opens one incident a loss, each while its loss waits for the next such write. */
async function loseEach(here: EngineWorld, match: Match): Promise<Map<string, string>> {
  const incidents = new Map<string, string>();
  for (const { name, lose } of losses) {
    const calls = here.watchNotion();
    lose(here, match);
    incidents.set(name, here.trigger({ title: `Lost answer: ${name}`, priority: "P1" }));
    await waitFor(`a write to be struck by ${name}`, () =>
      calls().some(
        (call) => call.method === match.method && new RegExp(match.path ?? "", "u").test(call.path),
      ),
    );
  }
  return incidents;
}

describe.each(engines)("a lost answer on the %s engine", (engine) => {
  let world: EngineWorld | undefined;

  beforeAll(async () => {
    // The grace covers the client's timeout, the latest commit above and the lag of queries.
    world = await openWorldOn(engine, { timing: { request_timeout_s: 0.8, notion_grace_s: 2.5 } });
    await world?.start();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("of a create leaves one page an incident", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const incidents = await loseEach(here, { method: "POST", path: "^/v1/pages$" });
    for (const incident of incidents.values()) {
      expectCompleteTimeline(here, incident, await untilWhole(here, incident));
    }
    await here.untilResyncs(2);
    expect(pagesByName(here, incidents)).toEqual(onceEach(incidents));
  });

  it("of a view leaves one view a page", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const incidents = await loseEach(here, { method: "POST", path: "^/v1/views$" });
    for (const incident of incidents.values()) {
      await untilWhole(here, incident);
    }
    await here.untilResyncs(2);
    expect(pagesByName(here, incidents)).toEqual(onceEach(incidents));
    for (const [name, incident] of incidents) {
      const views = here.pagesOf(incident).flatMap((page) => viewsOf(page));
      expect({ name, views: views.length }).toEqual({ name, views: 1 });
    }
  });

  it("of an append leaves no row twice", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const incidents = new Map<string, string>();
    for (const { name } of losses) {
      incidents.set(name, here.trigger({ title: `Lost rows: ${name}`, priority: "P1" }));
    }
    for (const incident of incidents.values()) {
      await untilWhole(here, incident);
    }
    for (const { name, lose } of losses) {
      const incident = incidents.get(name) ?? "";
      const calls = here.watchNotion();
      lose(here, { method: "PATCH", path: "^/v1/blocks/[^/]+/children" });
      here.pagerduty.act({ do: "note", incident, content: `Words before ${name}` });
      await waitFor(`an append to be struck by ${name}`, () =>
        calls().some(({ method, path }) => method === "PATCH" && path.endsWith("/children")),
      );
    }
    for (const [name, incident] of incidents) {
      await untilSays(here, incident, `Words before ${name}`);
      here.pagerduty.act({ do: "note", incident, content: "And words after it" });
    }
    for (const incident of incidents.values()) {
      await untilSays(here, incident, "And words after it");
    }
    await here.untilResyncs(2);
    for (const [name, incident] of incidents) {
      const [page] = here.pagesOf(incident);
      const told = page === undefined ? [] : rowsOf(page).map(({ event }) => event);
      expect(told.filter((event) => event === `Note: Words before ${name}`)).toHaveLength(1);
      expect(page !== undefined && says(page, "And words after it")).toBe(true);
      if (page !== undefined) {
        expectCompleteTimeline(here, incident, page);
      }
    }
  });

  it("of the note at PagerDuty leaves one note", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const match = { method: "POST", path: "/notes$" };
    here.pagerduty.faults.add({ kind: "lost-answer", match, status: 502, times: 1 });
    const incident = here.trigger({ title: "Lost answer of a note", priority: "P1" });
    await untilWhole(here, incident);
    await here.untilResyncs(2);
    expect(here.pagerduty.faults.list()).toEqual([]);
    expect(ownNotes(here, incident)).toHaveLength(1);
  });
});

function pagesByName(
  world: EngineWorld,
  incidents: ReadonlyMap<string, string>,
): Record<string, number> {
  return Object.fromEntries(
    [...incidents].map(([name, incident]) => [name, world.pagesOf(incident).length]),
  );
}

function onceEach(incidents: ReadonlyMap<string, string>): Record<string, number> {
  return Object.fromEntries([...incidents.keys()].map((name) => [name, 1]));
}
