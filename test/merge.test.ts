/** The merge under people who edit both sides in any order, and runs that die halfway. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edit } from "./support/merge-edits.ts";
import { openWorld, planOf, run } from "./support/merge-model.ts";
import {
  isInStep,
  vanished,
  type Edit,
  type Operation,
  type Run,
  type World,
} from "./support/merge-world.ts";
import { descriptionOf, isQuiet } from "./support/pairs.ts";
import { printedSeed } from "./support/seed.ts";

const edits: fc.Arbitrary<Edit> = fc.record({
  do: fc.constant("edit"),
  side: fc.constantFrom("notion", "jira"),
  field: fc.constantFrom("title", "outcome", "owner", "due", "priority", "status", "reason"),
  choice: fc.nat(59),
});
const runs: fc.Arbitrary<Run> = fc.record({
  do: fc.constant("run"),
  diesAt: fc.nat(12),
  meanwhile: edits,
  meanwhileAt: fc.nat(8),
});
const kinds = fc.record({
  born: fc.constantFrom("created", "created and noted", "adopted"),
  refusesDue: fc.boolean(),
  refusesPriority: fc.boolean(),
  setsResolution: fc.boolean(),
  swapsWinners: fc.boolean(),
});
const lives = fc.record({
  kind: kinds,
  choices: fc.array(fc.nat(59), { minLength: 12, maxLength: 12 }),
  operations: fc.array(fc.oneof({ arbitrary: edits, weight: 2 }, { arbitrary: runs, weight: 1 }), {
    maxLength: 25,
  }),
});

const quiet: Run = {
  do: "run",
  diesAt: Number.POSITIVE_INFINITY,
  meanwhile: { do: "edit", side: "notion", field: "reason", choice: 0 },
  meanwhileAt: Number.POSITIVE_INFINITY,
};

function live(world: World, operations: readonly Operation[]): void {
  for (const operation of operations) {
    if (operation.do === "edit") {
      edit(world, operation);
    } else {
      run(world, operation);
    }
  }
  run(world, quiet);
  run(world, quiet);
}

const words = {
  title: /Name|summary/i,
  owner: /Owner|assign/,
  due: /Due/,
  priority: /priority/i,
  status: /status|Reason/i,
} as const;

describe("a row and its issue, after any edits on either side and runs cut short anywhere", () => {
  const seed = printedSeed("merge").seed;

  function holds(check: (world: World) => void): void {
    fc.assert(
      fc.property(lives, ({ kind, choices, operations }) => {
        const world = openWorld(kind, choices);
        live(world, operations);
        check(world);
      }),
      { seed, numRuns: 1500 },
    );
  }

  it("come to rest: a further merge plans nothing and keeps the base", () => {
    holds((world) => {
      const plan = planOf(world);
      expect(isQuiet(plan)).toBe(true);
      expect(plan.base).toEqual(world.base);
    });
  });

  it("say the same in every field, or a remark says why not", () => {
    holds((world) => {
      const { remarks } = planOf(world);
      for (const field of ["title", "owner", "due", "priority", "status"] as const) {
        const isTold = remarks.some((remark) => words[field].test(remark));
        expect({ field, told: isInStep(world, field) || isTold }).toEqual({ field, told: true });
      }
    });
  });

  it("lose nothing that a person wrote: it stands, reached the other side, or is kept as a comment", () => {
    holds((world) => {
      expect(vanished(world)).toEqual([]);
    });
  });

  it("leave a person's description alone, and tell it the last outcome", () => {
    holds((world) => {
      const { row, issue, description, outcomesTold, base } = world;
      // An empty one of an issue that was just linked is filled in.
      const isKept = (description ?? "") === "" || issue.description === description;
      expect(isKept).toBe(true);
      const isTold =
        issue.description === descriptionOf(row) ||
        row.outcome === "" ||
        outcomesTold.some((text) => text.includes(row.outcome));
      expect(isTold || base?.descriptionIsJiras !== true).toBe(true);
      expect(base?.descriptionIsJiras === true || issue.description === descriptionOf(row)).toBe(
        true,
      );
    });
  });
});
