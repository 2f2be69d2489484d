/** Ten lines a minute, and how many were left out. */

import { expect, it } from "vitest";
import { throttled } from "./throttle.ts";

it("passes ten lines a minute, and says later how many it suppressed", () => {
  const lines: object[] = [];
  let now = 0;
  const write = throttled(
    (fields) => lines.push(fields),
    () => now,
  );
  for (let n = 0; n < 1_000; n += 1) {
    now = n;
    write({ n }, "again");
  }
  expect(lines).toHaveLength(10);
  now = 60_000;
  write({ n: "later" }, "again");
  write({ n: "last" }, "again");
  expect(lines.slice(10)).toEqual([{ n: "later", suppressed: 990 }, { n: "last" }]);
});
