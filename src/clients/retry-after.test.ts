/** Whatever a vendor writes there, it becomes a bounded pause or nothing. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter, retryAfterMaxMs } from "./retry-after.ts";

const now = new Date("2026-11-20T10:00:00Z");

describe("parseRetryAfter", () => {
  it.each([
    ["0", 0],
    ["7", 7000],
    [" 1.5 ", 1500],
    ["Fri, 20 Nov 2026 10:00:30 GMT", 30_000],
    ["Fri, 20 Nov 2026 09:00:00 GMT", 0],
    ["999999999", retryAfterMaxMs],
    ["Fri, 20 Nov 2036 10:00:30 GMT", retryAfterMaxMs],
    ["soon 1", undefined],
    ["-5", undefined],
    ["1e9", undefined],
    ["Infinity", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("reads %j as %j", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  it("takes the first of a repeated header", () => {
    expect(parseRetryAfter(["3", "9"], now)).toBe(3000);
  });

  it("never gives anything but a pause within bounds", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || (ms >= 0 && ms <= retryAfterMaxMs)).toBe(true);
      }),
    );
  });
});
