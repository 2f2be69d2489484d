/**
 * The service is killed without warning, again and again, while rows become issues and people edit both sides:
 * before a create, in one, between a create and its record. In the end each row has one issue and agrees with it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Random } from "../../sandbox/core/random.ts";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import { expectSettled } from "../support/item-agreement.ts";
import { addRow, complete, editRow, issuesOf, openPostMortem, rowOf } from "../support/items.ts";
import { freePort } from "../support/ports.ts";
import { printedSeed } from "../support/seed.ts";
import { untilReady, type ServiceProcess } from "../support/service.ts";

const kills = 12;
const rowsMax = 10;
/** A process lives this long at most before it is killed, counted from its spawn or from when it is ready. */
const lifeMsMax = 1_500;

/** Less often than elsewhere, so that a slow machine gets its queue empty between two of them. */
const timing = { resync_every_s: 3 };
const people = ["Ada Okafor", "Ben Lindqvist", "Chloe Tanaka", "Esra Yilmaz"];

let world: EngineWorld | undefined;

afterEach(async () => {
  await world?.[Symbol.asyncDispose]();
  world = undefined;
});

/** People at work: they add rows, and change what stands on either side. */
interface Team {
  readonly rows: readonly string[];
  act(): void;
  addRow(): void;
}

function gather(here: EngineWorld, page: string, random: Random): Team {
  const rows: string[] = [];
  let acts = 0;

  function day(): string {
    return `2027-01-${String(random.integer(28) + 1).padStart(2, "0")}`;
  }

  function person(): string {
    return people[random.integer(people.length)] ?? "Ada Okafor";
  }

  function add(): void {
    if (rows.length < rowsMax) {
      rows.push(addRow(here, page, `Item ${String(rows.length)}`, { ...complete, Due: day() }));
    }
  }

  function inNotion(row: string): void {
    const edits = [
      () => editRow(here, row, "Name", `Renamed in Notion ${String(acts)}`),
      () => editRow(here, row, "Due", day()),
      () => editRow(here, row, "Owner", [person()]),
      () => editRow(here, row, "Outcome", `Outcome ${String(acts)}`),
      () => editRow(here, row, "Status", random.chance(0.5) ? "Open" : "In progress"),
    ];
    edits[random.integer(edits.length)]?.();
  }

  function inJira(issue: string): void {
    const edits = [
      () => here.jira.act({ do: "edit", issue, summary: `Renamed in Jira ${String(acts)}` }),
      () => here.jira.act({ do: "edit", issue, duedate: day() }),
      () => here.jira.act({ do: "assign", issue, to: person() }),
      () =>
        here.jira.act({
          do: "transition",
          issue,
          to: random.chance(0.5) ? "To Do" : "In Progress",
          force: true,
        }),
    ];
    edits[random.integer(edits.length)]?.();
  }

  return {
    rows,
    addRow: add,
    act() {
      acts += 1;
      const row = rows[random.integer(rows.length)];
      if (row === undefined) {
        return;
      }
      const [issue] = issuesOf(here, row);
      if (issue === undefined || random.chance(0.5)) {
        inNotion(row);
      } else {
        inJira(issue.key);
      }
    },
  };
}

/** Every other write takes its time at the vendor, so that many a kill falls between a write and its record. */
function slowWrites({ notion, jira }: EngineWorld, random: Random): void {
  for (const method of ["POST", "PATCH", "PUT"]) {
    for (const { faults } of [notion, jira]) {
      const delayMs = 100 + random.integer(300);
      faults.add({ kind: "latency", match: { method }, delayMs, probability: 0.5 });
    }
  }
}

/** Lets the process live for a random time, in which people act, and kills it. */
async function liveAndDie(service: ServiceProcess, random: Random, team: Team): Promise<void> {
  const lifeMs = random.integer(lifeMsMax);
  const before = random.integer(lifeMs + 1);
  await sleep(before);
  team.addRow();
  for (let act = random.integer(4); act > 0; act -= 1) {
    team.act();
  }
  await sleep(lifeMs - before);
  await service.kill("SIGKILL");
}

async function expectOneIssueEach(here: EngineWorld, team: Team): Promise<void> {
  while (team.rows.length < rowsMax) {
    team.addRow();
  }
  here.notion.faults.clear();
  here.jira.faults.clear();
  await expectSettled(here, team.rows, 60_000);
  expect(team.rows.map((row) => issuesOf(here, row).length)).toEqual(team.rows.map(() => 1));
  for (const row of team.rows) {
    const [issue] = issuesOf(here, row);
    expect(issue?.remoteLinks).toHaveLength(2);
    const texts = issue?.comments.map(({ text }) => text) ?? [];
    expect(new Set(texts).size, `comments twice: ${texts.join("\n")}`).toBe(texts.length);
    expect(String(rowOf(here, row).properties["Sync"])).not.toContain("Further issues");
  }
}

describe.each(engines)("SIGKILL on the %s engine", (engine) => {
  it(`leaves one issue a row after ${String(kills)} kills`, async ({ skip }) => {
    const random = printedSeed(`kill items, ${engine}`);
    world =
      (await openWorldOn(engine, { seed: random.seed, jira: {}, timing })) ?? skip("no Redis");
    const first = await world.start();
    const { page } = await openPostMortem(world);
    const team = gather(world, page, random);
    slowWrites(world, random);
    await liveAndDie(first, random, team);
    for (let kill = 1; kill < kills; kill += 1) {
      // Every other life begins when the process is ready, else a slow machine would never see one at work.
      const service = await world.start({ wait: false });
      if (kill % 2 === 1) {
        await untilReady(service);
      }
      await liveAndDie(service, random, team);
    }
    await world.start();
    await expectOneIssueEach(world, team);
    expect(world.jira.issues("OPS"), "issues of any kind").toHaveLength(rowsMax);
  });
});

describe("SIGKILL of workers", () => {
  it(`leaves one issue a row after ${String(kills)} kills of one of two workers by turns`, async ({
    skip,
  }) => {
    const random = printedSeed("kill items, workers");
    const here =
      (await openWorldOn("redis", { seed: random.seed, jira: {}, timing })) ?? skip("no Redis");
    world = here;
    async function startWorker(): Promise<ServiceProcess> {
      return here.start({ args: ["--role=worker"], port: await freePort(), wait: false });
    }
    await here.start({ args: ["--role=receiver"] });
    const workers = [await startWorker(), await startWorker()];
    await Promise.all(workers.map((worker) => untilReady(worker)));
    const { page } = await openPostMortem(here);
    const team = gather(here, page, random);
    slowWrites(here, random);
    for (let kill = 0; kill < kills; kill += 1) {
      const turn = kill % 2;
      const worker = workers[turn];
      if (worker !== undefined) {
        await liveAndDie(worker, random, team);
      }
      workers[turn] = await startWorker();
    }
    await expectOneIssueEach(here, team);
    expect(here.jira.issues("OPS"), "issues of any kind").toHaveLength(rowsMax);
  });
});
