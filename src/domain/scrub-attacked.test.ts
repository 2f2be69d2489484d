/** The scrubber against those who hide secrets from it, by accident or not; what it can't see is pinned here as well. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScrubber } from "./scrub.ts";
import { oneLine } from "./text.ts";

/** As the timeline uses it: cleaned, on one line, then scrubbed. */
const scrubber = createScrubber([]);
function scrub(text: string): string {
  return scrubber(oneLine(text));
}

const secret = "Xk29vQ7pLm41";
const token = ["ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("_");

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

describe("a hidden secret is found", () => {
  it.each([
    ["over lines", `password:\n  ${secret}`],
    ["with characters that show as nothing", `pass\u200Bword=${secret}`],
    ["with marks of direction", `pass\u202Eword\u202C=${secret}`],
    ["with a soft hyphen", `pass\u00ADword=${secret}`],
    ["in JSON", JSON.stringify({ a: { password: secret } })],
    ["in JSON in JSON", JSON.stringify({ body: JSON.stringify({ password: secret }) })],
    [
      "in JSON in JSON in JSON",
      JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ password: secret }) }) }),
    ],
    ["percent-encoded", `GET /login?next=${encodeURIComponent(`/x?password=${secret}`)}`],
    ["all percent-encoded", encodeURIComponent(`Authorization: Bearer ${secret}`)],
    ["as a form", `body=${encodeURIComponent("a=1&token=")}${secret}+x`],
    ["in Base64", base64(`password=${secret}`)],
    ["in Base64 for URLs", `x=${base64url(`{"client_secret":"${secret}"}`)}`],
    ["in Base64 in JSON", JSON.stringify({ data: base64(`token: ${token}`) })],
    ["beside a mask", `[masked: password] password=${secret}`],
    ["in a mask's clothes", `password=[masked:${secret}`],
    ["in a mask's clothes, as a header", `Authorization: Basic [masked:${secret}`],
    ["twice", `password=${secret} password=${secret}`],
    ["in capitals", `PASSWORD=${secret}`],
    ["in a header's list", `-H "X-Api-Key: ${secret}" -H "Accept: */*"`],
    ["in YAML", `stringData:\n  password: ${secret}`],
    ["in a URL with a user", `amqp://app:${secret}@mq:5672/%2F`],
  ])("%s", (_, text) => {
    const scrubbed = scrub(text);
    expect(scrubbed).not.toContain(secret);
    expect(scrubbed).not.toContain(base64(secret).replace(/=+$/, "").slice(0, -1));
    expect(scrubbed).not.toContain(token);
    expect(scrubbed).toContain("[masked: ");
    expect(scrub(scrubbed), "scrubbed once and for all").toBe(scrubbed);
  });

  it("in any place, encoded or not, with whatever stands around it", () => {
    const around = fc.array(
      fc.constantFrom("down", "at", "42", "%20", "=", "/", "é", "{", '"', "a:b"),
      {
        maxLength: 6,
      },
    );
    const encoder = fc.constantFrom((text: string) => text, base64, base64url, encodeURIComponent);
    fc.assert(
      fc.property(around, around, encoder, (before, after, encode) => {
        const text = [...before, encode(`token=${token}`), ...after].join(" ");
        const scrubbed = scrub(text);
        expect(scrubbed).toContain("[masked: ");
        expect(scrubbed).not.toContain(token);
        expect(scrubbed).not.toContain(encode(`token=${token}`));
      }),
    );
  });
});

describe("text without a secret", () => {
  it("is the same to the byte, encoded or not", () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z]{1,12}$/),
      fc.nat().map(String),
      fc.uuid(),
      fc.stringMatching(/^[0-9a-f]{64}$/),
      fc.webUrl({ withQueryParameters: true }),
      fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => oneLine(text)),
      fc.lorem({ maxCount: 4 }).map(base64),
      fc.lorem({ maxCount: 4 }).map(encodeURIComponent),
      fc
        .uint8Array({ minLength: 12, maxLength: 60 })
        .map((bytes) => Buffer.from(bytes).toString("base64")),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const text = words.join(" ");
        fc.pre(
          !/passw|passphrase|secret|token|key|pwd|basic|bearer|authorization|@/i.test(
            decoded(text),
          ),
        );
        expect(scrubber(text)).toBe(text);
      }),
    );
  });
});

/** What stands in a text once everything in it that looks encoded is decoded. */
function decoded(text: string): string {
  const words = text.split(/[^A-Za-z0-9+/_-]+/);
  const plain = words.map((word) => Buffer.from(word, "base64").toString("latin1"));
  const url = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return [text, url, ...plain].join("\n");
}

describe("what it can't see, and SECURITY.md says so", () => {
  it.each([
    ["without a name or a form", `use ${secret} to log in`],
    ["cut in two", `password is ${secret.slice(0, 6)} and then ${secret.slice(6)}`],
    ["in letters that only look alike", `p\u0430ssword=${secret}`],
    ["encoded twice", base64(base64(`password=${secret}`))],
    ["in hexadecimal", Buffer.from(`password=${secret}`).toString("hex")],
  ])("a secret %s", (_, text) => {
    expect(scrub(text)).toBe(text);
  });
});

describe("100 KB of what looks encoded", () => {
  const pieces = ["%41", "%", "A%4", base64("lorem ipsum dolor "), "QUFB", "-_", "+/", "a%20b&"];
  it.each(pieces)("takes under 200 ms: %j", (piece) => {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const times = [1, 2, 3].map(() => {
      const began = performance.now();
      scrubber(text);
      return performance.now() - began;
    });
    expect(Math.min(...times)).toBeLessThan(200);
  });
});
