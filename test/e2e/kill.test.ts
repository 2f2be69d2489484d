/**
 * The service is killed without warning, again and again, while an incident unfolds: in its start, in a
 * create, between a create and its record. In the end one page per incident stands, whole and told once.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Random } from "../../sandbox/core/random.ts";
import { checkOutcome, type Check } from "../../sandbox/demo/checks.ts";
import {
  beforehand,
  chapters,
  storyMinutes,
  trigger,
  type Chapter,
} from "../../sandbox/demo/story.ts";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import { expectCompleteTimeline, ownNotes, untilWhole } from "../support/incidents.ts";
import { viewsOf } from "../support/pages.ts";
import { freePort } from "../support/ports.ts";
import { printedSeed } from "../support/seed.ts";
import { untilReady, type ServiceProcess } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const kills = 20;
/** A process lives this long at most before it is killed, counted from its spawn or from when it is ready. */
const lifeMsMax = 1_500;

let world: EngineWorld | undefined;

afterEach(async () => {
  await world?.[Symbol.asyncDispose]();
  world = undefined;
});

/** Tells the demo's incident, a chapter at a time, and opens further incidents beside it. */
interface Teller {
  /** Plays the next chapter, if one is left. */
  next(): void;
  finish(): void;
  open(): void;
  readonly incident: string;
  readonly others: readonly string[];
}

function tell(here: EngineWorld): Teller {
  const { pagerduty } = here;
  const others: string[] = [];
  const start = Date.now() - (storyMinutes + 1) * 60_000;
  const left = [...chapters];

  function play(chapter: Chapter, incident: string): string {
    const at = new Date(start + chapter.minute * 60_000).toISOString();
    let id = incident;
    for (const act of chapter.acts(incident)) {
      id = pagerduty.act({ ...act, at }).incident?.id ?? id;
    }
    return id;
  }

  play(beforehand, "");
  const incident = play(trigger, "");
  function next(): void {
    const chapter = left.shift();
    if (chapter !== undefined) {
      play(chapter, incident);
    }
  }
  return {
    incident,
    others,
    next,
    open() {
      const title = `Outage ${String(others.length + 1)}`;
      others.push(here.trigger({ title, priority: "P1" }));
    },
    finish() {
      while (left.length > 0) {
        next();
      }
    },
  };
}

/** Every other write takes its time at the vendor, so that many a kill falls between a create and its record. */
function slowWrites({ notion, pagerduty }: EngineWorld, random: Random): void {
  for (const method of ["POST", "PATCH"]) {
    for (const { faults } of [notion, pagerduty]) {
      const delayMs = 150 + random.integer(300);
      faults.add({ kind: "latency", match: { method }, delayMs, probability: 0.5 });
    }
  }
}

/** Lets the process live for a random time, in which something may happen, and kills it. */
async function liveAndDie(service: ServiceProcess, random: Random, teller: Teller): Promise<void> {
  const lifeMs = random.integer(lifeMsMax);
  const before = random.integer(lifeMs + 1);
  await sleep(before);
  if (random.chance(0.6)) {
    teller.next();
  }
  if (random.chance(0.5)) {
    teller.open();
  }
  await sleep(lifeMs - before);
  await service.kill("SIGKILL");
}

/** Waits until all pages are as the demo wants them, and then holds them to more than the demo does. */
async function expectOneWholePageEach(
  here: EngineWorld,
  { incident, others }: Teller,
): Promise<void> {
  await untilChecksHold(here, incident);
  for (const other of others) {
    await untilWhole(here, other);
  }
  await here.untilResyncs(2);
  for (const one of [incident, ...others]) {
    const [page, ...more] = here.pagesOf(one);
    expect(more, "further pages, the trashed ones included").toEqual([]);
    if (page === undefined) {
      throw new Error(`${one} has no page`);
    }
    expect(viewsOf(page), "linked views").toHaveLength(1);
    expect(ownNotes(here, one), "notes at PagerDuty").toHaveLength(1);
    expectCompleteTimeline(here, one, page);
  }
}

async function untilChecksHold(here: EngineWorld, incident: string): Promise<void> {
  try {
    await waitFor(
      "every check of the demo to hold",
      () => failedChecks(here, incident).length === 0,
      45_000,
    );
  } catch (error) {
    const failed = JSON.stringify(failedChecks(here, incident), undefined, 1);
    throw new Error(`${String(error)}\n${failed}\n${here.output().slice(-6_000)}`, {
      cause: error,
    });
  }
}

function failedChecks(here: EngineWorld, incident: string): Check[] {
  const noteContents = here.pagerduty.notesOf(incident);
  return checkOutcome(here.notion.pages("Post-mortems"), { id: incident, noteContents }).filter(
    (check) => !check.ok,
  );
}

describe.each(engines)("SIGKILL on the %s engine", (engine) => {
  it(`leaves one whole page per incident after ${String(kills)} kills`, async ({ skip }) => {
    const random = printedSeed(`kill, ${engine}`);
    world = (await openWorldOn(engine, { seed: random.seed })) ?? skip("no Redis");
    const teller = tell(world);
    slowWrites(world, random);
    for (let kill = 0; kill < kills; kill += 1) {
      // Every other life begins when the process is ready, else a slow machine would never see one at work.
      const service = await world.start({ wait: false });
      if (kill % 2 === 1) {
        await untilReady(service);
      }
      await liveAndDie(service, random, teller);
    }
    teller.finish();
    await world.start();
    await expectOneWholePageEach(world, teller);
    expect(world.pagesOf(teller.incident)).toHaveLength(1);
  });
});

describe("SIGKILL of workers", () => {
  it(`leaves one whole page per incident after ${String(kills)} kills of one of two workers by turns`, async ({
    skip,
  }) => {
    const random = printedSeed("kill, workers");
    const here = (await openWorldOn("redis", { seed: random.seed })) ?? skip("no Redis");
    world = here;
    async function startWorker(): Promise<ServiceProcess> {
      return here.start({ args: ["--role=worker"], port: await freePort(), wait: false });
    }
    await here.start({ args: ["--role=receiver"] });
    const workers = [await startWorker(), await startWorker()];
    await Promise.all(workers.map((worker) => untilReady(worker)));
    const teller = tell(here);
    slowWrites(here, random);
    for (let kill = 0; kill < kills; kill += 1) {
      const turn = kill % 2;
      const worker = workers[turn];
      if (worker !== undefined) {
        await liveAndDie(worker, random, teller);
      }
      workers[turn] = await startWorker();
    }
    teller.finish();
    await expectOneWholePageEach(here, teller);
    expect(here.pagesOf(teller.incident)).toHaveLength(1);
  });
});
