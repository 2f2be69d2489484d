/** The webhook routes: what is answered to whom, what is kept, and what the log never holds. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventBody, now, openWorld, post, secret, sign } from "../../test/support/receiver.ts";
import type { Quarantined } from "./webhooks.ts";

const ping = '{"event":{"event_type":"pagey.ping","data":{"type":"ping"}}}';

describe("a webhook", () => {
  it("is accepted once its incident is durable", async () => {
    await using world = openWorld();
    const answer = await post(world, eventBody("PGR0VU2"));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "accepted" });
    expect(world.stored).toEqual(["incident:PGR0VU2"]);
  });

  it("of no use is taken and leaves nothing behind", async () => {
    await using world = openWorld();
    const answer = await post(world, ping);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "ignored", reason: "NoIncident" });
    expect([world.stored, world.quarantined]).toEqual([[], []]);
  });

  it("that can't be read is taken, and only its hash, size and reason are kept", async () => {
    await using world = openWorld();
    const body = "a signed body with customer data";
    const answer = await post(world, body);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "quarantined", reason: "NotJson" });
    expect(world.quarantined).toEqual([
      {
        at: now.toISOString(),
        source: "pagerduty",
        reason: "NotJson",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bytes: body.length,
      },
    ]);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("no store"))],
    [
      "throws",
      (): Promise<void> => {
        throw new Error("no store");
      },
    ],
    ["hangs for ever", () => Promise.withResolvers<never>().promise],
  ])("that can't be read is taken even if the quarantine %s", async (_, quarantine) => {
    await using world = openWorld({ webhooks: { quarantine } });
    const began = performance.now();
    expect((await post(world, "not JSON")).statusCode).toBe(202);
    expect(performance.now() - began).toBeLessThan(2_500);
    expect(world.captured.lines().join("")).toContain("quarantine could not be written");
  });

  it("with bytes that are no UTF-8 is verified as it came", async () => {
    await using world = openWorld();
    const text = eventBody("P1", {}, { title: "@" });
    const body = Buffer.from(text.replace("@", "\u00ff"), "latin1");
    expect((await post(world, body)).json()).toEqual({ status: "accepted" });
  });

  it("is refused with 401 without a signature, and with one that matches no secret", async () => {
    await using world = openWorld();
    const body = eventBody("P1");
    const none = await post(world, body, {});
    expect(none.statusCode).toBe(401);
    expect(none.json()).toEqual({ code: "WEBHOOK_SIGNATURE_MISSING", message: "no signature" });
    for (const signature of [
      "",
      "v1=",
      sign(body, "another"),
      sign(`${body} `),
      `v2=${"0".repeat(64)}`,
    ]) {
      const wrong = await post(world, body, { "x-pagerduty-signature": signature });
      expect([signature, wrong.statusCode]).toEqual([signature, 401]);
      expect(wrong.json()).toMatchObject({ code: "WEBHOOK_SIGNATURE_INVALID" });
    }
    expect(world.stored).toEqual([]);
  });

  it("is refused without being read: a wrong signature on what is not JSON is 401 as well", async () => {
    await using world = openWorld();
    expect((await post(world, "not JSON", {})).statusCode).toBe(401);
    expect((await post(world, "", {})).statusCode).toBe(401);
    expect(world.quarantined).toEqual([]);
  });

  it("is checked with its subscription's own secret where there is one, and with that only", async () => {
    const subscriptionSecrets = { PSUB: ["its own", "its next"], PNONE: [] };
    await using world = openWorld({
      webhooks: { pagerduty: { webhookSecrets: [secret], subscriptionSecrets } },
    });
    const body = eventBody("P1");
    async function status(subscription: string, key: string): Promise<number> {
      const signature = { "x-pagerduty-signature": sign(body, key) };
      const answer = await post(world, body, {
        ...signature,
        "x-webhook-subscription": subscription,
      });
      return answer.statusCode;
    }
    expect(await status("PSUB", "its own")).toBe(202);
    expect(await status("PSUB", "its next")).toBe(202);
    expect(await status("PSUB", secret)).toBe(401);
    expect(await status("PNONE", secret)).toBe(401);
    expect(await status("POTHER", secret)).toBe(202);
    expect(await status("POTHER", "its own")).toBe(401);
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", ""]) {
      expect([name, await status(name, secret)]).toEqual([name, 202]);
      expect([name, await status(name, "its own")]).toEqual([name, 401]);
    }
  });

  it("is never accepted while no secret is configured", async () => {
    await using world = openWorld({
      webhooks: { pagerduty: { webhookSecrets: [], subscriptionSecrets: {} } },
    });
    expect((await post(world, eventBody("P1"))).statusCode).toBe(401);
    const empty = { "x-pagerduty-signature": sign(eventBody("P1"), "") };
    expect((await post(world, eventBody("P1"), empty)).statusCode).toBe(401);
  });

  it("over 1 MiB is 413, one of 1 MiB is taken", async () => {
    await using world = openWorld();
    const size = 1024 * 1024;
    const padding = size - eventBody("P1", {}, { title: "" }).length;
    const full = eventBody("P1", {}, { title: "x".repeat(padding) });
    expect(full).toHaveLength(size);
    expect((await post(world, full)).statusCode).toBe(202);
    const over = await post(world, `${full} `);
    expect(over.statusCode).toBe(413);
    expect(over.json()).toMatchObject({ code: "BODY_TOO_LARGE" });
  });

  it.each([
    ["text/plain"],
    ["application/x-www-form-urlencoded"],
    ["multipart/form-data; boundary=x"],
    ["application/jsonp"],
    ["text/json"],
    ["nonsense"],
    [""],
  ])("of the type '%s' is 415", async (type) => {
    await using world = openWorld();
    const body = eventBody("P1");
    const answer = await world.server.inject({
      method: "POST",
      url: "/webhooks/pagerduty",
      headers: {
        "x-pagerduty-signature": sign(body),
        ...(type === "" ? {} : { "content-type": type }),
      },
      payload: Buffer.from(body),
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json()).toMatchObject({ code: "BODY_NOT_JSON" });
    expect(await world.metrics.render()).toMatch(/webhooks_total\{.*outcome="refused"\} 1\n/);
  });

  it("of application/json with a charset is taken", async () => {
    await using world = openWorld();
    const body = eventBody("P1");
    const type = { "content-type": "application/json; charset=utf-8" };
    const answer = await post(world, body, { "x-pagerduty-signature": sign(body), ...type });
    expect(answer.statusCode).toBe(202);
  });

  it("that says it is gzip is verified and read as the bytes that it is", async () => {
    await using world = openWorld();
    const gzip = { "content-encoding": "gzip" };
    const plain = eventBody("P1");
    const mislabelled = await post(world, plain, { "x-pagerduty-signature": sign(plain), ...gzip });
    expect(mislabelled.json()).toEqual({ status: "accepted" });
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const packed = await post(world, bomb, { "x-pagerduty-signature": sign(bomb), ...gzip });
    expect(packed.json()).toEqual({ status: "quarantined", reason: "NotJson" });
  });

  it("delivered again is counted and handled like any other", async () => {
    await using world = openWorld();
    const body = eventBody("P1");
    const long = "x".repeat(500);
    for (const id of ["one", "one", "two", "one", long, long]) {
      const headers = { "x-pagerduty-signature": sign(body), "x-webhook-id": id };
      expect((await post(world, body, headers)).json()).toEqual({ status: "accepted" });
    }
    expect(world.stored).toHaveLength(6);
    const text = await world.metrics.render();
    expect(text).toContain('debrief_webhook_repeats_total{vendor="pagerduty"} 3\n');
    expect(text).toContain('debrief_webhooks_total{vendor="pagerduty",outcome="accepted"} 6\n');
  });
});

describe("while the store is away", () => {
  it.each([
    ["fails", () => Promise.reject(new Error("READONLY"))],
    ["hangs", () => Promise.withResolvers<never>().promise],
  ])("a webhook gets 503 in time when the store %s, and is accepted after", async (_, broken) => {
    let isBroken = true;
    await using world = openWorld({
      append: () => (isBroken ? broken() : Promise.resolve()),
      storeTimeoutMs: 200,
    });
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (__, n) => post(world, eventBody(`P${n}`))),
    );
    expect(performance.now() - began).toBeLessThan(1_500);
    for (const answer of answers) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers["retry-after"]).toBe("5");
      expect(answer.json()).toEqual({
        code: "STORE_UNAVAILABLE",
        message: "not stored, send it again",
      });
    }
    isBroken = false;
    expect((await post(world, eventBody("P1"))).statusCode).toBe(202);
    expect(world.stored).toEqual(["incident:P1"]);
  });

  it("says so in the log at most ten times a minute", async () => {
    await using world = openWorld({ append: () => Promise.reject(new Error("READONLY")) });
    await Promise.all(Array.from({ length: 100 }, () => post(world, eventBody("P1"))));
    const lines = world.captured.lines();
    expect(lines).toHaveLength(10);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("what needs no store is still answered", async () => {
    await using world = openWorld({ append: () => Promise.reject(new Error("READONLY")) });
    expect((await post(world, ping)).statusCode).toBe(202);
    expect((await post(world, ping, {})).statusCode).toBe(401);
  });
});

describe("a vendor whose half is off", () => {
  it("gets 503, whatever it sends", async () => {
    await using world = openWorld({ webhooks: { jira: undefined } });
    for (const type of ["application/json", "text/plain", "nonsense"]) {
      const answer = await world.server.inject({
        method: "POST",
        url: "/webhooks/jira",
        headers: { "content-type": type },
        payload: "x".repeat(2 * 1024 * 1024),
      });
      expect(answer.statusCode).toBe(503);
      expect(answer.headers["retry-after"]).toBe("600");
      expect(answer.json()).toMatchObject({ code: "WEBHOOK_NOT_SET_UP" });
    }
  });
});

describe("the log", () => {
  it("holds no secret, no signature and nothing of a body", async () => {
    const token = "operators-token-0123456789";
    const subscriptionSecrets = { PSUB: ["secret-of-a-subscription"] };
    await using world = openWorld({
      webhooks: { pagerduty: { webhookSecrets: [secret], subscriptionSecrets } },
      server: { token },
      append: () => Promise.reject(new Error("no store")),
    });
    const bodies = [
      eventBody("P1", {}, { title: "body-text" }),
      "body-text",
      '{"event":"body-text"}',
    ];
    for (const body of bodies) {
      await post(world, body);
      await post(world, body, {});
      await post(world, body, {
        "x-pagerduty-signature": sign(body, "another"),
        "x-webhook-subscription": "PSUB",
      });
    }
    const headers = { authorization: `Bearer ${token}` };
    await world.server.inject({ url: "/metrics", headers });
    await world.server.inject({
      url: "/metrics",
      headers: { authorization: "Bearer wrong-token" },
    });
    const text = world.captured.lines().join("");
    expect(world.captured.lines().length).toBeGreaterThan(5);
    for (const never of [secret, "secret-of-a", token, "wrong-token", "body-text", "v1="]) {
      expect(text).not.toContain(never);
    }
    expect(text).not.toContain(sign(bodies[0] ?? "").slice(3));
  });

  it("names a refused webhook's subscription, cut short, at most ten times a minute", async () => {
    await using world = openWorld();
    const headers = { "x-webhook-subscription": "P".repeat(5_000) };
    await Promise.all(Array.from({ length: 500 }, () => post(world, eventBody("P1"), headers)));
    const lines = world.captured.lines();
    expect(lines).toHaveLength(10);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      code: "WEBHOOK_SIGNATURE_MISSING",
      from: "127.0.0.1",
      subscription: "P".repeat(64),
    });
    expect(await world.metrics.render()).toMatch(/outcome="unauthorized"\} 500\n/);
  });

  it("says of a burst of unusable bodies ten lines a minute", async () => {
    const quarantined: Quarantined[] = [];
    await using world = openWorld({
      webhooks: { quarantine: (entry) => Promise.resolve(void quarantined.push(entry)) },
    });
    await Promise.all(Array.from({ length: 50 }, () => post(world, "not JSON")));
    expect(world.captured.lines()).toHaveLength(10);
    expect(quarantined).toHaveLength(50);
  });
});

/** Recorded deliveries, where they lie beside the project. */
const folder = new URL("../../../shared/samples/pagerduty/", import.meta.url);
const isHere = existsSync(new URL("SIGNATURES.json", folder));
if (!isHere) {
  process.stderr.write("webhooks: recorded deliveries skipped, they are not here\n");
}

describe.skipIf(!isHere)("recorded deliveries", () => {
  const Vectors = z.object({
    vectors: z.array(
      z.object({
        file: z.string(),
        secret: z.string(),
        x_pagerduty_signature: z.string(),
        valid: z.boolean(),
      }),
    ),
  });
  function readAll(): z.infer<typeof Vectors>["vectors"] {
    const text = readFileSync(new URL("SIGNATURES.json", folder), "utf8");
    return Vectors.parse(JSON.parse(text)).vectors;
  }

  it("are accepted with their published signatures, and refused with any byte changed", async () => {
    const vectors = readAll();
    expect(vectors.filter(({ valid }) => valid).length).toBeGreaterThanOrEqual(4);
    for (const { file, secret: published, x_pagerduty_signature, valid } of vectors) {
      await using world = openWorld({
        webhooks: { pagerduty: { webhookSecrets: [published], subscriptionSecrets: {} } },
      });
      const body = readFileSync(new URL(file, folder));
      const headers = { "x-pagerduty-signature": x_pagerduty_signature };
      expect((await post(world, body, headers)).statusCode).toBe(valid ? 202 : 401);
      for (const at of [0, Math.floor(body.length / 2), body.length - 1]) {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect((await post(world, changed, headers)).statusCode).toBe(401);
      }
    }
  });

  it("are all taken when signed, and name an incident where they are about one", async () => {
    const files = readdirSync(folder).filter((file) =>
      /^(incident|service|pagey)\..*\.json$/.test(file),
    );
    expect(files.length).toBeGreaterThan(10);
    await using world = openWorld({ webhooks: { now: () => new Date("2020-01-01") } });
    for (const file of files) {
      const answer = await post(world, readFileSync(new URL(file, folder)));
      const status = file.startsWith("incident.") ? "accepted" : "ignored";
      expect([file, answer.statusCode, answer.json<{ status: string }>().status]).toEqual([
        file,
        202,
        status,
      ]);
    }
  });
});
