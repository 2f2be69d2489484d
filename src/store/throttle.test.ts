import { expect, test } from "vitest";
import { throttle } from "./throttle.ts";

test("says ten reasons a minute, and how many it left unsaid", () => {
  let now = 1_000;
  const said: [string, number][] = [];
  const say = throttle(
    (reason, unsaid) => said.push([reason, unsaid]),
    () => now,
  );
  for (let index = 0; index < 1_000; index += 1) {
    now += 1;
    say(`reason ${index}`);
  }
  expect(said).toHaveLength(10);
  expect(said.every(([, unsaid]) => unsaid === 0)).toBe(true);
  now += 60_000;
  say("later");
  expect(said.at(-1)).toEqual(["later", 990]);
});
