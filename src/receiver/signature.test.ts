/** Only who knows a secret gets in. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSameSecret,
  isSignedByJira,
  isSignedByNotion,
  isSignedByPagerDuty,
} from "./signature.ts";
import { secret, sign, signSha256 } from "../../test/support/receiver.ts";

const body = Buffer.from('{"event":{"id":"01GI0K"}}');
const right = sign(body);
const hex = right.slice("v1=".length);
const wrong = `v1=${"0".repeat(64)}`;

describe("isSignedByPagerDuty", () => {
  it.each([
    ["one signature", right],
    ["the second of two", `${wrong},${right}`],
    ["with spaces after the comma", `${wrong}, ${right} `],
    ["beside another version", `v2=${hex},${right}`],
    ["the last of eight", `${`${wrong},`.repeat(7)}${right}`],
  ])("accepts %s", (_, header) => {
    expect(isSignedByPagerDuty(body, header, [secret])).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a comma", ","],
    ["a version without a signature", "v1="],
    ["the bare digest", hex],
    ["another version", `v2=${hex}`],
    ["another algorithm's name", `sha256=${hex}`],
    ["a capital V", `V1=${hex}`],
    ["upper case", `v1=${hex.toUpperCase()}`],
    ["a digit too few", right.slice(0, -1)],
    ["a digit too many", `${right}0`],
    ["it doubled", `${right}${hex}`],
    ["no hex", `v1=${"z".repeat(64)}`],
    ["base64", `v1=${Buffer.from(hex, "hex").toString("base64")}`],
    ["only wrong ones", `${wrong},${wrong}`],
    ["a newline inside", `v1=${hex.slice(0, 32)}\n${hex.slice(32)}`],
    ["a line after it", `${right}\nx`],
    ["the ninth of nine", `${`${wrong},`.repeat(8)}${right}`],
    ["the last of 1,000", `${`${wrong},`.repeat(999)}${right}`],
    ["another secret's", sign(body, "another secret")],
  ])("refuses %s", (_, header) => {
    expect(isSignedByPagerDuty(body, header, [secret])).toBe(false);
  });

  it("refuses everything while there is no secret", () => {
    expect(isSignedByPagerDuty(body, right, [])).toBe(false);
    expect(isSignedByPagerDuty(body, sign(body, ""), [])).toBe(false);
  });

  it("accepts the old and the new secret while one is being replaced, and only the new one after", () => {
    const old = sign(body, "old");
    const next = sign(body, "next");
    expect([old, next].map((one) => isSignedByPagerDuty(body, one, ["old", "next"]))).toEqual([
      true,
      true,
    ]);
    expect([old, next].map((one) => isSignedByPagerDuty(body, one, ["next"]))).toEqual([
      false,
      true,
    ]);
  });

  it("takes the secret as text, not as the base64 that it looks like", () => {
    const looks = "HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1p";
    expect(isSignedByPagerDuty(body, sign(body, looks), [looks])).toBe(true);
  });

  it("accepts any bytes that are signed, whether they are UTF-8 or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), (bytes, key) => {
        expect(isSignedByPagerDuty(bytes, sign(bytes, key), [key])).toBe(true);
      }),
    );
  });

  it("refuses a body in which any byte changed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, difference) => {
          const changed = Buffer.from(bytes);
          const index = at % bytes.length;
          changed[index] = (bytes[index] ?? 0) ^ difference;
          expect(isSignedByPagerDuty(changed, sign(bytes), [secret])).toBe(false);
        },
      ),
    );
  });

  it("refuses a body that was cut, or got a tail", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
        const cut = bytes.slice(0, at % bytes.length);
        expect(isSignedByPagerDuty(cut, sign(bytes), [secret])).toBe(false);
        expect(isSignedByPagerDuty(bytes, sign(cut), [secret])).toBe(false);
      }),
    );
  });

  it("refuses a signature in which any character changed", () => {
    const position = fc.nat({ max: right.length - 1 });
    fc.assert(
      fc.property(position, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(right[at] !== character);
        const changed = `${right.slice(0, at)}${character}${right.slice(at + 1)}`;
        expect(isSignedByPagerDuty(body, changed, [secret])).toBe(false);
      }),
    );
  });

  it("neither throws at nor accepts any other header", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((text) => `v1=${text}`),
      fc.constant(wrong),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(isSignedByPagerDuty(body, parts.join(","), [secret, "another"])).toBe(false);
      }),
    );
  });
});

describe.each([
  ["isSignedByNotion", isSignedByNotion],
  ["isSignedByJira", isSignedByJira],
])("%s", (name, isSigned) => {
  const header = signSha256(body);
  const digest = header.slice("sha256=".length);

  it("accepts the one form", () => {
    expect(isSigned(body, header, [secret])).toBe(true);
  });

  it("accepts upper case from Notion only", () => {
    const isNotion = name === "isSignedByNotion";
    expect(isSigned(body, `sha256=${digest.toUpperCase()}`, [secret])).toBe(isNotion);
    const mixed = `sha256=${digest.slice(0, 32)}${digest.slice(32).toUpperCase()}`;
    expect(isSigned(body, mixed, [secret])).toBe(isNotion);
  });

  it.each([
    ["nothing", ""],
    ["a method without a signature", "sha256="],
    ["the bare digest", digest],
    ["PagerDuty's form", `v1=${digest}`],
    ["sha1", `sha1=${digest}`],
    ["sha1 as long as it is", `sha1=${digest.slice(0, 40)}`],
    ["sha512", `sha512=${digest}${digest}`],
    ["the method in capitals", `SHA256=${digest}`],
    ["a digit too few", header.slice(0, -1)],
    ["a digit too many", `${header}0`],
    ["it doubled", `${header}${digest}`],
    ["a list", `${header},${header}`],
    ["a list as Node joins two headers", `${header}, ${header}`],
    ["a space before it", ` ${header}`],
    ["a space after it", `${header} `],
    ["a line after it", `${header}\n`],
    ["no hex", `sha256=${"z".repeat(64)}`],
    ["base64", `sha256=${Buffer.from(digest, "hex").toString("base64")}`],
    ["digits of another script", `sha256=${"٠".repeat(64)}`],
    ["another secret's", signSha256(body, "another secret")],
  ])("refuses %s", (_, other) => {
    expect(isSigned(body, other, [secret])).toBe(false);
  });

  it("refuses everything while there is no secret", () => {
    expect(isSigned(body, header, [])).toBe(false);
    expect(isSigned(body, signSha256(body, ""), [])).toBe(false);
  });

  it("accepts the old and the new secret while one is being replaced, and only the new one after", () => {
    const signatures = ["old", "next"].map((key) => signSha256(body, key));
    const both = signatures.map((one) => isSigned(body, one, ["old", "next"]));
    const after = signatures.map((one) => isSigned(body, one, ["next"]));
    expect([both, after]).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it("accepts any bytes that are signed, and a signed nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), (bytes, key) => {
        expect(isSigned(bytes, signSha256(bytes, key), [key])).toBe(true);
      }),
    );
  });

  it("refuses a body in which any byte changed, that was cut, doubled or got a tail", () => {
    const change = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), change, (bytes, at, difference) => {
        const index = at % bytes.length;
        const changed = Buffer.from(bytes);
        changed[index] = (bytes[index] ?? 0) ^ difference;
        const others = [
          changed,
          bytes.slice(0, index),
          Buffer.concat([bytes, bytes]),
          Buffer.concat([bytes, Buffer.from([difference])]),
        ];
        const signature = signSha256(bytes);
        expect(others.map((other) => isSigned(other, signature, [secret]))).toEqual([
          false,
          false,
          false,
          false,
        ]);
      }),
    );
  });

  it("refuses a signature in which any character changed", () => {
    const position = fc.nat({ max: header.length - 1 });
    fc.assert(
      fc.property(position, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(header[at]?.toLowerCase() !== character.toLowerCase());
        const changed = `${header.slice(0, at)}${character}${header.slice(at + 1)}`;
        expect(isSigned(body, changed, [secret])).toBe(false);
      }),
    );
  });

  it("neither throws at nor accepts any other header", () => {
    const other = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((text) => `sha256=${text}`),
    );
    fc.assert(
      fc.property(other, (text) => {
        expect(isSigned(body, text, [secret, "another"])).toBe(false);
      }),
    );
  });
});

describe("what vendors publish", () => {
  it("Jira's example is accepted", () => {
    const published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    const key = "It's a Secret to Everybody";
    expect(isSignedByJira(Buffer.from("Hello World!"), published, [key])).toBe(true);
    expect(isSignedByJira(Buffer.from("Hello World?"), published, [key])).toBe(false);
  });

  it("what Notion's SDK signs is accepted, and the SDK accepts what tests sign", async () => {
    const { signWebhookPayload, verifyWebhookSignature } = await import("@notionhq/client");
    const verificationToken = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
    const text = body.toString();
    const signature = await signWebhookPayload({ body: text, verificationToken });
    expect(isSignedByNotion(body, signature, [verificationToken])).toBe(true);
    const ours = signSha256(body, verificationToken);
    expect(await verifyWebhookSignature({ body: text, signature: ours, verificationToken })).toBe(
      true,
    );
  });
});

describe("isSameSecret", () => {
  it("tells whether two secrets are equal, whatever their lengths", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(isSameSecret(a, a)).toBe(true);
        expect(isSameSecret(a, b)).toBe(a === b);
      }),
    );
  });
});
