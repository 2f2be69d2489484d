/** A hint is accepted when it is durable, many go out in one write, and nobody waits longer than said. */

import { setImmediate as nextTick } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { incidentKey, parseIncidentId, type Key } from "../domain/keys.ts";
import { waitFor } from "../../test/support/wait.ts";
import { createIntake } from "./intake.ts";

function key(name: string): Key {
  const id = parseIncidentId(name);
  if (id === undefined) {
    throw new Error(`${name} is no incident's id`);
  }
  return incidentKey(id);
}

interface Write {
  readonly keys: readonly Key[];
  readonly settle: PromiseWithResolvers<void>;
}

/** A store whose writes end when the test says so. */
function manualStore(): {
  readonly writes: Write[];
  readonly append: (keys: readonly Key[]) => Promise<void>;
} {
  const writes: Write[] = [];
  return {
    writes,
    append(keys) {
      const settle = Promise.withResolvers<void>();
      writes.push({ keys, settle });
      return settle.promise;
    },
  };
}

/** What became of a promise so far. */
function watch(promise: Promise<void>): { state: "pending" | "resolved" | "rejected" } {
  const seen: { state: "pending" | "resolved" | "rejected" } = { state: "pending" };
  promise.then(
    () => (seen.state = "resolved"),
    () => (seen.state = "rejected"),
  );
  return seen;
}

const timeoutMs = 5_000;

describe("createIntake", () => {
  it("stores 1,000 hints of one moment in one write", async () => {
    const groups: number[] = [];
    const committed: number[] = [];
    const intake = createIntake({
      append: (keys) => Promise.resolve(void groups.push(keys.length)),
      timeoutMs,
      onCommit: (hints) => committed.push(hints),
    });
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => intake.accept(key(`P${n}`))));
    expect(groups).toEqual([1_000]);
    expect(committed).toEqual([1_000]);
  });

  it("resolves no hint before its own write is durable", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs });
    const first = watch(intake.accept(key("P1")));
    await waitFor("the first write", () => writes.length === 1);
    const second = watch(intake.accept(key("P2")));
    const third = watch(intake.accept(key("P3")));
    await nextTick();
    expect([first, second, third].map(({ state }) => state)).toEqual(Array(3).fill("pending"));
    expect(writes).toHaveLength(1);

    writes[0]?.settle.resolve();
    await waitFor("the second write", () => writes.length === 2);
    await nextTick();
    expect([first, second, third].map(({ state }) => state)).toEqual([
      "resolved",
      "pending",
      "pending",
    ]);
    expect(writes[1]?.keys).toEqual([key("P2"), key("P3")]);

    writes[1]?.settle.resolve();
    await waitFor("all of them", () => third.state === "resolved" && second.state === "resolved");
    expect(writes).toHaveLength(2);
  });

  it("keeps the order of arrival, and repeats", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs });
    const all = ["P2", "P1", "P2"].map((name) => intake.accept(key(name)));
    await waitFor("the write", () => writes.length === 1);
    writes[0]?.settle.resolve();
    await Promise.all(all);
    expect(writes[0]?.keys).toEqual([key("P2"), key("P1"), key("P2")]);
  });

  it("fails the hints of a failed write, and no others", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs });
    const lost = intake.accept(key("P1"));
    await waitFor("the first write", () => writes.length === 1);
    const kept = intake.accept(key("P2"));
    writes[0]?.settle.reject(new Error("the disk is full"));
    await expect(lost).rejects.toThrow("the disk is full");
    await waitFor("the second write", () => writes.length === 2);
    writes[1]?.settle.resolve();
    await expect(kept).resolves.toBeUndefined();
  });

  it("survives a store that throws at once", async () => {
    const intake = createIntake({
      append: () => {
        throw new Error("not connected");
      },
      timeoutMs,
    });
    await expect(intake.accept(key("P1"))).rejects.toThrow("not connected");
    await expect(intake.accept(key("P2"))).rejects.toThrow("not connected");
  });

  it("refuses in time while a write hangs for ever, and stores what comes after", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs: 100 });
    const began = performance.now();
    const hanging = intake.accept(key("P1"));
    await waitFor("the first write", () => writes.length === 1);
    const behind = intake.accept(key("P2"));
    await expect(hanging).rejects.toThrow("100 ms");
    await expect(behind).rejects.toThrow("100 ms");
    expect(performance.now() - began).toBeLessThan(1_000);

    const later = intake.accept(key("P3"));
    await waitFor("another write", () => writes.length >= 2);
    writes.forEach(({ settle }) => {
      settle.resolve();
    });
    await waitFor("the last write", () => writes.at(-1)?.keys.includes(key("P3")));
    writes.at(-1)?.settle.resolve();
    await expect(later).resolves.toBeUndefined();
  });

  it("refuses at once when more than 20,000 wait", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs });
    const first = intake.accept(key("P1"));
    await waitFor("the first write", () => writes.length === 1);
    const waiting = Array.from({ length: 20_000 }, () => intake.accept(key("P2")));
    await expect(intake.accept(key("P3"))).rejects.toThrow("20000");
    writes[0]?.settle.resolve();
    await waitFor("the second write", () => writes.length === 2);
    writes[1]?.settle.resolve();
    await Promise.all([first, ...waiting]);
    expect(writes[1]?.keys).toHaveLength(20_000);
  });

  it("drains: refuses what is new and waits for what is in flight", async () => {
    const { writes, append } = manualStore();
    const intake = createIntake({ append, timeoutMs });
    const first = watch(intake.accept(key("P1")));
    await waitFor("the first write", () => writes.length === 1);
    const second = watch(intake.accept(key("P2")));
    const drained = watch(intake.drain());
    await expect(intake.accept(key("P3"))).rejects.toThrow("draining");

    writes[0]?.settle.resolve();
    await waitFor("the second write", () => writes.length === 2);
    expect(drained.state).toBe("pending");
    writes[1]?.settle.resolve();
    await waitFor("the drain", () => drained.state === "resolved");
    expect([first.state, second.state]).toEqual(["resolved", "resolved"]);
    expect(writes.map(({ keys }) => keys)).toEqual([[key("P1")], [key("P2")]]);
  });

  it("drains at once when nothing is in flight", async () => {
    const intake = createIntake({ append: () => Promise.resolve(), timeoutMs });
    await intake.drain();
    await expect(intake.accept(key("P1"))).rejects.toThrow("draining");
  });
});
