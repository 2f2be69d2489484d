/** The simulation, as many seeds as fit into a test run. The first that fails ends it; SEED=… begins with that one. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Templates } from "../../src/domain/template.ts";
import { loadTemplates } from "../../src/templates/load.ts";
import { printedSeed } from "../support/seed.ts";
import { simulate } from "./simulate.ts";

const seeds = 60;
const { seed: first } = printedSeed("simulation");

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
      for (let seed = first; seed < first + seeds; seed += 1) {
        const { problems } = await simulate(seed, { templates });
        expect(problems, `npm run simulate -- --runs 1 --seed ${String(seed)} --verbose`).toEqual(
          [],
        );
      }
    },
  );
});
