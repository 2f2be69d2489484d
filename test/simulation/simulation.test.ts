/** The simulation, as many seeds as fit into a test run. The first that fails ends it; SEED=… begins with that one. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Templates } from "../../src/domain/template.ts";
import { loadTemplates } from "../../src/templates/load.ts";
import { printedSeedNumber } from "../support/seed.ts";
import { simulate } from "./simulate.ts";

/** A seed takes half a second on an idle machine. */
const playForMs = 45_000;
const seedsMax = 100;
/** The same worlds each time, so that a change is judged by itself; `npm run simulate` looks for new ones. */
const first = printedSeedNumber("simulation", 200_000);

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(new URL("../../templates", import.meta.url).pathname);
});

describe("the simulation", () => {
  test("the same seed gives the same calls, in the same order, with the same answers", async () => {
    const once = await simulate(first, { templates });
    const again = await simulate(first, { templates });
    expect(again.calls.length).toBeGreaterThan(20);
    expect(again.calls).toEqual(once.calls);
    expect(again.story).toEqual(once.story);
  });

  test(
    "whatever people do and whatever goes wrong, all is in step once it is calm",
    { timeout: 180_000 },
    async () => {
      const began = performance.now();
      let seed = first;
      for (; seed < first + seedsMax && performance.now() - began < playForMs; seed += 1) {
        const { problems } = await simulate(seed, { templates });
        expect(problems, `npm run simulate -- --runs 1 --seed ${String(seed)} --verbose`).toEqual(
          [],
        );
      }
      process.stdout.write(`simulation: ${String(seed - first)} seeds\n`);
    },
  );
});
