/** Equal content, equal fingerprint; anything else differs. */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.ts";

describe("fingerprint", () => {
  it("stays what it is from release to release", () => {
    expect(fingerprint({ b: [1, "x", null], a: true })).toBe("0ddd66d0019e9c");
  });

  it("does not depend on the order of keys, nor on keys without a value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(fingerprint({ ...reversed, "absent key": undefined })).toBe(fingerprint(value));
      }),
    );
  });

  it("differs where the content differs", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(!isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))));
        expect(fingerprint(a)).not.toBe(fingerprint(b));
      }),
    );
    expect(new Set([["ab"], ["a", "b"], "ab", { ab: null }, {}].map(fingerprint)).size).toBe(5);
  });

  it("is 14 hexadecimal digits for any value", () => {
    for (const value of [undefined, null, 0, "", new Date(0), new Date(Number.NaN), [undefined]]) {
      expect(fingerprint(value)).toMatch(/^[0-9a-f]{14}$/);
    }
    expect(fingerprint(new Date(0))).toBe(fingerprint("1970-01-01T00:00:00.000Z"));
  });
});
