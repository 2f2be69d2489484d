/** The handshake: its token reaches the operator once, nobody else ever, and a flood of them does no harm. */

import { describe, expect, it } from "vitest";
import { createLog } from "../log.ts";
import {
  dataSources,
  eventBody,
  notionBody,
  notionToken,
  now,
  openWorld,
  post,
  postNotion,
  signSha256,
  type World,
  type WorldOptions,
} from "../../test/support/receiver.ts";

interface Unset extends AsyncDisposable {
  readonly world: World;
  /** What the service's own log writes, secrets taken out. */
  lines(): string[];
  /** How much later it is now. */
  passMs(ms: number): void;
}

/** A receiver before the handshake, with the log that the service has. */
function openUnset(options: WorldOptions = {}): Unset {
  const written: string[] = [];
  let atMs = now.getTime();
  const world = openWorld({
    ...options,
    webhooks: {
      notion: { token: undefined, dataSources },
      log: createLog("info", { write: (line) => void written.push(line) }),
      now: () => new Date(atMs),
    },
  });
  return {
    world,
    lines: () => written,
    passMs: (ms) => void (atMs += ms),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function handshakeOf(token: unknown): string {
  return JSON.stringify({ verification_token: token });
}
const handshake = handshakeOf(notionToken);

describe("before the token is set, a handshake", () => {
  it("is taken without a signature, and its token shown to the operator with what to do", async () => {
    await using unset = openUnset();
    const answer = await postNotion(unset.world, handshake, {});
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "accepted" });
    expect(unset.lines()).toHaveLength(1);
    const line = JSON.parse(unset.lines()[0] ?? "") as Record<string, unknown>;
    expect(line).toMatchObject({
      level: "warn",
      code: "NOTION_HANDSHAKE",
      verification: notionToken,
      from: "127.0.0.1",
    });
    const steps = String(line["nextSteps"]);
    for (const step of ["Paste", "Notion", "NOTION_WEBHOOK_TOKEN", "Restart"]) {
      expect(steps).toContain(step);
    }
  });

  it.each([
    ["lower", (hex: string) => hex],
    ["upper", (hex: string) => hex.replace(/[0-9a-f]{64}/, (digits) => digits.toUpperCase())],
  ])("is taken with its own signature in %s case", async (_, form) => {
    await using unset = openUnset();
    const signature = { "x-notion-signature": form(signSha256(handshake, notionToken)) };
    expect((await postNotion(unset.world, handshake, signature)).statusCode).toBe(202);
    expect(unset.lines()).toHaveLength(1);
  });

  it.each([
    ["another token's", signSha256(handshake, "secret_of_somebody_else")],
    ["of another body", signSha256(`${handshake} `, notionToken)],
    ["empty", ""],
    ["of no form", "yes"],
  ])("with a signature that is %s is refused and not shown", async (_, signature) => {
    await using unset = openUnset();
    const answer = await postNotion(unset.world, handshake, { "x-notion-signature": signature });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: "WEBHOOK_SIGNATURE_INVALID" });
    expect(unset.lines().join("")).not.toContain(notionToken);
  });

  it("never has its token in an answer, a metric or any other line of the log", async () => {
    await using unset = openUnset({ append: () => Promise.reject(new Error("away")) });
    const answers = [
      await postNotion(unset.world, handshake, {}),
      await postNotion(unset.world, handshake, {}),
      await postNotion(unset.world, `${handshake}}`, {}),
      await postNotion(unset.world, handshakeOf([notionToken]), {}),
      await postNotion(unset.world, handshake, { "x-notion-signature": "sha256=0" }),
      await postNotion(unset.world, handshake, { "content-type": "text/plain" }),
      await post(unset.world, handshake),
      await post(unset.world, handshake, {}),
    ];
    for (const answer of answers) {
      expect(JSON.stringify(answer.headers) + answer.body).not.toContain(notionToken);
    }
    expect(await unset.world.metrics.render()).not.toContain(notionToken);
    expect(unset.world.captured.lines().join("")).not.toContain(notionToken);
    const telling = unset.lines().filter((line) => line.includes(notionToken));
    expect(telling).toHaveLength(1);
    expect(JSON.stringify([unset.world.stored, unset.world.quarantined])).not.toContain("secret_");
  });

  it("that comes again is taken and not shown again, however late", async () => {
    await using unset = openUnset();
    for (let n = 0; n < 5; n += 1) {
      expect((await postNotion(unset.world, handshake, {})).statusCode).toBe(202);
      unset.passMs(50 * 60_000);
    }
    expect(unset.lines()).toHaveLength(1);
  });

  it("with another token is shown as well, five an hour, and what was held back is said", async () => {
    await using unset = openUnset();
    async function sendAll(): Promise<void> {
      for (let n = 0; n < 100; n += 1) {
        const answer = await postNotion(unset.world, handshakeOf(`secret_number_${n}`), {});
        expect(answer.statusCode).toBe(202);
      }
    }
    function shown(): string[] {
      return unset.lines().filter((line) => line.includes("secret_number_"));
    }
    await sendAll();
    expect(shown()).toHaveLength(5);
    expect(unset.lines().length).toBeLessThanOrEqual(15);
    expect(unset.lines().join("")).toContain("handshake not shown");
    unset.passMs(59 * 60_000);
    await sendAll();
    expect(shown()).toHaveLength(5);
    unset.passMs(60_001);
    await sendAll();
    expect(shown()).toHaveLength(10);
    expect(new Set(shown().map((line) => /secret_number_\d+/.exec(line)?.[0])).size).toBe(10);
  });
});

describe("before the token is set, anything else", () => {
  it.each([
    ["an event", notionBody()],
    ["an event signed with nothing", notionBody("page.deleted")],
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["a token that is no text", handshakeOf({ a: 1 })],
    ["a token that is empty", handshakeOf("")],
    ["a token with a space", handshakeOf("secret_ with a space")],
    ["a token with a line", handshakeOf("secret_1234\n5678")],
    ["a token with quotes", handshakeOf('secret_"1234"')],
    ["a token of 300 characters", handshakeOf("x".repeat(300))],
    ["a token in a prototype", `{"__proto__":${handshake}}`],
    ["a tower of brackets", "[".repeat(100_000)],
  ])("gets 503 so that it comes again: %s", async (_, body) => {
    await using unset = openUnset();
    for (const headers of [{}, { "x-notion-signature": signSha256(body, "") }]) {
      const answer = await postNotion(unset.world, body, headers);
      expect(answer.statusCode).toBe(503);
      expect(answer.headers["retry-after"]).toBe("600");
      expect(answer.json()).toMatchObject({ code: "WEBHOOK_NOT_SET_UP" });
    }
    expect([unset.world.stored, unset.world.quarantined]).toEqual([[], []]);
    expect(unset.lines().join("")).not.toContain("verification");
  });

  it("is said at most ten times a minute, and counted", async () => {
    await using unset = openUnset();
    await Promise.all(Array.from({ length: 50 }, () => postNotion(unset.world, notionBody(), {})));
    expect(unset.lines()).toHaveLength(10);
    const text = await unset.world.metrics.render();
    expect(text).toContain('debrief_webhooks_total{vendor="notion",outcome="unavailable"} 50\n');
  });

  it("of the other vendors is taken as ever", async () => {
    await using unset = openUnset();
    expect((await post(unset.world, eventBody("P1"))).json()).toEqual({ status: "accepted" });
  });
});

describe("once the token is set, a handshake", () => {
  it("with its signature is ignored", async () => {
    await using world = openWorld();
    const answer = await postNotion(world, handshake);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "ignored", reason: "Handshake" });
  });

  it.each([
    ["none", {}, "WEBHOOK_SIGNATURE_MISSING"],
    [
      "that of its own token",
      { "x-notion-signature": signSha256(handshakeOf("secret_another1"), "secret_another1") },
      "WEBHOOK_SIGNATURE_INVALID",
    ],
  ])("with another signature (%s) is refused and nowhere shown", async (_, headers, code) => {
    await using world = openWorld();
    const answer = await postNotion(world, handshakeOf("secret_another1"), headers);
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code });
    expect(world.captured.lines().join("") + answer.body).not.toContain("secret_another1");
  });
});
