/** Webhooks as an attacker, a broken proxy or a vendor's bug might send them: bodies, headers and how they are cut up. */

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { eventBody, jiraBody, notionBody } from "./receiver.ts";

export const vendors = ["pagerduty", "notion", "jira"] as const;

export interface HostileWebhook {
  readonly vendor: (typeof vendors)[number];
  readonly body: Buffer;
  readonly signed: boolean;
  /** Undefined: none is sent. */
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
  readonly chunked: boolean;
}

const bodyBytesMax = 1024 * 1024;
const envelopes = {
  pagerduty: eventBody("PT4KHLK"),
  notion: notionBody(),
  jira: jiraBody({}, { labels: ["debrief"] }),
} as const;

/** Values that JSON can say and few programs expect. */
const oddJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    "null",
    "[]",
    "{}",
    '""',
    "true",
    "-0",
    "1e400",
    "-1e400",
    `1${"0".repeat(400)}`,
    "9007199254740993",
    '"\\u0000"',
    '"\\ud83d"',
    '"\\udc00\\ud800"',
    '"\\u202e"',
    `"${"x".repeat(5_000)}"`,
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toString":null,"valueOf":1,"hasOwnProperty":"x","then":{}}',
    '"../../../etc/passwd"',
    `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
  ),
);

/** An envelope with the values at some places replaced. */
function mutated(envelope: string): fc.Arbitrary<string> {
  const values = [...envelope.matchAll(/(?<=:)(?:"[^"]*"|\d+|null|\{|\[)/g)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    opens: /[[{]/.test(match[0]),
  }));
  const plain = values.filter(({ opens }) => !opens);
  return fc
    .tuple(fc.subarray(plain, { minLength: 1, maxLength: 4 }), fc.array(oddJson, { minLength: 4 }))
    .map(([places, odd]) => {
      let text = envelope;
      for (const [at, { from, to }] of places.toReversed().entries()) {
        text = text.slice(0, from) + (odd[at] ?? "null") + text.slice(to);
      }
      return text;
    });
}

function hostileText(envelope: string): fc.Arbitrary<Buffer> {
  const end = envelope.lastIndexOf("}");
  return fc.oneof(
    { weight: 8, arbitrary: mutated(envelope).map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: oddJson.map((text) => Buffer.from(text)) },
    // Keys that stand twice, and poison beside what is valid.
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("event", "type", "webhookEvent", "__proto__", "data"), oddJson)
        .map(([key, odd]) => Buffer.from(`${envelope.slice(0, end)},"${key}":${odd}}`)),
    },
    // Bytes that are no UTF-8, in the middle of a valid body.
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(envelope.length), fc.uint8Array({ minLength: 1, maxLength: 8 }))
        .map(([at, bytes]) =>
          Buffer.concat([
            Buffer.from(envelope.slice(0, at)),
            Buffer.from(bytes),
            Buffer.from([0xff, 0xc0, 0xed, 0xa0, 0x80]),
            Buffer.from(envelope.slice(at)),
          ]),
        ),
    },
    {
      weight: 2,
      arbitrary: fc.nat(envelope.length).map((at) => Buffer.from(envelope.slice(0, at))),
    },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  );
}

/** Few of these, for each is large. */
const heavy = fc.constantFrom(
  Buffer.from("[".repeat(100_000)),
  Buffer.from(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  Buffer.from('{"event":'.repeat(100_000)),
  Buffer.from(`{"event":{"data":${'{"data":'.repeat(50_000)}1${"}".repeat(50_000)}}}`),
  Buffer.alloc(bodyBytesMax, " "),
  Buffer.alloc(bodyBytesMax + 1, " "),
  Buffer.from(`"${"\\u0000".repeat(170_000)}"`),
  Buffer.alloc(bodyBytesMax, 0xff),
);

const jsonTypes = [
  "application/json",
  "application/json; charset=utf-8",
  "Application/JSON",
] as const;
const otherTypes = [
  "application/json; charset=utf-16",
  "application/json;charset=",
  "application/json, text/plain",
  "text/plain",
  "text/plain; application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "",
  "json",
] as const;

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  identity: (body) => body,
  "gzip, gzip": (body) => gzipSync(gzipSync(body)),
};

/** A webhook as nobody should send one. */
export const hostileWebhook: fc.Arbitrary<HostileWebhook> = fc
  .record({
    vendor: fc.constantFrom(...vendors),
    signed: fc.boolean(),
    contentType: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom<string>(...jsonTypes) },
      { weight: 2, arbitrary: fc.constantFrom<string | undefined>(...otherTypes, undefined) },
    ),
    encoding: fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...Object.keys(encoders)) },
    ),
    chunked: fc.boolean(),
  })
  .chain(({ vendor, ...rest }) =>
    fc
      .oneof(
        { weight: 120, arbitrary: hostileText(envelopes[vendor]) },
        { weight: 1, arbitrary: heavy },
      )
      .map((plain) => ({ vendor, ...rest, body: encoders[rest.encoding ?? ""]?.(plain) ?? plain })),
  );

/** Statuses that the contract has for it: one, where it is a plain matter. */
export function statusesFor({ body, signed, contentType }: HostileWebhook): readonly number[] {
  const verdict = signed ? 202 : 401;
  if (contentType === undefined || !jsonTypes.some((type) => type === contentType)) {
    return [verdict, 413, 415];
  }
  return body.byteLength > bodyBytesMax ? [413] : [verdict];
}
