/** The queue's pauses, as tables and properties. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs, withJitter } from "./backoff.ts";

const timing = { backoffFirstMs: 1_000, backoffMaxMs: 300_000 };

describe("backoff", () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [20, 300_000],
    [2_000, 300_000],
  ])("failure %i waits at most %i ms", (failure, ceiling) => {
    expect(backoffMs(failure, timing, 0.999_999_9)).toBe(ceiling);
  });

  test("never waits for nothing and never longer than the longest pause", () => {
    expect(() =>
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 5_000 }),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          (failure, random) => {
            const ms = backoffMs(failure, timing, random);
            return Number.isInteger(ms) && ms >= 1 && ms <= timing.backoffMaxMs;
          },
        ),
      ),
    ).not.toThrow();
  });

  test("a requeue comes no earlier than asked and at most a second later", () => {
    expect(() =>
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 1e9 }),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          (ms, random) => {
            const jittered = withJitter(ms, random);
            return jittered >= ms && jittered <= ms + 1_000;
          },
        ),
      ),
    ).not.toThrow();
  });
});
